"""A wall of held-out images with a switch: it shows which of them each network recognises.

The answer comes after a guess, or when it is asked for.
"""

from typing import Any

import streamlit as st

from dashboard.parts import sources
from dashboard.parts.wall import part as wall

_mount = st.components.v2.component(
    "verdicts",
    html=sources.read("verdicts", "part.html"),
    css=sources.read("verdicts", "part.css"),
    js=sources.read("wall", "flipping.js", "drawing.js") + sources.read("verdicts", "part.js"),
)


def draw(
    contents: dict[str, Any],
    words: dict[str, str],
    *,
    network: str | None,
    image: int | None,
    visit: int,
    key: str,
    on_network: Any,
    on_image: Any,
) -> None:
    """Draw the wall; what the viewer leaves it at is in the session state.

    Parameters
    ----------
    contents : dict
        As `topics.story.verdicts.contents` makes it.
    words : dict
        What is asked and told beside the numbers, as `topics/story/words.toml` has it.
    network : str, optional
        Whose answers it begins with when *visit* is new to the browser; None asks first.
    image : int, optional
        Number of the test image that is chosen then.
    on_network, on_image : callable
        Called when the viewer has chosen; `network_in` and `wall.part.image_in` read what.
    """
    _mount(
        data={
            **contents,
            "words": words,
            "colours": wall.COLOURS,
            "network": network,
            "image": image,
            "visit": visit,
        },
        key=key,
        on_network_change=on_network,
        on_image_change=on_image,
    )


def network_in(state: Any, visit: int, known: list[str]) -> str | None:
    """Return which network the browser has chosen since *visit*; None if there is none to use."""
    try:
        chosen = state["network"]
        name, since = chosen["name"], chosen["visit"]
    except (KeyError, TypeError):
        return None
    return name if since == visit and name in known else None
