"""What the ablations over a number found, in sentences computed from the table behind each."""

import pandas as pd

from dashboard.core.numbers import percent
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import AFTER, BEFORE
from dashboard.topics.lab.ablations.figures import CRITERIA, means

MOST = 0.95  # what still counts as keeping the digit: 95 % of the best mean
OF_BEST = f"at least {percent(MOST, 0)} of the best"
SLACK = 0.05  # and of more errors than with every image


def student_size(frame: pd.DataFrame, things: str) -> str:
    """State how small a student may be, and what it loses first."""
    before, after = curve(frame, BEFORE), curve(frame, AFTER)
    others = curve(frame, BEFORE, "others")
    enough = _smallest(before)
    fall = before["mean"].diff().fillna(0.0)
    at = int(fall.idxmax())
    steep = (
        f"; the steepest fall is from {before['x'][at]:,.0f} to {before['x'][at - 1]:,.0f} units, "
        f"{_of(before.loc[at])} to {_of(before.loc[at - 1])}"
        if at
        else ""
    )
    return (
        f"From **{enough['x']:,.0f} units** a layer on, students keep {OF_BEST} "
        f"({percent(before['mean'].max())} of the {things} before the offset){steep}. With "
        f"{before['x'][0]:,.0f} units it is {_of(before.loc[0])}, while the other digits are still "
        f"{_of(others.loc[0])} right; the offset makes that {_of(after.loc[0])} and "
        f"{_of(curve(frame, AFTER, 'others').loc[0])}."
    )


def transfer_size(frame: pd.DataFrame, things: str) -> str:
    """State how many images are enough."""
    before = curve(frame, BEFORE)
    enough, smallest = _smallest(before), before.iloc[0]
    return (
        f"**{enough['x']:,.0f} images** are enough to keep {OF_BEST} "
        f"({percent(before['mean'].max())} of the {things} before the offset); "
        f"{smallest['x']:,.0f} give {_of(smallest)}. Every student makes as many "
        "updates, whatever the size."
    )


def soft_weight(frame: pd.DataFrame, things: str) -> str:
    """State which soft weight is enough, with and without T²."""
    told = []
    for series, group in frame.groupby("series", sort=False):
        before = curve(group, BEFORE)
        enough = _smallest(before)
        below = before[before["x"] < enough["x"]].tail(1)
        less = "".join(f", at {row['x']:g} it is {_of(row)}" for _, row in below.iterrows())
        told.append(f"{series} **{enough['x']:g}** ({_of(enough)}{less})")
    pure = curve(frame[frame["x"] == 0.0], BEFORE)["mean"]
    none = f" With hard labels alone it is {percent(pure.max())}." if len(pure) else ""
    return (
        f"The soft weight it takes to keep {OF_BEST} share of {things} (before the offset): "
        + "; ".join(told)
        + f".{none}"
    )


def pure_soft_targets(frame: pd.DataFrame) -> str:
    """State whether T² matters where there is no hard term beside the soft one."""
    own = frame[(frame["x"] == 1.0) & (frame["stage"] == AFTER)]
    by_seed = own.pivot_table(index="seed", columns="series", values="errors", sort=False)
    if by_seed.shape[1] < 2:
        return ""
    first, second = by_seed.columns[:2]
    gap = by_seed[first] - by_seed[second]
    parts = [f"{sweep_rows.spread_of(by_seed[s], percent=False)} {s}" for s in (first, second)]
    return (
        f"**T² is about the balance with the hard labels.** With soft targets alone (weight 1) it "
        f"only scales the loss, which Adam undoes: {' and '.join(parts)} errors with the offset "
        f"({sweep_rows.chance(gap)})."
    )


def teacher_epochs(frame: pd.DataFrame, things: str) -> str:
    """State what a longer training of the teacher brings, and what it costs."""
    before, after = curve(frame, BEFORE), curve(frame, AFTER, "errors")
    last, best = before.iloc[-1], before.loc[before["mean"].idxmax()]
    fewest = after.loc[after["mean"].idxmin()]
    taught = frame.groupby("x")["teacher_errors"].mean()
    by_seed = frame[frame["stage"] == BEFORE].pivot_table(
        index="seed", columns="x", values="omitted"
    )
    gap = by_seed[best["x"]] - by_seed[last["x"]]
    answer = (
        "**Not too long: a teacher that learns on passes on less.**"
        if best["x"] < last["x"] and sweep_rows.told_apart(gap)
        else "**The longer, the better**, as far as this table goes."
        if best["x"] == last["x"]
        else "**These seeds do not tell.**"
    )
    return (
        f"{answer} One of {_epochs(best['x'])} ({taught[best['x']]:,.0f} errors of its own) "
        f"passes on **{_of(best)}** of the {things} before the offset, one of "
        f"{_epochs(last['x'])} ({taught[last['x']]:,.0f} errors) **{_of(last)}**. With the offset, "
        f"students make the fewest errors after {_epochs(fewest['x'])}: "
        f"{sweep_rows.spread(fewest['mean'], fewest['deviation'], percent=False)}."
    )


def probes(frame: pd.DataFrame, things: str) -> str:
    """State how many images the two criteria need, and what fewer cost."""
    errors, scatter = means(frame, "errors"), means(frame, "offset")
    whole = errors[errors["x"] == errors["x"].max()].set_index("series")["mean"]
    needs, few = [], []
    for series, group in errors.groupby("series", sort=False):
        enough = group[group["mean"] <= (1.0 + SLACK) * whole[series]].iloc[0]
        needs.append(f"the {series} needs **{enough['x']:,.0f}**")
        first = group.iloc[0]
        few.append(sweep_rows.spread(first["mean"], first["deviation"], percent=False))
    spread = scatter[scatter["x"] < scatter["x"].max()].pivot(
        index="x", columns="series", values="deviation"
    )
    steadier = (spread[CRITERIA["teacher-mass"]] < spread[CRITERIA["frequency"]]).all()
    reason = (
        " The teacher's mass is the steadier at every size: both networks see the same images, so "
        "their mix of digits does not matter."
        if steadier
        else ""
    )
    return (
        f"For at most {percent(SLACK, 0)} more errors than with all {errors['x'].max():,.0f} "
        f"images ({whole.min():,.0f}), "
        + f"{' and '.join(needs)} on average; from {errors['x'].min():,.0f} images "
        f"they leave {' and '.join(few)} errors.{reason}"
    )


def curve(frame: pd.DataFrame, stage: str, measure: str = "omitted") -> pd.DataFrame:
    """Return means and deviations of *measure* at one stage, by x."""
    return means(frame[frame["stage"] == stage], measure).sort_values("x", ignore_index=True)


def _smallest(found: pd.DataFrame) -> pd.Series:
    """Return the first row from which on every mean stays within `MOST` of the best."""
    is_short = found["mean"] < MOST * found["mean"].max()
    first = int(is_short[is_short].index.max()) + 1 if is_short.any() else 0
    return found.iloc[min(first, len(found) - 1)]


def _epochs(count: float) -> str:
    """Return ``1 epoch`` or ``6 epochs``."""
    return f"{count:,.0f} epoch{'' if count == 1 else 's'}"


def _of(row: pd.Series) -> str:
    """Return a share with its deviation."""
    return sweep_rows.spread(row["mean"], row["deviation"], percent=True)
