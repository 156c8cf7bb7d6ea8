"""Why did a source get that? The sweep that changes one thing of it at a time."""

from typing import Any

import pandas as pd

from dashboard.core.numbers import percent, signed
from dashboard.figures import sweep_rows, verdicts
from kdengine.recipes import known
from kdengine.recipes.source import ACCURACY
from kdengine.recipes.sources import hinton2015
from kdengine.studies import differences
from kdengine.studies.reproduction_measures import TEST_IMAGES

Table = dict[str, Any]
SWEEPS = {source.name: f"why-{source.name}" for source in known.SOURCES.values() if source.why}
PAPER_RIGHT = (
    1.0
    - next(
        f.value
        for f in hinton2015.SOURCE.figures
        if f.step == "test-optimal" and f.digit == 3 and f.measure == "errors"
    )
    / TEST_IMAGES[3]
)


def variants(table: Table) -> pd.DataFrame:
    """Return the threes right with +3.5 of every variant, the published one first.

    Returns
    -------
    DataFrame, one row a variant
        ``x`` (the variant), `sweep_rows.over_seeds` of the accuracy on threes, ``verdict`` (on it
        and the published one).
    """
    frame = _raised(table, "paper")
    shown = sweep_rows.over_seeds(frame, ["x"], "omitted")
    by_seed = frame.pivot_table(index="seed", columns="x", values="omitted")
    found = differences.between(differences.pairs(by_seed, shown["x"].iloc[0]))
    of_variant = {name: verdict for (name, _), verdict in found.items()}
    low, high = shown["low"].clip(lower=0.0), shown["high"].clip(upper=1.0)
    return shown.assign(low=low, high=high, verdict=shown["x"].map(of_variant))


def _raised(table: Table, criterion: str) -> pd.DataFrame:
    """Return the sweep's rows with the offset of a *criterion*, each variant's name as ``x``."""
    why = known.source(table["name"].removeprefix("why-")).why
    settings = [sweep_rows.setting({**changed, "criterion": criterion}) for changed in why.values()]
    rows = sweep_rows.rows(table)
    rows = rows[(rows["stage"] == sweep_rows.AFTER) & rows["setting"].isin(settings)]
    rows = rows.assign(x=rows["setting"].map(dict(zip(settings, why, strict=True))))
    return rows.sort_values("setting", key=lambda s: s.map(settings.index), kind="stable")


def sentence(table: Table) -> str:
    """State which single changes differ in the threes right with +3.5, and what is left."""
    shown = variants(table)
    base, others = shown.iloc[0], shown.iloc[1:].sort_values("mean", ascending=False)
    told = verdicts.listed(
        (f"{row.x} {percent(row.mean)}", row.verdict) for row in others.itertuples()
    )
    own = _raised(table, "frequency")
    own = own[own["x"] == base["x"]]
    return (
        f"As published, +3.5 brings **{percent(base['mean'])}** of the threes (the paper: "
        f"{percent(PAPER_RIGHT)}); beside that, {told}. And +3.5 is not this student's number: the "
        f"frequency criterion asks for {signed(own['offset'].mean())} and gives "
        f"{percent(own['omitted'].mean())}."
    )


def twice(table: Table, reproduction: Table) -> str:
    """Return that the published network has another result in the *reproduction*; else nothing."""
    rows = [row for row in table["rows"] if row["parameters"].get("criterion") == "paper"]
    here = {row["run_keys"]["student"]: row["student_after"]["omitted_accuracy"] for row in rows}
    for figure in reproduction["figures"]:
        if (figure["step"], figure["digit"], figure["measure"]) != ("paper-offset", 3, ACCURACY):
            continue
        runs = reproduction["networks"][figure["network"]]["runs"]
        there = dict(zip(runs, figure["ours"], strict=False))
        both = pd.DataFrame([(there[run], here[run]) for run in there if run in here])
        if len(both) and (gap := (both[0] - both[1]).abs().max()) >= 0.01:
            return (
                f"**One network, two results.** As published it was trained once for each table: "
                f"{percent(both[0].mean())} above and {percent(both[1].mean())} here, up to "
                f"{100 * gap:.0f} points apart in one seed. Sums round otherwise on another "
                "processor or number of threads."
            )
    return ""


def title(shown: pd.DataFrame) -> str:
    """Return the chart's finding."""
    most = shown.loc[shown["mean"].idxmax()]
    return (
        f"Threes right with +3.5: {percent(shown['mean'].iloc[0])} as published, "
        f"{percent(most['mean'])} with “{most['x']}”"
    )
