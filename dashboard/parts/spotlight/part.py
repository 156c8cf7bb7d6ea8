"""Brings the part of a page that a step of the tour is about into view, and moves what moves there.

It draws nothing.
"""

import streamlit as st

from dashboard.parts import sources

_mount = st.components.v2.component(
    "spotlight",
    html="<span></span>",
    js=sources.read("spotlight", "part.js"),
)


def draw(spot: str, step: int, *, control: str, to: str, turn: int) -> None:
    """Scroll to the container whose key begins with *spot*, once for each *step*.

    Parameters
    ----------
    control : str
        CSS selector in that container of what is pressed, once for each *turn*; 0 is none.
    to : str
        If not empty, *control* is a slider and glides to this number instead.
    """
    data = {"spot": spot, "step": step, "control": control, "to": to, "turn": turn}
    _mount(data=data, key="tour_spotlight", height="content")
