"""The small teacher of noise: trained, stored, read back, refused."""

import base64
import json
import re

import numpy as np
import pytest

from kdengine import files
from kdengine.cli import main
from kdengine.data import datasets
from kdengine.store import tables
from kdengine.synthetic import noise_teacher


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
def test_the_shipped_one_has_the_errors_that_it_tells(dataset, request, monkeypatch):
    if dataset == "mnist":
        request.getfixturevalue("mnist")
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    data, table = datasets.load(dataset), noise_teacher.table(dataset)
    content = tables.read(table, tables.path_of(table, shipped=True))
    said = noise_teacher.answers(noise_teacher.weights(dataset), scaled(data.test_images))
    assert (said.argmax(axis=1) != data.test_labels).sum() == content["errors"]


def scaled(images):
    """Return pictures as the network takes them, pixel by pixel."""
    means = images.reshape(-1, 14, 2, 14, 2).astype(float).mean(axis=(2, 4))
    return (np.floor(means + 0.5) / 127.5 - 1).reshape(len(images), -1).astype(np.float32)


def test_the_command_trains_and_stores_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(noise_teacher, "STEPS", 60)
    assert noise_teacher.weights("digits") is None
    assert main.main(["noise-teacher", "--dataset", "digits", "--seed", "3"]) == 0
    assert re.search(r"errors, .* on 597 test images", capsys.readouterr().out)
    content = json.loads((files.cache_dir() / "noise-teacher-digits.json").read_text())
    assert content["errors"] < 300 and content["student_errors"] < 400
    assert content["made_by"] == "python -m kdengine noise-teacher --dataset digits --seed 3"
    assert noise_teacher.weights("digits")["first"].shape == (196, 64)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("first", "AAAA"),
        ("second", "no base64"),
        ("firstBias", base64.b64encode(np.full(64, np.nan, "<f2").tobytes()).decode()),
    ],
)
def test_a_damaged_one_is_none(tmp_path, monkeypatch, name, text):
    table = noise_teacher.table("digits")
    content = json.loads(tables.path_of(table, shipped=True).read_text())
    content["weights"][name] = text
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path))
    tables.write(tables.path_of(table), content)
    assert noise_teacher.weights("digits") is None
