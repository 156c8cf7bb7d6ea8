"""A study's figure as bars or as curves along an axis, and the clusters of a hidden layer."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.bars import bars
from dashboard.topics.lab.ablations import charts as ablations
from dashboard.topics.lab.ablations.figures import Ablation

_DIGITS = [theme.TEACHER, theme.STUDENT_AFTER, theme.OMITTED]


def picture(
    points: pd.DataFrame, about: dict[str, Any], is_share: bool, title: str
) -> alt.LayerChart:
    """Draw `figures.points`: curves where *about*, of `words.toml`, has an ``axis``, else bars."""
    if "axis" not in about:
        return bars(points, about["x"], title=title, is_share=is_share)
    told = "; ".join(f"{r.series} {r.x}: {r.mean:.4g}" for r in points.itertuples())
    shown = {"shown": points, "title": title, "words": f"{title}. {told}."}
    ablation = Ablation("", "", about["x"], log=about.get("log", False), measure="errors")
    return ablations.curves(shown, ablation, "")


def clusters(points: pd.DataFrame, title: str) -> alt.Chart:
    """Draw test images as points, ``x``, ``y``, ``digit`` and ``teacher``: one panel a teacher."""
    place = {"title": None, "axis": None}
    return (
        alt.Chart(points)
        .mark_point(filled=True, size=36, opacity=0.8)
        .encode(
            x=alt.X("x:Q", **place),
            y=alt.Y("y:Q", **place),
            color=alt.Color("digit:N", title="Digit", scale=alt.Scale(range=_DIGITS)),
            shape=alt.Shape("digit:N", title="Digit"),
            column=alt.Column("teacher:N", title=None, sort=None),
        )
        .resolve_scale(x="independent", y="independent")
        .properties(
            width=260,
            height=240,
            title=title,
            description=f"{title}. Points of {len(points)} test images, one panel a teacher.",
        )
    )
