"""The lesson on reproductions, against closed forms and a simulation."""

import math
import re

import numpy as np
import pytest

from dashboard.topics.lab.reproductions.lesson import LESSON
from kdengine.recipes import known
from tests.dashboard import fake_reproductions
from tests.dashboard.lesson import agrees, unshown, walk

ADDRESS = {"source": "am207"}


def expected_one_more_run(c):
    """Student's t of two degrees of freedom has a closed form: t = u √(2 / (1 − u²)), u = 0.95."""
    first = known.SOURCES["am207"].figures[0]
    ours = fake_reproductions.scattered(first)
    mean = sum(ours) / 3
    deviation = math.sqrt(sum((x - mean) ** 2 for x in ours) / 2)
    deviation = max(deviation, math.sqrt(168 * (1 - 0.0168)))  # a count's own
    half = 0.95 * math.sqrt(2 / (1 - 0.95**2)) * deviation * math.sqrt(4 / 3)
    return [
        f"**{mean - half:.1f}**",
        f"**{mean + half:.1f}**",
        "one is 168: **agrees**",
    ]


def expected_counting_noise(c):
    """Simulated: the spread of counts, to a tenth."""
    simulated = np.random.default_rng(0).binomial(10_000, 0.0168, 100_000).std()
    told = float(re.search(r"\*\*([\d.]+) errors", LESSON.answers[1](c)).group(1))
    assert abs(told - simulated) < 0.1
    return ["p = 168 / 10,000"]


def expected_outside_by_chance(c):
    """On threes ours is 400 off, beside counting errors of at most 16."""
    threes = sum(f.digit == 3 for f in known.SOURCES["am207"].figures)
    return ["**0.9** figures", f"differs in **{threes}**"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("lab", tab="reproductions", **ADDRESS)
    assert unshown(printed, text) == []
