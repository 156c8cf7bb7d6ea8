"""The grid of nine data sets and the scatter picture of one."""

import json
import math

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.layers import clicks, layered
from dashboard.topics.lab.synthetic.figures import HARD, STUDENT, TEACHER

PLACE = "synthetic_place"
_PANEL_MARKS = "synthetic_panels"
_ROLES = (TEACHER, STUDENT, HARD)
_COLOURS = alt.Scale(domain=list(_ROLES), range=[theme.colour_of(role) for role in _ROLES])
_DASHES = alt.Scale(domain=list(_ROLES), range=[[1, 0], [1, 0], [8, 5]])
# Its symbols must not be as faint as the bands.
_LEGEND = alt.Legend(symbolOpacity=1.0, symbolType="stroke", symbolStrokeWidth=3)
_TICKS = (2.0, 3.0, 5.0, 10.0, 20.0)
# Of a panel's width and height, which are 1.
_GAP_X, _GAP_Y, _MARGIN = 0.12, 0.28, 0.04
_PANELS = "Each panel a data set: class separation · share of informative features"
_PANEL_HEIGHT = 118  # pixels
_CLASS_COLOURS = alt.Scale(
    range=[theme.TEACHER, theme.STUDENT, theme.STUDENT_AFTER, theme.OMITTED, theme.OTHERS]
)


def accuracy_by_temperature(
    means: pd.DataFrame, chosen: str, *, title: str, description: str
) -> alt.LayerChart:
    """Draw `figures.means` against T in one panel a data set; a click chooses one, now *chosen*.

    All panels are parts of one plane, so that the picture fills the width it is given and
    Streamlit can tell which panel was clicked.
    """
    lowest, highest = _range(means)
    temperatures = sorted(means["temperature"].dropna().unique())
    span = math.log(temperatures[-1] / temperatures[0])
    frame = _placed(means, lowest, highest).assign(
        px=lambda f: f["left"] + (f["temperature"] / temperatures[0]).map(math.log) / span
    )
    panels = frame.drop_duplicates("place").assign(
        right=lambda f: f["left"] + 1.0 + _MARGIN,
        left=lambda f: f["left"] - _MARGIN,
        top=lambda f: f["bottom"] + 1.0,
        middle=lambda f: f["left"] + 0.5 + _MARGIN,
        is_chosen=lambda f: f["place"] == chosen,
        name=lambda f: [
            f"{'▶ ' if row.place == chosen else ''}separation {row.class_separation:g} · "
            f"{100 * row.informative_share:g} %"
            for row in f.itertuples()
        ],
    )
    x_axis = _axis(
        panels["left"] + _MARGIN,
        {math.log(t / temperatures[0]) / span: f"{t:g}" for t in _TICKS if t in temperatures},
        title="Temperature T of the soft targets (log scale)",
    )
    shares = {
        (t - lowest) / (highest - lowest): f"{100 * t:.4g} %" for t in _ticks(lowest, highest)
    }
    y_axis = _axis(panels["bottom"], shares, title="Accuracy on the test samples")
    columns, rows = panels["left"].nunique(), panels["bottom"].nunique()
    x_scale = alt.Scale(
        domain=[-_MARGIN, columns * (1 + _GAP_X) - _GAP_X + _MARGIN], nice=False, zero=False
    )
    y_scale = alt.Scale(domain=[-(rows - 1) * (1 + _GAP_Y) - 0.03, 1.24], nice=False, zero=False)
    across, upward = {"axis": x_axis, "scale": x_scale}, {"axis": y_axis, "scale": y_scale}
    framed = alt.Chart(panels, name=_PANEL_MARKS).mark_rect(
        fillOpacity=0.06, fill=theme.BASELINE, cursor="pointer"
    )
    named = alt.Chart(panels).mark_text(
        dy=-12,
        fontSize=theme.LABEL_SIZE,
        fontWeight=alt.expr("datum.is_chosen ? 'bold' : 'normal'"),
    )
    x = alt.X("px:Q", **across)
    lines = frame[frame["role"] != STUDENT].assign(
        px=lambda f: f["left"] - _MARGIN, right=lambda f: f["left"] + 1.0 + _MARGIN
    )
    students = frame[frame["role"] == STUDENT]
    colour = alt.Color("role:N", scale=_COLOURS, title=None, sort=list(_ROLES), legend=_LEGEND)
    dash = alt.StrokeDash("role:N", scale=_DASHES, title=None, sort=list(_ROLES))
    y = alt.Y("middle:Q", **upward)
    spread = {"y": alt.Y("low_at:Q", **upward), "y2": "high_at:Q"}
    plain = {"color": colour, "detail": "place:N"}
    return layered(
        framed.encode(
            x=alt.X("left:Q", **across),
            x2="right:Q",
            y=alt.Y("bottom:Q", **upward),
            y2="top:Q",
            stroke=alt.condition("datum.is_chosen", alt.value(theme.STUDENT), alt.value("#999999")),
            strokeWidth=alt.condition("datum.is_chosen", alt.value(4), alt.value(1)),
            tooltip=alt.Tooltip("name:N", title="Data set"),
        ),
        alt.Chart(lines).mark_rect(opacity=0.2).encode(x=x, x2="right:Q", **spread, **plain),
        alt.Chart(students).mark_area(opacity=0.25).encode(x=x, **spread, **plain),
        alt.Chart(lines)
        .mark_rule(strokeWidth=3)
        .encode(x=x, x2="right:Q", y=y, strokeDash=dash, tooltip=_tooltip(False), **plain),
        alt.Chart(students).mark_line(strokeWidth=2.5).encode(x=x, y=y, strokeDash=dash, **plain),
        alt.Chart(students)
        .mark_point(filled=True, size=55, opacity=1)
        .encode(x=x, y=y, tooltip=_tooltip(True), **plain),
        named.encode(x=alt.X("middle:Q", **across), y=alt.Y("top:Q", **upward), text="name:N"),
        params=[clicks(PLACE, ["place"], _PANEL_MARKS)],
        resolve={"scale": {"color": "shared"}},
        height=round(_PANEL_HEIGHT * (rows * (1 + _GAP_Y))),
        title=alt.TitleParams(title, subtitle=_PANELS, subtitlePadding=4),
        description=description,
    )


def scatter(points: pd.DataFrame, *, title: str, description: str) -> alt.Chart:
    """Draw test samples, `figures.points`, as the numbers of their classes."""
    axis = alt.Axis(tickCount=5)
    return (
        alt.Chart(points)
        .mark_text(fontSize=14, fontWeight="bold", opacity=1)
        .encode(
            x=alt.X("x:Q", title="First direction (std. dev.)", axis=axis),
            y=alt.Y("y:Q", title="Second direction (std. dev.)", axis=axis),
            text="name:N",
            color=alt.Color("name:N", scale=_CLASS_COLOURS, legend=None),
            tooltip=[
                alt.Tooltip("label:O", title="Class"),
                alt.Tooltip("x:Q", title="First direction", format=".2f"),
                alt.Tooltip("y:Q", title="Second direction", format=".2f"),
            ],
        )
        .properties(height=300, title=alt.TitleParams(title, fontSize=17), description=description)
    )


def _placed(means: pd.DataFrame, lowest: float, highest: float) -> pd.DataFrame:
    """Return the rows with where their panel begins and where they lie in it, from 0 to 1."""
    separations = sorted(means["class_separation"].unique())
    shares = sorted(means["informative_share"].unique())
    span = highest - lowest
    return means.assign(
        left=means["class_separation"].map(separations.index) * (1 + _GAP_X),
        bottom=means["informative_share"].map(shares.index) * -(1 + _GAP_Y),
    ).assign(
        middle=lambda f: f["bottom"] + (f["accuracy"] - lowest) / span,
        low_at=lambda f: f["bottom"] + (f["low"] - lowest).clip(lower=0.0) / span,
        high_at=lambda f: f["bottom"] + (f["high"] - lowest).clip(upper=span) / span,
    )


def _range(means: pd.DataFrame) -> tuple[float, float]:
    """Return the accuracies at the bottom and the top of every panel."""
    lowest, highest = float(means["accuracy"].min()), float(means["accuracy"].max())
    margin = max(0.06 * (highest - lowest), 1e-4)
    return lowest - margin, highest + margin


def _ticks(lowest: float, highest: float) -> list[float]:
    """Return two to four round accuracies within the range."""
    for step in (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001):
        first, last = math.ceil(lowest / step), math.floor(highest / step)
        if last - first >= 1:
            return [round(step * tick, 6) for tick in range(first, last + 1)][-4:]
    return [highest]


def _axis(starts: pd.Series, ticks: dict[float, str], *, title: str) -> alt.Axis:
    """Return an axis whose *ticks* are repeated in every panel, which begin at *starts*."""
    places = {
        round(start + tick, 4): label for start in set(starts) for tick, label in ticks.items()
    }
    # Moved up: below 0, Vega writes another minus sign than Python.
    labels = json.dumps({f"{place + 100:.3f}": label for place, label in places.items()})
    return alt.Axis(
        values=sorted(places),
        labelExpr=f"{labels}[format(datum.value + 100, '.3f')]",
        title=title,
        domain=False,
        ticks=False,
        labelOverlap=False,
        labelFlush=False,
    )


def _tooltip(with_temperature: bool) -> list[alt.Tooltip]:
    """Return what a line or a point says."""
    fields = [
        alt.Tooltip("role:N", title="Network"),
        alt.Tooltip("accuracy:Q", title="Mean accuracy", format=".2%"),
        alt.Tooltip("mean:Q", title="Mean errors", format=",.1f"),
        alt.Tooltip("deviation:Q", title="Standard deviation (errors)", format=",.1f"),
        alt.Tooltip("seeds:Q", title="Seeds"),
    ]
    return [alt.Tooltip("temperature:Q", title="T"), *fields] if with_temperature else fields
