"""What all charts share: one colour a role, the type sizes, light and dark.

Sizes are meant for the last row of a lecture hall. A chart never tells roles by colour alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboard.core import roles

_ROLES = (roles.TEACHER, roles.STUDENT, roles.AFTER, roles.BASELINE)
TEACHER, STUDENT, STUDENT_AFTER, BASELINE = (role.colour for role in _ROLES)
OMITTED, OTHERS = roles.OMITTED_COLOUR, roles.OTHERS_COLOUR

ROLE_NAMES = tuple(role.name for role in _ROLES)
ROLE_COLOURS = alt.Scale(domain=list(ROLE_NAMES), range=[role.colour for role in _ROLES])

# Text, grid and ground. The ground is the page's own: a chart that is saved stays readable wherever
# it is put.
LIGHT, DARK = ("#1F2430", "#DDE1E8", "#FFFFFF"), ("#FAFAFA", "#3A3F4B", "#171614")

# A legend is whole on a phone, too; 0 means one row.
_COLUMNS = "windowSize()[0] < 500 ? 1 : 0"

LABEL_SIZE = 16
TITLE_SIZE = 17
HEADLINE_SIZE = 19


def colour_of(role: str) -> str:
    """Return the colour of one of `ROLE_NAMES`."""
    return next(each.colour for each in _ROLES if each.name == role)


def in_mode(part: Any, mode: str) -> Any:
    """Return a specification, or a part of one, with the roles' colours as *mode* has them."""
    if mode != "dark":
        return part
    if isinstance(part, dict):
        return {name: in_mode(value, mode) for name, value in part.items()}
    if isinstance(part, list):
        return [in_mode(value, mode) for value in part]
    return roles.IN_DARK.get(part, part) if isinstance(part, str) else part


def style_scales(styles: Mapping[str, Sequence[Any]]) -> tuple[alt.Scale, alt.Scale]:
    """Return the colours and the dashes, the first two of each name's *styles*."""
    names = list(styles)
    return (
        alt.Scale(domain=names, range=[styles[name][0] for name in names]),
        alt.Scale(domain=names, range=[styles[name][1] for name in names]),
    )


def settings(mode: str) -> dict[str, Any]:
    """Return the project's fonts and the colours of *mode* as a chart's ``config``.

    Parameters
    ----------
    mode : str
        ``"light"`` or ``"dark"``.
    """
    text, grid, ground = DARK if mode == "dark" else LIGHT
    words = {
        "labelFontSize": LABEL_SIZE,
        "titleFontSize": TITLE_SIZE,
        "labelColor": text,
        "titleColor": text,
    }
    return {
        "axis": words
        | {
            "titleFontWeight": "normal",
            "gridColor": grid,
            "domainColor": grid,
            "tickColor": grid,
            "labelLimit": 260,
        },
        "legend": words
        | {"orient": "top", "labelLimit": 360, "symbolSize": 160, "columns": {"expr": _COLUMNS}},
        "title": {
            "fontSize": HEADLINE_SIZE,
            "subtitleFontSize": LABEL_SIZE,
            "color": text,
            "subtitleColor": text,
            "anchor": "start",
            "fontWeight": "bold",
            "offset": 12,
        },
        "background": ground,
        "font": "Source Sans, Source Sans Pro, sans-serif",
        "view": {"stroke": None},
        "text": {"color": text, "fontSize": LABEL_SIZE},
        "rule": {"color": text},
    }
