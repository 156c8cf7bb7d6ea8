"""Why did a reproduction get that? One thing changed at a time, by the sweeps of single changes."""

from typing import Any

import pandas as pd

from dashboard.core.numbers import percent, signed
from dashboard.core.show import told
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import AFTER, BEFORE
from kdengine.recipes import known
from kdengine.recipes.recipe import Setting
from kdengine.recipes.source import ACCURACY, ERRORS
from kdengine.recipes.sources import am207, hinton2015, hiverxd
from kdengine.studies.reproduction_measures import TEST_IMAGES, images_of
from kdengine.studies.sweeps import WHY_RULES

Table = dict[str, Any]

SWEEPS = {source.name: f"why-{source.name}" for source in known.SOURCES.values() if source.why}
TOGETHER = hiverxd.TOGETHER
PLUS, FREQUENCY = "with +3.5", "with the frequency criterion's offset"
STAGES = (BEFORE, PLUS, FREQUENCY)
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
    """Return the threes right of every variant of a sweep of single changes.

    Returns
    -------
    DataFrame, one row a variant and stage
        ``variant``, ``stage`` (of `STAGES`), ``mean``, ``deviation``, ``low``, ``high`` (accuracy
        on threes), ``count``, ``offset`` (mean, logit units), ``errors`` (mean, all test images),
        ``apart`` (whether the seeds tell it from the first variant at that stage), ``text``.
    """
    names = {
        sweep_rows.setting({**changed, "criterion": criterion}): (name, criterion)
        for name, changed in _why(table).items()
        for criterion in WHY_RULES
    }
    frame = sweep_rows.rows(table)
    frame = frame[frame["setting"].isin(names)]
    frame["variant"] = [names[setting][0] for setting in frame["setting"]]
    frame["stage"] = [
        BEFORE if stage == BEFORE else PLUS if names[setting][1] == "paper" else FREQUENCY
        for setting, stage in zip(frame["setting"], frame["stage"], strict=True)
    ]
    # Both criteria belong to one network, whose figures before the offset come twice.
    frame = frame.drop_duplicates(["variant", "stage", "seed"])
    shown = sweep_rows.over_seeds(frame, ["variant", "stage"], "omitted")
    means = frame.groupby(["variant", "stage"], sort=False)[["offset", "errors"]].mean()
    shown = shown.join(means, on=["variant", "stage"])
    by_seed = frame.pivot_table(index="seed", columns=["stage", "variant"], values="omitted")
    base = next(iter(_why(table)))
    shown["apart"] = [
        (stage, base) in by_seed
        and sweep_rows.told_apart((by_seed[(stage, variant)] - by_seed[(stage, base)]).dropna())
        for stage, variant in zip(shown["stage"], shown["variant"], strict=True)
    ]
    shown["low"], shown["high"] = shown["low"].clip(lower=0.0), shown["high"].clip(upper=1.0)
    shown["text"] = [_text(row) for row in shown.to_dict("records")]
    order = {name: i for i, name in enumerate(_why(table))}
    return shown.sort_values(
        ["variant", "stage"],
        key=lambda c: c.map(order if c.name == "variant" else STAGES.index),
        kind="stable",
        ignore_index=True,
    )


def _why(table: Table) -> dict[str, Setting]:
    """Return the variants of a sweep of single changes."""
    return known.source(table["name"].removeprefix("why-")).why


def sentence(shown: pd.DataFrame) -> str:
    """State which single changes move the threes right with +3.5, and what is left."""
    plus = shown[shown["stage"] == PLUS].set_index("variant")
    base = plus.iloc[0]
    others = plus.iloc[1:].drop(TOGETHER, errors="ignore")
    best = others["mean"].idxmax()
    frequency = shown[shown["stage"] == FREQUENCY].set_index("variant")
    own = frequency.iloc[0]
    ranked = others["mean"].sort_values(ascending=False)
    listed = ", ".join(f"{name} {percent(value)}" for name, value in ranked.items())
    apart = [name for name in ranked.index if others.loc[name, "apart"]]
    seeds = f"{int(base['count'])} seed{'' if base['count'] == 1 else 's'}"
    told = f"{seeds} {'tells' if base['count'] == 1 else 'tell'} none of them from chance"
    if apart:
        named = ", ".join(f"“{name}”" for name in apart)
        told = f"beyond chance over {seeds}: {named}"
        told += f"; the largest is **{best}**" if best in apart else ""
    together = ""
    if TOGETHER in plus.index:
        together = f" {TOGETHER.capitalize()}: {percent(plus.loc[TOGETHER, 'mean'])}."
    return (
        f"As published, +3.5 brings **{percent(base['mean'])}** of the threes (the paper: "
        f"{percent(PAPER_RIGHT)}). One change at a time: {listed} ({told})."
        f"{together} And +3.5 is not this student's number: the frequency criterion asks for "
        f"{signed(own['offset'])} and gives {percent(own['mean'])}."
    )


def initialised(shown: pd.DataFrame) -> str:
    """State what S1's bias, set before training, brings beside the same number added after it."""
    source = am207.SOURCE.figure("no 3, “bias tuned”, errors on threes")
    published = 1.0 - source.value / TEST_IMAGES[3]
    cells = shown.set_index(["variant", "stage"])[["mean", "deviation"]]
    asked = (("as published", BEFORE), ("bias initialised", BEFORE), ("as published", PLUS))
    told = [sweep_rows.spread(*cells.loc[cell], percent=True) for cell in asked]
    return (
        f"The source tunes no bias after training: it lets that of 3 *begin* at 3.5, and gets "
        f"{percent(published)} of the threes. Training moves it like any other weight: here "
        f"{told[1]} that way, {told[0]} without, and **{told[2]}** if the same 3.5 is added to the "
        "finished student."
    )


def twice(table: Table, compared: Table) -> str:
    """State where one network has two results: in a reproduction and in a sweep *compared*.

    The same key is the same network: seed, data and settings. Empty if no result differs.
    """
    found = [pair for row in table["figures"] if (pair := _pair(table, row, compared)) is not None]
    if not found:
        return ""
    row, ours, theirs = max(found, key=lambda pair: abs(pair[1].mean() - pair[2].mean()))
    here, there = (one["environment"].get("processor", "?") for one in (table, compared))
    where = "on {} and on {}" if here != there else "on {} twice"
    where = where.format(told(here), told(there))
    widest = 100.0 * (ours - theirs).abs().max()
    seeds = "seed" if len(ours) == 1 else "seeds"
    return (
        f"**The same network has two results**: “{row['quantity']}” is "
        f"{sweep_rows.spread_of(ours, percent=True)} among the figures and "
        f"{sweep_rows.spread_of(theirs, percent=True)} in these comparisons ({seeds} "
        f"{', '.join(map(str, ours.index))}). Data, settings and seeds are the same, but it "
        f"was trained {where}: sums in another order are rounded otherwise, and training makes "
        f"much of it, up to {widest:.1f} points in one seed. A change of that size in one seed "
        "says nothing about its cause."
    )


def _pair(
    table: Table, row: dict[str, Any], compared: Table
) -> tuple[dict[str, Any], pd.Series, pd.Series] | None:
    """Return a figure with its shares right by seed, here and in a sweep; None if they agree."""
    stage = {"none": BEFORE, "paper-offset": AFTER}.get(row["step"])
    if stage is None or row["measure"] not in (ERRORS, ACCURACY) or row["digit"] not in (None, 3):
        return None
    keys = table["networks"][row["network"]]["runs"]
    if len(keys) != len(row["ours"]):
        return None
    images = images_of(row["measure"], row["digit"])
    right = {
        key: 1.0 - value / images if row["measure"] == ERRORS else value
        for key, value in zip(keys, row["ours"], strict=True)
    }
    name = "accuracy" if row["digit"] is None else "omitted_accuracy"
    stored = "student_before" if stage == BEFORE else "student_after"
    both = {
        one["seed"]: (right[one["run_keys"]["student"]], one[stored][name])
        for one in compared["rows"]
        if one["run_keys"]["student"] in right
        and name in one[stored]
        and (stage == BEFORE or one["parameters"].get("criterion") == "paper")
    }
    shares = pd.DataFrame.from_dict(both, orient="index", columns=["ours", "theirs"])
    # Shares are stored to five digits; one image of 10,000 is 1e-4.
    if not len(shares) or (shares["ours"] - shares["theirs"]).abs().max() < 5e-5:
        return None
    return row, shares["ours"], shares["theirs"]


def title(shown: pd.DataFrame) -> str:
    """Return the chart's finding."""
    plus = shown[shown["stage"] == PLUS].set_index("variant")["mean"]
    return (
        f"Threes right with +3.5: {percent(plus.iloc[0])} as published, {percent(plus.max())} with "
        f"“{plus.idxmax()}”"
    )


def description(shown: pd.DataFrame) -> str:
    """Return the chart's text alternative."""
    listed = "; ".join(
        f"{row['variant']}, {row['stage']}: {row['text']}" for row in shown.to_dict("records")
    )
    return f"Accuracy on held-out threes. {listed}."


def _text(row: dict[Any, Any]) -> str:
    """Return a bar's number, with the offset where the criterion chose it."""
    text = percent(row["mean"])
    return text + (f" ({signed(row['offset'], 1)})" if row["stage"] == FREQUENCY else "")
