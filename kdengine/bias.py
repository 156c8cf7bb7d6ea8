"""What an offset on a class's logit does, exactly, and the criteria that choose it.

Numpy arrays in, numbers out. An image is called class k once the offset on k exceeds the image's
flip threshold, so one sort of the thresholds gives the accuracy for every offset at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from kdengine.config import CRITERIA

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

# "with this bias increased by 3.5 (which optimizes overall performance on the test set)":
# Hinton, Vinyals & Dean (2015), arXiv:1503.02531, section 3.
PAPER_OFFSET = 3.5
# Linear interpolation of a mean of sigmoids errs by at most h²/8 · max|σ''| = h² · 0.01203,
# which is 7.4e-7 at this step.
MASS_TABLE_STEP = 1.0 / 128.0


@dataclass(frozen=True)
class OffsetSweep:
    """Exact counts of right answers for every offset on one class.

    Parameters
    ----------
    flips : float64 array of shape (N,), ascending
        Image i is called the omitted class exactly when the offset is above ``flips[i]``.
    correct : int array of shape (N + 1, C)
        Right answers by true class once that many images have flipped.
    class_counts : int array of shape (C,)
        Images of each true class.
    omitted_class : int
    """

    flips: NDArray[np.float64]
    correct: NDArray[np.int64]
    class_counts: NDArray[np.int64]
    omitted_class: int


def flip_thresholds(logits: Floats, omitted_class: int) -> NDArray[np.float64]:
    """Return max over j≠k of z_j − z_k: the offset at which each image turns into class k.

    Parameters
    ----------
    logits : array of shape (N, C)
    omitted_class : int
        The class k that the offset is added to.

    Returns
    -------
    float64 array of shape (N,), in logit units
    """
    z = np.asarray(logits, dtype=np.float64)
    return np.delete(z, omitted_class, axis=1).max(axis=1) - z[:, omitted_class]


def runner_up(logits: Floats, omitted_class: int) -> NDArray[np.int64]:
    """Return the best class other than the omitted one; at equality the lower index wins."""
    z = np.array(logits, dtype=np.float64)
    z[:, omitted_class] = -np.inf
    return z.argmax(axis=1)


def offset_sweep(logits: Floats, labels: Ints, omitted_class: int) -> OffsetSweep:
    """Sort the flip thresholds and count right answers between them.

    Parameters
    ----------
    logits : array of shape (N, C)
    labels : int array of shape (N,)
    omitted_class : int

    Returns
    -------
    OffsetSweep
        Agrees with argmax over ``logits + offset`` at every offset, ties included.
    """
    labels = np.asarray(labels, dtype=np.int64)
    classes = np.asarray(logits).shape[1]
    others = runner_up(logits, omitted_class)
    thresholds = flip_thresholds(logits, omitted_class)
    # argmax gives a tie to the lower index, so there the image has flipped at the threshold
    # itself: move it just below, and "above" is the only case left.
    flips = np.where(omitted_class < others, np.nextafter(thresholds, -np.inf), thresholds)
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
    """Return right answers by true class at each offset.

    Parameters
    ----------
    offsets : float or array of shape (M,), in logit units

    Returns
    -------
    int array of shape (C,) or (M, C)
    """
    flipped = np.searchsorted(sweep.flips, np.asarray(offsets, dtype=np.float64), side="left")
    return sweep.correct[flipped]


def log_odds(logits: Floats, omitted_class: int) -> NDArray[np.float64]:
    """Return z_k − logsumexp over j≠k of z_j, whose sigmoid is the softmax mass on class k."""
    z = np.asarray(logits, dtype=np.float64)
    return z[:, omitted_class] - logsumexp(np.delete(z, omitted_class, axis=1), axis=1)


def mean_mass(logits: Floats, omitted_class: int, offsets: ArrayLike) -> NDArray[np.float64]:
    """Return the mean softmax mass at T=1 on the omitted class at each offset.

    Parameters
    ----------
    logits : array of shape (N, C)
    offsets : float or array of shape (M,)

    Returns
    -------
    float64 array of the shape of *offsets*, in [0, 1]
    """
    # exp(600) is as good as infinite, and leaves room for the offset's factor below.
    inverse_odds = np.exp(-np.clip(log_odds(logits, omitted_class), -600.0, 600.0))
    flat = np.atleast_1d(np.asarray(offsets, dtype=np.float64))
    masses = np.array([np.mean(1.0 / (1.0 + inverse_odds * np.exp(-offset))) for offset in flat])
    return masses.reshape(np.shape(offsets))


def mean_mass_table(
    logits: Floats, omitted_class: int, low: float = -10.0, high: float = 10.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return offsets and mean masses between which linear interpolation errs by at most 1e-6."""
    steps = round((high - low) / MASS_TABLE_STEP)
    offsets = np.linspace(low, high, steps + 1)
    return offsets, mean_mass(logits, omitted_class, offsets)


def frequency_offsets(
    train_logits: Floats, classes: Sequence[int], frequencies: Sequence[float]
) -> NDArray[np.float64]:
    """Choose offsets so that the mean mass on each class equals its frequency.

    The gradient of the convex function mean(logsumexp(z + b)) − frequencies · b is exactly the
    difference that has to vanish, so its minimum is the answer.

    Parameters
    ----------
    train_logits : array of shape (N, C)
        Logits of unlabelled training images; no label and no test image is used.
    classes : sequence of distinct ints
        The classes that get an offset.
    frequencies : sequence of float in (0, 1), summing to less than 1

    Returns
    -------
    float64 array, one offset a class, |mean mass − frequency| ≤ 1e-6

    Raises
    ------
    ValueError
        If the frequencies cannot be reached, or the search does not.
    """
    chosen = list(classes)
    targets = np.asarray(frequencies, dtype=np.float64)
    if not (np.all(targets > 0.0) and targets.sum() < 1.0):
        raise ValueError(
            f"target frequencies {targets.tolist()} must each be above 0 and sum to less than 1; "
            "a class that never occurs has no such offset."
        )
    z = np.asarray(train_logits, dtype=np.float64)

    def value_and_gradient(offsets: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shifted = apply_offsets(z, chosen, offsets)
        objective = logsumexp(shifted, axis=1).mean() - targets @ offsets
        return float(objective), softmax(shifted, axis=1)[:, chosen].mean(axis=0) - targets

    def hessian(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
        mass = softmax(apply_offsets(z, chosen, offsets), axis=1)[:, chosen]
        return np.diag(mass.mean(axis=0)) - mass.T @ mass / len(mass)

    found = minimize(
        value_and_gradient,
        np.zeros(len(chosen)),
        jac=True,
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-8, "maxiter": 200},
    )
    gap = float(np.abs(found.jac).max())
    if not gap <= 1e-6:
        raise ValueError(
            f"no offset brings the mean mass within 1e-6 of {targets.tolist()} "
            f"(closest: {gap:.1e}); use more probe images."
        )
    return np.asarray(found.x, dtype=np.float64)


def predicted_share_offset(train_logits: Floats, omitted_class: int, frequency: float) -> float:
    """Choose the offset at which the share of images called class k equals *frequency*.

    The middle of the interval between the two neighbouring flip thresholds; no labels are used.

    Raises
    ------
    ValueError
        If the share rounds to none or to all of the images.
    """
    flips = np.sort(flip_thresholds(train_logits, omitted_class))
    wanted = round(frequency * len(flips))
    if not 0 < wanted < len(flips):
        raise ValueError(
            f"a share of {frequency:g} of {len(flips)} images is {wanted} images; "
            "use more probe images."
        )
    return float((flips[wanted - 1] + flips[wanted]) / 2.0)


def best_offset_on_test_set(test_logits: Floats, test_labels: Ints, omitted_class: int) -> float:
    """Return the offset with the fewest errors, which *looks at the test labels*.

    The middle of the widest interval among the best; an interval without an end is entered by
    one logit unit.
    """
    sweep = offset_sweep(test_logits, test_labels, omitted_class)
    edges = np.concatenate([[sweep.flips[0] - 2.0], sweep.flips, [sweep.flips[-1] + 2.0]])
    widths = np.diff(edges)
    total = sweep.correct.sum(axis=1)
    # Between equal thresholds there is no offset, so zero-width intervals do not count.
    best = total == total[widths > 0.0].max()
    widest = int(np.argmax(np.where(best, widths, -1.0)))
    return float((edges[widest] + edges[widest + 1]) / 2.0)


def choose_offsets(
    criterion: str,
    *,
    omitted_classes: Sequence[int],
    train_logits: Floats,
    train_labels: Ints,
    test_logits: Floats,
    test_labels: Ints,
    probe_size: int | None = None,
) -> dict[str, Any]:
    """Choose one offset for each omitted class by *criterion*.

    Parameters
    ----------
    criterion : str
        One of `config.CRITERIA`. Only ``test-optimal`` looks at the test set.
    train_labels : int array of shape (N,)
        Used for one number a class: its frequency among all training images.
    probe_size : int, optional
        How many training images, from the first on, the mean mass or the predicted share is
        taken over; all of them by default.

    Returns
    -------
    dict
        ``criterion``, ``value``, ``target_frequency``, ``mean_mass_before``,
        ``mean_mass_after`` (floats for one class, else lists), ``probe_size``.

    Raises
    ------
    ValueError
        For an unknown criterion, no omitted class, a probe that is empty or larger than the
        training set, or several classes with a criterion that serves one.
    """
    classes = list(omitted_classes)
    probe = train_logits[: _checked_probe(probe_size, len(train_logits))]
    _check_criterion(criterion, classes)
    frequencies = [float(np.mean(np.asarray(train_labels) == digit)) for digit in classes]
    if criterion == "frequency":
        values = frequency_offsets(probe, classes, frequencies)
    elif criterion == "predicted-share":
        values = np.array([predicted_share_offset(probe, classes[0], frequencies[0])])
    elif criterion == "paper":
        values = np.array([PAPER_OFFSET])
    else:
        values = np.array([best_offset_on_test_set(test_logits, test_labels, classes[0])])
    before = _mean_masses(probe, classes, np.zeros(len(classes)))
    after = _mean_masses(probe, classes, values)
    return {
        "criterion": criterion,
        "value": _scalar_or_list(values),
        "target_frequency": _scalar_or_list(frequencies),
        "mean_mass_before": _scalar_or_list(before),
        "mean_mass_after": _scalar_or_list(after),
        "probe_size": len(probe),
    }


def apply_offsets(
    logits: Floats, classes: Sequence[int], offsets: ArrayLike
) -> NDArray[np.float64]:
    """Return a float64 copy of *logits* with each class's offset added to its column."""
    shifted = np.array(logits, dtype=np.float64)
    shifted[:, list(classes)] += np.asarray(offsets, dtype=np.float64)
    return shifted


def _mean_masses(
    logits: Floats, classes: list[int], offsets: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean softmax mass at T=1 on each of *classes*, once all have their offsets."""
    return softmax(apply_offsets(logits, classes, offsets), axis=1)[:, classes].mean(axis=0)


def _checked_probe(probe_size: int | None, available: int) -> int:
    """Return how many probe images to use."""
    if probe_size is None:
        return available
    if not 1 <= probe_size <= available:
        raise ValueError(
            f"probe_size={probe_size} is outside 1 to {available}, the training images there are."
        )
    return probe_size


def _check_criterion(criterion: str, classes: list[int]) -> None:
    """Raise ValueError unless *criterion* exists and serves that many classes."""
    if criterion not in CRITERIA:
        raise ValueError(f"criterion {criterion!r} is not one of {', '.join(CRITERIA)}.")
    if not classes:
        raise ValueError("no class is omitted, so there is no offset to choose.")
    if len(classes) > 1 and criterion != "frequency":
        raise ValueError(
            f"criterion {criterion!r} chooses one offset, but {len(classes)} classes are omitted; "
            "use 'frequency', which chooses one for each."
        )


def _scalar_or_list(values: ArrayLike) -> float | list[float]:
    """Return one float for one value, else a list."""
    listed = [float(value) for value in np.asarray(values)]
    return listed[0] if len(listed) == 1 else listed
