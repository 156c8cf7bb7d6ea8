"""The wall with the switch, against counting by hand; what the browser may say about it."""

import base64

import numpy as np
import pytest
import streamlit as st

from dashboard.parts.verdicts import part
from dashboard.topics.story import verdicts
from kdengine.data import datasets
from tests.dashboard.topics.story.test_story import brute_force_right, stored_experiment

WORDS = {name: f"{name} {{offset}} {{things}} {{digit}}" for name in verdicts.ORDER}


@pytest.fixture
def shown(small_store):
    st.cache_resource.clear()
    return stored_experiment()


def unpacked(text, kind):
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def test_each_networks_answers_are_those_of_its_logits(shown):
    made = verdicts.contents(shown, "digits", 1.5, WORDS, {"teacher": "92 ± 1"})
    labels = shown.student.test_labels
    numbers = unpacked(made["numbers"], "<i4")
    assert sorted(numbers) == sorted(np.flatnonzero(labels == 3)) == sorted(verdicts.numbers(shown))
    assert made["count"] == len(numbers)
    stored = {
        "baseline": (shown.baseline, 0.0),
        "student": (shown.student, 0.0),
        "student-offset": (shown.student, 1.5),
        "teacher": (shown.teacher, 0.0),
    }
    assert [network["name"] for network in made["networks"]] == list(stored)
    for network in made["networks"]:
        run, offset = stored[network["name"]]
        said, sure = unpacked(network["said"], "u1"), unpacked(network["sure"], "<f4")
        assert network["right"] == (said == 3).sum()
        assert network["right"] == brute_force_right(run.test_logits, labels, offset)
        for place, image in enumerate(numbers):
            row = run.test_logits[image].astype(float) + offset * (np.arange(10) == 3)
            assert said[place] == row.argmax()
            share = np.exp(row - row.max()).max() / np.exp(row - row.max()).sum()
            assert sure[place] == pytest.approx(share, rel=1e-5)
    assert made["networks"][2]["what"] == "student-offset +1.50 threes 3"
    assert [network["spread"] for network in made["networks"]] == ["", "", "", "92 ± 1"]


def test_the_earliest_to_turn_comes_first_and_turns_above_its_threshold(shown):
    made = verdicts.contents(shown, "digits", 0.0, WORDS, {})
    flips, numbers = unpacked(made["flips"], "<f8"), unpacked(made["numbers"], "<i4")
    assert list(flips) == sorted(flips)
    for flip, image in zip(flips, numbers, strict=True):
        row = shown.student.test_logits[image].astype(float)
        is_three = np.arange(10) == 3
        assert (row + (flip + 1e-3) * is_three).argmax() == 3
        assert (row + (flip - 1e-3) * is_three).argmax() != 3
    assert made["sheet"] is not None
    assert len(numbers) == (datasets.load("digits").test_labels == 3).sum()


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"network": None},
        {"network": "student"},
        {"network": {"name": "student"}},
        {"network": {"name": "student", "visit": 3}},
        {"network": {"name": "nobody", "visit": 4}},
        {"network": {"name": ["student"], "visit": 4}},
    ],
)
def test_what_the_browser_says_is_taken_only_if_it_is_of_use(state):
    assert part.network_in(state, 4, ["student", "teacher"]) is None


def test_the_browser_chooses_a_network():
    state = {"network": {"name": "teacher", "visit": 4}}
    assert part.network_in(state, 4, ["student", "teacher"]) == "teacher"
