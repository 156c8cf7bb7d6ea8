"""The class's guesses as a histogram, and the run's answer among them."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.topics.vote.figures import (
    Question,
    axis_title,
    description,
    histogram,
    histogram_title,
    written,
)

COLOUR = theme.OTHERS  # of the guesses
_HEIGHT = 300


def guesses(question: Question, votes: Sequence[float], *, with_truth: bool) -> alt.LayerChart:
    """Draw how many guessed what; with the truth, rules and words mark what the run says.

    Parameters
    ----------
    votes : sequence of float
        Answers to the question.
    with_truth : bool
        Whether it is to be told already.
    """
    bins, axis = histogram(question, votes), axis_title(question)
    top = max(4, int(bins["votes"].max()) + 1)
    y = alt.Y(
        "votes:Q",
        title="Guesses",
        scale=alt.Scale(domain=[0, top]),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=5),
    )
    tooltip = [alt.Tooltip("label:N", title=axis), alt.Tooltip("votes:Q", title="guesses")]
    base = alt.Chart(bins[bins["votes"] > 0]).encode(y=y, tooltip=tooltip)
    if question.choices:
        digits = alt.Scale(domain=bins["label"].tolist())
        x = alt.X("label:O", title=axis, scale=digits, axis=alt.Axis(labelAngle=0))
        bars = base.mark_bar(color=COLOUR).encode(x=x)
    else:
        ends = [float(bins["start"].min()), float(bins["end"].max())]
        x = alt.X("start:Q", title=axis, scale=alt.Scale(domain=ends, nice=False))
        bars = base.mark_bar(color=COLOUR, stroke="white", strokeWidth=1)
        bars = bars.encode(x=x, x2="end:Q", y2=alt.datum(0))
    marks = _marks(question, bins, top) if with_truth else []
    return alt.layer(
        bars,
        *marks,
        title=histogram_title(question, votes),
        height=_HEIGHT,
        description=description(question, votes, with_truth),
    )


def _marks(question: Question, bins: pd.DataFrame, top: float) -> list[alt.Chart]:
    """Return the rules and the words that mark what the run says; several at a tie."""
    if not question.truth:
        return []
    middle = (bins["start"].min() + bins["end"].max()) / 2
    field = "label:O" if question.choices else "start:Q"
    places = pd.DataFrame(
        {
            "start": question.truth,
            "label": [f"{value:g}" for value in question.truth],
            "top": float(top),
            "word": [f"the run: {written(question, truth)}" for truth in question.truth],
            # Beside the rule, where there is more room.
            "side": ["right" if value > middle else "left" for value in question.truth],
        }
    )
    base = alt.Chart(places).encode(x=alt.X(field))
    return [
        base.mark_rule(color=theme.OMITTED, strokeWidth=5, strokeDash=[8, 4], clip=True),
        *(
            base.transform_filter(alt.datum.side == side)
            .mark_text(
                align=side,
                baseline="top",
                dx=10 if side == "left" else -10,
                fontSize=theme.HEADLINE_SIZE,
                fontWeight="bold",
                color=theme.OMITTED,
            )
            .encode(y=alt.Y("top:Q"), text="word:N")
            for side in ("left", "right")
        ),
    ]
