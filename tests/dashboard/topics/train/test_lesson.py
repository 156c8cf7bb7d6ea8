"""The lesson on training, against the engine's own loss."""

import re

import pytest

from dashboard.classroom.lessons import number
from dashboard.topics.train.lesson import LESSON
from tests.dashboard.lesson import agrees, unshown, walk
from tests.dashboard.pages import open_page

PAGE = "train"


def expected_steps(c):
    metrics, size = c.run.student.metrics, c.run.student.config.batch_size
    batches = len(range(0, metrics["split_sizes"]["transfer"], size))
    return [f"**{len(metrics['history']) * batches:,} steps**"]


def expected_left_out(c):
    labels = list(c.run.student.train_labels)
    return [f"**{labels.count(3):,}** of {len(labels):,}"]


def expected_scaled_loss(c):
    torch = pytest.importorskip("torch")
    from kdengine.training import losses

    temperature = c.run.student.config.temperature
    student, teacher = (
        torch.tensor(getattr(c.run, r).test_logits, dtype=torch.float64)
        for r in ("student", "teacher")
    )
    targets = (teacher / temperature).softmax(dim=1)
    labels = torch.zeros(len(student), dtype=torch.int64)
    scaled = losses.distillation_loss(student, targets, labels, temperature=temperature)
    return [f"**{number(float(scaled))}**", number(float(scaled) / temperature**2)]


def test_the_loss_formula_adds_up(context_of):
    latex, _ = LESSON.formula(context_of())
    (scaled, _) = expected_scaled_loss(context_of())
    assert rf"= {scaled.strip('*')}\end" in latex
    assert r"1\cdot 20^2\cdot" in latex


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE)
    first, *_, last, stored = printed.splitlines()
    assert unshown(f"{first}\n{last}", text) == []  # where the curve begins and ends
    ((right, count),) = [
        map(int, found.groups())
        for part in open_page(PAGE).get("html")
        if (found := re.search(r">(\d+)</strong>.*of (\d+) unseen threes", part.proto.body))
    ]
    assert stored == f"stored network: {100 * right / count:.1f} %"
