"""Curves and points with mean and standard deviation over seeds, for every ablation."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.figures.sweep_rows import AFTER, BEFORE
from dashboard.topics.lab.ablations.figures import Ablation

HEIGHT = 360
WIDE = 5.0  # from so many times the fewest errors on, their axis is logarithmic
_STAGE_COLOURS = alt.Scale(domain=[BEFORE, AFTER], range=[theme.STUDENT, theme.STUDENT_AFTER])
_SERIES = (theme.TEACHER, theme.STUDENT_AFTER, theme.STUDENT, theme.OMITTED, theme.OTHERS)
# Its symbols would be as faint as the bands; five short names stand in two columns on a phone.
_LEGEND = alt.Legend(symbolOpacity=1.0, columns=alt.ExprRef("windowSize()[0] < 500 ? 2 : 0"))
_Y_TITLES = {
    "omitted": "Accuracy on held-out {things} (test)",
    "errors": "Errors on the test set (images)",
}
_FORMATS = {"omitted": ".2%", "errors": ",.1f"}
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


def curves(told: dict[str, Any], ablation: Ablation, things: str) -> alt.LayerChart:
    """Draw means with bands of one standard deviation.

    Parameters
    ----------
    told : dict
        As `words.told` returns it: the frame ``shown``, ``title`` and ``words``.
    things : str
        What the omitted class's images are called.
    """
    frame = _prepared(told["shown"], ablation.measure)
    lowest, highest = float(frame["x"].min()), float(frame["x"].max())
    kind = "log" if ablation.log else "linear"
    places = sorted(frame["x"].unique().tolist())
    x = alt.X(
        "x:Q",
        title=ablation.x_title,
        scale=alt.Scale(type=kind, domain=[lowest, highest], nice=False, padding=14),
        axis=alt.Axis(values=places, format="~g" if highest < 1000 else ",.0f", grid=False),
    )
    # Where a linear axis would hide how the small counts change.
    is_wide = ablation.measure == "errors" and frame["mean"].max() > WIDE * frame["mean"].min()
    y = _wide(frame) if is_wide else _plain(ablation.measure, things, ".0%")
    colour, shape = _scales(frame)
    base = alt.Chart(frame).encode(x=x, color=colour)
    band = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q"), y2="high:Q", detail="line:N")
    lines = base.mark_line(strokeWidth=3).encode(
        y=y,
        detail="line:N",
        strokeDash=alt.StrokeDash(
            "stage:N",
            scale=alt.Scale(domain=[BEFORE, AFTER], range=[[7, 4], [1, 0]]),
            legend=None if frame["stage"].nunique() == 1 else alt.Legend(title=None),
        ),
    )
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        y=y, shape=shape, tooltip=_tooltip(ablation)
    )
    return alt.layer(
        band,
        lines,
        points,
        height=HEIGHT,
        title=alt.TitleParams(told["title"]),
        description=told["words"],
    )


def kinds(told: dict[str, Any], ablation: Ablation, things: str) -> alt.LayerChart:
    """Draw means with deviations side by side for an axis of names, else as `curves`."""
    frame = _prepared(told["shown"], ablation.measure)
    x = alt.X(
        "x:N",
        sort=None,
        title=ablation.x_title,
        axis=alt.Axis(labelAngle=0),
        scale=alt.Scale(paddingInner=0.4),
    )
    offset = alt.XOffset("stage:N", sort=[BEFORE, AFTER])
    y = _plain(ablation.measure, things, ".1%")
    colour, shape = _scales(frame)
    base = alt.Chart(frame).encode(x=x, xOffset=offset, color=colour)
    spread = base.mark_rule(strokeWidth=3).encode(y=alt.Y("low:Q"), y2="high:Q")
    points = base.mark_point(filled=True, size=220, opacity=1).encode(
        y=y, shape=shape, tooltip=_tooltip(ablation)
    )
    numbers = base.mark_text(dx=14, align="left", fontWeight="bold").encode(y=y, text="text:N")
    return alt.layer(
        spread,
        points,
        numbers,
        height=HEIGHT,
        title=alt.TitleParams(told["title"]),
        description=told["words"],
    )


def _plain(measure: str, things: str, shares: str) -> alt.Y:
    """Return the usual axis of a measure; *shares* is the format of those."""
    return alt.Y(
        "mean:Q",
        title=_Y_TITLES[measure].format(things=things),
        axis=alt.Axis(format=shares if measure == "omitted" else "d", tickCount=6),
        scale=alt.Scale(zero=False, nice=True),
    )


def _wide(frame: pd.DataFrame) -> alt.Y:
    """Return a logarithmic axis of errors."""
    low, high = float(frame["low"].min()), float(frame["high"].max())
    ticks = [first * 10**power for power in range(5) for first in (1, 2, 5)]
    return alt.Y(
        "mean:Q",
        title="Errors on the test set (log scale)",
        axis=alt.Axis(format=",d", values=[tick for tick in ticks if low / 2 < tick < 2 * high]),
        scale=alt.Scale(type="log", domain=[low, high], nice=False, padding=8),
    )


def _prepared(shown: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the rows with what tells their lines apart, kept within what is possible."""
    frame = shown.assign(
        line=shown["series"] + " " + shown["stage"],
        text=[
            f"{100 * mean:.1f} %" if measure == "omitted" else f"{mean:,.0f}"
            for mean in shown["mean"]
        ],
    )
    if measure == "omitted":
        frame["low"], frame["high"] = frame["low"].clip(lower=0.0), frame["high"].clip(upper=1.0)
    if measure == "errors":
        frame["low"] = frame["low"].clip(lower=1.0)  # a logarithm follows
    return frame


def _scales(frame: pd.DataFrame) -> tuple[alt.Color, alt.Shape]:
    """Return colour and shape: by curve if there are several, else by stage; one legend."""
    series = sorted(dict.fromkeys(frame["series"]), key=_units, reverse=True)
    field, names, order = "series:N", series, {"sort": series}
    colours = alt.Scale(domain=series, range=list(_SERIES[: len(series)]))
    if len(series) == 1:
        field, order, colours = "stage:N", {}, _STAGE_COLOURS
        names = [stage for stage in (BEFORE, AFTER) if stage in set(frame["stage"])]
    legend = _LEGEND if len(names) > 1 else None
    shapes = alt.Scale(domain=names, range=list(_SHAPES[: len(names)]))
    return (
        alt.Color(field, scale=colours, title=None, legend=legend, **order),
        alt.Shape(field, scale=shapes, title=None, legend=legend, **order),
    )


def _units(series: str) -> int:
    """Return the units in a curve's name, so that the largest student comes first."""
    first = series.split(" ")[0]
    return int(first) if first.isdigit() else 0


def _tooltip(ablation: Ablation) -> list[alt.Tooltip]:
    """Return what a point says."""
    form = _FORMATS[ablation.measure]
    kind = "N" if ablation.groups is not None else "Q"
    return [
        alt.Tooltip(f"x:{kind}", title=ablation.x_title),
        alt.Tooltip("series:N", title="curve"),
        alt.Tooltip("stage:N", title="when"),
        alt.Tooltip("mean:Q", title="mean", format=form),
        alt.Tooltip("deviation:Q", title="standard deviation", format=form),
        alt.Tooltip("count:Q", title="how many"),
    ]
