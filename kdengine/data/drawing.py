"""A drawing brought to the form of MNIST's images: checked, scaled, centred by mass.

All 10,000 test images of MNIST pass through unchanged; a test holds that.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kdengine.nets.architecture import SIDE

# Source: the MNIST page of LeCun, Cortes & Burges: "size normalized to fit in a 20x20 pixel box
# while preserving their aspect ratio", then centred in 28x28 by the centre of mass.
BOX = 20
# Of all 70,000 images the longer side is 20 pixels but for 16, whose outermost row is blank.
_FITTING = (BOX - 1, BOX)
# Their centre of mass rounds to this pixel, counted from 0, in all but two.
_CENTRE = SIDE // 2


def checked(pixels: ArrayLike) -> NDArray[np.uint8]:
    """Return *pixels* as a grey uint8 image (28, 28); ValueError unless 784 values in 0 to 255."""
    try:
        numbers = np.asarray(pixels)
    except ValueError as error:
        raise ValueError(f"the drawing is no list of {SIDE * SIDE} grey values.") from error
    if numbers.dtype.kind not in "uif" or numbers.shape not in ((SIDE * SIDE,), (SIDE, SIDE)):
        raise ValueError(
            f"the drawing holds {numbers.size} values; it must be {SIDE * SIDE} grey values."
        )
    if not (np.isfinite(numbers).all() and numbers.min() >= 0 and numbers.max() <= 255):
        raise ValueError("the drawing holds grey values outside 0 to 255.")
    return np.rint(numbers).astype(np.uint8).reshape(SIDE, SIDE)


def ink(image: NDArray[Any]) -> float:
    """Return the share of the pixels of *image* that are not blank."""
    return float(np.count_nonzero(image) / image.size)


def to_mnist_form(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale what is drawn to fit 20x20 and centre it by its mass in 28x28; 0 is blank."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if not len(rows):
        return np.zeros_like(image)
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float64)
    if max(box.shape) not in _FITTING:
        box = _fitted(box)
    placed = np.zeros((SIDE, SIDE))
    top, left = (_start(box.sum(axis=1 - axis)) for axis in (0, 1))
    placed[top : top + box.shape[0], left : left + box.shape[1]] = box
    return np.rint(placed).astype(np.uint8)


def _fitted(box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return *box* with its longer side brought to 20 pixels, its proportions kept."""
    height, width = (max(1, round(side * BOX / max(box.shape))) for side in box.shape)
    return _resampling(box.shape[0], height) @ box @ _resampling(box.shape[1], width).T


def _resampling(old: int, new: int) -> NDArray[np.float64]:
    """Return the matrix (new, old) of linear interpolation that averages where it shrinks."""
    reach = max(1.0, old / new)
    centres = (np.arange(new) + 0.5) * old / new
    distances = np.abs(np.arange(old) + 0.5 - centres[:, None])
    weights = np.maximum(0.0, 1.0 - distances / reach)
    return weights / weights.sum(axis=1, keepdims=True)


def _start(mass: NDArray[np.float64]) -> int:
    """Return where a box with this *mass* a row begins, so that its centre is the frame's."""
    centre = float(mass @ np.arange(len(mass)) / mass.sum())
    # The box never leaves the frame, however lopsided.
    return int(np.clip(_CENTRE - np.floor(centre + 0.5), 0, SIDE - len(mass)))
