"""What an offset on a class's logit does, exactly.

An image is called class k once the offset on k exceeds the image's flip threshold, so one sort of
the thresholds gives the accuracy for every offset at once. Throughout, *logits* are arrays of shape
(N, C), *labels* of (N,), k is the *omitted_class* and offsets are in logit units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kdengine.offsets.evaluation import Floats, Ints, by_class, log_sum

MASS_TABLE_ERROR = 1e-6
# Linear interpolation of a mean of sigmoids f errs by at most h²/8 · max|f''| in a step h, and
# |σ''| is at most 0.09623, and at most σ' = f'. Within h, σ' changes by a factor of e^h at most.
STEEPEST_BEND = 0.09623


@dataclass(frozen=True)
class OffsetSweep:
    """Exact counts of right answers for every offset on one class."""

    # (N,), ascending: image i is called the class exactly when the offset is above flips[i].
    flips: NDArray[np.float64]
    # (N + 1, C): right answers by true class once that many images have flipped.
    correct: NDArray[np.int64]
    class_counts: NDArray[np.int64]  # (C,), images of each true class
    omitted_class: int


def flip_thresholds(logits: Floats, omitted_class: int) -> NDArray[np.float64]:
    """Return max over j≠k of z_j − z_k, (N,): the offset at which each image turns into class k."""
    z = np.asarray(logits, dtype=np.float64)
    return np.delete(z, omitted_class, axis=1).max(axis=1) - z[:, omitted_class]


def strict_flips(logits: Floats, omitted_class: int) -> NDArray[np.float64]:
    """Return for each image the number that an offset has to exceed to turn it into class k.

    They are the `flip_thresholds` but for ties: argmax gives a tie to the lower index, so where
    that is k the image has flipped at the threshold itself. There the number lies just below, and
    "above" is the only case left.
    """
    thresholds = flip_thresholds(logits, omitted_class)
    others = runner_up(logits, omitted_class)
    return np.where(omitted_class < others, np.nextafter(thresholds, -np.inf), thresholds)


def runner_up(logits: Floats, omitted_class: int) -> NDArray[np.int64]:
    """Return the best class other than the omitted one; at equality the lower index wins."""
    z = np.array(logits, dtype=np.float64)
    z[:, omitted_class] = -np.inf
    return z.argmax(axis=1)


def offset_sweep(logits: Floats, labels: Ints, omitted_class: int) -> OffsetSweep:
    """Sort the flip thresholds and count right answers between them.

    The counts agree with argmax over ``logits + offset`` at every offset, ties included.
    """
    labels = np.asarray(labels, dtype=np.int64)
    classes = np.asarray(logits).shape[1]
    others = runner_up(logits, omitted_class)
    flips = strict_flips(logits, omitted_class)
    order = np.argsort(flips, kind="stable")
    gains = np.zeros((len(labels) + 1, classes), dtype=np.int64)
    is_omitted, was_right = labels == omitted_class, others == labels
    before = was_right & ~is_omitted
    gains[0] = np.bincount(labels[before], minlength=classes)
    change = np.where(is_omitted, 1, np.where(before, -1, 0))[order]
    gains[np.arange(1, len(labels) + 1), labels[order]] = change
    return OffsetSweep(
        flips=flips[order],
        correct=gains.cumsum(axis=0),
        class_counts=np.bincount(labels, minlength=classes),
        omitted_class=omitted_class,
    )


def correct_at(sweep: OffsetSweep, offsets: ArrayLike) -> NDArray[np.int64]:
    """Return right answers by true class at one offset, (C,), or at each of several, (M, C)."""
    flipped = np.searchsorted(sweep.flips, np.asarray(offsets, dtype=np.float64), side="left")
    return sweep.correct[flipped]


def log_odds(logits: Floats, omitted_class: int) -> NDArray[np.float64]:
    """Return z_k − logsumexp over j≠k of z_j, whose sigmoid is the softmax mass on class k."""
    z = by_class(logits)
    return z[omitted_class] - log_sum(np.delete(z, omitted_class, axis=0))


def mean_mass(logits: Floats, omitted_class: int, offsets: ArrayLike) -> NDArray[np.float64]:
    """Return the mean softmax mass at T=1 on the omitted class, in [0, 1], at each offset."""
    masses = _mean_masses(_inverse_odds(logits, omitted_class), np.ravel(offsets))
    return masses.reshape(np.shape(offsets))


def _inverse_odds(logits: Floats, omitted_class: int) -> NDArray[np.float64]:
    """Return 1 over each image's odds; exp(600) is as good as infinite and leaves room to shift."""
    return np.exp(-np.clip(log_odds(logits, omitted_class), -600.0, 600.0))


def _mean_masses(
    inverse_odds: NDArray[np.float64], offsets: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean mass at each of *offsets*, (M,)."""
    room, masses = np.empty_like(inverse_odds), []
    for factor in np.exp(-offsets):  # in memory that is there: new one takes twice as long
        np.add(np.multiply(inverse_odds, factor, out=room), 1.0, out=room)
        masses.append(np.divide(1.0, room, out=room).mean())
    return np.array(masses)


def mean_mass_table(
    logits: Floats, omitted_class: int, low: float = -10.0, high: float = 10.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return offsets and mean masses between which linear interpolation errs by at most 1e-6.

    The offsets lie close together where the curve may bend and far apart where it is flat, so that
    a wide range does not make a long table.
    """
    inverse_odds = _inverse_odds(logits, omitted_class)
    offsets = np.linspace(low, high, math.ceil(high - low) + 1)
    masses = _mean_masses(inverse_odds, offsets)
    while True:
        widths, rises = np.diff(offsets), np.diff(masses)
        bends = np.minimum(STEEPEST_BEND, np.exp(widths) * rises / widths)
        coarse = np.flatnonzero(widths**2 / 8.0 * bends > MASS_TABLE_ERROR)
        if not len(coarse):
            return offsets, masses
        middles = offsets[coarse] + widths[coarse] / 2.0
        offsets = np.insert(offsets, coarse + 1, middles)
        masses = np.insert(masses, coarse + 1, _mean_masses(inverse_odds, middles))


def apply_offsets(
    logits: Floats, classes: Sequence[int], offsets: ArrayLike
) -> NDArray[np.float64]:
    """Return a float64 copy of *logits* with each class's offset added to its column."""
    shifted = np.array(logits, dtype=np.float64)
    shifted[:, list(classes)] += np.asarray(offsets, dtype=np.float64)
    return shifted
