"""The lesson on misclassified images, against counting by brute force."""

import pytest

from dashboard.core.numbers import signed
from dashboard.topics.mistakes.misclassified_lesson import LESSON
from tests.dashboard.lesson import agrees, called, unshown, walk


def expected_rescue_all(c):
    student = c.run.student
    gaps = [
        (max(float(z) for d, z in enumerate(row) if d != 3) - float(row[3]), label)
        for row, label in zip(student.test_logits, student.test_labels, strict=True)
    ]
    needed = max(gap for gap, label in gaps if label == 3)
    turned = sum(1 for gap, label in gaps if label != 3 and gap < needed)
    return [f"**{signed(needed)}**", f"**{turned:,}** of {sum(1 for _, y in gaps if y != 3):,}"]


def expected_shared_misses(c):
    missed = {}
    for role in ("student", "teacher"):
        run = getattr(c.run, role)
        places = [place for place, label in enumerate(run.test_labels) if label == 3]
        missed[role] = {place for place in places if called(run.test_logits[place]) != 3}
    both = len(missed["student"] & missed["teacher"])
    return [f"misses {len(missed['student']):,} of", f"both **{both:,}**"]


def expected_second_choices(c):
    own = c.run.student.test_logits[c.run.student.test_labels == 3]
    ranked = [sorted(range(10), key=lambda d: (-row[d], d)).index(3) for row in own]
    missed = [rank for rank in ranked if rank > 0]
    return [f"**{missed.count(1):,}** of {len(missed):,}"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("mistakes", view="misclassified")
    assert unshown(printed, text) == []
