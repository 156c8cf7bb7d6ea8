"""A wall of held-out images that flip, one by one, as the offset's slider is dragged."""

import math
from typing import Any

import streamlit as st

from dashboard.core import roles
from dashboard.parts import sources

_SCRIPTS = ("flipping.js", "drawing.js", "listening.js", "part.js")

_mount = st.components.v2.component(
    "threes_wall",
    html=sources.read("wall", "part.html"),
    css=sources.read("wall", "part.css"),
    js=sources.read("wall", *_SCRIPTS),
)
COLOURS = {
    "right": roles.AFTER.colour,
    "wrong": roles.OMITTED_COLOUR,
    "other": roles.OTHERS_COLOUR,
}


def draw(
    contents: dict[str, Any],
    marks: list[dict[str, Any]],
    *,
    offset: float,
    image: int | None,
    visit: int,
    low: float,
    high: float,
    key: str,
    on_rest: Any,
    on_image: Any,
    invites: bool = False,
    partner: str | None = None,
) -> None:
    """Draw the wall with its slider; what the viewer leaves it at is in the session state.

    Parameters
    ----------
    contents : dict
        As `figures.wall.contents` makes it; what the browser has of it is not sent again.
    marks : list of dict
        ``offset`` and ``name`` of what the slider marks.
    offset : float
        Where the slider stands when *visit* is new to the browser; in logit units.
    image : int, optional
        Number of the test image that is chosen then.
    visit : int
        Another number moves a slider that is there already.
    low, high : float
        The slider's ends.
    on_rest : callable
        Called when the viewer lets go; `left_at` reads what the browser reported.
    on_image : callable
        Called when the viewer has chosen an image, or none; `image_in` reads which.
    invites : bool
        Whether a word at the slider asks to drag it.
    partner : str, optional
        CSS selector of another slider on the page, in a chart, that moves with this one.
    """
    _mount(
        data={
            **contents,
            "colours": COLOURS,
            "marks": marks,
            "offset": offset,
            "image": image,
            "visit": visit,
            "low": low,
            "high": high,
            "invite": invites,
            "partner": partner,
        },
        key=key,
        on_rest_change=on_rest,
        on_image_change=on_image,
    )


def left_at(state: Any, visit: int, low: float, high: float) -> float | None:
    """Return the offset in what the browser sent since *visit*; None if there is none to use."""
    try:
        rest = state["rest"]
        offset, since = float(rest["offset"]), rest["visit"]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return offset if since == visit and math.isfinite(offset) and low <= offset <= high else None


def image_in(state: Any, visit: int, kept: int | None) -> int | None:
    """Return the number of the image that the browser has chosen since *visit*; None if none.

    Parameters
    ----------
    kept : int, optional
        What is returned if the browser sent nothing of use.
    """
    try:
        number, since = state["image"]["number"], state["image"]["visit"]
    except (KeyError, TypeError):
        return kept
    return number if since == visit and (number is None or type(number) is int) else kept
