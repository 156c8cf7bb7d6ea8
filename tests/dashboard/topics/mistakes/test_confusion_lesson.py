"""The lesson on confusions, against counting by brute force."""

import itertools

import pytest

from dashboard.core.numbers import percent
from dashboard.topics.mistakes.confusion_lesson import LESSON
from tests.dashboard.lesson import agrees, counted, others_right, unshown, walk


def expected_precision(c):
    pairs = counted(c.run.student, c.chosen)
    column = sum(n for (_, said), n in pairs.items() if said == 3)
    return [f"**{pairs[3, 3]:,}**", f"{column:,} test images", percent(pairs[3, 3] / column)]


def expected_teachers_pair(c):
    pairs = counted(c.run.teacher)
    both = {
        (a, b): pairs.get((a, b), 0) + pairs.get((b, a), 0)
        for a, b in itertools.combinations(range(10), 2)
    }
    (low, high), most = max(both.items(), key=lambda item: item[1])
    assert most
    return [f"**{low} and {high}**, {most:,} test images"]


def expected_errors_elsewhere(c):
    total = sum(1 for label in c.run.student.test_labels if label != 3)
    return [
        f"**{total - others_right(c.run.student, offset):,}**" for offset in (0.0, c.chosen)
    ] + [f"{total:,} images"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("mistakes", view="confusion")
    assert unshown(printed, text) == []
