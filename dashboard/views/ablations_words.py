"""What each ablation found, in sentences computed from the table behind it."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from dashboard.views import sweep_rows
from dashboard.views.ablations import ABLATIONS, BY_SIZE, CRITERIA, PROBE, means
from dashboard.views.sweep_rows import AFTER, BEFORE, Table

Row = pd.Series | dict[Any, Any]
MOST = 0.95  # what still counts as keeping the digit: 95 % of the best mean


def lead(table: Table, frame: pd.DataFrame, name: str, stage: str) -> str:
    """Answer an ablation's question.

    Parameters
    ----------
    frame : DataFrame
        As `views.ablations.points` returns it.
    stage : str
        Of `sweep_rows.STAGES`; which one decides the best temperature.
    """
    things = sweep_rows.omitted_name(table)
    if name == BY_SIZE:
        return by_size(frame, stage)
    if name == PROBE:
        return probes(frame)
    sayings: dict[str, Callable[[pd.DataFrame, str], str]] = {
        "student-size": student_size,
        "soft-weight": soft_weight,
        "transfer-size": transfer_size,
        "teacher-epochs": teacher_epochs,
    }
    return sayings.get(name, kinds)(frame, things)


def title(table: Table, shown: pd.DataFrame, name: str, measure: str) -> str:
    """Return the chart's finding: where the measure is best and where it is worst.

    Parameters
    ----------
    shown : DataFrame
        As `views.ablations.means` returns it, of the rows that the chart draws.
    """
    stages = set(shown["stage"])
    stage = BEFORE if measure == "omitted" and BEFORE in stages else AFTER
    own = shown[shown["stage"] == (stage if stage in stages else BEFORE)]
    if measure == "offset":
        return "The offset chosen: " + "; ".join(
            f"{series} ± {group['deviation'].iloc[0]:.2f} from {group['x'].iloc[0]:,.0f} images"
            for series, group in own.groupby("series", sort=False)
        )
    what = {"omitted": f"{sweep_rows.omitted_name(table)} right", "errors": "errors"}[measure]
    best, worst = _extremes(own, measure)
    return (
        f"{what[0].upper()}{what[1:]} {own['stage'].iloc[0]}: {_value(best, measure)} "
        f"({_where(best, name)}) to {_value(worst, measure)} ({_where(worst, name)})"
    )


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


def best_temperatures(frame: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Return the best T of each student size and those that are practically as good.

    Returns
    -------
    DataFrame, largest student first
        ``units``, ``best`` (T with the fewest errors, mean over seeds), ``errors``, ``low``,
        ``high``: the range of T whose errors exceed the best ones, seed by seed, by no more than
        one standard deviation of that difference.
    """
    own = frame[frame["stage"] == stage]
    found = []
    for series, group in own.groupby("series", sort=False):
        by_seed = group.pivot_table(index="seed", columns="x", values="errors")
        best = by_seed.mean().idxmin()
        excess = by_seed.sub(by_seed[best], axis=0)
        good = by_seed.columns[excess.mean() <= excess.std().fillna(0.0)]
        found.append(
            {
                "units": int(str(series).split()[0]),
                "best": best,
                "errors": by_seed[best].mean(),
                "low": min(good),
                "high": max(good),
            }
        )
    return pd.DataFrame(found).sort_values("units", ascending=False, ignore_index=True)


def by_size(frame: pd.DataFrame, stage: str) -> str:
    """Answer whether the best temperature falls with the student's size."""
    best = best_temperatures(frame, stage)
    large, small = best.iloc[0], best.iloc[-1]
    falls = best["best"].is_monotonic_decreasing and small["best"] < large["best"]
    if falls and small["high"] < large["low"]:
        answer = "**Yes, the best T falls with the student's size.**"
    elif small["best"] < large["best"]:
        answer = "**It tends to fall, but the ranges of equally good T overlap.**"
    else:
        answer = "**No, the best T does not fall with the student's size.**"
    listed = "; ".join(
        f"{row.units:,} units: T = {row.best:g} ({row.errors:,.0f} errors; "
        f"{f'{row.low:g} to {row.high:g} are' if row.low < row.high else 'no other T is'} as good)"
        for row in best.itertuples()
    )
    return (
        f"{answer} Fewest errors {stage} — {listed}. Read off the test set: a description, "
        "no recipe."
    )


def student_size(frame: pd.DataFrame, things: str) -> str:
    """State how small a student may be."""
    before = _curve(frame, BEFORE)
    enough = _smallest(before)
    smallest = before.iloc[0]
    after = _curve(frame, AFTER).iloc[0]
    return (
        f"From **{enough['x']:,.0f} units** a layer on, students keep {_of_best()} "
        f"({_percent(before['mean'].max())} of the {things} before the offset). With "
        f"{smallest['x']:,.0f} units it is {_percent(smallest['mean'])}, and "
        f"{_percent(after['mean'])} with the offset."
    )


def transfer_size(frame: pd.DataFrame, things: str) -> str:
    """State how many images are enough."""
    before = _curve(frame, BEFORE)
    enough, smallest = _smallest(before), before.iloc[0]
    return (
        f"**{enough['x']:,.0f} images** are enough to keep {_of_best()} "
        f"({_percent(before['mean'].max())} of the {things} before the offset); "
        f"{smallest['x']:,.0f} give {_percent(smallest['mean'])}. Every student makes as many "
        "updates, whatever the size."
    )


def soft_weight(frame: pd.DataFrame, things: str) -> str:
    """State which soft weight is enough, with and without T²."""
    told = []
    for series, group in frame.groupby("series", sort=False):
        before = _curve(group, BEFORE)
        enough, last = _smallest(before), before.iloc[-2]
        told.append(
            f"{series} a soft weight of **{enough['x']:g}** keeps {_of_best()} "
            f"({_percent(before['mean'].max())} of the {things} before the offset; at "
            f"{last['x']:g} it is {_percent(last['mean'])})"
        )
    pure = _curve(frame[frame["x"] == 0.0], BEFORE)["mean"]
    none = f" With no soft target at all it is {_percent(pure.max())}." if len(pure) else ""
    listed = "; ".join(told)
    return listed[:1].upper() + listed[1:] + "." + none


def teacher_epochs(frame: pd.DataFrame, things: str) -> str:
    """State what a longer training of the teacher brings."""
    before, after = _curve(frame, BEFORE), _curve(frame, AFTER)
    first, last = before.iloc[0], before.iloc[-1]
    taught = frame.groupby("x")["teacher_errors"].mean()
    best = before.loc[before["mean"].idxmax()]
    return (
        f"A teacher of {first['x']:,.0f} epoch{'' if first['x'] == 1 else 's'} "
        f"({taught[first['x']]:,.0f} errors of its own) passes on {_percent(first['mean'])} of the "
        f"{things} before the offset, one of {last['x']:,.0f} ({taught[last['x']]:,.0f} errors) "
        f"{_percent(last['mean'])}; most at {best['x']:,.0f}: {_percent(best['mean'])}. With the "
        f"offset it is {_percent(after['mean'].min())} to {_percent(after['mean'].max())}."
    )


def kinds(frame: pd.DataFrame, things: str) -> str:
    """State which of several kinds brings most, and whether the seeds agree."""
    before, after = _curve(frame, BEFORE, keep_order=True), _curve(frame, AFTER, keep_order=True)
    best, worst = before.loc[before["mean"].idxmax()], before.loc[before["mean"].idxmin()]
    by_seed = frame[frame["stage"] == BEFORE].pivot_table(
        index="seed", columns="x", values="omitted"
    )
    gap = by_seed[best["x"]] - by_seed[worst["x"]]
    sure = "in every seed" if (gap > 0).all() else "but not in every seed"
    ending = after.loc[after["mean"].idxmax()]
    return (
        f"{_about_teachers(frame, best['x'])}Before the offset most {things} come with "
        f"**{best['x']}**, {_percent(best['mean'])}, and fewest with **{worst['x']}**, "
        f"{_percent(worst['mean'])}, {sure}. With the offset it is "
        f"{_percent(after['mean'].min())} to {_percent(after['mean'].max())}, most with "
        f"{ending['x']}; fewest errors in all has {_fewest_errors(frame)}."
    )


def _fewest_errors(frame: pd.DataFrame) -> str:
    """Return where the errors on all digits are fewest with the offset, and how many."""
    errors = means(frame[frame["stage"] == AFTER], "errors")
    best = errors.loc[errors["mean"].idxmin()]
    return f"{best['x']} ({_value(best, 'errors')})"


def _about_teachers(frame: pd.DataFrame, best: str) -> str:
    """State whether the teacher with the fewest errors of its own teaches best."""
    taught = frame.groupby("x", sort=False)["teacher_errors"].mean()
    if taught.nunique() == 1:
        return ""
    ablest = taught.idxmin()
    answer = "The ablest teacher teaches best" if ablest == best else "**Able is not enough**"
    listed = ", ".join(f"{kind} {errors:,.0f}" for kind, errors in taught.items())
    return (
        f"{answer}: {ablest} makes the fewest errors of its own ({listed}). "
        if ablest == best
        else f"{answer}: {ablest} makes the fewest errors of its own ({listed}) and does not teach "
        "the missing digit best. "
    )


def probes(frame: pd.DataFrame) -> str:
    """State how the two criteria depend on the probe."""
    told = []
    shown, errors = means(frame, "offset"), means(frame, "errors")
    for series, group in shown.groupby("series", sort=False):
        own = errors[errors["series"] == series]
        told.append(
            f"the {series.removeprefix('the ')} scatters by ± {group['deviation'].iloc[0]:.2f} "
            f"logit units ({own['mean'].iloc[0]:,.0f} errors) from {group['x'].iloc[0]:,.0f} "
            f"images, by ± {_at(group, 1000)['deviation']:.2f} "
            f"({_at(own, 1000)['mean']:,.0f} errors) from {_at(group, 1000)['x']:,.0f}"
        )
    whole = errors[errors["x"] == errors["x"].max()]["mean"]
    spread = shown[shown["x"] < shown["x"].max()].pivot(
        index="x", columns="series", values="deviation"
    )
    steadier = (spread[CRITERIA["teacher-mass"]] < spread[CRITERIA["frequency"]]).all()
    reason = (
        " At every size the teacher's mass is the steadier: both masses are taken over the same "
        "images, so their mix of digits does not matter."
        if steadier
        else ""
    )
    return (
        "An offset from few images is a gamble: "
        + "; ".join(told)
        + f". All {errors['x'].max():,.0f} give {whole.min():,.0f} errors.{reason}"
    )


def _at(group: pd.DataFrame, x: float) -> pd.Series:
    """Return the row whose x is nearest."""
    return group.loc[(group["x"] - x).abs().idxmin()]


def _curve(frame: pd.DataFrame, stage: str, *, keep_order: bool = False) -> pd.DataFrame:
    """Return the mean accuracy on the omitted class at one stage, by x."""
    curve = means(frame[frame["stage"] == stage], "omitted")
    return curve if keep_order else curve.sort_values("x", ignore_index=True)


def _smallest(curve: pd.DataFrame) -> pd.Series:
    """Return the first row from which on every mean stays within `MOST` of the best."""
    is_short = curve["mean"] < MOST * curve["mean"].max()
    first = int(is_short[is_short].index.max()) + 1 if is_short.any() else 0
    return curve.iloc[min(first, len(curve) - 1)]


def _extremes(own: pd.DataFrame, measure: str) -> tuple[pd.Series, pd.Series]:
    """Return the best and the worst row of a measure."""
    low, high = own.loc[own["mean"].idxmin()], own.loc[own["mean"].idxmax()]
    return (low, high) if measure == "errors" else (high, low)


def _where(row: Row, name: str, *, series: bool = True) -> str:
    """Return the place of a row on its axis, for a sentence."""
    x, group = row["x"], row["series"]
    units = {
        BY_SIZE: "T = {}",
        "student-size": "{} units",
        "soft-weight": "weight {}",
        "teacher-epochs": "{} epochs",
        "transfer-size": "{} images",
        PROBE: "{} images",
    }
    place = units.get(name, "{}").format(x if isinstance(x, str) else f"{x:,g}")
    return f"{place}, {group}" if series and group else place


def _value(row: Row, measure: str) -> str:
    """Return a mean with its deviation."""
    mean, deviation = row["mean"], row["deviation"]
    if measure == "offset":
        return f"{mean:+.2f} ± {deviation:.2f}"
    return sweep_rows.spread(mean, deviation, percent=measure == "omitted")


def _of_best() -> str:
    """Return what `MOST` is called."""
    return f"at least {MOST:.0%} of the best".replace("%", " %")


def _percent(share: float) -> str:
    """Return ``96.0 %``."""
    return f"{100 * share:.1f} %"
