"""The lesson on the offset, against counting by brute force."""

import math

import pytest

from dashboard.classroom.lessons import number
from dashboard.core.numbers import signed
from dashboard.topics.offset.lesson import LESSON
from tests.dashboard.lesson import (
    agrees,
    called,
    others_right,
    right,
    share,
    softened,
    unshown,
    walk,
)
from tests.dashboard.topics.offset.test_offset import save_brief

PAGE = "offset"


def expected_half_right(c):
    own = c.run.student.test_logits[c.run.student.test_labels == 3]
    gaps = sorted(max(z for d, z in enumerate(row) if d != 3) - row[3] for row in own)
    enough = next(g for g in gaps if sum(called(r, g + 1e-4) == 3 for r in own) >= len(own) / 2)
    return [f"**{signed(float(enough))}**"]


def expected_odds_factor(c):
    student = c.run.student
    after = 100 * share(student.train_labels, 3)
    before = 100 * softened(student.train_logits)[:, 3].mean()
    return [f"**{number(math.e**c.chosen)}**", f"{before:.2f}\u00a0%", f"**{after:.2f}\u00a0%**"]


def expected_price(c):
    student = c.run.student
    gained = right(student, 3, c.chosen) - right(student, 3)
    lost = others_right(student) - others_right(student, c.chosen)
    assert gained and lost
    return [f"**{gained:,}** threes", f"**{lost:,}** images"]


def test_the_offsets_formula_balances(context_of):
    context = context_of()
    latex, _ = LESSON.formula(context)
    frequency = f"{share(context.run.student.train_labels, 3):.4f}"
    assert f"{frequency} &= {frequency}" in latex
    assert f"b = {context.chosen:+.3f}" in latex


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ({"criterion": "paper"}, 'criterion = "paper"'),
        ({"criterion": "teacher-mass", "probe": "100"}, "probe_size = 100"),
        ({"offset": "1.5"}, "by_hand = 1.5"),
    ],
)
def test_the_python_follows_the_pages_controls(full_store, query, line):
    text, source, printed = walk(PAGE, **query)
    assert line in source
    assert unshown(printed, text) == []


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE)
    assert unshown(printed, text) == []


def test_the_material_is_of_the_student_that_the_page_shows(full_store):
    brief = save_brief()
    text, source, printed = walk(PAGE, student="one-epoch")
    assert f'key = "{brief.key}"' in source
    assert unshown(printed, text) == []
