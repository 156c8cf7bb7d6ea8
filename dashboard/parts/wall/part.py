"""A wall of held-out images that flip, one by one, as the offset's slider is dragged."""

from typing import Any

from dashboard.core import roles
from dashboard.core.numbers import between, for_browser
from dashboard.parts import sources

_SCRIPTS = ("flipping.js", "drawing.js", "listening.js", "part.js")

_mount = sources.Part(
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
    low: float,
    high: float,
    key: str,
    image: int | None = None,
    visit: int = 1,
    on_rest: Any = None,
    on_image: Any = None,
    invites: bool = False,
    partner: str | None = None,
) -> None:
    """Draw the wall with its slider; what the viewer leaves it at is in the session state.

    Parameters
    ----------
    contents : dict
        As `figures.wall.contents` makes it; what the browser has of it is not sent again.
    marks : list of dict
        ``offset`` and ``name`` of what the slider marks, which goes from *low* to *high*.
    offset, image : float in logit units, int or None
        Where the slider stands and the number of the chosen test image when *visit* is new to the
        browser; another *visit* moves a slider that is there already.
    on_rest, on_image : callable
        Called when the viewer lets go, or has chosen an image or none; `left_at` and `image_in`
        read what the browser reported.
    invites : bool
        Whether a word at the slider asks to drag it.
    partner : str, optional
        CSS selector of another slider on the page, in a chart, that moves with this one.
    """
    _mount(
        data={
            **contents,
            **for_browser(),
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
    """Return the offset at which the browser has come to rest since *visit*; None if at none."""
    return between(low, high, sources.reported(state, "rest", visit).get("offset"))


def image_in(state: Any, visit: int, kept: int | None) -> int | None:
    """Return the number of the image that the browser has chosen since *visit*; None if none.

    It is the *kept* one if the browser sent nothing of use.
    """
    number = sources.reported(state, "image", visit).get("number", kept)
    return number if number is None or type(number) is int else kept
