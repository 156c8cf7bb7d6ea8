"""A student distilled in the viewer's own browser, while the wall of held-out images lights up."""

import json
from collections.abc import Callable
from typing import Any

from dashboard.core import prose, roles
from dashboard.core.numbers import for_browser, several, word
from dashboard.parts import sources

_COLOURS = {
    "right": roles.AFTER.colour,
    "own": roles.OMITTED_COLOUR,
    "others": roles.OTHERS_COLOUR,
    "teacher": roles.TEACHER.colour,
    "student": roles.STUDENT.colour,
}
_MATHS = ("network.js", "training.js")
_PAGE = ("unpacking.js", "sizes.js", "drawing.js", "mechanism.js", "part.js")
# A worker is a classic script of its own: components are written in place, and pages that lie on a
# disk may start no other.
_WORKER = sources.read("distil", *_MATHS, "worker.js").replace("export ", "")
_SENT = "distil_sent"  # what this session's browser has, by its mark

_mount = sources.Part(
    "distil_scene",
    html=sources.read("distil", "part.html"),
    css=sources.read("distil", "part.css"),
    js=f"const WORKER = {json.dumps(_WORKER)};\n" + sources.read("distil", *_MATHS, *_PAGE),
)


def draw(
    contents: dict[str, Callable[[], dict[str, Any]]],
    *,
    about: dict[str, Any],
    key: str,
    mode: str = "digits",
    compact: bool = False,
    temperature: float = 20.0,
    sizes: dict[str, float] | None = None,
) -> None:
    """Draw the scene; it asks nothing of the server.

    Parameters
    ----------
    contents : dict
        What can be seen, ``digits`` and ``noise``, as `figures.distil` makes it; what the browser
        has of it is not sent again.
    about, mode : dict, str
        As `figures.distil.about` tells it; which of *contents* it begins with.
    compact : bool
        An invitation: no controls but *Play* and *Start over*.
    temperature : float
        T where the slider begins.
    sizes : dict, optional
        ``images``, ``epochs``, ``hidden``, ``batch``, ``rate`` in place of the usual ones.
    """
    marks = {name: f"{name} {about['mark']}" for name in contents}
    sent = sources.session().setdefault(_SENT, set())
    missing = {name for name, mark in marks.items() if mark not in sent}
    _mount(
        data={
            "contents": {name: contents[name]() for name in missing},
            "marks": marks,
            "sources": list(contents),
            "mode": mode,
            "compact": compact,
            "temperature": temperature,
            "sizes": sizes,
            "colours": _COLOURS,
            "words": prose.beside(__file__),
            "digits": several([word(digit) for digit in about["omitted"]], "or"),
            **about,
            **for_browser(),
        },
        key=key,
        on_missing_change=lambda: sent.clear(),
    )
    sent.update(marks.values())
