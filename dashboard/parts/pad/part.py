"""A pad of 28x28 pixels to draw on, and what several networks answer to the drawing.

T and the offset move in the browser; the answers to new pixels come from Python.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core.numbers import for_browser
from dashboard.parts import sources

_mount = sources.Part(
    "digit_pad",
    html=sources.read("pad", "part.html"),
    css=sources.read("pad", "part.css", "phone.css"),
    js=sources.read("pad", "painting.js", "mnist_form.js", "photo.js", "part.js"),
)


@dataclass(frozen=True)
class Answer:
    """What one network says to the drawing."""

    # Its name, and a few words below it
    name: str
    note: str
    colour: str
    logits: list[float] | None  # 10 of them; None where there is nothing to answer
    shifted: bool  # Whether the offset's slider moves its logit of the class in focus


@dataclass(frozen=True)
class Offset:
    """Where the offset's slider stands and goes; *usual* is what its reset button returns to."""

    value: float
    usual: float | None
    low: float
    high: float


def draw(
    answers: list[Answer],
    starts: list[dict[str, Any]],
    words: dict[str, str],
    *,
    pixels: NDArray[np.uint8],
    seen: NDArray[np.uint8],
    omitted: tuple[int, ...],
    focus: int | None,
    offset: Offset | None,
    key: str,
    start: str = "0",
    notice: str = "",
    is_offered: bool = False,
    is_sent: bool = False,
    temperature: float = 1.0,
    on_change: Mapping[str, Callable[[], None]] = MappingProxyType({}),
) -> None:
    """Draw the pad with the answers beside it.

    Parameters
    ----------
    starts : list of dict
        Pictures to begin with: ``image``, ``label`` and ``url``, a data address.
    words : dict
        ``starts`` stands above the pictures to begin with, ``blank`` on an empty pad, ``begun`` on
        one that holds such a picture, ``offer`` and ``sent`` on the button that sends a drawing,
        ``photo`` on the one that takes a photo, ``photo_how`` beside it; ``photo_empty``,
        ``photo_large`` and ``photo_other`` say why one was not taken.
    start : str
        Another one makes the pad take *pixels* in place of what was drawn.
    pixels, seen : uint8 arrays of shape (28, 28)
        The drawing; the same as the networks see it.
    notice : str
        What is peculiar about the drawing; may be empty.
    is_offered, is_sent : bool
        Whether a drawing can be sent to the class; whether this one has been.
    omitted : classes to mark
    focus : int or None
        The class whose mass is shown and that the offset shifts.
    on_change : mapping
        Called when the viewer has changed ``drawing``, ``temperature`` or ``offset``, or asked to
        ``begin`` with a picture or to ``offer`` the drawing; `said` returns what they say.
    """
    _mount(
        data={
            **for_browser(),
            "networks": [vars(answer) for answer in answers],
            "starts": starts,
            "words": words,
            "start": start,
            "pixels": pixels.ravel().tolist(),
            "seen": seen.ravel().tolist(),
            "notice": notice,
            "isOffered": is_offered,
            "isSent": is_sent,
            "omitted": list(omitted),
            "focus": focus,
            "temperature": temperature,
            "offset": None if offset is None else vars(offset),
        },
        key=key,
        **{f"on_{name}_change": call for name, call in on_change.items()},
    )


def said(key: str, name: str) -> Any:
    """Return what the pad called *key* last reported as *name*; unchecked, it is input."""
    reported = sources.session().get(key)
    return reported.get(name) if isinstance(reported, Mapping) else None
