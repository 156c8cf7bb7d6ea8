"""What a row of an omission sweep's table holds beside its figures.

Stored runs in, plain JSON values out.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from numpy.typing import ArrayLike

from kdengine.offsets import criteria, evaluation
from kdengine.offsets import thresholds as bias
from kdengine.offsets.rule import OffsetRule
from kdengine.store.run_files import StoredRun
from kdengine.store.shapes import Confusion, Count, Rate

_CURVE = ("accuracy", "omitted_accuracy", "other_accuracy")


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


def _errors(confusion: list[list[int]]) -> int:
    """Return how many images lie off the diagonal."""
    return sum(map(sum, confusion)) - sum(row[i] for i, row in enumerate(confusion))
