"""Published figures against ours."""

import altair as alt
import pandas as pd

from dashboard.charting import theme

PUBLISHED, OURS = "published", "ours"
_WHO = alt.Scale(domain=[PUBLISHED, OURS], range=[theme.STUDENT, theme.TEACHER])
_SHAPES = alt.Scale(domain=[PUBLISHED, OURS], range=["diamond", "circle"])
_ROW = 34
_RATES = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
# Where all rates lie within a factor of ten, more of them, so that there are some to read.
_CLOSE_RATES = [
    round(digit * 10.0**power, 5)
    for power in (-4, -3, -2, -1)
    for digit in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7)
]


def published_and_ours(shown: pd.DataFrame, *, title: str, description: str) -> alt.LayerChart:
    """Draw each row of `figures.headline`: a published diamond, our dot, one deviation."""
    x = alt.X(
        "rate:Q",
        title="Wrong answers, share of the test images counted (log scale)",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(format="~%", grid=True, values=_ticks(shown)),
    )
    y = alt.Y(
        "quantity:N",
        sort=None,
        title=None,
        axis=alt.Axis(labelLimit=460, ticks=False, domain=False),
    )
    rates = (
        shown.assign(who=PUBLISHED, rate=shown["published_wrong"]),
        shown.assign(who=OURS, rate=shown["wrong"]),
    )
    long = pd.concat(rates)
    rows = alt.Chart(shown)
    gap = rows.mark_rule(strokeWidth=2, strokeDash=[3, 4], opacity=0.7).encode(
        x=alt.X("published_wrong:Q"), x2="wrong:Q", y=y
    )
    spread = rows.mark_rule(strokeWidth=7, opacity=0.45, color=theme.TEACHER).encode(
        x=alt.X("low:Q"), x2="high:Q", y=y
    )
    points = (
        alt.Chart(long)
        .mark_point(filled=True, size=190, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("who:N", scale=_WHO, title=None),
            shape=alt.Shape("who:N", scale=_SHAPES, title=None),
            tooltip=[
                alt.Tooltip("quantity:N"),
                alt.Tooltip("who:N"),
                alt.Tooltip("rate:Q", title="wrong", format=".2%"),
                alt.Tooltip("verdict:N", title="verdict"),
            ],
        )
    )
    return alt.layer(
        spread,
        gap,
        points,
        height=alt.Step(_ROW),
        title=alt.TitleParams(title),
        description=description,
    )


def _ticks(shown: pd.DataFrame) -> list[float]:
    """Return the rates at which the axis of `published_and_ours` has a line."""
    rates = shown[["published_wrong", "wrong", "low", "high"]].to_numpy()
    return _RATES if rates.max() > 10.0 * rates.min() else _CLOSE_RATES
