"""Brings the part of a page that a step of the tour is about into view; draws nothing."""

import streamlit as st

from dashboard.parts import sources

_mount = st.components.v2.component(
    "spotlight",
    html="<span></span>",
    js=sources.read("spotlight", "part.js"),
)


def draw(spot: str, step: int) -> None:
    """Scroll to the container whose key begins with *spot*, once for each *step*."""
    _mount(data={"spot": spot, "step": step}, key="tour_spotlight", height="content")
