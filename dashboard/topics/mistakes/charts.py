"""Charts of who is taken for whom: bars for the omitted class, the whole matrix."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.layers import clicks, layered

CELL = "cell"  # the selection's name, which the page reads
_CELLS = "confusion_cells"
_ROW_PIXELS, _HEADER_PIXELS = 37, 130


def called_instead(table: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw `confusion.called_instead`: before and after the offset, the largest first."""
    order = list(dict.fromkeys(table.sort_values("rank")["called"]))
    networks = table["network"].unique().tolist()
    x = alt.X(
        "called:O",
        sort=order,
        title="Called (largest confusion first)",
        axis=alt.Axis(labelAngle=0, labelFontSize=20, ticks=False, domain=False),
    )
    bars = alt.Chart(table).encode(
        x=x,
        xOffset=alt.XOffset("network:N", sort=list(theme.ROLE_NAMES)),
        y=alt.Y(
            "images:Q",
            title="Test images",
            axis=alt.Axis(tickMinStep=1, tickCount=4),
            scale=alt.Scale(domain=[0, 1.15 * float(table["images"].max())], nice=False),
        ),
        tooltip=["network:N", alt.Tooltip("called:O"), "images:Q"],
    )
    colour = alt.Color(
        "network:N", scale=theme.ROLE_COLOURS, title=None, legend=alt.Legend(values=networks)
    )
    told = [f"{row.network}, called {row.called}: {row.images}" for row in table.itertuples()]
    return layered(
        bars.mark_bar(cornerRadiusEnd=2).encode(color=colour),
        bars.mark_text(dy=-10, fontSize=17, fontWeight="bold").encode(text="images:Q"),
        title=title,
        height=330,
        description=f"Bars of wrong answers before and after the offset. {'; '.join(told)}.",
    )


def matrix(
    cells: pd.DataFrame,
    *,
    title: str,
    omitted_class: int,
    omitted_words: str,
    chosen: tuple[int, int],
) -> alt.LayerChart:
    """Draw `confusion.matrix`, whose cells can be chosen.

    Parameters
    ----------
    omitted_words : str
        The omitted class in the plural.
    chosen : tuple of int
        The cell (true, called) to mark.
    """
    cells = cells.assign(
        chosen=(cells["true"] == chosen[0]) & (cells["called"] == chosen[1]),
        middle=(cells["top"] + cells["bottom"]) / 2,
    )
    base = alt.Chart(cells).encode(
        x=alt.X(
            "called:O",
            title="What the network calls it",
            axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False),
            scale=alt.Scale(paddingInner=0.06, paddingOuter=0.12),
        ),
        tooltip=[
            alt.Tooltip("true:O", title="true digit"),
            alt.Tooltip("called:O", title="called"),
            alt.Tooltip("images:Q", title="images"),
            alt.Tooltip("share:Q", title="share of the row", format=".2%"),
        ],
    )
    click = clicks(CELL, ["true", "called"], _CELLS, on="click", toggle=False)
    rects = (
        base.mark_rect(cornerRadius=3)
        .properties(name=_CELLS)
        .encode(
            y=_rows(cells),
            y2="bottom:Q",
            # Right answers grey, wrong ones in a colour, so that the errors stand out.
            color=alt.condition(
                "datum.is_right", alt.value(theme.BASELINE), alt.value(theme.OTHERS)
            ),
            fillOpacity=alt.FillOpacity(
                "share:Q",
                # Most errors are far below 1 % of a row: a root makes them visible.
                scale=alt.Scale(
                    type="pow", exponent=0.35, domain=[0, 0.2], range=[0.06, 0.75], clamp=True
                ),
                legend=None,
            ),
            stroke=alt.condition("datum.chosen", alt.value(theme.STUDENT), alt.value(None)),
            strokeWidth=alt.condition("datum.chosen", alt.value(4), alt.value(0)),
        )
    )
    texts = base.mark_text(fontSize=16).encode(y=_rows(cells, "middle"), text="label:N")
    return layered(
        _outline(cells, omitted_class),
        rects,
        texts,
        params=[click],
        title=alt.TitleParams(
            title,
            subtitle=f"Outlined: {omitted_words}, which no student saw in training",
        ),
        height=round(_HEADER_PIXELS + _ROW_PIXELS * cells["bottom"].max()),
        description=_matrix_in_words(cells, title),
    )


def _outline(cells: pd.DataFrame, omitted_class: int) -> alt.Chart:
    """Draw the frame around the omitted class's row; beneath the cells, so that clicks pass."""
    row = cells[cells["true"] == omitted_class].head(1)
    return (
        alt.Chart(row.assign(top=row["top"] - 0.12, bottom=row["bottom"] + 0.06))
        .mark_rect(fillOpacity=0, stroke=theme.OMITTED, strokeWidth=2.5, cornerRadius=4)
        .encode(y=_rows(cells), y2="bottom:Q", x=alt.XValue(0), x2=alt.X2Value("width"))
    )


def _rows(cells: pd.DataFrame, field: str = "top") -> alt.Y:
    """Return the axis of true classes, labelled in the middle of each row."""
    middles = cells.drop_duplicates("true").set_index("true")["middle"]
    names = ", ".join(f"'{middle:.2f}': '{true}'" for true, middle in middles.items())
    return alt.Y(
        f"{field}:Q",
        title="True digit",
        scale=alt.Scale(domain=[-0.1, float(cells["bottom"].max())], reverse=True, nice=False),
        axis=alt.Axis(
            values=middles.tolist(),
            labelExpr=f"({{{names}}})[format(datum.value, '.2f')]",
            grid=False,
            ticks=False,
            domain=False,
        ),
    )


def _matrix_in_words(cells: pd.DataFrame, title: str) -> str:
    """Return the matrix's largest confusions as a text alternative."""
    wrong = cells[~cells["is_right"] & (cells["images"] > 0)].nlargest(5, "images")
    parts = [f"{row.true} called {row.called}: {row.images}" for row in wrong.itertuples()]
    largest = "; ".join(parts) if parts else "none"
    return f"Confusion matrix. {title}. Largest confusions: {largest}."
