"""The transfer set at any temperature: who is at the top, what they hold, the mean soft targets."""

from collections.abc import Collection
from typing import Any

import streamlit as st

from dashboard.core import roles
from dashboard.core.numbers import one_of
from dashboard.parts import sources

_COLOURS = {
    "teacher": roles.TEACHER.colour,
    "omitted": roles.OMITTED_COLOUR,
    "others": roles.OTHERS_COLOUR,
}

_mount = st.components.v2.component(
    "transfer_set",
    html=sources.read("gallery", "part.html"),
    css=sources.read("gallery", "part.css"),
    js=sources.read("gallery", "softening.js", "drawing.js", "part.js"),
)


def draw(
    contents: dict[str, Any],
    *,
    temperature: float,
    image: int,
    visit: int,
    mark: str,
    key: str,
    on_rest: Any,
) -> None:
    """Draw the wall and, on request, curve and matrix, with one slider for T.

    Parameters
    ----------
    contents : dict
        Images, curves and headings, as `dark_knowledge.figures.contents` makes them.
    temperature, image : float, int
        Where the slider stands and what is chosen when *visit* is new to the browser.
    visit : int
        Another number moves a slider that is there already.
    mark : str
        Names what *contents* shows; another one makes the browser build up anew.
    on_rest : callable
        Called when the viewer lets go; `left_at` reads what the browser reported.
    """
    _mount(
        data={
            **contents,
            "colours": _COLOURS,
            "T": temperature,
            "image": image,
            "visit": visit,
            "mark": mark,
        },
        key=key,
        on_rest_change=on_rest,
    )


def wants_more(state: Any) -> bool:
    """Return whether the viewer has opened what is summed over all images."""
    rest = (state or {}).get("rest")
    return isinstance(rest, dict) and rest.get("more") is True


def left_at(state: Any, ends: tuple[float, float], images: Collection[int]) -> dict[str, Any]:
    """Return what the browser reported that is of use: ``T`` between *ends*, ``image`` of *images*.

    Parameters
    ----------
    state : mapping or None
        The component's, in the session state.
    """
    rest = (state or {}).get("rest")
    if not isinstance(rest, dict):
        return {}
    temperature, image = rest.get("T"), rest.get("image")
    left: dict[str, Any] = {}
    if isinstance(temperature, int | float) and ends[0] <= temperature <= ends[1]:
        left["T"] = round(float(temperature), 1)
    if one_of(images, image) is not None:
        left["image"] = image
    return left
