"""What the rows of some sweeps hold beside their figures: offsets of random probes, and details.

Stored runs in, plain JSON values out; trains nothing.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from kdengine.offsets import criteria, evaluation
from kdengine.offsets import thresholds as bias
from kdengine.offsets.rule import OffsetRule
from kdengine.store.run_files import StoredRun
from kdengine.store.shapes import Confusion, Count, Number, Rate

PROBE_DRAWS = 50
_PROBED = ("frequency", "teacher-mass")  # the criteria that look at unlabelled images alone
_PROBE_SEED = 61
_CURVE = ("accuracy", "omitted_accuracy", "other_accuracy")


class Probes(msgspec.Struct):
    """What `offsets_of_random_probes` returns of one criterion and one size."""

    criterion: str
    size: Count
    offsets: list[Number]
    errors: list[Count]
    omitted_errors: list[Count]

    def __post_init__(self) -> None:
        """Refuse probes that lack an offset or a count."""
        if not len(self.offsets) == len(self.errors) == len(self.omitted_errors):
            raise ValueError("every probe has an offset and both counts")


class _OtherMatch(msgspec.Struct):
    """What the frequency criterion does with the other choice of classes."""

    match: Literal["omitted", "all"]
    errors: Count


class Details(msgspec.Struct):
    """What `details` returns."""

    confusion_before: Confusion
    confusion_after: Confusion
    other_match: _OtherMatch
    curve: list[tuple[Rate, Rate, Rate]]


def offsets_of_random_probes(
    teacher: StoredRun, student: StoredRun, omitted_class: int, sizes: Sequence[int]
) -> list[dict[str, Any]]:
    """Choose the offset from random probes and count what it does to the test images.

    Parameters
    ----------
    sizes : sequence of int >= 1
        Training images in a probe, of which `PROBE_DRAWS` are drawn; one of all images, or more,
        is taken once. Each serves every criterion.

    Returns
    -------
    list of dict
        ``criterion``, ``size`` and, one entry a probe, ``offsets`` (logit units), ``errors`` (all
        test images) and ``omitted_errors`` (those of the omitted class).
    """
    rng = np.random.default_rng([_PROBE_SEED, student.config.seed])
    sweep = bias.offset_sweep(student.test_logits, student.test_labels, omitted_class)
    frequency = float(np.mean(student.train_labels == omitted_class))
    chosen = []
    for size in sizes:
        whole = size >= len(student.train_logits)
        probes = [
            np.arange(len(student.train_logits))
            if whole
            else rng.choice(len(student.train_logits), size, replace=False)
            for _ in range(1 if whole else PROBE_DRAWS)
        ]
        for criterion in _PROBED:
            offsets = [
                _offset(criterion, teacher, student, omitted_class, frequency, probe)
                for probe in probes
            ]
            wrong = sweep.class_counts - bias.correct_at(sweep, np.array(offsets))
            chosen.append(
                {
                    "criterion": criterion,
                    "size": len(probes[0]),
                    "offsets": [round(offset, 4) for offset in offsets],
                    "errors": wrong.sum(axis=1).tolist(),
                    "omitted_errors": wrong[:, omitted_class].tolist(),
                }
            )
    return chosen


def details(student: StoredRun, offset: dict[str, Any]) -> dict[str, Any]:
    """Return what a row of these sweeps holds beside its figures.

    Parameters
    ----------
    student : StoredRun
        A student that lacks at least one class.
    offset : dict
        What `criteria.choose_offsets` chose for it.

    Returns
    -------
    dict
        ``confusion_before``, ``confusion_after``: test images by true class (row) and answer;
        ``other_match``: ``match``, ``classes``, ``value`` and ``errors`` of the frequency
        criterion with the other choice of `rule.MATCHES`;
        ``curve``: for each epoch the accuracy on all, the omitted and the other test images.
    """
    omitted = student.config.omitted_classes

    def confusion(classes: Sequence[int], offsets: ArrayLike) -> list[list[int]]:
        moved = bias.apply_offsets(student.test_logits, classes, offsets)
        return evaluation.confusion_matrix(moved, student.test_labels).tolist()

    other = criteria.choose_offsets(
        OffsetRule(match="omitted" if offset["match"] == "all" else "all"),
        student,
        omitted_classes=omitted,
    )
    other_table = confusion(other["classes"], other["value"])
    return {
        "confusion_before": confusion((), ()),
        "confusion_after": confusion(offset["classes"], offset["value"]),
        "other_match": {
            "match": other["match"],
            "classes": other["classes"],
            "value": other["value"],
            "errors": _errors(other_table),
        },
        "curve": [
            [round(epoch[name], 4) for name in _CURVE] for epoch in student.metrics["history"]
        ],
    }


def _offset(
    criterion: str,
    teacher: StoredRun,
    student: StoredRun,
    omitted_class: int,
    frequency: float,
    probe: Any,
) -> float:
    """Return the offset that a criterion chooses from the training images *probe*."""
    logits = student.train_logits[probe]
    if criterion == "frequency":
        return float(criteria.mass_matching_offsets(logits, [omitted_class], [frequency])[0])
    answers = teacher.train_logits[probe]
    return float(criteria.teacher_mass_offsets(logits, answers, [omitted_class])[0])


def _errors(confusion: list[list[int]]) -> int:
    """Return how many images lie off the diagonal."""
    return sum(map(sum, confusion)) - sum(row[i] for i, row in enumerate(confusion))
