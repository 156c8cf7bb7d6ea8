"""What the page of ablations asks, computed from the sweep shown."""

import json
from typing import Any

import pandas as pd

from dashboard.classroom.lessons import Context, Lesson, Table, aligned, number
from dashboard.figures import sweep_rows, verdicts
from dashboard.topics.lab.ablations.figures import ABLATIONS, BY_SIZE
from kdengine.studies import differences


def best_and_worst(context: Context) -> str:
    """Answer how far the best and the worst setting lie apart."""
    best, worst, settings = _settings(context)
    images = _images(_table(context))
    if settings == 1:
        return f"This sweep has one setting, with {_errors(best)} errors."
    gap = worst["mean"] - best["mean"]
    return (
        f"The lowest mean of errors with the offset has {_name(best)}: {_errors(best)}; the "
        f"highest {_name(worst)}: {_errors(worst)}. Between them lie **{gap:,.0f} images** of "
        f"{images:,}, "
        f"{number(100 * gap / images)} percentage points."
    )


def beyond_chance(context: Context) -> str:
    """Answer whether the two settings that lie farthest apart differ."""
    best, worst, settings = _settings(context)
    if settings == 1:
        return "There is one setting, and nothing to compare it with."
    frame = sweep_rows.rows(_table(context))
    by_seed = frame[frame["stage"] == sweep_rows.AFTER].pivot_table(
        index="seed", columns="setting", values="errors"
    )
    family = differences.between(differences.pairs(by_seed))
    ends = {best["setting"], worst["setting"]}
    (verdict,) = (verdict for pair, verdict in family.items() if set(pair) == ends)
    told = verdicts.NO_VERDICT if verdict is None else f"**{verdict}**"
    return (
        f"Seed by seed, {_name(best)} against {_name(worst)}: {told}. They were picked by these "
        f"very errors from {settings} settings, so all {len(family)} pairs count (Holm)."
    )


def trained_in_all(context: Context) -> str:
    """Answer how many students a sweep takes."""
    rows = _table(context)["rows"]
    students = {row["run_keys"]["student"] for row in rows}
    seeds = {row["seed"] for row in rows}
    *_, settings = _settings(context)
    return (
        f"**{len(students):,} students**: {settings:,} settings, {len(seeds)} seeds. A single "
        "seed would show a difference wherever one looks."
    )


def seed_mean(context: Context) -> tuple[str, str]:
    """Return mean and standard deviation over seeds of the best setting."""
    table = _table(context)
    best, *_ = _settings(context)
    seeds = len({row["seed"] for row in table["rows"]})
    return (
        aligned(
            rf"\bar e &= \frac1{{{seeds}}}\sum_s e_s = {best['mean']:.1f}",
            rf"s &= \sqrt{{\frac1{{{max(seeds - 1, 1)}}}\sum_s (e_s - \bar e)^2}} = "
            rf"{best['deviation']:.1f}",
        ),
        f"e are the errors of {_images(table):,} test images with the offset, one for each of "
        f"{seeds} seeds; here of the setting with the lowest mean: {_name(best)}.",
    )


def sweep_name(context: Context) -> dict[str, Any]:
    """Return the sweep that the page shows, and which figure of it."""
    name = _shown(context)
    is_share = ABLATIONS[name].measure == "omitted"
    return {"name": name, "figure": "omitted_accuracy" if is_share else "errors"}


def setting_name(parameters: dict[str, Any]) -> str:
    """Return what a setting changes, in words."""
    if not parameters:
        return "the recipe as it is"
    told = []
    for name, value in parameters.items():
        words = name.replace("teacher.", "teacher's ").replace("_", " ")
        if isinstance(value, list | tuple):
            value = "-".join(map(str, value))
        told.append(f"{words} {value:g}" if isinstance(value, float) else f"{words} {value}")
    return ", ".join(told)


def _shown(context: Context) -> str:
    """Return the ablation that the page shows."""
    name = context.address.get("ablation", "")
    return name if name in ABLATIONS else BY_SIZE


def _table(context: Context) -> Table:
    """Return the table of the ablation that the page shows."""
    return context.stored(_shown(context), f"sweep {_shown(context)}")


def _settings(context: Context) -> tuple[pd.Series, pd.Series, int]:
    """Return errors with the offset of the best setting and the worst, and how many there are.

    A setting is a row of `sweep_rows.over_seeds`.
    """
    frame = sweep_rows.rows(_table(context))
    frame = frame[frame["stage"] == sweep_rows.AFTER]
    found = sweep_rows.over_seeds(frame, ["setting"], "errors").sort_values("mean", kind="stable")
    return found.iloc[0], found.iloc[-1], len(found)


def _images(table: Table) -> int:
    """Return on how many images errors are counted."""
    row = table["rows"][0]
    counted = row.get("images", {}).get("test")
    if counted:
        return int(counted)
    figures = row["student_after"]
    return round(figures["errors"] / (1 - figures["accuracy"])) if figures["errors"] else 0


def _errors(setting: pd.Series) -> str:
    """Return a setting's errors."""
    return sweep_rows.spread(setting["mean"], setting["deviation"], percent=False)


def _name(setting: pd.Series) -> str:
    """Return what a setting changes, in words."""
    return setting_name(json.loads(setting["setting"]))


LESSON = Lesson(__file__, (best_and_worst, beyond_chance, trained_in_all), seed_mean, sweep_name)
