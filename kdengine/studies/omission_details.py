"""What a row of an omission sweep's table holds beside its figures.

Stored runs in, plain JSON values out.
"""

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from kdengine.config import CLASSES, omitted_classes
from kdengine.offsets import criteria, evaluation
from kdengine.offsets import thresholds as bias
from kdengine.offsets.rule import MATCHES, OffsetRule
from kdengine.store.run_files import StoredRun, is_number

_CURVE = ("accuracy", "omitted_accuracy", "other_accuracy")


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
    omitted = omitted_classes(student.config)

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


def is_details(record: object) -> bool:
    """Return whether *record* is as `details` returns it."""
    if not isinstance(record, dict) or not isinstance(record.get("curve"), list):
        return False
    other = record.get("other_match")
    return (
        all(_is_confusion(record.get(f"confusion_{when}")) for when in ("before", "after"))
        and isinstance(other, dict)
        and other.get("match") in MATCHES
        and type(other.get("errors")) is int
        and all(_are_rates(epoch) for epoch in record["curve"])
    )


def _errors(confusion: list[list[int]]) -> int:
    """Return how many images lie off the diagonal."""
    return sum(map(sum, confusion)) - sum(row[i] for i, row in enumerate(confusion))


def _is_confusion(record: object) -> bool:
    """Return whether *record* is a matrix of counts."""
    return (
        isinstance(record, list)
        and len(record) == CLASSES
        and all(
            isinstance(row, list)
            and len(row) == CLASSES
            and all(type(count) is int and count >= 0 for count in row)
            for row in record
        )
    )


def _are_rates(record: object) -> bool:
    """Return whether *record* is one epoch of a curve."""
    return (
        isinstance(record, list)
        and len(record) == len(_CURVE)
        and all(is_number(rate) and 0.0 <= rate <= 1.0 for rate in record)
    )
