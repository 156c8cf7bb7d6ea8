"""The numbers of one run that the tour and its questions are told with."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import Digit
from dashboard.figures import transfer_mass
from dashboard.topics.soft_targets import figures as soft_targets
from kdengine.offsets import evaluation
from kdengine.offsets import thresholds as bias
from kdengine.offsets.criteria import PAPER_OFFSET
from kdengine.synthetic import noise_teacher


@dataclass(frozen=True)
class Facts:
    """What a run says, as numbers; counts are of test images unless named otherwise."""

    omitted: int  # The omitted class in focus
    # Images of the transfer set, and those of the omitted class among them
    transfer_images: int
    transfer_omitted: int
    # Test images of the omitted class, and all
    held_out: int
    test_images: int
    # Right answers on the held-out images: teacher, student, student with the offset
    teacher: int
    before: int
    after: int
    hard_label: int | None  # Those of the student on hard labels, if one is stored
    # Errors on all test images: no offset, the frequency criterion's, the best, the paper's +3.5
    errors_before: int
    errors_after: int
    errors_best: int
    errors_paper: int
    # The frequency criterion's, and the one with the fewest errors, in logit units
    offset: float
    best_offset: float
    # What held-out images are most often called instead; several at a tie, none without errors
    called: tuple[int, ...]
    called_count: int  # How often
    # An image that shows what soft targets hold, and its class
    image: int
    label: int
    temperature: float  # T that the student learned at
    # The teacher's probability for its second choice there at T = 1 and at that T
    plain: float
    soft: float
    second: int  # That second choice
    frequency: float  # The omitted class's share of all training images
    # The teacher's smallest and largest probability of the omitted class on a transfer image at T
    least: float
    most: float
    epochs: int | None  # That the student learned for, if there are several to play
    # A held-out image that the teacher knows, where the omitted class is second to the student
    # and only the offset turns it right; of middling difficulty among those
    near: int | None = None
    near_called: int = 0  # What the student calls it without the offset
    # The student's probabilities (T = 1) of that class and of the omitted one
    near_first: float = 0.0
    near_own: float = 0.0
    near_flip: float = 0.0  # The offset at which it turns right
    noise: float | None = None  # Accuracy of a student that saw nothing but noise
    brief: "Facts | None" = None  # The same student's after a single epoch, which needs the offset


def facts(shown: Experiment) -> Facts:
    """Compute the numbers of an experiment that omits a class.

    Raises
    ------
    ValueError
        If a criterion finds no offset.
    """
    omitted = shown.omitted_class
    assert omitted is not None
    student, labels = shown.student, shown.student.test_labels
    offset, best = (runs.chosen_offset(shown, by) for by in ("frequency", "test-optimal"))
    sweep = shown.sweep
    right = bias.correct_at(sweep, [0.0, offset, best, PAPER_OFFSET])  # (4, C)
    errors = len(labels) - right.sum(axis=1)
    row = evaluation.confusion_matrix(student.test_logits, labels)[omitted].copy()
    row[omitted] = 0
    image = soft_targets.telling_image(shown)
    temperature = student.config.temperature
    logits = np.asarray(shown.teacher.test_logits[image])
    second = int(np.argsort(-logits, kind="stable")[1])
    kept = ~np.isin(student.train_labels, student.config.omitted_classes)
    epochs = len(student.metrics["history"])
    masses = transfer_mass.mass(shown.teacher.train_logits[kept], omitted, temperature)
    return Facts(
        omitted=omitted,
        transfer_images=int(kept.sum()),
        transfer_omitted=int((student.train_labels[kept] == omitted).sum()),
        held_out=int(sweep.class_counts[omitted]),
        test_images=len(labels),
        teacher=_right(shown.teacher.test_logits, labels, omitted),
        before=int(right[0, omitted]),
        after=int(right[1, omitted]),
        hard_label=None
        if shown.baseline is None
        else _right(shown.baseline.test_logits, labels, omitted),
        errors_before=int(errors[0]),
        errors_after=int(errors[1]),
        errors_best=int(errors[2]),
        errors_paper=int(errors[3]),
        offset=offset,
        best_offset=best,
        called=tuple(int(digit) for digit in np.flatnonzero((row == row.max()) & (row > 0))),
        called_count=int(row.max()),
        image=image,
        label=Digit(labels[image]),
        temperature=temperature,
        plain=float(evaluation.softmax(logits)[second]),
        soft=float(evaluation.softmax(logits, temperature)[second]),
        second=Digit(second),
        frequency=float(np.mean(student.train_labels == omitted)),
        least=float(masses.min()),
        most=float(masses.max()),
        epochs=epochs if epochs > 1 else None,
        noise=noise_teacher.student_accuracy(student.config.dataset),
        **_near_miss(shown, omitted, offset),
    )


def _near_miss(shown: Experiment, omitted: int, offset: float) -> dict[str, Any]:
    """Return the fields about one held-out image that the student only just gets wrong."""
    logits, labels = shown.student.test_logits, shown.student.test_labels
    flips = bias.flip_thresholds(logits, omitted)
    known = (labels == omitted) & (shown.teacher.test_logits.argmax(axis=1) == omitted)
    second = np.argsort(-logits, axis=1, kind="stable")[:, 1] == omitted
    rescued = np.flatnonzero(known & second & (flips > 0) & (flips < offset))
    if not len(rescued):
        return {}
    image = int(rescued[np.argsort(flips[rescued], kind="stable")[len(rescued) // 2]])
    answer = evaluation.softmax(logits[image])
    called = int(answer.argmax())
    return {
        "near": image,
        "near_called": Digit(called),
        "near_first": float(answer[called]),
        "near_own": float(answer[omitted]),
        "near_flip": float(flips[image]),
    }


def _right(logits: np.ndarray, labels: np.ndarray, digit: int) -> int:
    """Return how many images of *digit* the logits get right."""
    return int(evaluation.confusion_matrix(logits, labels)[digit, digit])
