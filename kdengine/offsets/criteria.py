"""The criteria that choose the offset on an omitted class.

Each function's docstring says what the choice looks at: nothing, unlabelled training images, one
frequency, the teacher's answers or the test set. Throughout, *train_logits* (N, C) are those of
unlabelled training images, *classes* are distinct, offsets are in logit units, one a class.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kdengine.config import CLASSES
from kdengine.offsets.evaluation import Answers, Floats, Ints, by_class, log_sum
from kdengine.offsets.rule import SUM_TOLERANCE, OffsetRule, filled_frequencies
from kdengine.offsets.thresholds import flip_thresholds, offset_sweep

# "with this bias increased by 3.5 (which optimizes overall performance on the test set)":
# Hinton, Vinyals & Dean (2015), arXiv:1503.02531, section 3.
PAPER_OFFSET = 3.5
# Of the search, the latter in logit units: that far may the logits of a stored run be apart.
_MOST_STEPS, _LONGEST_STEP = 200, 2000.0


def choose_offsets(
    rule: OffsetRule,
    student: Answers,
    teacher: Answers | None = None,
    *,
    omitted_classes: Sequence[int],
    with_masses: bool = True,
) -> dict[str, Any]:
    """Choose one offset for each class that gets one by *rule*.

    The answers are to the same images; ``teacher-mass`` and ``teacher-agreement`` need the
    teacher's. Labels of training images serve for one number a class: its frequency among all of
    them. The *omitted_classes* are those that the transfer set lacks, or the one in focus. The
    masses before and after take as long as the choice; a page that shows none does without.

    Returns
    -------
    dict
        ``criterion``, ``match``, ``classes`` (those that get an offset); ``value``,
        ``target_frequency``, ``mean_mass_before``, ``mean_mass_after`` (floats for one class,
        else lists in the order of ``classes``); ``probe_size``. Ten offsets are unique but for a
        constant, which moves no answer; here those of the kept classes have mean zero, so that
        the omitted ones read as where they alone get one.

    ValueError as from *rule*, without a class, for the teacher's answers if they are needed, or for
    frequencies that cannot be reached.
    """
    classes = list(rule.classes_for(omitted_classes))
    if not classes:
        raise ValueError("no class is omitted, so there is no offset to choose.")
    match, size = rule.match_for(omitted_classes), rule.images_of(len(student.train_logits))
    probe = student.train_logits[:size]
    own = [float(np.mean(np.asarray(student.train_labels) == digit)) for digit in range(CLASSES)]
    filled = filled_frequencies(own, rule.frequencies)
    targets = [filled[digit] for digit in classes]
    match rule.criterion:
        case "frequency":
            values = mass_matching_offsets(probe, classes, targets)
        case "predicted-share":
            values = np.array([predicted_share_offset(probe, classes[0], targets[0])])
        case "teacher-mass":
            answers = _checked_answers(rule, student, teacher)[:size]
            values = teacher_mass_offsets(probe, answers, classes)
        case "teacher-agreement":
            predictions = _checked_answers(rule, student, teacher)[:size].argmax(axis=1)
            values = np.array([most_agreeing_offset(probe, predictions, classes[0])])
        case "paper":
            values = np.array([PAPER_OFFSET])
        case _:
            test = student.test_logits, student.test_labels
            values = np.array([most_agreeing_offset(*test, classes[0])])
    if match == "all":
        kept = np.setdiff1d(classes, omitted_classes)
        values = values - values[kept].mean()
    told: dict[str, Any] = {}
    if with_masses:
        told["mean_mass_before"] = _scalar_or_list(_mean_masses(probe, classes))
        told["mean_mass_after"] = _scalar_or_list(_mean_masses(probe, classes, values))
    return {
        "criterion": rule.criterion,
        "match": match,
        "classes": classes,
        "value": _scalar_or_list(values),
        "target_frequency": _scalar_or_list(targets),
        **told,
        "probe_size": size,
    }


def mass_matching_offsets(
    train_logits: Floats, classes: Sequence[int], target_masses: ArrayLike
) -> NDArray[np.float64]:
    """Choose offsets so that the mean mass on each class equals its target.

    The gradient of the convex function mean(logsumexp(z + b)) − targets · b is exactly the
    difference that has to vanish, so its minimum is the answer.

    No label of a single image and no test image is used. If all classes get an offset, the offsets
    are unique but for a constant, and sum to zero.

    The *target_masses*, one a class, lie in (0, 1); for the frequency criterion they are the
    classes' frequencies. They sum to less than 1, but to 1 if all classes get an offset; each is
    met within 1e-6. ValueError if they cannot be reached, or the search does not.
    """
    targets = np.asarray(target_masses, dtype=np.float64)
    is_all, total = len(targets) == np.asarray(train_logits).shape[1], targets.sum()
    sums = abs(total - 1.0) <= SUM_TOLERANCE if is_all else total < 1.0
    if not (np.all(targets > 0.0) and sums):
        raise ValueError(
            f"target masses {targets.tolist()} must each be above 0 and sum to less than 1, on all "
            "classes to 1; a class that never occurs has no such offset."
        )
    if is_all:  # the last is held while the others move; what they leave is its own
        others = mass_matching_offsets(train_logits, classes[:-1], (targets / total)[:-1])
        offsets = np.append(others, 0.0)
        return offsets - offsets.mean()
    z = _with_one_rest(train_logits, list(classes))

    def value(offsets: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the convex function, whose slope is what lacks to the targets, and the masses."""
        moved = z + np.append(offsets, 0.0)[:, None]
        sums = log_sum(moved)
        return float(sums.mean() - targets @ offsets), np.exp(moved[:-1] - sums)

    offsets = np.zeros(len(targets))
    before, mass = value(offsets)
    for _ in range(_MOST_STEPS):  # Newton's, never far, and halved until the function falls
        lacking = targets - mass.mean(axis=1)
        if np.abs(lacking).max() <= 1e-9:
            break
        curvature = np.diag(mass.mean(axis=1) + 1e-12) - mass @ mass.T / mass.shape[1]
        step = np.linalg.solve(curvature, lacking)
        step *= min(1.0, _LONGEST_STEP / np.abs(step).max())
        while (there := value(offsets + step))[0] > before + 1e-12:
            step /= 2.0
        offsets = offsets + step
        before, mass = there
    gap = float(np.abs(lacking).max())
    if not gap <= 1e-6:
        raise ValueError(
            f"no offset brings the mean mass within 1e-6 of {targets.tolist()} "
            f"(closest: {gap:.1e}); use more probe images."
        )
    return offsets


def teacher_mass_offsets(
    train_logits: Floats, teacher_logits: Floats, classes: Sequence[int]
) -> NDArray[np.float64]:
    """Choose offsets so that the mean mass on each class equals the teacher's mean mass on it.

    They also minimise the mean KL(teacher ‖ student with offsets) at T=1: its derivative by
    class k's offset is the student's mean mass on k less the teacher's. The *teacher_logits* are
    of the same images; no frequency is used.
    """
    return mass_matching_offsets(train_logits, classes, _mean_masses(teacher_logits, classes))


def predicted_share_offset(train_logits: Floats, omitted_class: int, frequency: float) -> float:
    """Choose the offset at which the share of images called class k equals *frequency*.

    The middle of the interval between the two neighbouring flip thresholds; no label of a single
    image is used.
    ValueError if the share rounds to none or to all of the images.
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
    test labels it *looks at the test set* and is the best in hindsight. Returned is the middle of
    the interval; one without an end is entered by one logit unit.
    """
    sweep = offset_sweep(logits, labels, omitted_class)
    edges = np.concatenate([[sweep.flips[0] - 2.0], sweep.flips, [sweep.flips[-1] + 2.0]])
    widths = np.diff(edges)
    total = sweep.correct.sum(axis=1)
    # Between equal thresholds there is no offset, so zero-width intervals do not count.
    best = total == total[widths > 0.0].max()
    widest = int(np.argmax(np.where(best, widths, -1.0)))
    return float((edges[widest] + edges[widest + 1]) / 2.0)


def _with_one_rest(logits: Floats, classes: list[int]) -> NDArray[np.float64]:
    """Return, by class, those of *classes*, then one whose mass is that of all others together."""
    z = by_class(logits)
    return np.vstack([z[classes], log_sum(np.delete(z, classes, axis=0))])


def _mean_masses(
    logits: Floats, classes: Sequence[int], offsets: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Return the mean softmax mass at T=1 on each of *classes*, once all have their offsets."""
    z, own = by_class(logits), list(classes)
    z[own] += np.broadcast_to(offsets, len(own))[:, None]
    return np.exp(z[own] - log_sum(z)).mean(axis=1)


def _checked_answers(rule: OffsetRule, student: Answers, teacher: Answers | None) -> Floats:
    """Return the teacher's logits if they are of the student's training images."""
    images = len(student.train_logits)
    if teacher is None or len(teacher.train_logits) != images:
        given = "none" if teacher is None else f"{len(teacher.train_logits)}"
        raise ValueError(
            f"criterion {rule.criterion!r} needs the teacher's answers to the {images} training "
            f"images (given: {given}); pass the teacher's run."
        )
    return teacher.train_logits


def _scalar_or_list(values: ArrayLike) -> float | list[float]:
    listed = [float(value) for value in np.asarray(values)]
    return listed[0] if len(listed) == 1 else listed
