"""Whether a student takes over its teacher's very mistakes: accuracy is not fidelity.

Source: Stanton et al. (2021), arXiv:2106.05945.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdengine.offsets.evaluation import Answers, predictions
from kdengine.studies.since_2015 import trained
from kdengine.studies.since_2015.known import Measured, neighbour


def measure(seed: int, precision: str) -> Measured:
    """Compare a teacher with its student and with another teacher's student, on the test images.

    The list holds the student's wrong answers, so that pages can compare it with any teacher.
    """
    teacher, student = trained.pair(seed, precision)
    _, other = trained.pair(neighbour(seed), precision)
    rows = {"own": compared(teacher, student), "other": compared(teacher, other)}
    return rows, {"wrong": wrong_answers(student)}


def compared(teacher: Answers, student: Answers) -> dict[str, float]:
    """Return how often they agree, how often each is wrong, and how often alike."""
    truth = teacher.test_labels
    taught, said = predictions(teacher.test_logits), predictions(student.test_logits)
    return {
        "agree": float(np.mean(taught == said)),
        "teacher-wrong": int((taught != truth).sum()),
        "student-wrong": int((said != truth).sum()),
        "repeated": int(((taught != truth) & (taught == said)).sum()),
    }


def wrong_answers(run: Answers) -> list[float]:
    """Return the test images that a run has wrong, each followed by what it says."""
    said = predictions(run.test_logits)
    wrong = np.flatnonzero(said != run.test_labels)
    pairs: NDArray[Any] = np.stack([wrong, said[wrong]], axis=1)
    return [float(number) for number in pairs.ravel()]
