"""Bars of named variants with their spread: what several tabs of the lab draw."""

import altair as alt
import pandas as pd

from dashboard.charting import theme


def bars(points: pd.DataFrame, axis: str, *, title: str, is_share: bool) -> alt.LayerChart:
    """Draw a bar for each name ``x`` of `sweep_rows.over_seeds`, its numbers along *axis*."""
    form = ".1%" if is_share else ",.0f"
    spread = [alt.Tooltip(f"{name}:Q", format=form) for name in ("mean", "deviation")]
    y = alt.Y("x:N", sort=None, title=None, axis=alt.Axis(labelLimit=420))
    x = alt.X("mean:Q", title=axis, axis=alt.Axis(format=form, tickCount=5))
    base = alt.Chart(points).encode(y=y)
    numbers = base.mark_text(align="left", dx=8, fontWeight="bold")
    told = "; ".join(f"{r.x}: {r.mean:{form}}" for r in points.itertuples())
    return alt.layer(
        base.mark_bar(color=theme.STUDENT, opacity=0.75).encode(
            x=x, tooltip=["x:N", *spread, alt.Tooltip("count:Q", title="seeds")]
        ),
        base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q"), x2="high:Q"),
        numbers.encode(x=alt.X("high:Q"), text=alt.Text("mean:Q", format=form)),
        height=alt.Step(34),
        title=title,
        description=f"{title}. {told}.",
    )
