"""What the teacher of noise knows, and what it says of static."""

import math

import numpy as np
from numpy.typing import NDArray

from kdengine.store import tables
from kdengine.synthetic import noise_teacher

PICTURES = 20_000  # as many as the scene shows where the device is fast enough
ANSWERS = noise_teacher.CLASSES * PICTURES
WEIGHTS = sum(math.prod(shape) for shape in noise_teacher.SHAPES.values())  # of the student


def right(dataset: str) -> float:
    """Return the share of the test digits that *dataset*'s teacher, which is stored, has right."""
    content = tables.load(noise_teacher.table(dataset))
    assert content is not None
    return float(1 - content["errors"] / content["test_images"])


def static(rows: int = 3, columns: int = 16) -> NDArray[np.uint8]:
    """Return some pictures of noise in *rows* as one grey picture, each pixel eight wide."""
    side = noise_teacher.SIDE
    grey = np.rint(127.5 * (noise_teacher.noise(rows * columns) + 1)).astype(np.uint8)
    framed = np.full((rows, columns, side + 1, side + 1), 255, np.uint8)
    framed[:, :, :side, :side] = grey.reshape(rows, columns, side, side)
    page = framed.transpose(0, 2, 1, 3).reshape(rows * (side + 1), -1)[:-1, :-1]
    return page.repeat(8, axis=0).repeat(8, axis=1)


def said_of_noise(dataset: str) -> NDArray[np.float64]:
    """Return the share of static that *dataset*'s teacher calls each digit, (10,)."""
    weights = noise_teacher.weights(dataset)
    assert weights is not None
    said = noise_teacher.answers(weights, noise_teacher.noise(PICTURES)).argmax(axis=1)
    return np.bincount(said, minlength=noise_teacher.CLASSES) / PICTURES
