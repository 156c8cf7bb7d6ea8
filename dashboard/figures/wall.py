"""The wall of held-out images: who flips at which offset, and what the browser needs of it.

Held-out images are those of the test set. Everything is exact: counts at an offset are numbers of
thresholds below it, ties included, as `kdengine.offsets.thresholds` counts them.
"""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL import WebPImagePlugin as _WEBP  # noqa: F401, else Pillow loads its forty formats

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import WORDS, plural
from dashboard.figures import packing
from kdengine.offsets import thresholds

SIDE = 28
SHEET_COLUMNS = 40
# Pictures of other digits that travel to the browser: those nearest to being lost. The counts
# hold for all of them.
PICTURED_LOST, PICTURED_WON = 240, 40


@dataclass(frozen=True)
class Wall:
    """Who turns into the omitted class, in the order in which they do."""

    digit: int  # The omitted class
    name: str  # Its plural, ``threes``
    # The n test images of that class, sorted by flip: number in the test set, the offset above
    # which the student calls it *digit*, what the student calls it up to there
    images: NDArray[np.int64]
    flips: NDArray[np.float64]
    said: NDArray[np.int64]
    # The m test images of other classes that the student has right until they flip, likewise
    lost_images: NDArray[np.int64]
    lost_flips: NDArray[np.float64]
    lost_labels: NDArray[np.int64]
    pictured: range  # Rows of the ``lost_…`` arrays of which the browser gets the pictures
    others: int  # Test images of other classes
    tests: int  # All test images


def wall(experiment: Experiment, high: float) -> Wall:
    """Sort the test images by the offset at which each flips.

    Parameters
    ----------
    high : float
        End of the slider, in logit units; other digits that flip beyond it are left out.
    """
    digit = experiment.omitted_class
    assert digit is not None
    labels = experiment.student.test_labels.astype(np.int64)
    logits = experiment.student.test_logits
    flips, said = thresholds.strict_flips(logits, digit), thresholds.runner_up(logits, digit)
    own = _sorted_by(flips, np.flatnonzero(labels == digit))
    lost = _sorted_by(flips, np.flatnonzero((labels == said) & (flips < high)))
    lost = lost[labels[lost] != digit]
    at_once = int(np.searchsorted(flips[lost], 0.0))
    return Wall(
        digit=digit,
        name=plural(digit),
        images=own,
        flips=flips[own],
        said=said[own],
        lost_images=lost,
        lost_flips=flips[lost],
        lost_labels=labels[lost],
        pictured=range(max(0, at_once - PICTURED_WON), min(len(lost), at_once + PICTURED_LOST)),
        others=len(labels) - len(own),
        tests=len(labels),
    )


def allowed_words(name: str) -> str:
    """Return which images can be chosen on the wall of *name*, such as ``threes``."""
    return f"the number of a test image on this wall, of the {name} or of those near them"


def packed(experiment: Experiment, dataset: str, high: float) -> dict[str, Any]:
    """Return the `contents` of the wall with *dataset*'s pictures, where there are."""
    return contents(experiment, runs.test_images(dataset), high)


def contents(
    experiment: Experiment, test_images: NDArray[np.uint8] | None, high: float
) -> dict[str, Any]:
    """Return the wall as the browser reads it: names and numbers, arrays as base64.

    Parameters
    ----------
    test_images : uint8 array of shape (N, 28, 28), or None
        Without them ``sheet`` is None.
    high : float
        End of the slider.

    Returns
    -------
    dict
        ``numbers``, ``labels``, ``said``, ``flips`` and ``logits`` hold the wall's images and,
        after them, the pictured other digits; ``sheet`` is a WebP of the same in rows of
        ``columns``, whose opacity is the ink, so that the browser can give it any colour.
    """
    shown = wall(experiment, high)
    extra = slice(shown.pictured.start, shown.pictured.stop)
    numbers = np.concatenate([shown.images, shown.lost_images[extra]])
    labels = experiment.student.test_labels[numbers]
    return {
        "digit": shown.digit,
        "name": shown.name,
        "words": WORDS,
        "plurals": [plural(digit) for digit in range(10)],
        "count": len(shown.images),
        "others": shown.others,
        "tests": shown.tests,
        "numbers": packing.packed(numbers, np.int32),
        "labels": packing.packed(labels, np.uint8),
        "said": packing.packed(np.concatenate([shown.said, shown.lost_labels[extra]]), np.uint8),
        "flips": packing.packed(np.concatenate([shown.flips, shown.lost_flips[extra]]), np.float64),
        "logits": packing.packed(experiment.student.test_logits[numbers], np.float32),
        "lostFlips": packing.packed(shown.lost_flips, np.float64),
        "lostLabels": packing.packed(shown.lost_labels, np.uint8),
        "first": shown.pictured.start,
        "sheet": None if test_images is None else sheet(test_images[numbers]),
        "columns": SHEET_COLUMNS,
    }


def on_wall(contents: dict[str, Any]) -> frozenset[int]:
    """Return the numbers of the test images that can be chosen on a wall."""
    numbers = np.frombuffer(base64.b64decode(contents["numbers"]), dtype="<i4")
    return frozenset(numbers.tolist())


def marks(criteria: dict[str, float]) -> list[dict[str, Any]]:
    """Return what the slider marks: no offset, and the offsets of *criteria* by their names."""
    named = {"frequency": "frequency criterion", "paper": "the paper's"}
    return [{"offset": 0.0, "name": "no offset"}] + [
        {"offset": offset, "name": named[name]} for name, offset in criteria.items()
    ]


def _sorted_by(flips: NDArray[np.float64], images: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return *images* by their flip; equals by their number."""
    return images[np.argsort(flips[images], kind="stable")]


def sheet(images: NDArray[np.uint8], columns: int = SHEET_COLUMNS, shades: int = 256) -> str:
    """Return images (n, 28, 28) as one WebP in base64: white, as opaque as they are bright.

    Sixteen *shades* are seldom told from all, and take six tenths of the bytes.
    """
    rows = -(-len(images) // columns)
    tiles = np.zeros((rows * columns, SIDE, SIDE), dtype=np.uint8)
    step = 255 // (shades - 1)
    tiles[: len(images)] = np.rint(images / step) * step
    sheet = tiles.reshape(rows, columns, SIDE, SIDE).swapaxes(1, 2)
    ink = Image.fromarray(np.ascontiguousarray(sheet.reshape(rows * SIDE, -1)))
    buffer = io.BytesIO()
    white = Image.merge("LA", (Image.new("L", ink.size, 255), ink))
    # Twice to four times as quick as the thriftiest of its ways, for a hundredth more bytes.
    white.save(buffer, "WEBP", lossless=True, exact=True, method=1, quality=25)
    return base64.b64encode(buffer.getvalue()).decode()
