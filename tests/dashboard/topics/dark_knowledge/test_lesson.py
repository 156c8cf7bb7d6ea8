"""The lesson on dark knowledge, against sums image by image."""

import math

import pytest

from dashboard.classroom.lessons import number
from dashboard.topics.dark_knowledge.lesson import LESSON
from tests.dashboard.lesson import agrees, called, softened, unshown, walk

PAGE = "dark_knowledge"


def transfer_mass(c, temperature):
    teacher = c.run.teacher
    masses = softened(teacher.train_logits, temperature)[:, 3]
    return [(int(y), float(m)) for y, m in zip(teacher.train_labels, masses, strict=True) if y != 3]


def expected_whole_images(c):
    temperature = c.run.student.config.temperature
    return [
        f"**{number(math.fsum(m for _, m in transfer_mass(c, t)))}**" for t in (1.0, temperature)
    ]


def expected_strongest_carrier(c):
    by_class = {}
    for label, mass in transfer_mass(c, c.run.student.config.temperature):
        by_class.setdefault(label, []).append(mass)
    means = {label: sum(masses) / len(masses) for label, masses in by_class.items()}
    names = ("Zeros", "Ones", "Twos", "Threes", "Fours", "Fives", "Sixes", "Sevens", "Eights")
    best = max(means, key=means.get)
    return [f"**{(*names, 'Nines')[best]}**", f"{100 * means[best]:.2f}\u00a0%"]


def expected_called_so(c):
    teacher = c.run.teacher
    rows = [r for r, y in zip(teacher.train_logits, teacher.train_labels, strict=True) if y != 3]
    return [f"**{sum(called(row) == 3 for row in rows):,}** of {len(rows):,}"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE)
    assert unshown(printed, text) == []
