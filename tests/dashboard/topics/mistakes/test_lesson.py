"""The lesson on mistakes, against counting by brute force."""

import pytest

from dashboard.core.numbers import percent, signed
from dashboard.topics.mistakes.lesson import LESSON
from tests.dashboard.lesson import agrees, counted, unshown, walk


def expected_precision(c):
    pairs = counted(c.run.student, c.chosen)
    column = sum(n for (_, said), n in pairs.items() if said == 3)
    return [f"**{pairs[3, 3]:,}**", f"{column:,} test images", percent(pairs[3, 3] / column)]


def expected_rescue_all(c):
    student = c.run.student
    gaps = [
        (max(float(z) for d, z in enumerate(row) if d != 3) - float(row[3]), label)
        for row, label in zip(student.test_logits, student.test_labels, strict=True)
    ]
    needed = max(gap for gap, label in gaps if label == 3)
    turned = sum(1 for gap, label in gaps if label != 3 and gap < needed)
    return [f"**{signed(needed)}**", f"**{turned:,}** of {sum(1 for _, y in gaps if y != 3):,}"]


def expected_second_choices(c):
    own = c.run.student.test_logits[c.run.student.test_labels == 3]
    ranked = [sorted(range(10), key=lambda d: (-row[d], d)).index(3) for row in own]
    missed = [rank for rank in ranked if rank > 0]
    return [f"**{missed.count(1):,}** of {len(missed):,}"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("mistakes")
    assert unshown(printed, text) == []
