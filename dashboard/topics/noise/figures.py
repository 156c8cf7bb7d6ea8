"""What the teacher of noise knows, and what it says of static."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kdengine.store import tables
from kdengine.synthetic import noise_teacher

PICTURES = 20_000  # as many as the scene shows where the device is fast enough


class Facts(NamedTuple):
    """The numbers of the page."""

    answers: int  # that the student gets
    weights: int  # that it has to find
    right: float  # share of the test digits that the teacher has right


def facts(dataset: str) -> Facts:
    """Return the numbers of *dataset*'s teacher, which must be stored."""
    content = tables.load(noise_teacher.table(dataset))
    assert content is not None
    return Facts(
        noise_teacher.CLASSES * PICTURES,
        sum(int(np.prod(shape)) for shape in noise_teacher.SHAPES.values()),
        1 - content["errors"] / content["test_images"],
    )


def said_of_noise(dataset: str) -> NDArray[np.float64]:
    """Return the share of static that *dataset*'s teacher calls each digit, (10,)."""
    weights = noise_teacher.weights(dataset)
    assert weights is not None
    said = noise_teacher.answers(weights, noise_teacher.noise(PICTURES)).argmax(axis=1)
    return np.bincount(said, minlength=noise_teacher.CLASSES) / PICTURES
