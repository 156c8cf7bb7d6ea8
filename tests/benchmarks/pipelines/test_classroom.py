"""The engine's side of the comparison, on the digits with tiny networks."""

from dataclasses import replace

from benchmarks.pipelines import classroom
from kdengine.config import run_key
from kdengine.recipes import plans
from kdengine.recipes.own import CLASSROOM
from kdengine.store import runs as store


def tiny():
    """Return an experiment on the digits that trains in a moment."""
    made = plans.experiment(dataset="digits")
    small = {"hidden_sizes": (8,), "minimum_steps": 0}
    teacher = replace(made.teacher, **small, epochs=2)
    student = replace(made.student, **small, epochs=3, teacher=run_key(teacher))
    return replace(made, teacher=teacher, student=student)


def test_figures_are_those_of_the_stored_runs(empty_store):
    record = classroom.measure(tiny(), "fp32")
    assert record["epochs"] == {"teacher": 2, "student": 3}
    assert record["precision"] == "fp32"
    assert set(record["wall_seconds"]) >= {"load", "teacher", "student", "offset", "total"}
    stored = store.load(run_key(tiny().student))
    wrong = stored.test_logits.argmax(axis=1) != stored.test_labels
    assert record["figures"]["student_before"] == {
        "errors": wrong.sum(),
        "errors_on_threes": wrong[stored.test_labels == 3].sum(),
    }
    assert record["operations"] == classroom.operations(
        tiny(), "fp32", train_images=1200, transfer_images=1078, test_images=597
    )


def test_quick_trains_one_epoch_of_the_recipe():
    quick, whole = classroom.experiment(4, quick=True), classroom.experiment(4)
    assert quick.teacher.epochs == quick.student.epochs == 1
    assert whole == plans.experiment(CLASSROOM, seed=4)
    assert quick.teacher.hidden_sizes == whole.teacher.hidden_sizes


def toy(student_jitter=2):
    """Return the classroom with 784-5-10 and 784-4-10, two epochs and three."""
    made = plans.experiment()
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
    counts = classroom.operations(toy(), "bf16", **SPLITS)
    assert counts == {"bf16": teacher + student, "fp32": KEPT}
    in_fp32 = classroom.operations(toy(), "fp32", **SPLITS)
    assert in_fp32 == {"fp32": teacher + student + KEPT}


def test_a_student_without_jitter_asks_its_teacher_nothing():
    asked = classroom.operations(toy(), "bf16", **SPLITS)["bf16"]
    unasked = classroom.operations(toy(student_jitter=0), "bf16", **SPLITS)["bf16"]
    assert asked - unasked == 3 * 90 * TEACHER_FORWARD
