"""The lesson on causes, against means by hand."""

import numpy as np
import pytest

from dashboard.core.numbers import percent
from dashboard.topics.leak.lesson import LESSON
from kdengine.studies import sweeps
from tests.dashboard.lesson import agrees, unshown, walk

PAGE = "leak"
ADDRESS = {"variant": "temperature-1"}


def rate(c, variant, stage="student_before"):
    return np.mean(
        [
            row[stage]["omitted_accuracy"]
            for row in c.table("causality")["rows"]
            if row["parameters"] == sweeps.CAUSALITY[variant]
        ]
    )


def expected_hard_against_soft(c):
    return [f"**{1000 * (rate(c, 'plain') - rate(c, 'hard-labels')):,.0f}**"]


def expected_left_at_one(c):
    plain, hard = rate(c, "plain"), rate(c, "hard-labels")
    if plain <= hard:
        return ["no effect"]
    return [f"**{percent((rate(c, 'temperature-1') - hard) / (plain - hard))}**"]


def expected_offset_without_knowledge(c):
    return [f"**{percent(rate(c, name, 'student_after'))}**" for name in ("hard-labels", "plain")]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE, **ADDRESS)
    assert unshown(printed, text) == []
