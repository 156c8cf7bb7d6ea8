"""Why a source got what it got: one change at a time, as bars."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.layers import layered


def variants(shown: pd.DataFrame, *, title: str, description: str) -> alt.LayerChart:
    """Draw `why_variants.variants`: threes right before, with +3.5, with the frequency's offset."""
    stages = list(dict.fromkeys(shown["stage"]))
    colour = alt.Color(
        "stage:N",
        scale=alt.Scale(domain=stages, range=[theme.STUDENT, theme.OMITTED, theme.STUDENT_AFTER]),
        title=None,
    )
    y = alt.Y("variant:N", sort=None, title=None, axis=alt.Axis(labelLimit=300, ticks=False))
    base = alt.Chart(shown).encode(y=y, yOffset=alt.YOffset("stage:N", sort=stages))
    bars = base.mark_bar().encode(
        x=alt.X(
            "mean:Q",
            title="Threes right (test)",
            axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
            scale=alt.Scale(domain=[0, 1.28], nice=False),
        ),
        color=colour,
        tooltip=["variant:N", "stage:N", alt.Tooltip("mean:Q", format=".1%"), "text:N"],
    )
    spread = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q")
    numbers = base.mark_text(align="left", fontSize=15, fontWeight="bold").encode(
        x=alt.datum(1.03), color=colour, text="text:N"
    )
    return layered(
        bars,
        spread,
        numbers,
        height=alt.Step(19),
        title=alt.TitleParams(title),
        description=description,
    )
