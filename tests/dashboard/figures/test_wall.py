"""The wall of held-out images: its counts against brute-force argmax, what the browser gets."""

import base64
import dataclasses
import io

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from dashboard.core import runs
from dashboard.core.cache import cached, stored_data
from dashboard.figures import criteria
from dashboard.figures import wall as views
from dashboard.parts.wall import part as component
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts, values
from tests.dashboard.topics.offset.test_offset import brute_force, toy

HIGH = 10.0
OFFSETS = [-4.0, -2.0, -0.5, 0.0, 1.0, 3.0, 3.25, 7.0, HIGH]


@pytest.mark.parametrize("omitted", [0, 3, 9])
@pytest.mark.parametrize("offset", OFFSETS)
def test_counts_are_those_of_brute_force_at_ties_too(omitted, offset):
    experiment = toy(seed=omitted, omitted=omitted)
    shown = views.wall(experiment, HIGH)
    right, before = brute_force(experiment, offset), brute_force(experiment, 0.0)
    lost = np.delete(before, omitted).sum() - np.delete(right, omitted).sum()
    assert np.searchsorted(shown.flips, offset) == right[omitted]
    # Other digits are counted from no offset; one below 0 wins some back.
    at_it, at_once = np.searchsorted(shown.lost_flips, [offset, 0.0])
    assert at_it - at_once == lost


def test_images_stand_in_the_order_in_which_they_flip_and_say_what_they_were_called():
    experiment = toy()
    shown = views.wall(experiment, HIGH)
    labels, logits = experiment.student.test_labels, experiment.student.test_logits
    assert sorted(shown.images) == np.flatnonzero(labels == 3).tolist()
    assert (np.diff(shown.flips) >= 0).all()
    for image, flip, said in zip(shown.images, shown.flips, shown.said, strict=True):
        below, above = (np.array(logits[image], dtype=float) for _ in range(2))
        below[3] += flip - 1e-6
        above[3] += flip + 1e-6
        assert below.argmax() == said != 3
        assert above.argmax() == 3


def test_other_digits_are_those_that_were_right_and_nearest_ones_are_pictured(monkeypatch):
    monkeypatch.setattr(views, "PICTURED_LOST", 5)
    monkeypatch.setattr(views, "PICTURED_WON", 2)
    experiment = toy()
    labels, logits = experiment.student.test_labels, experiment.student.test_logits.copy()
    logits[:, 3] += 6  # now some are called 3 with no offset
    student = dataclasses.replace(experiment.student, test_logits=logits)
    shown = views.wall(dataclasses.replace(experiment, student=student), HIGH)
    others = logits.copy()
    others[:, 3] = -99
    right = (labels != 3) & (others.argmax(axis=1) == labels)
    assert sorted(shown.lost_images) == np.flatnonzero(right).tolist()
    assert (shown.lost_labels == labels[shown.lost_images]).all()
    assert (np.diff(shown.lost_flips) >= 0).all()
    at_once = int((shown.lost_flips < 0).sum())
    assert at_once >= 2
    assert shown.pictured == range(at_once - 2, at_once + 5)


def unpacked(text, kind):
    """Return the numbers of a base64 text."""
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def test_contents_hold_the_same_numbers_for_the_browser():
    experiment = toy()
    shown, packed = views.wall(experiment, HIGH), views.contents(experiment, None, HIGH)
    numbers = unpacked(packed["numbers"], "<i4")
    assert packed["sheet"] is None
    assert packed["count"] == 30
    assert numbers[:30].tolist() == shown.images.tolist()
    assert numbers[30:].tolist() == shown.lost_images[list(shown.pictured)].tolist()
    assert unpacked(packed["flips"], "<f8")[:30].tolist() == shown.flips.tolist()
    assert unpacked(packed["lostFlips"], "<f8").tolist() == shown.lost_flips.tolist()
    np.testing.assert_array_equal(
        unpacked(packed["logits"], "<f4").reshape(-1, 10), experiment.student.test_logits[numbers]
    )
    np.testing.assert_array_equal(
        unpacked(packed["labels"], "u1"), experiment.student.test_labels[numbers]
    )


def test_the_sheets_opacity_is_the_images():
    experiment = toy()
    images = np.random.default_rng(0).integers(0, 256, (300, 28, 28), dtype=np.uint8)
    packed = views.contents(experiment, images, HIGH)
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(packed["sheet"]))))
    assert (sheet[..., 0] == 255).all()
    for place, number in enumerate(unpacked(packed["numbers"], "<i4")):
        row, column = divmod(place, packed["columns"])
        tile = sheet[28 * row : 28 * row + 28, 28 * column : 28 * column + 28, -1]
        np.testing.assert_array_equal(tile, images[number])


def test_sixteen_shades_are_those_that_lie_nearest():
    images = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
    sheet = Image.open(io.BytesIO(base64.b64decode(views.sheet(images, 1, shades=16))))
    ink = np.asarray(sheet)[..., -1]
    assert len(np.unique(ink)) == 16
    assert np.abs(ink.astype(int) - images[0]).max() == 8


def test_the_slider_marks_no_offset_and_the_criteria_that_find_one():
    chosen = criteria.choices(toy(), None)
    marked = criteria.on_the_slider(chosen)
    assert marked == {
        "frequency": criteria.chosen_by(chosen, "frequency")[0],
        "paper": 3.5,
    }
    assert [mark["offset"] for mark in views.marks(marked)] == [0.0, *marked.values()]
    chosen.loc[chosen["criterion"] == "frequency", "offset"] = np.nan
    assert list(criteria.on_the_slider(chosen)) == ["paper"]
    assert criteria.criterion_at(marked, 3.5) == "paper"
    assert criteria.criterion_at(marked, 3.49) is None


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"rest": None},
        {"rest": 2.5},
        {"rest": {"offset": 2.5}},
        {"rest": {"offset": 2.5, "visit": 3}},
        {"rest": {"offset": "x", "visit": 4}},
        {"rest": {"offset": None, "visit": 4}},
        {"rest": {"offset": float("nan"), "visit": 4}},
        {"rest": {"offset": float("inf"), "visit": 4}},
        {"rest": {"offset": 10.01, "visit": 4}},
        {"rest": {"offset": 10**400, "visit": 4}},
    ],
)
def test_what_the_browser_may_send_and_is_of_no_use_is_ignored(state):
    assert component.left_at(state, 4, -4.0, 10.0) is None


def test_what_the_browser_sent_is_an_offset():
    assert component.left_at({"rest": {"offset": 2.5, "visit": 4}}, 4, -4.0, 10.0) == 2.5


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"image": None},
        {"image": 7},
        {"image": {"number": 8}},
        {"image": {"number": 8, "visit": 3}},
        {"image": {"number": "8", "visit": 4}},
        {"image": {"number": 8.0, "visit": 4}},
        {"image": {"number": True, "visit": 4}},
    ],
)
def test_a_choice_of_no_use_leaves_the_image_that_was(state):
    assert component.image_in(state, 4, 5) == 5


def test_the_browser_chooses_an_image_or_none():
    assert component.image_in({"image": {"number": 8, "visit": 4}}, 4, 5) == 8
    assert component.image_in({"image": {"number": None, "visit": 4}}, 4, 5) is None


def begin(page, topic):
    """Return where the wall of *topic* begins, and the number of that beginning."""
    return page.session_state["params"].begins[topic, "wall"][1]


@pytest.mark.parametrize("topic", ["offset"])
def test_an_address_chooses_an_image_of_the_wall_and_no_other(topic, small_store):
    key = runs.students()[0].key
    shown = views.wall(runs.experiment(key), HIGH)
    chosen = str(shown.images[-1])
    page = open_page(topic, image=chosen)
    assert not page.warning
    assert begin(page, topic).value[1] == values(page, topic)["image"] == shown.images[-1]
    on_wall = {*shown.images.tolist(), *shown.lost_images[list(shown.pictured)].tolist()}
    other = next(number for number in range(shown.tests + 1) if number not in on_wall)
    for text in (str(other), "-1", "x<b>", "²", "9" * 30):
        page = open_page(topic, image=text)
        assert not page.exception
        assert [warning for warning in page.warning if "image=" in warning.value]
        assert begin(page, topic).value[1] is values(page, topic)["image"] is None


def test_a_wall_is_packed_once_for_all_sessions(small_store):
    st.cache_resource.clear()
    key = runs.students()[0].key
    shown = runs.experiment(key)
    first, again = (
        cached(views.packed, each, stored_data(shown.dataset), HIGH)
        for each in (shown, runs.experiment(key))
    )
    assert first is again and first["sheet"] is not None


@pytest.mark.parametrize("text", ["banana", "nan", "inf", "1e9", "-99"])
def test_a_bad_offset_is_refused_and_the_criterions_shown(text, small_store):
    usual = begin(open_page("offset"), "offset").value
    page = open_page("offset", offset=text)
    assert not page.exception
    assert any(text in warning.value for warning in page.warning)
    assert begin(page, "offset").value == usual
    assert values(page, "offset")["offset"] is None


def test_rerun_keeps_what_the_browser_has(small_store):
    page = open_page("offset", offset="1.5")
    first = begin(page, "offset")
    assert first.value == (1.5, None)
    assert begin(page.run(), "offset") == first


def test_other_run_moves_the_slider_anew_but_keeps_its_offset(empty_store):
    make_store(empty_store)
    make_store(empty_store, omitted=(7,), seed=1)
    page = open_page("offset", offset="1.5")
    visit = begin(page, "offset").visit
    other = next(entry.key for entry in runs.students() if "omit7" in entry.key)
    page.selectbox(key="sidebar_run").select(other).run()
    assert parts(page, "offset_wall")[0]["name"] == "sevens"
    assert begin(page, "offset") == (visit + 1, (1.5, None))


@pytest.mark.parametrize("topic", ["story", "offset"])
def test_focus_decides_whose_wall_it_is(topic, empty_store):
    make_store(empty_store, omitted=(3, 5))
    page = open_page(topic)
    page.segmented_control(key="sidebar_omitted").set_value(5).run()
    assert not page.exception
    assert parts(page, f"{topic}_wall")[0]["name"] == "fives"


def test_without_mnist_the_wall_stands_and_the_page_says_how_to_get_it(empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    for topic in ("story", "offset"):
        page = open_page(topic)
        assert not page.exception
        told = [info.value for info in page.main.info]
        assert any("Keras's" in text for text in told)
