"""Operations against products counted by hand."""

from dataclasses import replace

import pytest

from benchmarks.pipelines import operations
from kdengine.recipes import recipe as recipes


def toy(student_jitter=2):
    """Return the classroom with 784-5-10 and 784-4-10, two epochs and three."""
    made = recipes.experiment()
    teacher = replace(made.teacher, hidden_sizes=(5,), epochs=2, minimum_steps=0)
    student = replace(
        made.student,
        hidden_sizes=(4,),
        epochs=3,
        minimum_steps=0,
        jitter_pixels=student_jitter,
    )
    return replace(made, teacher=teacher, student=student)


SPLITS = {"train_images": 100, "transfer_images": 90, "test_images": 20}
# Forward: 784·h + h·10 products and sums; a training step: three times, less the first layer once.
TEACHER_FORWARD = 2 * (784 * 5 + 5 * 10)
STUDENT_FORWARD = 2 * (784 * 4 + 4 * 10)
TEACHER_STEP = 2 * (2 * 784 * 5 + 3 * 5 * 10)
STUDENT_STEP = 2 * (2 * 784 * 4 + 3 * 4 * 10)
KEPT = 120 * (TEACHER_FORWARD + STUDENT_FORWARD)


def test_an_experiment_counted_by_hand():
    teacher = 2 * (100 * TEACHER_STEP + 20 * TEACHER_FORWARD)
    student = 3 * (90 * (STUDENT_STEP + TEACHER_FORWARD) + 20 * STUDENT_FORWARD)
    counts = operations.of_experiment(toy(), "bf16", **SPLITS)
    assert counts == {"bf16": teacher + student, "fp32": KEPT}
    in_fp32 = operations.of_experiment(toy(), "fp32", **SPLITS)
    assert in_fp32 == {"fp32": teacher + student + KEPT}


def test_a_student_without_jitter_asks_its_teacher_nothing():
    asked = operations.of_experiment(toy(), "bf16", **SPLITS)["bf16"]
    unasked = operations.of_experiment(toy(student_jitter=0), "bf16", **SPLITS)["bf16"]
    assert asked - unasked == 3 * 90 * TEACHER_FORWARD


def test_the_bound_adds_the_precisions():
    seconds = operations.bound_seconds({"bf16": 800, "fp32": 300}, {"bf16": 400.0, "fp32": 100.0})
    assert seconds == pytest.approx(2.0 + 3.0)
