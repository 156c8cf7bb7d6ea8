"""A game on pictures: what does the student say? Nothing of it reaches the server."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core.numbers import for_browser
from dashboard.parts import sources

_mount = sources.Part(
    "guessing",
    html=sources.read("guess", "part.html"),
    css=sources.read("guess", "part.css"),
    js=sources.read("wall", "flipping.js") + sources.read("guess", "part.js"),
)


def draw(
    cards: list[dict[str, Any]],
    images: NDArray[np.uint8],
    words: dict[str, str],
    *,
    key: str,
) -> None:
    """Draw the game, closed at first.

    Parameters
    ----------
    cards : list of dict
        ``image`` (its number among *images*), ``true``, ``said`` and ``sure``, in the order in
        which they are asked.
    words : dict
        ``open``, ``close``, ``asked``, ``right``, ``wrong``, ``next`` and ``score``.
    """
    numbers = [card["image"] for card in cards]
    pixels = base64.b64encode(images[numbers].tobytes()).decode()
    _mount(data={"cards": cards, "pixels": pixels, "words": words, **for_browser()}, key=key)
