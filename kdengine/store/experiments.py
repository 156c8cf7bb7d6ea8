"""The stored runs of one experiment side by side: a student, its teacher and its baseline."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kdengine.config import StudentConfig, run_key
from kdengine.recipes import known
from kdengine.store import runs
from kdengine.store.run_files import RunDamaged, StoredRun


@dataclass(frozen=True)
class Experiment:
    """A student, its teacher and, if one is stored, its baseline."""

    student: StoredRun
    teacher: StoredRun
    baseline: StoredRun | None

    @property
    def key(self) -> str:
        """The experiment's key, which is its student's."""
        return self.student.key

    @property
    def dataset(self) -> str:
        """The dataset's name."""
        return self.student.config.dataset

    @property
    def omitted_classes(self) -> tuple[int, ...]:
        """The classes that the student never saw."""
        return self.student.config.omitted_classes

    @property
    def runs(self) -> dict[str, StoredRun]:
        """The runs there are by their roles."""
        roles = {"teacher": self.teacher, "baseline": self.baseline, "student": self.student}
        return {role: run for role, run in roles.items() if run is not None}


def find(key: str, load: Callable[[str], StoredRun] = runs.load) -> Experiment:
    """Return the experiment *key*; *load* reads a run, or remembers it.

    RunNotFound or RunDamaged if it, or its teacher, cannot be had, or they do not belong together.
    A baseline that cannot be used counts as none: the list of runs says what is wrong with it.
    """
    student = load(key)
    config = student.config
    if not isinstance(config, StudentConfig):
        raise runs.RunNotFound(f"{key} is not a student's run; choose a student.")
    pair = of_runs(student, load(config.teacher), None)
    baseline = run_key(known.baseline_of(config, student.metrics["recipe"]))
    try:
        return of_runs(student, pair.teacher, load(baseline)) if runs.exists(baseline) else pair
    except RunDamaged:
        return pair


def of_runs(student: StoredRun, teacher: StoredRun, baseline: StoredRun | None) -> Experiment:
    """Return three runs as an experiment; RunDamaged unless they are of the same images."""
    for other in (teacher, baseline):
        if other is not None and not all(
            np.array_equal(getattr(student, name), getattr(other, name))
            for name in ("train_labels", "test_labels")
        ):
            raise RunDamaged(
                f"{student.key} and {other.key} do not belong together: their labels differ, so "
                "they are of different images; make them anew: `python -m kdengine run --fresh`."
            )
    return Experiment(student, teacher, baseline)
