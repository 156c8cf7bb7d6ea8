"""What a page says of each ablation: its answer, its chart's title and text alternative."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from dashboard.core.numbers import signed
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import AFTER, BEFORE, Table
from dashboard.topics.lab.ablations import kinds, leads, temperature
from dashboard.topics.lab.ablations.figures import ABLATIONS, BY_SIZE, PROBE, means, points

Row = pd.Series | dict[Any, Any]
_LEADS: dict[str, Callable[[pd.DataFrame, str], str]] = {
    "student-size": leads.student_size,
    "soft-weight": leads.soft_weight,
    "transfer-size": leads.transfer_size,
    "teacher-epochs": leads.teacher_epochs,
    "transfer-shift": kinds.shifts,
    PROBE: leads.probes,
}
_PLACES = {
    BY_SIZE: "T = {}",
    "student-size": "{} units",
    "soft-weight": "soft weight {}",
    "teacher-epochs": "{} epochs",
    "transfer-size": "{} images",
    PROBE: "{} images",
}


def told(table: Table, name: str, stage: str, measure: str) -> dict[str, Any]:
    """Return all that the page says of an ablation.

    Returns
    -------
    dict
        ``lead`` and ``more`` (str), ``title`` (list of str) and ``words``, the text alternative.
        ``shown`` is the frame to draw, as `figures.means` returns it; if it is empty there
        is nothing to say.
    """
    frame = points(table, name)
    shown = means(frame, measure)
    if name == BY_SIZE:
        shown = shown[shown["stage"] == stage]
    if shown.empty:
        return {"shown": shown}
    return {
        "shown": shown,
        "lead": lead(table, frame, name, stage, measure),
        "more": more(table, frame, name, stage, measure),
        "title": title(table, frame, shown, name, measure),
        "words": description(shown, name, measure),
    }


def lead(table: Table, frame: pd.DataFrame, name: str, stage: str, measure: str) -> str:
    """Answer an ablation's question from its `figures.points`, *frame*."""
    things = sweep_rows.omitted_name(table)
    if name == BY_SIZE:
        return temperature.lead(frame, stage, measure, things)
    return _LEADS.get(name, kinds.teachers)(frame, things)


def more(table: Table, frame: pd.DataFrame, name: str, stage: str, measure: str) -> str:
    """Return what else an ablation's table tells, below the chart; empty for most."""
    if name == BY_SIZE:
        best = temperature.best_of_each(frame, stage, measure)
        return f"{temperature.papers_claim(frame, stage)} {best}"
    if ABLATIONS[name].groups is not None:
        return kinds.with_offset(frame, sweep_rows.omitted_name(table))
    return leads.pure_soft_targets(frame) if name == "soft-weight" else ""


def title(
    table: Table, frame: pd.DataFrame, shown: pd.DataFrame, name: str, measure: str
) -> list[str]:
    """Return the finding in two lines; *shown* are the rows that the chart draws."""
    things = sweep_rows.omitted_name(table)
    stages = set(shown["stage"])
    if name == BY_SIZE:
        return temperature.title(frame, shown["stage"].iloc[0], measure, things)
    stage = BEFORE if measure == "omitted" and BEFORE in stages else AFTER
    own = shown[shown["stage"] == (stage if stage in stages else BEFORE)]
    if measure == "offset":
        return ["The offset chosen, its spread over random probes:", _offset_spreads(own)]
    if own["series"].nunique() > 1:
        return _widest_gap(own, name, measure, things)
    ends = own.loc[own["mean"].idxmin()], own.loc[own["mean"].idxmax()]
    best, worst = ends if measure == "errors" else ends[::-1]
    return [
        f"{_what(own, measure, things)}: best {_value(best, measure)} ({_where(best, name)}),",
        f"worst {_value(worst, measure)} ({_where(worst, name)})",
    ]


def description(shown: pd.DataFrame, name: str, measure: str) -> str:
    """Return the chart's text alternative: every mean with its standard deviation."""
    parts = []
    for (series, stage), group in shown.groupby(["series", "stage"], sort=False):
        figures = ", ".join(
            f"{_where(row, name, series=False)}: {_value(row, measure)}"
            for row in group.to_dict("records")
        )
        parts.append(f"{series + ', ' if series else ''}{stage}: {figures}")
    return f"{ABLATIONS[name].question} {ABLATIONS[name].x_title}. " + "; ".join(parts) + "."


def _what(own: pd.DataFrame, measure: str, things: str) -> str:
    """Return what the title's figures are."""
    counted = {"omitted": f"{things.capitalize()} right", "errors": "Errors"}[measure]
    return f"{counted} {own['stage'].iloc[0]}"


def _widest_gap(own: pd.DataFrame, name: str, measure: str, things: str) -> list[str]:
    """Return where two curves are furthest apart."""
    wide = own.pivot_table(index="x", columns="series", values="mean", sort=False)
    at = (wide.max(axis=1) - wide.min(axis=1)).idxmax()
    parts = [
        f"{_value(row, measure)} {row['series']}" for row in own[own["x"] == at].to_dict("records")
    ]
    place = _where({"x": at, "series": ""}, name)
    return [f"{_what(own, measure, things)}, {place}:", ", ".join(parts)]


def _offset_spreads(own: pd.DataFrame) -> str:
    """Return how far the offsets of the smallest probes scatter, by criterion."""
    return "; ".join(
        f"{series} ± {group['deviation'].iloc[0]:.2f} from {group['x'].iloc[0]:,.0f} images"
        for series, group in own.groupby("series", sort=False)
    )


def _where(row: Row, name: str, *, series: bool = True) -> str:
    """Return the place of a row on its axis, for a sentence."""
    x, group = row["x"], row["series"]
    form = "{} epoch" if name == "teacher-epochs" and x == 1 else _PLACES.get(name, "{}")
    place = form.format(x if isinstance(x, str) else f"{x:,g}")
    return f"{place}, {group}" if series and group else place


def _value(row: Row, measure: str) -> str:
    """Return a mean with its deviation."""
    mean, deviation = row["mean"], row["deviation"]
    if measure == "offset":
        return f"{signed(mean)} ± {deviation:.2f}"
    return sweep_rows.spread(mean, deviation, percent=measure == "omitted")
