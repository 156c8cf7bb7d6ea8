"""The class's guesses as a histogram, and the run's answer among them."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts import theme

COLOUR = theme.OTHERS  # of the guesses
_HEIGHT = 300


def guesses(
    bins: pd.DataFrame,
    truth: Sequence[float],
    *,
    by_digit: bool,
    axis: str,
    title: str,
    description: str,
) -> alt.LayerChart:
    """Draw how many guessed what; a rule and a word mark the *truth*.

    Parameters
    ----------
    bins : DataFrame, one row a bin
        ``start``, ``end``, ``label`` (for a digit) and ``votes``.
    truth : sequence of float
        What the run says; empty while it is not to be told.
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
            alt.Chart(bins)
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
            alt.Chart(bins)
            .mark_bar(color=COLOUR, stroke="white", strokeWidth=1)
            .encode(x=x, x2="end:Q", y=y, tooltip=tooltip)
        )
    layers = [bars, *_marks(truth, by_digit, top)]
    return alt.layer(*layers).properties(title=title, height=_HEIGHT, description=description)


def _marks(truth: Sequence[float], by_digit: bool, top: float) -> list[alt.Chart]:
    """Return the rule and the word that mark what the run says."""
    if not len(truth):
        return []
    field = "label:O" if by_digit else "start:Q"
    places = pd.DataFrame(
        {
            "start": [float(value) for value in truth],
            "label": [f"{value:g}" for value in truth],
            "top": float(top),
            "word": "the run",
        }
    )
    base = alt.Chart(places).encode(x=alt.X(field))
    return [
        base.mark_rule(color=theme.OMITTED, strokeWidth=5, strokeDash=[8, 4]),
        base.mark_text(
            dy=-8, fontSize=theme.TITLE_SIZE, fontWeight="bold", color=theme.OMITTED
        ).encode(y=alt.Y("top:Q"), text="word:N"),
    ]
