"""The criteria that choose the offset on an omitted class.

Numpy arrays in, numbers out. Each function's docstring says what the choice looks at: nothing,
unlabelled training images, one frequency, the teacher's answers or the test set.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from kdengine.config import CLASSES, CRITERIA, CRITERIA_BY_FREQUENCY, CRITERIA_FOR_SEVERAL
from kdengine.offsets.matching import (
    SUM_TOLERANCE,
    Frequencies,
    check_frequencies,
    filled_frequencies,
    matched_classes,
)
from kdengine.offsets.thresholds import Floats, Ints, apply_offsets, flip_thresholds, offset_sweep

# "with this bias increased by 3.5 (which optimizes overall performance on the test set)":
# Hinton, Vinyals & Dean (2015), arXiv:1503.02531, section 3.
PAPER_OFFSET = 3.5


def choose_offsets(
    criterion: str,
    *,
    omitted_classes: Sequence[int],
    train_logits: Floats,
    train_labels: Ints,
    test_logits: Floats,
    test_labels: Ints,
    teacher_logits: Floats | None = None,
    probe_size: int | None = None,
    match: str = "omitted",
    frequencies: Frequencies | None = None,
) -> dict[str, Any]:
    """Choose one offset for each omitted class, or for each of all ten, by *criterion*.

    Parameters
    ----------
    criterion : str
        One of `config.CRITERIA`. Only ``test-optimal`` looks at the test set.
    train_labels : int array of shape (N,)
        Used for one number a class: its frequency among all training images.
    teacher_logits : array of shape (N, C), optional
        The teacher's answers to the same training images; ``teacher-mass`` and
        ``teacher-agreement`` need them.
    probe_size : int, optional
        How many training images, from the first on, a criterion looks at; all of them by
        default.
    match : str
        One of `matching.MATCHES`: offsets on the omitted classes, or on all ten. Ten offsets are
        unique but for a constant, which moves no answer; here those of the kept classes have
        mean zero, so that the omitted ones read as in the other case.
    frequencies : pairs of class and frequency, optional
        Target frequencies given by hand, as `matching.check_frequencies` takes them; the other
        classes share the rest in proportion to their frequencies in the training set.

    Returns
    -------
    dict
        ``criterion``, ``match``, ``classes`` (those that get an offset); ``value``,
        ``target_frequency``, ``mean_mass_before``, ``mean_mass_after`` (floats for one class,
        else lists in the order of ``classes``); ``probe_size``.

    Raises
    ------
    ValueError
        For an unknown criterion, no class to match, a probe that is empty or larger than the
        training set, several classes with a criterion that serves one, a criterion that needs
        the teacher's answers without them, or frequencies that it does not use or cannot reach.
    """
    classes = list(matched_classes(match, omitted_classes))
    size = _checked_probe(probe_size, len(train_logits))
    _check_criterion(criterion, classes)
    given = check_frequencies(frequencies)
    if given and criterion not in CRITERIA_BY_FREQUENCY:
        raise ValueError(
            f"criterion {criterion!r} uses no target frequency; leave them out, or use "
            f"{' or '.join(map(repr, CRITERIA_BY_FREQUENCY))}."
        )
    probe = train_logits[:size]
    targets = _target_frequencies(train_labels, classes, given)
    if criterion == "frequency":
        values = mass_matching_offsets(probe, classes, targets)
    elif criterion == "teacher-mass":
        answers = _checked_teacher(criterion, teacher_logits, len(train_logits))
        values = teacher_mass_offsets(probe, answers[:size], classes)
    elif criterion == "predicted-share":
        values = np.array([predicted_share_offset(probe, classes[0], targets[0])])
    elif criterion == "teacher-agreement":
        answers = _checked_teacher(criterion, teacher_logits, len(train_logits))
        predictions = answers[:size].argmax(axis=1)
        values = np.array([most_agreeing_offset(probe, predictions, classes[0])])
    elif criterion == "paper":
        values = np.array([PAPER_OFFSET])
    else:
        values = np.array([most_agreeing_offset(test_logits, test_labels, classes[0])])
    if match == "all":
        kept = np.setdiff1d(classes, omitted_classes)
        values = values - values[kept].mean()
    return {
        "criterion": criterion,
        "match": match,
        "classes": classes,
        "value": _scalar_or_list(values),
        "target_frequency": _scalar_or_list(targets),
        "mean_mass_before": _scalar_or_list(_mean_masses(probe, classes, np.zeros(len(classes)))),
        "mean_mass_after": _scalar_or_list(_mean_masses(probe, classes, values)),
        "probe_size": size,
    }


def mass_matching_offsets(
    train_logits: Floats, classes: Sequence[int], target_masses: ArrayLike
) -> NDArray[np.float64]:
    """Choose offsets so that the mean mass on each class equals its target.

    The gradient of the convex function mean(logsumexp(z + b)) − targets · b is exactly the
    difference that has to vanish, so its minimum is the answer.

    Parameters
    ----------
    train_logits : array of shape (N, C)
        Logits of unlabelled training images; no label and no test image is used.
    classes : sequence of distinct ints
        The classes that get an offset.
    target_masses : array of shape (number of classes,), in (0, 1)
        For the frequency criterion: each class's frequency. They sum to less than 1, but to 1 if
        all classes get an offset.

    Returns
    -------
    float64 array, one offset a class, |mean mass − target| ≤ 1e-6
        If all classes get one, they are unique but for a constant, and sum to zero.

    Raises
    ------
    ValueError
        If the targets cannot be reached, or the search does not.
    """
    targets = np.asarray(target_masses, dtype=np.float64)
    if len(targets) == np.asarray(train_logits).shape[1]:
        return _all_matching_offsets(train_logits, list(classes), targets)
    if not (np.all(targets > 0.0) and targets.sum() < 1.0):
        raise ValueError(
            f"target masses {targets.tolist()} must each be above 0 and sum to less than 1; "
            "a class that never occurs has no such offset."
        )
    z = _with_one_rest(train_logits, list(classes))
    moved = list(range(len(targets)))

    def value_and_gradient(offsets: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shifted = apply_offsets(z, moved, offsets)
        objective = logsumexp(shifted, axis=1).mean() - targets @ offsets
        return float(objective), softmax(shifted, axis=1)[:, moved].mean(axis=0) - targets

    def hessian(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
        mass = softmax(apply_offsets(z, moved, offsets), axis=1)[:, moved]
        return np.diag(mass.mean(axis=0)) - mass.T @ mass / len(mass)

    found = minimize(
        value_and_gradient,
        np.zeros(len(moved)),
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


def teacher_mass_offsets(
    train_logits: Floats, teacher_logits: Floats, classes: Sequence[int]
) -> NDArray[np.float64]:
    """Choose offsets so that the mean mass on each class equals the teacher's mean mass on it.

    They also minimise the mean KL(teacher ‖ student with offsets) at T=1: its derivative by
    class k's offset is the student's mean mass on k less the teacher's.

    Parameters
    ----------
    train_logits, teacher_logits : arrays of shape (N, C)
        Both networks' logits of the same unlabelled training images; no frequency is used.
    classes : sequence of distinct ints

    Returns
    -------
    float64 array, one offset a class
    """
    chosen = list(classes)
    targets = _mean_masses(teacher_logits, chosen, np.zeros(len(chosen)))
    return mass_matching_offsets(train_logits, chosen, targets)


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


def most_agreeing_offset(logits: Floats, labels: Ints, omitted_class: int) -> float:
    """Return the offset at which the most predictions equal *labels*, by the widest interval.

    Of several intervals that are as good the widest one counts: there the choice depends least on
    single images. `reproduction_measures.best_common_offset` goes by another rule, the smallest
    move, which the figures of the shipped reproductions were made with.

    With the teacher's predictions on training images for labels it uses no true label; with the
    test labels it *looks at the test set* and is the best in hindsight.

    Parameters
    ----------
    logits : array of shape (N, C)
    labels : int array of shape (N,)
    omitted_class : int

    Returns
    -------
    float
        The middle of the widest interval among the best; an interval without an end is entered
        by one logit unit.
    """
    sweep = offset_sweep(logits, labels, omitted_class)
    edges = np.concatenate([[sweep.flips[0] - 2.0], sweep.flips, [sweep.flips[-1] + 2.0]])
    widths = np.diff(edges)
    total = sweep.correct.sum(axis=1)
    # Between equal thresholds there is no offset, so zero-width intervals do not count.
    best = total == total[widths > 0.0].max()
    widest = int(np.argmax(np.where(best, widths, -1.0)))
    return float((edges[widest] + edges[widest + 1]) / 2.0)


def _all_matching_offsets(
    train_logits: Floats, classes: list[int], targets: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return offsets on every class, summing to zero: the last is held while the others move."""
    if not (np.all(targets > 0.0) and abs(targets.sum() - 1.0) <= SUM_TOLERANCE):
        raise ValueError(
            f"target masses {targets.tolist()} on all classes must each be above 0 and sum to 1; "
            "a class that never occurs has no such offset."
        )
    # What the others leave is the last one's.
    moved = mass_matching_offsets(train_logits, classes[:-1], (targets / targets.sum())[:-1])
    offsets = np.append(moved, 0.0)
    return offsets - offsets.mean()


def _target_frequencies(train_labels: Ints, classes: list[int], given: Frequencies) -> list[float]:
    """Return the frequency each of *classes* has to reach: given by hand, else its own."""
    own = [float(np.mean(np.asarray(train_labels) == digit)) for digit in range(CLASSES)]
    targets = filled_frequencies(own, given) if given else own
    return [float(targets[digit]) for digit in classes]


def _with_one_rest(logits: Floats, classes: list[int]) -> NDArray[np.float64]:
    """Return the columns of *classes*, then one whose mass is that of all others together."""
    z = np.asarray(logits, dtype=np.float64)
    rest = logsumexp(np.delete(z, classes, axis=1), axis=1)
    return np.column_stack([z[:, classes], rest])


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


def _checked_teacher(criterion: str, teacher_logits: Floats | None, images: int) -> Floats:
    """Return the teacher's logits if they are there for that many training images."""
    if teacher_logits is None or len(teacher_logits) != images:
        found = "none" if teacher_logits is None else f"{len(teacher_logits)}"
        raise ValueError(
            f"criterion {criterion!r} needs the teacher's answers to the {images} training images "
            f"(given: {found}); pass teacher_logits=, the train logits of the teacher's run."
        )
    return teacher_logits


def _check_criterion(criterion: str, classes: list[int]) -> None:
    """Raise ValueError unless *criterion* exists and serves that many classes."""
    if criterion not in CRITERIA:
        raise ValueError(f"criterion {criterion!r} is not one of {', '.join(CRITERIA)}.")
    if not classes:
        raise ValueError("no class is omitted, so there is no offset to choose.")
    if len(classes) > 1 and criterion not in CRITERIA_FOR_SEVERAL:
        raise ValueError(
            f"criterion {criterion!r} chooses one offset, but {len(classes)} classes get one; "
            f"use {' or '.join(map(repr, CRITERIA_FOR_SEVERAL))}, which choose one for each."
        )


def _scalar_or_list(values: ArrayLike) -> float | list[float]:
    """Return one float for one value, else a list."""
    listed = [float(value) for value in np.asarray(values)]
    return listed[0] if len(listed) == 1 else listed
