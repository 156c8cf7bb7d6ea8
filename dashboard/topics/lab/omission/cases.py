"""Students without some digits as the omission sweeps' tables and stored runs tell of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core.experiment import Experiment
from kdengine import config
from kdengine.offsets import criteria, evaluation
from kdengine.offsets.rule import OffsetRule
from kdengine.studies import extras

Json = dict[str, Any]
TABLES = ("omit-one", "keep-two", "keep-one", "paper-pair")
BEFORE, AFTER = "student", "student + offset"  # as the charts name these roles


@dataclass(frozen=True)
class Case:
    """One student: which digits it never saw, and what it recognises."""

    omitted: tuple[int, ...]
    seed: int
    # (10, 10): confusion matrices on the test images, without and with its offsets
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    # The classes that have an offset, and theirs, in logit units
    classes: tuple[int, ...]
    offsets: tuple[float, ...]
    seconds: float  # How long it trained


def cases_of_table(table: Json | None) -> list[Case]:
    """Return the students of a sweep's table; those without details are left out."""
    found = []
    for row in [] if table is None else table["rows"]:
        if "details" in row and row["offset"] is not None:
            omitted = row["parameters"].get("omitted_classes", ())
            seconds = row["wall_seconds"]["student"]
            found.append(_case(omitted, row["seed"], row["offset"], row["details"], seconds))
    return found


def case_of_run(shown: Experiment) -> Case:
    """Return a stored run as a case, its offsets by the frequency criterion.

    Raises
    ------
    ValueError
        If the criterion finds no offsets.
    """
    student = shown.student
    omitted = student.config.omitted_classes
    offset = criteria.choose_offsets(OffsetRule(), student, omitted_classes=omitted)
    details = extras.details(student, offset)
    return _case(omitted, student.config.seed, offset, details, student.metrics["wall_seconds"])


def others(digits: Iterable[int]) -> tuple[int, ...]:
    """Return the digits that are not among *digits*: kept for omitted, omitted for kept."""
    return tuple(config.other_classes(digits))


def students(cases: Iterable[Case], omitted: tuple[int, ...]) -> list[Case]:
    """Return the students without exactly those digits, a seed once, by seed."""
    found = {case.seed: case for case in cases if case.omitted == omitted}
    return [found[seed] for seed in sorted(found)]


def error_rates(cases: Iterable[Case], role: str) -> list[float]:
    """Return each student's share of wrong answers on all test images."""
    tables = [confusion(case, role) for case in cases]
    return [float(1.0 - np.trace(table) / table.sum()) for table in tables]


def omitted_rates(cases: Iterable[Case], role: str) -> list[float]:
    """Return each student's accuracy on the digits it never saw."""
    return [evaluation.group_accuracy(confusion(case, role), case.omitted) for case in cases]


def all_cases(load: Callable[[str], Json | None]) -> list[Case]:
    """Return the students of all omission sweeps; *load* gives the table of a sweep's name."""
    return [case for name in TABLES for case in cases_of_table(load(name))]


def confusion(case: Case, role: str) -> NDArray[np.int64]:
    """Return the confusion matrix before or after the offsets."""
    return case.before if role == BEFORE else case.after


def _case(omitted: Iterable[int], seed: int, offset: Json, details: Json, seconds: float) -> Case:
    """Return a case from the JSON values of a row."""
    value = offset["value"]
    return Case(
        omitted=tuple(sorted(omitted)),
        seed=seed,
        before=np.array(details["confusion_before"]),
        after=np.array(details["confusion_after"]),
        classes=tuple(offset["classes"]),
        offsets=tuple(value) if isinstance(value, list) else (value,),
        seconds=seconds,
    )
