"""The wall of held-out images that a student lights, epoch by epoch, as HTML.

The pictures are sent once; an epoch sends one of a pixel a tile, which lies below their ink.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dashboard.core.numbers import digits_in_words
from dashboard.core.roles import AFTER, NAMES
from dashboard.figures import wall
from dashboard.figures.phases import Phase
from dashboard.parts.strip import part as strip
from kdengine.data import datasets, mnist_files

_WIDER = 1.55  # columns to rows
_UNLIT = (127, 127, 127, 70)  # in light and in dark


class HeldOut(NamedTuple):
    """The test images that a student is not to know, in the order of the test set."""

    count: int
    name: str  # ``threes``
    columns: int
    ink: str  # the `figures.wall.sheet` of them


def held_out(dataset: str, omitted: Sequence[int]) -> HeldOut | None:
    """Return a dataset's test images of the *omitted* classes; None if they are not to be had."""
    try:
        data = datasets.load(dataset)
    except (mnist_files.DataMissing, mnist_files.DataCorrupt):
        return None
    images = data.test_images[np.isin(data.test_labels, omitted)]
    if not len(images):
        return None
    # As even a last row as there can be.
    columns = math.ceil(len(images) / round(math.sqrt(len(images) / _WIDER)))
    return HeldOut(len(images), digits_in_words(omitted), columns, wall.sheet(images, columns))


def live(phases: Sequence[Phase], count: int) -> tuple[NDArray[np.bool_] | None, str]:
    """Return which of *count* images are right in a live training so far, and whose answer it is.

    That is the student's, or the hard-label student's where that alone is trained.
    """
    begun = [phase for phase in phases if phase.role != "teacher" and phase.points]
    if not begun:
        return None, "The teacher learns first; the wall is the student's."
    phase, record = begun[0], begun[0].points[-1]
    when = f"after epoch {record['epoch']} of {phase.epochs}" if record["epoch"] else "untrained"
    return unpacked(record, count), f"The {NAMES[phase.role]}, {when}"


def unpacked(record: Mapping[str, Any], count: int) -> NDArray[np.bool_] | None:
    """Return which of *count* images an epoch's record says are right; None if it does not say."""
    try:
        bits = np.frombuffer(base64.b64decode(record["right"], validate=True), np.uint8)
    except (KeyError, TypeError, ValueError):
        return None
    return np.unpackbits(bits, count=count) == 1 if len(bits) == math.ceil(count / 8) else None


def style(shown: HeldOut) -> str:
    """Return the pictures' ink, which stays the same while a student learns."""
    ink = f"url(data:image/webp;base64,{shown.ink})"
    return f"<style>.train-wall-ink {{background: {ink} 0 0 / 100% 100%}}</style>"


def html(shown: HeldOut, right: NDArray[np.bool_] | None, whose: str) -> str:
    """Return the wall with the images that are *right* lit, and their count above it."""
    rows = math.ceil(shown.count / shown.columns)
    lit = np.zeros(shown.count, dtype=bool) if right is None else right
    ground = np.zeros((rows * shown.columns, 4), dtype=np.uint8)
    colour = (*bytes.fromhex(AFTER.colour[1:]), 255)
    ground[: shown.count] = np.where(lit[:, None], colour, _UNLIT)
    picture = Image.fromarray(ground.reshape(rows, shown.columns, 4))
    counted = "–" if right is None else f"{lit.sum():,}"
    words = f"Wall of {shown.count:,} {shown.name}, {lit.sum():,} of them lit, because it is right."
    return (
        f'<div><strong style="font-size:2.2rem">{counted}</strong> <span style="font-size:1.3rem">'
        f"of {shown.count:,} unseen {shown.name} right</span><br>{whose}</div>"
        f'<div role="img" aria-label="{words}" style="position:relative;margin-top:6px;'
        f'aspect-ratio:{shown.columns}/{rows}">'
        f'<img src="{strip.png_uri(picture)}" alt="" style="position:absolute;width:100%;'
        'height:100%;image-rendering:pixelated"><div class="train-wall-ink" '
        'style="position:absolute;inset:0"></div></div>'
    )
