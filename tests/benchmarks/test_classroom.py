"""The engine's side of the comparison, on the digits with tiny networks."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import classroom
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
    wall, epoch = record["wall_seconds"], record["seconds_per_epoch"]
    assert epoch["teacher"] == wall["teacher"] / 2 and epoch["student"] == wall["student"] / 3
    stored = store.load(run_key(tiny().student))
    wrong = stored.test_logits.argmax(axis=1) != stored.test_labels
    assert record["figures"]["student_before"] == {
        "errors": wrong.sum(),
        "errors_on_threes": wrong[stored.test_labels == 3].sum(),
    }


def test_quick_trains_one_epoch_of_the_recipe():
    quick, whole = classroom.experiment(seed=4, quick=True), classroom.experiment(seed=4)
    assert quick.teacher.epochs == quick.student.epochs == 1
    assert whole == plans.experiment(CLASSROOM, seed=4)
    assert quick.teacher.hidden_sizes == whole.teacher.hidden_sizes


def test_errors_are_counted_over_all_and_over_threes():
    labels = np.array([3, 3, 1, 2])
    logits = np.eye(10)[[3, 1, 1, 5]]
    assert classroom.error_counts(logits, labels) == {"errors": 2, "errors_on_threes": 1}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_peak_memory_is_in_mib():
    block = np.ones(64 * 2**20, dtype=np.uint8)
    assert 64 <= classroom.peak_memory_mib() < 100_000
    assert block[-1] == 1
