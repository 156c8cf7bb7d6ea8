"""A wall of held-out images and two curves that play a student's learning in the browser."""

import base64
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.charting import theme
from dashboard.core.numbers import signed
from dashboard.parts import sources
from dashboard.topics.learning import figures as views

_mount = st.components.v2.component(
    "replay_player",
    html=sources.read("replay", "part.html"),
    css=sources.read("replay", "part.css"),
    js=sources.read("replay", "timeline.js", "drawing.js", "part.js"),
)


def draw(
    played: views.Replay,
    images: NDArray[np.uint8] | None,
    *,
    step: int,
    speed: str,
    jump: int,
    plays: bool,
    key: str,
) -> tuple[int, str] | None:
    """Draw the player; return the step and speed at which the viewer left it, if they moved it.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The test images; without them the tiles show the answers alone.
    step, speed : int, str
        Where it stands and how fast it plays when *jump* is new to the browser.
    jump : int
        Another number takes a player that is there already to *step*.
    plays : bool
        Whether it plays by itself at first, unless the viewer's system asks for less motion.
    """
    result = _mount(
        data={
            **_contents(played, images),
            "step": step,
            "speed": speed,
            "jump": jump,
            "plays": plays,
        },
        key=key,
        on_rest_change=lambda: None,
    )
    return left_at(result.rest, played, jump)


def left_at(rest: Any, played: views.Replay, jump: int) -> tuple[int, str] | None:
    """Return what the browser sent as a step and a speed since *jump*, or None if nothing."""
    if not isinstance(rest, dict) or rest.get("speed") not in views.SPEEDS:
        return None
    if rest.get("jump") != jump:
        return None  # left before the player was taken elsewhere
    step = rest.get("step")
    if type(step) is not int or not 1 <= step <= played.epochs + 1:
        return None
    return step, rest["speed"]


def _contents(played: views.Replay, images: NDArray[np.uint8] | None) -> dict[str, Any]:
    """Return what the browser needs to play without asking again."""
    pixels = None if images is None else _base64(images[played.images])
    return {
        "answers": _base64(played.answers),
        "pixels": pixels,
        "numbers": played.images.tolist(),
        "count": len(played.images),
        "last": played.epochs + 1,
        "digit": played.digit,
        "name": played.name,
        "offset": signed(played.offset),
        "accuracy": played.accuracy.tolist(),
        "testImages": played.test_images,
        "pace": views.pace(played),
        "colours": {
            "right": theme.STUDENT_AFTER,
            "wrong": theme.OMITTED,
            "student": theme.STUDENT,
            "all": theme.OTHERS,
        },
    }


def _base64(array: NDArray[np.uint8]) -> str:
    """Return an array's bytes as text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
