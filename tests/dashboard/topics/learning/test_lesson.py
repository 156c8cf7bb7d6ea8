"""The lesson on the student's epochs, against counting by brute force."""

import itertools

import pytest

from dashboard.topics.learning.lesson import LESSON
from kdengine.store import runs as store
from tests.dashboard.lesson import agrees, called, unshown, walk

PAGE = "learning"


def epochs_right(c):
    return [[called(row) == 3 for row in epoch] for epoch in store.load_replay(c.run.key)]


def expected_steepest_epoch(c):
    sums = [sum(epoch) for epoch in epochs_right(c)]
    gains = [b - a for a, b in itertools.pairwise(sums)]
    return [f"**{max(gains):+,}**", f"after epoch {gains.index(max(gains)) + 2} "]


def expected_forgotten(c):
    epochs = epochs_right(c)
    lost = sum(1 for *before, last in zip(*epochs, strict=True) if any(before) and not last)
    assert lost
    return [f"**{lost:,}** of {len(epochs[0]):,}"]


def expected_soon_enough(c):
    sums = [sum(epoch) for epoch in epochs_right(c)]
    first = next(place for place, s in enumerate(sums, start=1) if s >= 0.99 * sums[-1])
    return [f"**epoch {first}** of {len(sums)}"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE)
    first, *_, stored, shifted = printed.splitlines()  # what the page tells
    assert unshown("\n".join([first, stored, shifted]), text) == []
