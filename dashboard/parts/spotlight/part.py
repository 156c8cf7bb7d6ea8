"""Brings the part of a page that a step of the tour is about into view, and moves what moves there.

It draws nothing.
"""

from dashboard.parts import sources

_mount = sources.Part(
    "spotlight",
    html="<span></span>",
    js=sources.read("spotlight", "part.js"),
)


def draw(spot: str, step: int, *, control: str, to: str, turn: int) -> None:
    """Scroll to the container whose key begins with *spot*, once for each *step*.

    *control*, a CSS selector in that container, is pressed once for each *turn*; 0 is none. If *to*
    is not empty it is a slider and glides to this number instead.
    """
    data = {"spot": spot, "step": step, "control": control, "to": to, "turn": turn}
    _mount(data=data, key="tour_spotlight", height="content")
