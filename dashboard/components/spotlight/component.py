"""Brings the part of a page that a step of the tour is about into view; draws nothing."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "spotlight",
    html="<span></span>",
    js=(Path(__file__).parent / "component.js").read_text(encoding="utf-8"),
)


def draw(spot: str, step: int) -> None:
    """Scroll to the container whose key begins with *spot*, once for each *step*."""
    _mount(data={"spot": spot, "step": step}, key="tour_spotlight", height="content")
