"""The answers along the way from one image to another, with a slider in the browser."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.core.numbers import word

SELECTION, FIELD = "morph", "way"
# The signal that Vega-Lite makes of a point selection's bound field.
_WAY = f"{SELECTION}_{FIELD}"
_STEP = 0.025
_DASHES = {
    "teacher": [1, 0],
    "hard-label student": [2, 4],
    "student": [10, 5],
    "student + offset": [1, 0],
}
_WIDTHS = {"teacher": 5, "hard-label student": 4, "student": 4, "student + offset": 3}
_PICTURE = 96
_LINE, _NARROW = 28, 560  # pixels: a readout's line; a plot too narrow for two of them side by side
# The pictures and readouts above the curves take their part of it.
_HEIGHT = 470
_READOUT = (
    "datum.role + ': ' + (datum.probability < 0.005 ? '<1' : datum.probability > 0.995 ? '>99' : "
    "format(100 * datum.probability, '.0f')) + ' %, answers ' + (datum.answer_name || datum.answer)"
)


def morph_curves(curve: pd.DataFrame, ends: pd.DataFrame, digit: int) -> alt.LayerChart:
    """Draw each network's probability of one digit along the way between two images.

    Parameters
    ----------
    curve : DataFrame, one row per (role, way)
        ``role`` str, ``way`` float from 0 to 1, ``probability`` float, ``answer`` int.
    ends : DataFrame, two rows
        ``order`` 0 and 1, ``url``: a picture as a data address.
    digit : int
        Whose probability it is.

    Returns
    -------
    LayerChart
        Its specification depends on the networks and *digit* only, so other tables change the
        picture without rebuilding it, and the slider keeps its place.
    """
    slider = alt.selection_point(
        name=SELECTION,
        fields=[FIELD],
        bind=alt.binding_range(min=0, max=1, step=_STEP, name="Along the way"),
        value=[{FIELD: 0.5}],
    )
    roles = list(dict.fromkeys(curve["role"]))
    percent = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X(
        "way:Q",
        title="Share of the last image in the blend",
        axis=percent,
        scale=alt.Scale(domain=[0, 1], nice=False),
    )
    y = alt.Y(
        "probability:Q",
        title=f"Probability of {word(digit)}",
        axis=percent,
        scale=alt.Scale(domain=[0, 1]),
    )
    lines = [_line(curve, role).encode(x=x, y=y) for role in roles]
    lines[0] = lines[0].add_params(slider)
    readouts = [part for place, role in enumerate(roles) for part in _readout(curve, role, place)]
    return alt.layer(
        *lines,
        *_at_slider(curve, x, y),
        *_pictures(ends),
        *readouts,
        height=_HEIGHT,
        usermeta={"embedOptions": {"renderer": "svg"}},
        description=f"Curves: each network's probability of {word(digit)} along the way from one "
        "image to another; above them each network's share and answer at the slider.",
    )


def _rows(curve: pd.DataFrame, role: str) -> alt.Chart:
    """Return the chart of one network's rows."""
    return alt.Chart(curve[curve["role"] == role].reset_index(drop=True))


def _line(curve: pd.DataFrame, role: str) -> alt.Chart:
    """Return one network's curve, which its dashes tell from the others too."""
    line = _rows(curve, role).mark_line(
        color=theme.colour_of(role), strokeWidth=_WIDTHS[role], strokeDash=_DASHES[role]
    )
    return line.properties(name=f"morph_line_{_mark_name(role)}")


def _mark_name(role: str) -> str:
    """Return *role* as a name that Vega takes for a mark."""
    return "".join(letter if letter.isalpha() else "_" for letter in role)


def _at_slider(curve: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the upright line at the slider and a point on each curve there."""
    here = f"abs(datum.way - {_WAY}) < {_STEP / 2}"
    first = str(curve["role"].iloc[0])
    rule = _rows(curve, first).transform_filter(here).mark_rule(strokeWidth=2).encode(x=x)
    points = (
        alt.Chart(curve)
        .transform_filter(here)
        .mark_point(filled=True, size=170, opacity=1, stroke="white", strokeWidth=1.5)
        .encode(
            x=x,
            y=y,
            color=alt.Color("role:N", scale=theme.ROLE_COLOURS, legend=None),
            tooltip=[
                alt.Tooltip("role:N", title="Network"),
                alt.Tooltip("probability:Q", title="Probability", format=".2%"),
                alt.Tooltip("answer:O", title="Answers"),
            ],
        )
    )
    return [rule.properties(name="morph_rule"), points.properties(name="morph_points")]


def _pictures(ends: pd.DataFrame) -> list[alt.Chart]:
    """Return the blend at the slider: the last image over the first, as strong as its share."""
    # Whole also at the last image, where the plot ends.
    place = alt.value(alt.expr(f"min({_WAY} * width, width - {_PICTURE / 2})"))
    return [
        alt.Chart(ends)
        .transform_filter(f"datum.order == {order}")
        .transform_calculate(strength=_WAY if order else "1")
        .mark_image(width=_PICTURE, height=_PICTURE, smooth=False)
        .encode(
            x=place,
            y=alt.YValue(-_PICTURE / 2 - 10),
            url="url:N",
            opacity=alt.Opacity("strength:Q", scale=None),
        )
        .properties(name=f"morph_picture_{order}")
        for order in (0, 1)
    ]


def _readout(curve: pd.DataFrame, role: str, place: int) -> list[alt.Chart]:
    """Return one network's numbers at the slider, with its line as in the curves."""
    row = _rows(curve, role).transform_filter(f"abs(datum.way - {_WAY}) < {_STEP / 2}")
    # Two columns; on a phone one, which grows upwards and begins where the axis's title does.
    column = f"(width < {_NARROW} ? -60 : {place % 2} * width / 2)"
    y = alt.YValue(
        alt.expr(f"{-_PICTURE - 62} + {_LINE} * (width < {_NARROW} ? {place - 2} : {place // 2})")
    )
    mark = row.mark_rule(
        color=theme.colour_of(role),
        strokeWidth=_WIDTHS[role] + 1,
        strokeDash=_DASHES[role],
        aria=False,  # the readout beside it says it
    ).encode(x=alt.XValue(alt.expr(column)), x2=alt.X2Value(alt.expr(f"{column} + 34")), y=y)
    text = (
        row.transform_calculate(readout=_READOUT)
        .mark_text(align="left", baseline="middle", fontSize=17, fontWeight="bold")
        .encode(x=alt.XValue(alt.expr(f"{column} + 42")), y=y, text="readout:N")
    )
    return [mark, text.properties(name=f"morph_readout_{_mark_name(role)}")]
