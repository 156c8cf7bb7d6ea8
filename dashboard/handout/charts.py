"""Charts that only the hand-out has: accuracy of every class, a network's confusion matrix."""

import altair as alt
import pandas as pd

from dashboard.charting import confusion, theme
from dashboard.charting.layers import layered


def accuracy_by_class(table: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw each class's accuracy on the test set, one bar a network.

    Parameters
    ----------
    table : DataFrame, one row per (network, digit)
        ``network`` str (a role of `theme.ROLE_NAMES`), ``digit`` int, ``right``, ``images`` int,
        ``accuracy`` float.
    """
    floor = max(0.0, float(table["accuracy"].min()) - 0.05)
    told = table["network"].unique().tolist()
    bars = alt.Chart(table).encode(
        x=alt.X("digit:O", title="True digit", axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("network:N", sort=told),
        y=alt.Y(
            "accuracy:Q",
            title=f"Accuracy on test images (axis begins at {floor:.0%})",
            scale=alt.Scale(domain=[floor, 1.0], nice=False),
            axis=alt.Axis(format=".0%", tickCount=5),
        ),
        tooltip=["network:N", "digit:O", "right:Q", "images:Q"],
    )
    colour = alt.Color(
        "network:N", scale=theme.ROLE_COLOURS, title=None, legend=alt.Legend(values=told)
    )
    # Below its axis a bar would grow downwards.
    shapes = bars.mark_bar(clip=True).encode(color=colour, y2=alt.datum(floor))
    return layered(shapes, title=title, height=340, description=_in_words(table))


def _in_words(table: pd.DataFrame) -> str:
    """Return every network's lowest class as the chart's text alternative."""
    parts = []
    for network, part in table.groupby("network", sort=False):
        lowest = part.loc[part["accuracy"].idxmin()]
        parts.append(f"{network} lowest on {lowest['digit']}, {lowest['accuracy']:.1%}")
    return f"Bars of the accuracy of each class by network: {'; '.join(parts)}."


def confusion_matrix(cells: pd.DataFrame, title: str, things: str) -> alt.LayerChart:
    """Draw `topics.mistakes.figures.matrix`; *things* are the omitted class's images."""
    cells = cells.assign(
        is_right=cells["true"] == cells["called"],
        label=cells["images"].map(lambda images: str(images) if images else ""),
    )
    subtitle = f"No student saw {things} in training"
    return confusion.matrix(cells, title, subtitle, called="What the network calls it")
