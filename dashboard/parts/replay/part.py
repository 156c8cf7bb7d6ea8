"""A wall of held-out images and two curves that play a student's learning in the browser."""

from collections.abc import Collection
from typing import Any

import streamlit as st

from dashboard.core import roles
from dashboard.parts import sources

_COLOURS = {
    "right": roles.AFTER.colour,
    "wrong": roles.OMITTED_COLOUR,
    "student": roles.STUDENT.colour,
    "all": roles.OTHERS_COLOUR,
}

_mount = st.components.v2.component(
    "replay_player",
    html=sources.read("replay", "part.html"),
    css=sources.read("replay", "part.css"),
    js=sources.read("replay", "timeline.js", "drawing.js", "part.js"),
)


def draw(
    contents: dict[str, Any],
    *,
    step: int,
    speed: str,
    jump: int,
    plays: bool,
    key: str,
    on_rest: Any,
) -> None:
    """Draw the player.

    Parameters
    ----------
    contents : dict
        Answers, pictures and curves, as `learning.figures.contents` makes them.
    step, speed : int, str
        Where it stands and how fast it plays when *jump* is new to the browser.
    jump : int
        Another number takes a player that is there already to *step*.
    plays : bool
        Whether it plays by itself at first, unless the viewer's system asks for less motion.
    on_rest : callable
        Called when the viewer has moved it; `left_at` reads what the browser reported.
    """
    _mount(
        data={
            **contents,
            "colours": _COLOURS,
            "step": step,
            "speed": speed,
            "jump": jump,
            "plays": plays,
        },
        key=key,
        on_rest_change=on_rest,
    )


def left_at(state: Any, jump: int, last: int, speeds: Collection[str]) -> tuple[int, str] | None:
    """Return what the browser sent as a step and a speed since *jump*, or None if nothing.

    Parameters
    ----------
    state : mapping or None
        The component's, in the session state.
    last : int
        The last step there is.
    """
    rest = (state or {}).get("rest")
    # What was left before the player was taken elsewhere counts no more.
    if not isinstance(rest, dict) or rest.get("jump") != jump or rest.get("speed") not in speeds:
        return None
    step = rest.get("step")
    return (step, rest["speed"]) if type(step) is int and 1 <= step <= last else None
