"""What a published figure measures, on a stored run: a step on its logits, then a count.

Numpy only; reads runs from the store.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdengine import config
from kdengine.nets import forward
from kdengine.offsets import criteria, evaluation, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.recipes import source
from kdengine.recipes.source import Figure
from kdengine.store import runs
from kdengine.store.run_files import StoredRun

PROBE = 5000  # hinton-problems: the first so many training images
# MNIST's test images by class.
TEST_IMAGES = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
_CURVE_END = 5.0  # the largest offset of hinton-problems' curves
Logits = NDArray[np.floating[Any]]


def measure(figure: Figure, run: StoredRun) -> float:
    """Return the quantity of a published *figure* as *run* has it."""
    if figure.measure == source.FIRST_EPOCH:
        return float(run.metrics["history"][0]["per_class_accuracy"][figure.digit])
    if figure.measure == source.OFFSET:
        return _OFFSETS[figure.step](run)
    confusion = evaluation.confusion_matrix(stepped(figure.step, run), run.test_labels)
    if figure.measure == source.CLASS_MEAN:
        return float(np.mean(evaluation.per_class_accuracy(confusion)))
    rows = slice(None) if figure.digit is None else slice(figure.digit, figure.digit + 1)
    right, images = int(confusion.diagonal()[rows].sum()), int(confusion[rows].sum())
    return float(images - right) if figure.measure == source.ERRORS else right / images


def stepped(step: str, run: StoredRun) -> Logits:
    """Return a run's test logits after a step of `source.STEPS`."""
    if step == "none":
        return run.test_logits
    if step == "all-biases":
        learned = forward.output_biases(runs.load_weights(run.key))
        return with_equal_biases(run.test_logits, learned)
    classes = _moved_classes(run)
    return thresholds.apply_offsets(run.test_logits, classes, [_OFFSETS[step](run)] * len(classes))


def best_common_offset(logits: Logits, labels: NDArray[Any], classes: Sequence[int]) -> float:
    """Return the number that, added to all of *classes*, leaves the fewest errors.

    The middle of an interval of offsets; of several that are as good, the one nearest to 0.
    `criteria.most_agreeing_offset` goes by another rule, the widest interval, and is what the
    criterion ``test-optimal`` chooses; both leave equally few errors.
    """
    z = np.asarray(logits, dtype=np.float64)
    inside = np.isin(np.arange(z.shape[1]), list(classes))
    best_in, best_out = z[:, inside].argmax(axis=1), z[:, ~inside].argmax(axis=1)
    right_in = np.flatnonzero(inside)[best_in] == labels
    right_out = np.flatnonzero(~inside)[best_out] == labels
    flips = z[:, ~inside].max(axis=1) - z[:, inside].max(axis=1)
    order = np.argsort(flips, kind="stable")
    edges = np.concatenate([[flips.min() - 1.0], flips[order], [flips.max() + 1.0]])
    gain = right_in.astype(np.int64) - right_out.astype(np.int64)
    right = right_out.sum() + np.concatenate([[0], np.cumsum(gain[order])])
    # Images with the same threshold flip together: there is no offset between them.
    exists = np.diff(edges) > 0.0
    middles, right = ((edges[:-1] + edges[1:]) / 2.0)[exists], right[exists]
    best = middles[right == right.max()]
    return float(best[np.abs(best).argmin()])


def with_equal_biases(logits: Logits, biases: Logits) -> Logits:
    """Return *logits* (N, C) as if all C output *biases* were one number.

    Which number it is moves every class alike, so that no answer depends on it.
    """
    return np.asarray(logits, dtype=np.float64) - biases + criteria.PAPER_OFFSET


def _frequency(run: StoredRun, probe_size: int | None) -> float:
    """Return the offset of the frequency criterion on the first *probe_size* training images."""
    size = None if probe_size is None else min(probe_size, len(run.train_labels))
    rule = OffsetRule(probe_size=size, match="omitted")
    chosen = criteria.choose_offsets(rule, run, omitted_classes=run.config.omitted_classes)
    return float(chosen["value"])


def _moved_classes(run: StoredRun) -> tuple[int, ...]:
    """Return the classes that an offset goes to: the omitted one, or the few that were kept."""
    omitted = run.config.omitted_classes
    return omitted if len(omitted) == 1 else tuple(config.other_classes(omitted))


def images_of(measure: str, digit: int | None) -> float:
    """Return how many test images a figure counts; NaN for an offset."""
    if measure == source.OFFSET:
        return math.nan
    return 10_000.0 if digit is None else float(TEST_IMAGES[digit])


# The offset of those of `source.STEPS` that add one.
_OFFSETS: dict[str, Callable[[StoredRun], float]] = {
    "paper-offset": lambda run: criteria.PAPER_OFFSET,
    "curve-end": lambda run: _CURVE_END,
    "test-optimal": lambda run: best_common_offset(
        run.test_logits, run.test_labels, _moved_classes(run)
    ),
    "frequency-probe": lambda run: _frequency(run, PROBE),
}
