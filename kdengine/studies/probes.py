"""How much the offset depends on which unlabelled images it is chosen from.

Draws many random probes from stored logits; trains nothing.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from kdengine.offsets import criteria
from kdengine.offsets import thresholds as bias
from kdengine.store.run_files import StoredRun
from kdengine.store.shapes import Count, Number

CRITERIA = ("frequency", "teacher-mass")  # those that look at unlabelled images alone
_SEED = 61


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


def offsets_of_random_probes(
    teacher: StoredRun, student: StoredRun, omitted_class: int, sizes: Sequence[int], draws: int
) -> list[dict[str, Any]]:
    """Choose the offset from random probes and count what it does to the test images.

    Parameters
    ----------
    sizes : sequence of int >= 1
        Training images in a probe. One of all images, or more, is taken once.
    draws : int >= 1
        Probes of each size; each serves every criterion.

    Returns
    -------
    list of dict
        ``criterion``, ``size`` and, one entry a probe, ``offsets`` (logit units), ``errors`` (all
        test images) and ``omitted_errors`` (those of the omitted class).
    """
    rng = np.random.default_rng([_SEED, student.config.seed])
    sweep = bias.offset_sweep(student.test_logits, student.test_labels, omitted_class)
    frequency = float(np.mean(student.train_labels == omitted_class))
    found = []
    for size in sizes:
        whole = size >= len(student.train_logits)
        probes = [
            np.arange(len(student.train_logits))
            if whole
            else rng.choice(len(student.train_logits), size, replace=False)
            for _ in range(1 if whole else draws)
        ]
        for criterion in CRITERIA:
            offsets = [
                _offset(criterion, teacher, student, omitted_class, frequency, probe)
                for probe in probes
            ]
            wrong = sweep.class_counts - bias.correct_at(sweep, np.array(offsets))
            found.append(
                {
                    "criterion": criterion,
                    "size": len(probes[0]),
                    "offsets": [round(offset, 4) for offset in offsets],
                    "errors": wrong.sum(axis=1).tolist(),
                    "omitted_errors": wrong[:, omitted_class].tolist(),
                }
            )
    return found


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
