"""The lesson on T², against gradients image by image."""

import math

import pytest

from dashboard.topics.lab.t_squared.figures import digits
from dashboard.topics.lab.t_squared.lesson import LESSON
from tests.dashboard.lesson import agrees, softened, unshown, walk


def lengths(c, temperature):
    """Return the mean lengths of the soft and the hard term's gradients, by loops."""
    student, teacher = c.run.student, c.run.teacher
    kept = [i for i, label in enumerate(student.train_labels) if label != 3]
    kept = kept[:: math.ceil(len(kept) / 5000)]
    mine, taught = (softened(run.train_logits[kept], temperature) for run in (student, teacher))
    plain = softened(student.train_logits[kept])
    soft, hard = [], []
    for place, image in enumerate(kept):
        pairs = zip(mine[place], taught[place], strict=True)
        soft.append(math.dist([(p - q) / temperature for p, q in pairs], [0.0] * 10))
        wanted = [float(digit == student.train_labels[image]) for digit in range(10)]
        hard.append(math.dist(plain[place], wanted))
    return sum(soft) / len(soft), sum(hard) / len(hard)


def expected_shrinks(c):
    t = c.run.student.config.temperature
    (first, _), (later, _) = lengths(c, 1.0), lengths(c, t)
    return [digits(first), digits(later), f"**{digits(t**2 * later)}**"]


def expected_without_the_factor(c):
    soft, hard = lengths(c, c.run.student.config.temperature)
    return [digits(soft), digits(hard)]


def expected_near_the_limit(c):
    student, teacher = c.run.student, c.run.teacher
    kept = [i for i, label in enumerate(student.train_labels) if label != 3]
    kept = kept[:: math.ceil(len(kept) / 5000)]
    apart = student.train_logits[kept].astype(float) - teacher.train_logits[kept].astype(float)
    rows = [[(x - row.mean()) / 10 for x in row] for row in apart]
    return [digits(sum(math.hypot(*row) for row in rows) / len(rows))]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("lab", tab="t_squared")
    assert unshown(printed, text) == []
