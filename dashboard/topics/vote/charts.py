"""The class's guesses as a histogram, and the run's answer among them."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.layers import layered

COLOUR = theme.OTHERS  # of the guesses
_HEIGHT = 300


def guesses(
    bins: pd.DataFrame,
    truth: Sequence[float],
    words: Sequence[str],
    *,
    by_digit: bool,
    axis: str,
    title: str,
    description: str,
) -> alt.LayerChart:
    """Draw how many guessed what; rules and words mark the *truth*.

    Parameters
    ----------
    bins : DataFrame, one row a bin
        ``start``, ``end``, ``label`` (for a digit) and ``votes``.
    truth : sequence of float
        What the run says; empty while it is not to be told.
    words : sequence of str
        What is written beside each.
    by_digit : bool
        Whether each bin is a digit; else the axis is a continuous one.
    axis : str
        The horizontal axis's title with its unit.
    """
    top = max(4, int(bins["votes"].max()) + 1)
    y = alt.Y(
        "votes:Q",
        title="Guesses",
        scale=alt.Scale(domain=[0, top]),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=5),
    )
    tooltip = [alt.Tooltip("label:N", title=axis), alt.Tooltip("votes:Q", title="guesses")]
    if by_digit:
        bars = (
            alt.Chart(bins[bins["votes"] > 0])
            .mark_bar(color=COLOUR)
            .encode(
                x=alt.X(
                    "label:O",
                    title=axis,
                    scale=alt.Scale(domain=bins["label"].tolist()),
                    axis=alt.Axis(labelAngle=0),
                ),
                y=y,
                tooltip=tooltip,
            )
        )
    else:
        ends = [float(bins["start"].min()), float(bins["end"].max())]
        x = alt.X("start:Q", title=axis, scale=alt.Scale(domain=ends, nice=False))
        bars = (
            alt.Chart(bins[bins["votes"] > 0])
            .mark_bar(color=COLOUR, stroke="white", strokeWidth=1)
            .encode(x=x, x2="end:Q", y=y, y2=alt.datum(0), tooltip=tooltip)
        )
    layers = [bars, *_marks(truth, words, bins, by_digit, top)]
    return layered(*layers, title=title, height=_HEIGHT, description=description)


def _marks(
    truth: Sequence[float], words: Sequence[str], bins: pd.DataFrame, by_digit: bool, top: float
) -> list[alt.Chart]:
    """Return the rule and the words that mark what the run says."""
    if not len(truth):
        return []
    middle = (bins["start"].min() + bins["end"].max()) / 2
    far = [value > middle for value in truth]
    field = "label:O" if by_digit else "start:Q"
    places = pd.DataFrame(
        {
            "start": [float(value) for value in truth],
            "label": [f"{value:g}" for value in truth],
            "top": float(top),
            "word": words,
            # Beside the rule, where there is more room.
            "side": ["right" if is_far else "left" for is_far in far],
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
