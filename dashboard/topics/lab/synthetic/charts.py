"""The grid of nine data sets and the scatter picture of one."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.topics.lab.synthetic.figures import HARD, STUDENT, TEACHER

_ROLES = (TEACHER, STUDENT, HARD)
_COLOURS = alt.Scale(domain=list(_ROLES), range=[theme.colour_of(role) for role in _ROLES])
_DASHES = alt.Scale(domain=list(_ROLES), range=[[1, 0], [1, 0], [8, 5]])
# Its symbols must not be as faint as the bands.
_LEGEND = alt.Legend(symbolOpacity=1.0, symbolType="stroke", symbolStrokeWidth=3)
_CLASS_COLOURS = alt.Scale(
    range=[theme.TEACHER, theme.STUDENT, theme.STUDENT_AFTER, theme.OMITTED, theme.OTHERS]
)


def accuracy_by_temperature(means: pd.DataFrame, *, title: str, description: str) -> alt.FacetChart:
    """Draw `figures.means` against T, one panel a data set."""
    base = alt.Chart(means).encode(
        color=alt.Color("role:N", scale=_COLOURS, title=None, sort=list(_ROLES), legend=_LEGEND)
    )
    students = base.transform_filter(alt.datum.role == STUDENT)
    others = base.transform_filter(alt.datum.role != STUDENT)
    x = alt.X(
        "temperature:Q",
        title="T (log scale)",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(values=[2, 3, 5, 10, 20], format="d", grid=False),
    )
    y = alt.Y(
        "accuracy:Q",
        title="Accuracy (test)",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format=".0%", tickCount=4),
    )
    dash = alt.StrokeDash("role:N", scale=_DASHES, title=None, sort=list(_ROLES))
    spread = {"y": alt.Y("low:Q"), "y2": "high:Q"}
    large = {"labelFontSize": theme.LABEL_SIZE, "title": None}
    separation = alt.Header(labelExpr="'separation ' + datum.value", **large)
    share = alt.Header(labelExpr="format(datum.value, '.0%') + ' informative'", **large)
    return (
        alt.layer(
            others.mark_rect(opacity=0.2).encode(**spread),
            students.mark_area(opacity=0.25).encode(x=x, **spread),
            others.mark_rule(strokeWidth=3).encode(y=y, strokeDash=dash, tooltip=_tooltip(False)),
            students.mark_line(strokeWidth=2.5).encode(x=x, y=y, strokeDash=dash),
            students.mark_point(filled=True, size=55, opacity=1).encode(
                x=x, y=y, tooltip=_tooltip(True)
            ),
        )
        .properties(width=240, height=118)
        .facet(
            column=alt.Column("class_separation:O", header=separation),
            row=alt.Row("informative_share:O", header=share),
        )
        .properties(title=title, description=description)
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
