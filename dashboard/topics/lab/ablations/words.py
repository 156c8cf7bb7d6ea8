"""What a page says of each ablation: each setting beside the recipe's own, by the one rule."""

from typing import Any

import pandas as pd

from dashboard.figures import sweep_rows, verdicts
from dashboard.figures.sweep_rows import AFTER, BEFORE, Table
from dashboard.topics.lab.ablations import temperature
from dashboard.topics.lab.ablations.figures import ABLATIONS, BY_SIZE, PROBE, means, points
from kdengine.studies import differences
from kdengine.studies.differences import Verdict

Row = pd.Series | dict[Any, Any]
_PLACES = {
    BY_SIZE: "T = {}",
    "student-size": "{} units",
    "soft-weight": "soft weight {}",
    "teacher-epochs": "{} epochs",
    "transfer-size": "{} images",
    PROBE: "{} images",
}


def told(table: Table, name: str) -> dict[str, Any]:
    """Return all that the page says of an ablation.

    Returns
    -------
    dict
        ``lead`` and ``more`` (str), ``title`` (list of str) and ``words``, the text alternative.
        ``shown`` is the frame to draw, as `figures.means` returns it; if it is empty there
        is nothing to say.
    """
    frame, things = points(table, name), sweep_rows.omitted_name(table)
    shown = means(frame, ABLATIONS[name].measure)
    if name == BY_SIZE:
        shown = shown[shown["stage"] == AFTER]
    if shown.empty:
        return {"shown": shown}
    if name == BY_SIZE:
        lead, title = temperature.lead(frame), temperature.title(frame)
        more = temperature.papers_claim(frame)
    else:
        lead = probes(frame) if name == PROBE else beside_recipe(frame, name, things)
        title = title_of(shown, name, things)
        more = teachers(frame, name) if name.startswith("teacher") else ""
    words = description(shown, name)
    return {"shown": shown, "lead": lead, "more": more, "title": title, "words": words}


def beside_recipe(frame: pd.DataFrame, name: str, things: str) -> str:
    """State which settings differ from the recipe's own, of its `figures.points`, *frame*."""
    frame = frame.assign(where=[_where(row, name) for row in frame.to_dict("records")])
    own = frame.loc[frame["is_recipe"], "where"]
    if own.empty:
        return f"The recipe's own setting is not in this table: {verdicts.NO_VERDICT}."
    recipe = own.iloc[0]
    before, after = (
        frame[frame["stage"] == stage].pivot_table(
            index="seed", columns="where", values=measure, sort=False
        )
        for stage, measure in ((BEFORE, "omitted"), (AFTER, "errors"))
    )
    family = {(BEFORE, *pair): gaps for pair, gaps in differences.pairs(before, recipe).items()}
    family |= {(AFTER, *pair): gaps for pair, gaps in differences.pairs(after, recipe).items()}
    found = differences.between(family)
    told = {
        stage: verdicts.listed(
            (
                f"{each} ({sweep_rows.spread_of(by_seed[each], percent=stage == BEFORE)})",
                found[stage, each, recipe],
            )
            for each in by_seed.columns.drop(recipe)
        )
        for stage, by_seed in ((BEFORE, before), (AFTER, after))
    }
    count = [found[key] for key in family if key[0] == BEFORE].count(Verdict.DIFFERS)
    return (
        f"{things.capitalize()} right before the offset, beside the recipe's **{recipe}** "
        f"({sweep_rows.spread_of(before[recipe], percent=True)}), {Verdict.DIFFERS}: **{count} of "
        f"{before.shape[1] - 1}** settings. Of {things} right before the offset, {told[BEFORE]}. "
        f"Of errors on all digits with the offset (the recipe's "
        f"{sweep_rows.spread_of(after[recipe], percent=False)}), {told[AFTER]}."
    )


def teachers(frame: pd.DataFrame, name: str) -> str:
    """Return how many errors the teachers make themselves."""
    own = frame[frame["stage"] == BEFORE].groupby("x", sort=False)["teacher_errors"]
    listed = ", ".join(
        f"{_where({'x': x, 'series': ''}, name)} {sweep_rows.spread_of(errors, percent=False)}"
        for x, errors in own
    )
    return f"Errors of the teachers themselves: {listed}."


def probes(frame: pd.DataFrame) -> str:
    """State what errors the two criteria leave from few images and from all."""
    errors = means(frame, "errors")
    told = []
    for series, group in errors.groupby("series", sort=False):
        listed = ", ".join(
            f"{row.x:,.0f}: {sweep_rows.spread(row.mean, row.deviation, percent=False)}"
            for row in group.itertuples(index=False)
        )
        told.append(f"by the **{series}** {listed}")
    return f"Errors with an offset from so many images, {'; '.join(told)}."


def title_of(shown: pd.DataFrame, name: str, things: str) -> list[str]:
    """Return in two lines from where to where the rows go that the chart draws, *shown*."""
    is_errors = ABLATIONS[name].measure == "errors"
    stage, what = (AFTER, "Errors") if is_errors else (BEFORE, f"{things.capitalize()} right")
    own = shown[shown["stage"] == stage]
    low, high = own.loc[own["mean"].idxmin()], own.loc[own["mean"].idxmax()]
    return [
        f"{what} {stage}: from {_value(low, name)} ({_where(low, name)})",
        f"to {_value(high, name)} ({_where(high, name)})",
    ]


def description(shown: pd.DataFrame, name: str) -> str:
    """Return the chart's text alternative: every mean with its standard deviation."""
    parts = []
    for (series, stage), group in shown.groupby(["series", "stage"], sort=False):
        figures = ", ".join(
            f"{_where(row, name, series=False)}: {_value(row, name)}"
            for row in group.to_dict("records")
        )
        parts.append(f"{series + ', ' if series else ''}{stage}: {figures}")
    return f"{ABLATIONS[name].question} {ABLATIONS[name].x_title}. " + "; ".join(parts) + "."


def _where(row: Row, name: str, *, series: bool = True) -> str:
    """Return the place of a row on its axis, for a sentence."""
    x, group = row["x"], row["series"]
    form = "{} epoch" if name == "teacher-epochs" and x == 1 else _PLACES.get(name, "{}")
    place = form.format(x if isinstance(x, str) else f"{x:,g}")
    return f"{place}, {group}" if series and group else place


def _value(row: Row, name: str) -> str:
    """Return a mean with its deviation."""
    is_share = ABLATIONS[name].measure == "omitted"
    return sweep_rows.spread(row["mean"], row["deviation"], percent=is_share)
