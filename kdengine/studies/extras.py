"""What the rows of some sweeps hold beside their figures: offsets of random probes, and details.

Stored runs in, plain JSON values out; trains nothing.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from kdengine.offsets import criteria, evaluation, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store.run_files import StoredRun
from kdengine.store.shapes import Confusion, Count, Number, Rate

PROBE_DRAWS = 50
_PROBED = ("frequency", "teacher-mass")  # the criteria that look at unlabelled images alone
_PROBE_SEED = 61
_CURVE = ("accuracy", "omitted_accuracy", "other_accuracy")


class Probes(msgspec.Struct):
    """What the offsets of random probes of one size do, by one criterion; an entry a probe."""

    criterion: str
    size: Count
    offsets: list[Number]  # logit units
    errors: list[Count]  # of all test images
    omitted_errors: list[Count]  # of those of the omitted class

    def __post_init__(self) -> None:
        """Refuse probes that lack an offset or a count."""
        if not len(self.offsets) == len(self.errors) == len(self.omitted_errors):
            raise ValueError("every probe has an offset and both counts")


class _OtherMatch(msgspec.Struct):
    """What the frequency criterion does with the other choice of `rule.MATCHES`."""

    match: Literal["omitted", "all"]
    errors: Count


class Details(msgspec.Struct):
    """What a row of these sweeps holds beside its figures."""

    confusion_before: Confusion
    confusion_after: Confusion
    other_match: _OtherMatch
    curve: list[tuple[Rate, Rate, Rate]]  # an epoch's accuracies: all, omitted and other images


def offsets_of_random_probes(
    teacher: StoredRun, student: StoredRun, omitted_class: int, sizes: Sequence[int]
) -> list[dict[str, Any]]:
    """Choose the offset from random probes and count what it does to the test images.

    Of each of *sizes*, at least 1 training image, `PROBE_DRAWS` probes are drawn; one of all
    images, or more, is taken once. Returned is a `Probes` for each size and criterion.
    """
    rng = np.random.default_rng([_PROBE_SEED, student.config.seed])
    answers, images = student.train_logits, len(student.train_logits)
    sweep = thresholds.offset_sweep(student.test_logits, student.test_labels, omitted_class)
    frequency = float(np.mean(student.train_labels == omitted_class))

    def offset(criterion: str, probe: Any) -> float:
        if criterion == "frequency":
            wanted = [frequency]
            return float(criteria.mass_matching_offsets(answers[probe], [omitted_class], wanted)[0])
        taught = teacher.train_logits[probe]
        return float(criteria.teacher_mass_offsets(answers[probe], taught, [omitted_class])[0])

    rows = []
    for size in sizes:
        probes: list[Any] = [slice(None)]
        if size < images:
            probes = [rng.choice(images, size, replace=False) for _ in range(PROBE_DRAWS)]
        for criterion in _PROBED:
            offsets = [offset(criterion, probe) for probe in probes]
            wrong = sweep.class_counts - thresholds.correct_at(sweep, np.array(offsets))
            rows.append(
                {
                    "criterion": criterion,
                    "size": min(size, images),
                    "offsets": [round(value, 4) for value in offsets],
                    "errors": wrong.sum(axis=1).tolist(),
                    "omitted_errors": wrong[:, omitted_class].tolist(),
                }
            )
    return rows


def details(student: StoredRun, offset: dict[str, Any]) -> dict[str, Any]:
    """Return the `Details` of a *student* for which `choose_offsets` chose the *offset*."""

    def confusion(classes: Sequence[int], offsets: ArrayLike) -> Any:
        moved = thresholds.apply_offsets(student.test_logits, classes, offsets)
        return evaluation.confusion_matrix(moved, student.test_labels)

    other = criteria.choose_offsets(
        OffsetRule(match="omitted" if offset["match"] == "all" else "all"),
        student,
        omitted_classes=student.config.omitted_classes,
    )
    moved = confusion(other["classes"], other["value"])
    errors = int(moved.sum() - np.trace(moved))
    return {
        "confusion_before": confusion((), ()).tolist(),
        "confusion_after": confusion(offset["classes"], offset["value"]).tolist(),
        "other_match": {name: other[name] for name in ("match", "classes", "value")}
        | {"errors": errors},
        "curve": [
            [round(epoch[name], 4) for name in _CURVE] for epoch in student.metrics["history"]
        ],
    }
