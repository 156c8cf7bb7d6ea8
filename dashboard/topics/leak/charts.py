"""Bars for every variant of the causality sweep: accuracy before and with the offset."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.figures.sweep_rows import AFTER, BEFORE

OTHERS = "other digits, with the offset"
_MARKS = (BEFORE, AFTER, OTHERS)
_COLOURS = alt.Scale(domain=list(_MARKS), range=[theme.STUDENT, theme.STUDENT_AFTER, theme.OTHERS])
_NAME = "name"  # the lane above a variant's two bars
_LANE = 21  # pixels
_NUMBERS_AT = 1.3  # where the numbers end, on the axis of accuracies


def accuracy_by_variant(
    shown: pd.DataFrame, chosen: str, *, things: str, description: str
) -> alt.LayerChart:
    """Draw `figures.means`: two bars a variant below its name, a diamond for the other digits.

    The name of the *chosen* variant stands out; *things* are the omitted class's images.
    """
    frame = shown.assign(
        low=shown["low"].clip(lower=0.0),
        high=shown["high"].clip(upper=1.0),
        text=[f"{100 * mean:.1f} %" for mean in shown["mean"]],
    )
    names = shown.drop_duplicates("variant")[["variant", "label"]].assign(
        stage=_NAME, mark=lambda names: names["variant"].eq(chosen).map({True: "▶ ", False: ""})
    )
    names["label"] = names["mark"] + names["label"]
    y = alt.Y("variant:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.25))
    offset = alt.YOffset("stage:N", sort=[_NAME, BEFORE, AFTER])
    x = alt.X(
        "mean:Q",
        title=f"Accuracy on held-out {things} (test)",
        axis=alt.Axis(format=".0%", values=[0.0, 0.5, 1.0], titleAnchor="start"),
        scale=alt.Scale(domain=[0.0, _NUMBERS_AT], nice=False),
    )
    colour = alt.Color(
        "stage:N", scale=_COLOURS, title=None, legend=alt.Legend(columns=1, symbolType="square")
    )
    base = alt.Chart(frame).encode(y=y, yOffset=offset)
    bars = base.mark_bar().encode(
        x=x,
        color=colour,
        tooltip=[
            alt.Tooltip("label:N", title="variant"),
            alt.Tooltip("stage:N", title="when"),
            alt.Tooltip("mean:Q", title=f"on {things}", format=".1%"),
            alt.Tooltip("deviation:Q", title="standard deviation", format=".1%"),
            alt.Tooltip("others:Q", title="on the other digits", format=".1%"),
            alt.Tooltip("offset:Q", title="offset (logit units)", format="+.2f"),
            alt.Tooltip("count:Q", title="seeds"),
        ],
    )
    spread = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q")
    # Right of all bars, so that no number crosses a bar or a diamond.
    numbers = base.mark_text(align="right", fontWeight="bold", fontSize=15).encode(
        x=alt.datum(_NUMBERS_AT), text="text:N"
    )
    others = (
        alt.Chart(frame[frame["stage"] == AFTER].assign(mark=OTHERS))
        .mark_point(shape="diamond", filled=True, size=130, opacity=1)
        .encode(
            x=alt.X("others:Q"),
            y=y,
            yOffset=offset,
            color=alt.Color("mark:N", scale=_COLOURS, title=None),
        )
    )
    # In a lane of its own, a name needs no room beside the bars: all of it is seen on a phone.
    told = (
        alt.Chart(names)
        .mark_text(align="left", dx=2, dy=2)
        .encode(x=alt.datum(0), y=y, yOffset=offset, text="label:N")
    )
    return alt.layer(
        bars, spread, others, numbers, told, height=alt.Step(_LANE), description=description
    )
