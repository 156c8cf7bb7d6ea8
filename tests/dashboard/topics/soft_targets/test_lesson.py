"""The lesson on soft targets, against other computations."""

import math

import pytest

from dashboard.classroom.lessons import number
from dashboard.topics.soft_targets.lesson import LESSON
from tests.dashboard.lesson import agrees, softened, unshown, walk

PAGE = "soft_targets"
ADDRESS = {"image": "7", "T": "5"}


def two_largest(context):
    logits = sorted((float(z) for z in context.run.teacher.test_logits[7]), reverse=True)
    return logits[:2]


def expected_odds_of_the_first(c):
    logits = c.run.teacher.test_logits[[7]]
    ratios = []
    for t in (1.0, 5.0):
        probabilities = sorted(softened(logits, t)[0])
        ratios.append(probabilities[-1] / probabilities[-2])
    return [f"**{number(ratio)} times**" for ratio in ratios]


def expected_temperature_of_a_half(c):
    first, second = two_largest(c)
    low, high = 1e-3, 1e4
    for _ in range(200):
        middle = math.sqrt(low * high)
        is_below = math.exp((second - first) / middle) < 0.5
        low, high = (middle, high) if is_below else (low, middle)
    return [f"**{number(low)}**"]


def expected_spread(c):
    told = ["2.303 nats"]
    for t in (1.0, 5.0):
        p = softened(c.run.teacher.test_logits[[7]], t)[0]
        told.append(f"{number(-sum(x * math.log(x) for x in p))}")
    return told


def test_the_softmax_formula_is_the_images(context_of):
    context = context_of(**ADDRESS)
    latex, words = LESSON.formula(context)
    p = softened(context.run.teacher.test_logits[[7]], 5.0)[0]
    second = int(p.argsort()[-2])
    assert rf"p_{{{second}}} &=" in latex
    assert latex.replace(r"\end{aligned}", "").endswith(f"= {number(p[second])}")
    assert "test image 7 at T = 5" in words


def test_the_python_follows_the_pages_controls(full_store):
    text, source, printed = walk(PAGE, image="11", T="2.5")
    assert "temperature = 2.5" in source
    assert unshown(printed, text) == []


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE, **ADDRESS)
    assert unshown(printed, text) == []
