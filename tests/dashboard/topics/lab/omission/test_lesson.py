"""The lesson on omitted digits, against counting by brute force."""

import itertools
import math

import pytest

from dashboard.core.numbers import signed
from dashboard.topics.lab.omission.lesson import LESSON
from tests.dashboard.lesson import agrees, bisected, share, unshown, walk

ADDRESS = {"keep": "0,1,2,4,5,6,7,8,9"}


def expected_unavoidable(c):
    labels = list(c.run.student.test_labels)
    return [f"**{labels.count(3):,}** of {len(labels):,}"]


def expected_how_many_students(c):
    chosen = sum(1 for bits in itertools.product((0, 1), repeat=10) if 0 < sum(bits) < 10)
    pairs = len(list(itertools.combinations(range(10), 2)))
    labels = list(c.run.student.train_labels)
    return [f"**{chosen:,}**", f"{pairs} of them", f"**{len(labels) - labels.count(3):,}**"]


def expected_twice_as_frequent(c):
    p = share(c.run.student.train_labels, 3)
    ratio = (2 * p / (1 - 2 * p)) / (p / (1 - p))
    exact = bisected(c.run.student.train_logits, 3, 2 * p)
    return [f"**{signed(c.chosen + math.log(ratio))}**", f"says {signed(exact)}"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("lab", tab="omission", **ADDRESS)
    assert unshown(printed, text) == []
