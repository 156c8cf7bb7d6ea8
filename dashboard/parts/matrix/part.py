"""A confusion matrix in the browser: it moves with the offset, and a click chooses a cell."""

import math
from typing import Any

import streamlit as st

from dashboard.core import roles
from dashboard.parts import sources

_COLOURS = {
    "right": roles.BASELINE.colour,
    "wrong": roles.OTHERS_COLOUR,
    "own": roles.OMITTED_COLOUR,
}
_mount = st.components.v2.component(
    "confusion_matrix",
    html=sources.read("matrix", "part.html"),
    css=sources.read("matrix", "part.css"),
    js=sources.read("wall", "flipping.js") + sources.read("matrix", "part.js"),
)


def draw(
    contents: dict[str, Any],
    *,
    begin: tuple[str, float, str | None],
    visit: int,
    chosen: float,
    low: float,
    high: float,
    shares: bool,
    follow: str,
    key: str,
    on_left: Any,
) -> None:
    """Draw the matrix with its switch and slider; `left_at` reads what the viewer leaves it at.

    Parameters
    ----------
    contents : dict
        As `topics.mistakes.figures.contents` makes it.
    begin : network, offset in logit units, and cell such as ``3-5``, or None
        Where it begins when *visit* is new to the browser.
    chosen : float
        The offset that the switch gives the student.
    low, high : float
        The slider's ends.
    shares : bool
        Whether cells show shares of their rows in place of counts.
    follow : str
        CSS selector of what a chosen cell shows: a phone, where it lies below, is led there.
    """
    network, offset, cell = begin
    _mount(
        data={
            **contents,
            "colours": _COLOURS,
            "network": network,
            "offset": offset,
            "cell": cell,
            "visit": visit,
            "chosen": chosen,
            "low": low,
            "high": high,
            "shares": shares,
            "follow": follow,
        },
        key=key,
        on_left_change=on_left,
    )


def left_at(
    state: Any, visit: int, networks: list[str], low: float, high: float
) -> tuple[str, float, str | None] | None:
    """Return network, offset and cell that the browser has left since *visit*; None if of no use.

    The cell is as the browser sent it: whoever uses it reads it as an address's.
    """
    try:
        left = state["left"]
        network, offset, cell = left["network"], float(left["offset"]), left["cell"]
        since = left["visit"]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    is_known = since == visit and network in networks and (cell is None or isinstance(cell, str))
    is_known = is_known and math.isfinite(offset) and low <= offset <= high
    return (network, offset, cell) if is_known else None
