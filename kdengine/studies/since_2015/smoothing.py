"""Teachers whose labels were smoothed: better ones, whose students know less of the missing digit.

Sources: Müller, Kornblith & Hinton (2019), arXiv:1906.02629; against it Shen et al. (2021),
arXiv:2104.00676, and Chandrasegaran et al. (2022), arXiv:2206.14532.
"""

import numpy as np
from numpy.typing import NDArray

from kdengine.config import run_key
from kdengine.data import datasets
from kdengine.nets import forward
from kdengine.nets.architecture import layer_names
from kdengine.offsets import criteria, evaluation, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store import runs
from kdengine.studies.since_2015 import trained
from kdengine.studies.since_2015.known import STUDIES, Measured, Rows

DIGIT, CLUSTERED, POINTS = 3, (3, 5, 8), 60  # so many test images of each of these digits


def measure(seed: int, precision: str) -> Measured:
    """Return each teacher's errors and what its student misses of the threes.

    The lists hold the clusters of each teacher's last hidden layer, and which threes the student
    misses, by their number among the threes.
    """
    rows: Rows = {}
    lists: dict[str, list[float]] = {}
    for name, setting in STUDIES["smoothing"].variants.items():
        teacher = trained.teacher(seed, precision, label_smoothing=setting["smoothing"])
        taught = runs.load(run_key(teacher))
        config = trained.student(teacher, precision, temperature=setting["temperature"])
        student = runs.load(run_key(config))
        threes = student.test_labels == DIGIT
        offset = criteria.choose_offsets(OffsetRule(), student, omitted_classes=(DIGIT,))
        moved = thresholds.apply_offsets(student.test_logits, (DIGIT,), offset["value"])
        missed = evaluation.predictions(student.test_logits)[threes] != DIGIT
        after = evaluation.predictions(moved) != student.test_labels
        rows[name] = {
            "teacher": (evaluation.predictions(taught.test_logits) != taught.test_labels).sum(),
            "missed": missed.sum(),
            "after": after[threes].sum(),
            "errors": after.sum(),
        }
        if name in ("warm-0", "warm-10"):
            points = clusters(runs.load_weights(taught.key)).round(2)
            lists[f"points-{name}"] = [float(number) for number in points.ravel()]
            lists[f"missed-{name}"] = [float(number) for number in np.flatnonzero(missed)]
    return rows, lists


def clusters(weights: dict[str, NDArray[np.float32]]) -> NDArray[np.float64]:
    """Return test images as points of the plane through the output weights of `CLUSTERED`.

    A row each, (n, 3): two places in the last hidden layer's units, and the digit. Source: Müller
    et al. (2019), section 2.
    """
    data, last = datasets.load("mnist"), layer_names(weights)[0][-1]
    hidden = {name: w for name, w in weights.items() if not name.startswith(f"{last}.")}
    templates = weights[f"{last}.weight"][list(CLUSTERED)].astype(np.float64)
    plane, _ = np.linalg.qr((templates[1:] - templates[0]).T)
    some = np.concatenate([np.flatnonzero(data.test_labels == d)[:POINTS] for d in CLUSTERED])
    units = np.maximum(forward.logits(hidden, data.test_images[some]), 0.0)
    return np.column_stack([units @ plane, data.test_labels[some]])
