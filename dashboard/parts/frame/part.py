"""What the browser may do to any page: translate it, copy from it, save its charts."""

import streamlit as st

from dashboard.parts import sources

_mount = st.components.v2.component(
    "frame",
    html="<span></span>",
    js=sources.read("frame", "translating.js", "copying.js", "saving.js", "reading.js", "part.js"),
)


def draw() -> None:
    """Have the page stay true when it is translated, copied from and saved; draws nothing."""
    _mount(key="frame_part", height="content")
