"""The images that a teacher takes most for one class, ranked anew at any temperature."""

from collections.abc import Collection
from typing import Any

from dashboard.core import roles
from dashboard.core.numbers import between, for_browser, one_of
from dashboard.parts import sources

_COLOURS = {
    "teacher": roles.TEACHER.colour,
    "omitted": roles.OMITTED_COLOUR,
}

_mount = sources.Part(
    "transfer_set",
    html=sources.read("gallery", "part.html"),
    css=sources.read("gallery", "part.css"),
    js=sources.read("gallery", "softening.js", "drawing.js", "part.js"),
)


def draw(
    contents: dict[str, Any],
    *,
    temperature: float,
    image: int,
    mark: str,
    key: str,
    visit: int = 1,
    on_rest: Any = None,
) -> None:
    """Draw the wall and the chosen image, with one slider for T.

    Parameters
    ----------
    contents : dict
        As `dark_knowledge.figures.contents` makes it.
    temperature, image : float, int
        Where the slider stands and what is chosen when *visit* is new to the browser.
    mark : str
        Names what *contents* shows; another one makes the browser build up anew.
    on_rest : callable
        Called when the viewer lets go; `left_at` reads what the browser reported.
    """
    _mount(
        data={
            **contents,
            **for_browser(),
            "colours": _COLOURS,
            "T": temperature,
            "image": image,
            "visit": visit,
            "mark": mark,
        },
        key=key,
        on_rest_change=on_rest,
    )


def left_at(
    state: Any, visit: int, ends: tuple[float, float], images: Collection[int]
) -> dict[str, Any]:
    """Return what the browser was left at since *visit*, as far as that is of use.

    That is ``T`` between the *ends*, to a tenth, and ``image``, one of *images*.
    """
    rest = sources.reported(state, "rest", visit)
    temperature, image = between(*ends, rest.get("T")), one_of(images, rest.get("image"))
    left = {"T": None if temperature is None else round(temperature, 1), "image": image}
    return {name: value for name, value in left.items() if value is not None}
