"""A grid of test images, enlarged without smoothing, each with what the networks say."""

import base64
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from dashboard.core import roles
from dashboard.core.numbers import one_of
from dashboard.parts import sources

_COLOURS = {"good": roles.AFTER.colour, "bad": roles.OMITTED_COLOUR, "": roles.BASELINE.colour}
_mount = sources.Part(
    "picture_grid",
    html='<ul class="grid"></ul>',
    css=sources.read("grid", "part.css"),
    js=sources.read("grid", "part.js"),
)


def draw(
    cards: list[dict[str, Any]], images: NDArray[np.uint8] | None, *, run: str, key: str
) -> int | None:
    """Draw one card an image and return the image that was just chosen, if any.

    Parameters
    ----------
    cards : list of dict
        ``image`` (its number among *images*), ``title``, ``badge``, ``tone`` (``"good"``,
        ``"bad"`` or empty), ``note``, and ``lines``: dicts of ``name``, ``said``, ``sure`` and
        ``right``.
    images : uint8 array of shape (N, 28, 28), or None
        Without them the cards hold the words alone.
    run : str
        The run's key, for the cards' addresses.
    """
    numbers = [card["image"] for card in cards]
    pixels = None if images is None else base64.b64encode(images[numbers].tobytes()).decode()
    result = _mount(
        data={"cards": [_linked(card, run) for card in cards], "pixels": pixels},
        key=key,
        on_chosen_change=lambda: None,
    )
    return one_of(numbers, result.chosen)


def _linked(card: dict[str, Any], run: str) -> dict[str, Any]:
    """Return *card* with its colour and the address of its soft targets."""
    query = urlencode({"run": run, "image": card["image"]})
    return {**card, "colour": _COLOURS[card["tone"]], "href": f"soft_targets?{query}"}
