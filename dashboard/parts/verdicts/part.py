"""A wall of held-out images with a switch: it shows which of them each network recognises.

The answer comes after a guess, or when it is asked for.
"""

from typing import Any

from dashboard.core.numbers import for_browser
from dashboard.parts import sources
from dashboard.parts.wall import part as wall

_mount = sources.Part(
    "verdicts",
    html=sources.read("verdicts", "part.html"),
    css=sources.read("verdicts", "part.css"),
    js=sources.read("wall", "flipping.js", "drawing.js") + sources.read("verdicts", "part.js"),
)


def draw(
    contents: dict[str, Any],
    words: dict[str, str],
    *,
    key: str,
    network: str | None = None,
    image: int | None = None,
    visit: int = 1,
    on_network: Any = None,
    on_image: Any = None,
) -> None:
    """Draw the wall; what the viewer leaves it at is in the session state.

    Parameters
    ----------
    contents : dict
        As `topics.story.verdicts.contents` makes it.
    words : dict
        What is asked and told beside the numbers, as `topics/story/words.toml` has it.
    network, image : str, int, optional
        Whose answers it begins with, None asks first, and the number of the chosen test image when
        *visit* is new to the browser.
    on_network, on_image : callable
        Called when the viewer has chosen; `network_in` and `wall.part.image_in` read what.
    """
    _mount(
        data={
            **contents,
            **for_browser(),
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
    name = sources.reported(state, "network", visit).get("name")
    return name if name in known else None
