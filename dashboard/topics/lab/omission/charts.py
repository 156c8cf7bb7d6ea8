"""Charts of students without some digits: per class, the map of pairs, offsets, matrix."""

from typing import Any

import altair as alt
import pandas as pd
from numpy.typing import NDArray

from dashboard.charting import confusion, theme
from dashboard.charting.layers import clicks
from dashboard.core.numbers import signed

PAIR = "pair"  # the selection's name, which the page reads
_HOW = ["% right of the digits never seen, with offsets", "click a cell · ▲ the paper's pair"]
_CELLS = "omission_lab_cells"
# Dark words can be read on it, in either mode.
_LIGHT_GREEN = theme.in_mode(theme.STUDENT_AFTER, "dark")
_ROLES = alt.Scale(
    domain=["student", "student + offset"], range=[theme.STUDENT, theme.STUDENT_AFTER]
)


def missed_by_digit(table: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw `figures.per_class`: what is missed before and after; digits that were seen are pale."""
    table = table.assign(
        name=[f"{row.digit} {'seen' if row.seen else 'never seen'}" for row in table.itertuples()],
    )
    base = alt.Chart(table).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=table["name"].drop_duplicates().tolist(),
            scale=alt.Scale(paddingInner=0.18),
            axis=alt.Axis(ticks=False, domain=False),
        ),
        yOffset=alt.YOffset("role:N", sort=_ROLES.domain),
        x=alt.X(
            "missed:Q",
            title="Missed (share of the digit's test images)",
            axis=alt.Axis(format="~%", tickCount=5),
            scale=alt.Scale(domain=[0, 1.3 * max(float(table["missed"].max()), 0.01)], nice=False),
        ),
        tooltip=[
            alt.Tooltip("digit:N"),
            alt.Tooltip("role:N", title="network"),
            alt.Tooltip("missed:Q", format=".2%"),
            alt.Tooltip("images:Q", title="test images"),
        ],
    )
    colour = alt.Color("role:N", scale=_ROLES, title=None)
    # Both figures of a digit in one place: two, one above the other, would overlap.
    ends = table.groupby("name", sort=False).agg(
        missed=("missed", "max"),
        label=("missed", lambda missed: " → ".join(f"{100 * share:.1f}" for share in missed)),
    )
    labels = alt.Chart(ends.reset_index()).mark_text(align="left", dx=5, fontSize=14)
    said = "; ".join(f"{row.digit}, {row.role}: {row.missed:.1%}" for row in table.itertuples())
    return alt.layer(
        base.mark_bar(cornerRadiusEnd=2).encode(
            color=colour, opacity=alt.condition("datum.seen", alt.value(0.45), alt.value(1.0))
        ),
        labels.encode(x="missed:Q", y=alt.Y("name:N", sort=ends.index.tolist()), text="label:N"),
        title=_lines(title),
        height=380,
        description=f"Bars: share of each digit missed before and after the offsets. {said}.",
    )


def pair_map(cells: pd.DataFrame, title: list[str]) -> alt.LayerChart:
    """Draw `findings.pair_map`, whose cells choose what the page shows."""
    scale = alt.Scale(domain=[str(digit) for digit in range(10)], paddingInner=0.06)
    lowest = float(cells["accuracy"].min())
    base = alt.Chart(cells).encode(
        x=alt.X(
            "low:O",
            title="One digit (diagonal: that digit alone)",
            scale=scale,
            axis=alt.Axis(labelAngle=0, ticks=False, domain=False),
        ),
        y=alt.Y(
            "high:O",
            title="The other",
            scale=scale,
            axis=alt.Axis(ticks=False, domain=False),
        ),
        tooltip=[
            alt.Tooltip("low:O", title="one digit"),
            alt.Tooltip("high:O", title="the other"),
            alt.Tooltip("accuracy:Q", title="never seen, with offsets", format=".2%"),
            alt.Tooltip("before:Q", title="never seen, before", format=".2%"),
            alt.Tooltip("seeds:Q"),
        ],
    )
    click = clicks(PAIR, ["high", "low"], _CELLS, on="click", toggle=False)
    cell = base.mark_rect(cornerRadius=3, cursor="pointer").encode(
        color=alt.Color(
            "accuracy:Q",
            scale=alt.Scale(domain=[lowest, 1.0], range=["#F3C9A0", _LIGHT_GREEN]),
            legend=None,
        ),
        stroke=alt.condition("datum.selected", alt.value(theme.OMITTED), alt.value(None)),
        strokeWidth=alt.condition("datum.selected", alt.value(4), alt.value(0)),
    )
    text = base.mark_text(fontSize=14, color="#14181F").encode(text="label:N")
    paper = base.transform_filter("datum.paper").mark_text(
        fontSize=11, color="#14181F", align="right", dx=19, dy=-11, text="▲"
    )
    return alt.layer(
        cell.properties(name=_CELLS),
        text,
        paper,
        params=[click],
        title=alt.TitleParams(title, subtitle=_HOW),
        height=370,
        description=_map_in_words(cells, " ".join(title)),
    )


def offset_by_digit(table: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw `figures.offsets`, those on each class's logit."""
    names = [f"{row.digit} {'seen' if row.seen else ''}" for row in table.itertuples()]
    table = table.assign(name=names, at=table["offset"].clip(lower=0.0))
    lowest = min(1.1 * float(table["offset"].min()), 0.0)
    highest = 1.25 * max(float(table["offset"].abs().max()), 0.5)
    base = alt.Chart(table).encode(
        x=alt.X(
            "name:N",
            title="Class (pale: seen in training)",
            sort=names,
            axis=alt.Axis(labelAngle=0, ticks=False, labelExpr="split(datum.value, ' ')"),
        ),
        tooltip=["digit:N", alt.Tooltip("offset:Q", format="+.3f")],
    )
    y = alt.Y(
        "offset:Q",
        title="Offset (logit units)",
        scale=alt.Scale(domain=[lowest, highest], nice=False),
    )
    return alt.layer(
        base.mark_bar(color=theme.STUDENT_AFTER, cornerRadiusEnd=2).encode(
            y=y, opacity=alt.condition("datum.seen", alt.value(0.4), alt.value(1.0))
        ),
        base.mark_text(dy=-9, fontSize=13).encode(y=alt.Y("at:Q"), text="label:N"),
        title=_lines(title),
        height=280,
        description=f"Bars. {title}. "
        + "; ".join(f"class {row.digit}: {signed(row.offset)}" for row in table.itertuples()),
    )


def matrix(counts: NDArray[Any], title: str) -> alt.LayerChart:
    """Draw a confusion matrix; the title's second half, after a semicolon, becomes its subtitle."""
    headline, _, subtitle = title.partition("; ")
    cells = confusion.cells(counts)
    wrong = cells[cells["true"] != cells["called"]].nlargest(3, "images")
    said = "; ".join(f"{row.true} called {row.called}: {row.images}" for row in wrong.itertuples())
    chart = confusion.matrix(cells, headline, subtitle, called="What the student calls it")
    return chart.properties(description=f"Confusion matrix. {title}. Most often: {said}.")


def _lines(title: str) -> list[str]:
    """Return a title in two lines, so that a phone shows all of it."""
    mark = ", " if ", " in title else ": "
    first, found, second = title.rpartition(mark)
    return [first + mark.strip(), second] if found else [title]


def _map_in_words(cells: pd.DataFrame, title: str) -> str:
    """Return the map's ends as a text alternative."""
    ordered = cells.sort_values("accuracy")
    parts = [
        f"{row.low} and {row.high}: {row.accuracy:.1%}"
        for row in pd.concat([ordered.head(3), ordered.tail(3)]).itertuples()
    ]
    return f"Map of {len(cells)} transfer sets. {title}. Lowest and highest: {'; '.join(parts)}."
