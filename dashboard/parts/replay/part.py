"""A wall of held-out images and two curves that play a student's learning in the browser."""

from collections.abc import Collection
from typing import Any

from dashboard.core import roles
from dashboard.core.numbers import one_of
from dashboard.parts import sources

_COLOURS = {
    "right": roles.AFTER.colour,
    "wrong": roles.OMITTED_COLOUR,
    "student": roles.STUDENT.colour,
    "all": roles.OTHERS_COLOUR,
}

_mount = sources.Part(
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
    visit: int,
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
        Where it stands and how fast it plays when *visit* is new to the browser.
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
            "visit": visit,
            "plays": plays,
        },
        key=key,
        on_rest_change=on_rest,
    )


def left_at(state: Any, visit: int, last: int, speeds: Collection[str]) -> tuple[int, str] | None:
    """Return the step up to *last* and the speed that the browser was left at since *visit*.

    None if it was left at none.
    """
    rest = sources.reported(state, "rest", visit)
    step, speed = one_of(range(1, last + 1), rest.get("step")), rest.get("speed")
    return (step, speed) if step is not None and speed in speeds else None
