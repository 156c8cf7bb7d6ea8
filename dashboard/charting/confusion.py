"""A confusion matrix as a chart: right answers grey, wrong ones the darker the more there are."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.charting import theme


def cells(table: NDArray[Any]) -> pd.DataFrame:
    """Return a row a cell of counts (C, C): ``true``, ``called``, ``images``, ``share`` of row."""
    true, called = np.divmod(np.arange(table.size), len(table))
    share = table.ravel() / np.maximum(table.sum(axis=1)[true], 1)
    return pd.DataFrame({"true": true, "called": called, "images": table.ravel(), "share": share})


def matrix(cells: pd.DataFrame, title: str, subtitle: str, *, called: str) -> alt.LayerChart:
    """Draw a confusion matrix.

    Parameters
    ----------
    cells : DataFrame
        As `cells` returns it.
    subtitle : str
        Left out if it is empty.
    called : str
        Title of the axis of the answers.
    """
    cells = cells.assign(
        is_right=cells["true"] == cells["called"],
        label=cells["images"].map(lambda images: str(images) if images else ""),
    )
    base = alt.Chart(cells).encode(
        x=alt.X(
            "called:O",
            title=called,
            axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False),
        ),
        y=alt.Y("true:O", title="True digit", axis=alt.Axis(ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("true:O", title="true digit"),
            "called:O",
            "images:Q",
            alt.Tooltip("share:Q", title="share of the row", format=".2%"),
        ],
    )
    rects = base.mark_rect(cornerRadius=3).encode(
        color=alt.condition("datum.is_right", alt.value(theme.BASELINE), alt.value(theme.OTHERS)),
        fillOpacity=alt.FillOpacity(
            "share:Q",
            # Most errors are far below 1 % of a row: a root makes them visible.
            scale=alt.Scale(
                type="pow", exponent=0.35, domain=[0, 0.2], range=[0.06, 0.75], clamp=True
            ),
            legend=None,
        ),
    )
    return alt.layer(
        rects,
        base.mark_text(fontSize=15).encode(text="label:N"),
        title=alt.TitleParams(title, subtitle=subtitle or alt.Undefined),
        height=420,
        description=f"Confusion matrix. {title}.",
    )
