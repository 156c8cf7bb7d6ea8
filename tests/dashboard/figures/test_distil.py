"""What the browser gets to distil from: no omitted digit, nothing of the test set, few bytes."""

import base64
import json
import zlib

import numpy as np
import streamlit as st

from dashboard.core.experiment import focused
from dashboard.figures import distil, packing
from kdengine.data import datasets
from kdengine.store import experiments
from kdengine.synthetic import noise_teacher
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

LIMIT = 3_000_000  # bytes of all that is sent


def experiment(dataset):
    return focused(experiments.find(shipped(dataset)), None)


def unpacked(text, kind=np.uint8):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=kind)


def test_the_student_sees_no_three_and_no_test_image():
    shown, data = experiment("digits"), datasets.load("digits")
    split, sent = distil.split(shown), distil.contents(shown)
    assert not (data.train_labels[split.transfer] == 3).any()
    assert len(set(split.transfer)) == (data.train_labels != 3).sum()
    assert (data.test_labels[split.held] == 3).all()
    assert not (data.test_labels[split.others] == 3).any()
    learned = unpacked(sent["learn"]).reshape(-1, 196)
    whole = data.train_images[split.transfer].astype(float)
    means = whole.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
    np.testing.assert_allclose(learned, means, atol=0.5)
    labels = np.frombuffer(base64.b64decode(sent["learnLabels"]), np.uint8)
    assert labels.tolist() == data.train_labels[split.transfer].tolist()
    logits = unpacked(sent["logits"], "<i2").reshape(-1, 10) * sent["logitScale"]
    own = shown.teacher.train_logits[split.transfer]
    np.testing.assert_allclose(logits, own, atol=sent["logitScale"])
    assert sent["share"] == (data.train_labels == 3).mean()


def test_the_noise_comes_without_a_picture_but_the_walls():
    sent = distil.noise_contents(experiment("digits"))
    labels = np.frombuffer(base64.b64decode(sent["wallLabels"]), np.uint8)
    assert len(set(np.bincount(labels))) == 1
    assert sorted(labels) == labels.tolist()
    assert len(unpacked(sent["wall"])) == 196 * len(labels)
    assert set(sent) == {"dataset", "wall", "wallLabels", "teacher"}
    weights = noise_teacher.weights("digits")
    assert sent["teacher"]["first"] == packing.packed(weights["first"], np.float32)


def test_all_that_is_sent_is_small(mnist, monkeypatch):
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    shown = experiment("mnist")
    sent = [build(shown) for build in (distil.contents, distil.noise_contents)]
    assert len(json.dumps(sent)) < LIMIT
    assert len(unpacked(sent[0]["learn"])) == 196 * distil.TRANSFER


def test_without_mnist_it_shows_digits_if_a_whole_run_of_them_is_stored(empty_store, no_mnist):
    shown = focused(experiments.find(made(empty_store, "mnist")), None)
    assert distil.source(shown) is None
    digits = made(empty_store, "digits")
    assert distil.source(shown).key == digits
    (empty_store / "runs" / digits / "logits.safetensors").write_bytes(b"")
    st.cache_resource.clear()
    assert distil.source(shown) is None


def made(cache, dataset):
    """Store an experiment and return its key."""
    make_store(cache, dataset=dataset)
    return next(path.name for path in (cache / "runs").glob(f"student-{dataset}-*"))


def test_the_page_sends_it_once(monkeypatch):
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    app = open_page("learning", run=shipped("digits"))
    (first,) = parts(app, "learning_scene")
    assert set(first["contents"]) == {"digits", "noise"}
    (again,) = parts(app.run(), "learning_scene")
    assert again["contents"] == {}
    assert again["marks"] == first["marks"]
    assert len(json.dumps(again)) < 6_000
