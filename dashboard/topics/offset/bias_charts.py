"""Where the student falls short for the omitted class, quantity by quantity."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.layers import layered


def by_class(rows: pd.DataFrame, title: str, subtitle: str, axis: str) -> alt.LayerChart:
    """Draw one quantity of teacher and student for each class, the omitted class framed.

    Parameters
    ----------
    rows : DataFrame, one row per (role, digit)
        ``role`` str, ``digit`` int, ``value`` float, ``is_omitted`` bool.
    title, subtitle, axis : str
    """
    x = alt.X(
        "place:Q",
        title="Class",
        scale=alt.Scale(domain=[-0.5, 9.5], nice=False),
        axis=alt.Axis(values=list(range(10)), format="d", grid=False, labelOverlap=False),
    )
    base = alt.Chart(rows).transform_calculate(
        place="datum.digit + (datum.role == 'teacher' ? -0.19 : 0.19)",
        left="datum.digit - 0.45",
        right="datum.digit + 0.45",
    )
    frame = (
        base.transform_filter("datum.is_omitted && datum.role == 'student'")
        .mark_rect(fillOpacity=0.12, **theme.OMITTED_FRAME)
        .encode(x="left:Q", x2="right:Q", y=alt.YValue(0), y2=alt.Y2Value("height"))
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(opacity=0.6).encode(y="value:Q")
    points = base.mark_point(size=170, strokeWidth=3, opacity=1).encode(
        x=x,
        y=alt.Y(
            "value:Q",
            title=axis,
            scale=alt.Scale(padding=14, nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        # Teacher and student alone, so that the legend names no other; the student's are open.
        color=alt.Color("role:N", scale=_of_roles(theme.TEACHER, theme.STUDENT), title=None),
        shape=alt.Shape("role:N", scale=_of_roles("circle", "diamond"), title=None),
        fill=alt.Fill("role:N", scale=_of_roles(theme.TEACHER, "transparent"), title=None),
        tooltip=["role:N", "digit:O", alt.Tooltip("value:Q", format="+.4f")],
    )
    in_words = [
        f"{role}: " + ", ".join(f"{row.digit}: {row.value:+.3f}" for row in of.itertuples())
        for role, of in rows.groupby("role", sort=False)
    ]
    return layered(
        frame,
        zero,
        points,
        title=alt.Title(title, subtitle=subtitle),
        height=250,
        description=f"{title}. {subtitle}. {axis}, by class. " + "; ".join(in_words) + ".",
    )


def _of_roles(teacher: str, student: str) -> alt.Scale:
    """Return what marks the teacher, and what the student."""
    return alt.Scale(domain=list(theme.ROLE_NAMES[:2]), range=[teacher, student])
