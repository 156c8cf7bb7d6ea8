"""A confusion matrix in the browser: it moves with the offset, and a click chooses a cell."""

from typing import Any

from dashboard.core import roles
from dashboard.core.numbers import between, for_browser
from dashboard.parts import sources

_COLOURS = {
    "right": roles.BASELINE.colour,
    "wrong": roles.OTHERS_COLOUR,
    "own": roles.OMITTED_COLOUR,
}
_mount = sources.Part(
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
    chosen, low, high : float
        The offset that the switch gives the student, and the slider's ends.
    shares : bool
        Whether cells show shares of their rows in place of counts.
    follow : str
        CSS selector of what a chosen cell shows: a phone, where it lies below, is led there.
    """
    network, offset, cell = begin
    _mount(
        data={
            **contents,
            **for_browser(),
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
    left = sources.reported(state, "left", visit)
    network, cell = left.get("network"), left.get("cell")
    offset = between(low, high, left.get("offset"))
    is_known = network in networks and (cell is None or isinstance(cell, str))
    return (network, offset, cell) if is_known and offset is not None else None
