"""Does the best temperature fall with the student's size? Computed from a sweep's table."""

import pandas as pd

from dashboard.core.numbers import percent, signed
from dashboard.figures import sweep_rows
from kdengine.recipes.sources import hinton2015

# Between what the paper found best for a small student and where large ones do not care.
LOW, HIGH = hinton2015.TEMPERATURES["best"][1], hinton2015.TEMPERATURES["alike_from"]
TOO_FEW = "The table has too few sizes and temperatures to tell."
_WHAT = {"errors": "errors", "omitted": "the missing digit"}


def gains(frame: pd.DataFrame, stage: str, measure: str) -> pd.DataFrame:
    """Return what high temperatures bring to students of each size.

    Averages over several temperatures say more than the best of eight, which is luck in part.

    Parameters
    ----------
    frame : DataFrame
        As `figures.points` returns it.
    measure : str
        ``"errors"`` or ``"omitted"``.

    Returns
    -------
    DataFrame, largest student first; sizes without low or high temperatures are left out
        ``units``; ``low``, ``high`` (means at T ≤ `LOW` and at T ≥ `HIGH`); ``gain`` (how much
        better the high ones are: fewer errors, or more of the omitted digit right); ``sure``
        (whether that is beyond chance); ``best`` (the T with the best mean), ``seeds``.
    """
    found = []
    for series, group in frame[frame["stage"] == stage].groupby("series", sort=False):
        by_seed = group.pivot_table(index="seed", columns="x", values=measure)
        low, high = by_seed.loc[:, :LOW].mean(axis=1), by_seed.loc[:, HIGH:].mean(axis=1)
        gain = low - high if measure == "errors" else high - low
        means = by_seed.mean()
        found.append(
            {
                "units": int(str(series).split()[0]),
                "low": low.mean(),
                "high": high.mean(),
                "gain": gain.mean(),
                "sure": sweep_rows.told_apart(gain),
                "best": means.idxmin() if measure == "errors" else means.idxmax(),
                "seeds": len(by_seed),
            }
        )
    whole = pd.DataFrame(found).dropna(subset=["low", "high"])
    return whole.sort_values("units", ascending=False, ignore_index=True)


def lead(frame: pd.DataFrame, stage: str, measure: str, things: str) -> str:
    """Answer whether the best temperature falls with the student's size."""
    found = gains(frame, stage, measure)
    if len(found) < 2:
        return TOO_FEW
    large, small = found.iloc[0], found.iloc[-1]
    what = "errors" if measure == "errors" else f"the {things} right"
    return (
        f"{_answer(found)} From T ≤ {LOW:g} to T ≥ {HIGH:g}, {what} {stage} go from "
        f"{_value(large['low'], measure)} to **{_value(large['high'], measure)}** with "
        f"{large['units']:,} units a layer, and from {_value(small['low'], measure)} to "
        f"**{_value(small['high'], measure)}** with {small['units']:,} (mean of {small['seeds']} "
        f"seeds; {_sure(large, small)})."
    )


def title(frame: pd.DataFrame, stage: str, measure: str, things: str) -> list[str]:
    """Return the chart's finding in two lines."""
    found = gains(frame, stage, measure)
    if found.empty:
        return [TOO_FEW, ""]
    what = "Errors" if measure == "errors" else f"{things.capitalize()} right"
    listed = ", ".join(f"{_change(row, measure)} ({row.units:,})" for row in found.itertuples())
    return [f"{what} {stage}, from T ≤ {LOW:g} to T ≥ {HIGH:g} (by units):", listed]


def best_of_each(frame: pd.DataFrame, stage: str, measure: str) -> str:
    """List the best temperature of every size, and say that it is read off the test set."""
    found = gains(frame, stage, measure)
    if found.empty:
        return ""
    listed = ", ".join(f"{row.best:g} with {row.units:,} units" for row in found.itertuples())
    return (
        f"The single best T for {_WHAT[measure]} {stage}: {listed}; read off the test set, a "
        "description and no recipe."
    )


def papers_claim(frame: pd.DataFrame, stage: str) -> str:
    """Set the paper's two statements on temperature and size beside these students' errors."""
    paper = hinton2015.TEMPERATURES
    low, high = paper["best"]
    return (
        f"**The paper** (its students saw all digits; Hinton, Vinyals & Dean 2015, section 3): "
        f"with {paper['large']} or more units a layer all T above {paper['alike_from']:g} are "
        f"about alike; with {paper['small']} units T from {low:g} to {high:g} is better than "
        f"higher or lower. Here, without one digit, in errors {stage}: {_alike(frame, stage)}"
        f"{_window(frame, stage)}"
    )


def _answer(found: pd.DataFrame) -> str:
    """Return the answer in a few words."""
    large, small = found.iloc[0], found.iloc[-1]
    if small["gain"] >= 0 or large["gain"] <= small["gain"]:
        return "**No: small students do not lose by a high temperature.**"
    if small["sure"] and not (large["sure"] and large["gain"] < 0):
        return "**Yes: small students need a low temperature, large ones a high one.**"
    return "**It tends to, but these seeds do not tell it from chance.**"


def _sure(large: pd.Series, small: pd.Series) -> str:
    """Return which of two gains is beyond chance."""
    if large["sure"] and small["sure"]:
        return "both beyond chance"
    if large["sure"] or small["sure"]:
        return f"only with {(large if large['sure'] else small)['units']:,} units beyond chance"
    return "neither beyond chance"


def _alike(frame: pd.DataFrame, stage: str) -> str:
    """State how much errors vary over high temperatures with large students."""
    own = frame[(frame["stage"] == stage) & (frame["x"] >= hinton2015.TEMPERATURES["alike_from"])]
    told, gaps = [], []
    for series, group in own.groupby("series", sort=False):
        if int(str(series).split()[0]) < hinton2015.TEMPERATURES["large"]:
            continue
        by_seed = group.pivot_table(index="seed", columns="x", values="errors")
        means = by_seed.mean()
        told.append(f"{series} make {means.min():,.0f} to {means.max():,.0f}")
        gaps.append(by_seed[means.idxmax()] - by_seed[means.idxmin()])
    if not told:
        return ""
    apart = sum(map(sweep_rows.told_apart, gaps))
    return (
        f"{', '.join(told)} at T = {own['x'].min():g} to {own['x'].max():g} "
        f"({apart or 'no'} difference{'s' if apart > 1 else ''} beyond chance); "
    )


def _window(frame: pd.DataFrame, stage: str) -> str:
    """State whether a small student is best inside the paper's range of temperatures."""
    units = hinton2015.TEMPERATURES["small"]
    low, high = hinton2015.TEMPERATURES["best"]
    own = frame[(frame["stage"] == stage) & (frame["series"] == f"{units} units")]
    by_seed = own.pivot_table(index="seed", columns="x", values="errors")
    inside = by_seed.loc[:, low:high].mean(axis=1)
    above = by_seed.loc[:, by_seed.columns > high].mean(axis=1)
    below = by_seed.loc[:, by_seed.columns < low].mean(axis=1)
    if any(values.isna().all() for values in (inside, above, below)):
        return f"the table does not have {units} units at all these T."
    return (
        f"{units} units make {inside.mean():,.0f} inside that range, {above.mean():,.0f} above it "
        f"({sweep_rows.chance(above - inside)}) and {below.mean():,.0f} below it "
        f"({sweep_rows.chance(below - inside)})."
    )


def _value(value: float, measure: str) -> str:
    """Return a mean with its unit."""
    return f"{value:,.0f}" if measure == "errors" else percent(value)


def _change(row: object, measure: str) -> str:
    """Return how a mean changes from low to high temperatures, with its sign."""
    change = row.high - row.low  # type: ignore[attr-defined]
    text = signed(change, 0) if measure == "errors" else signed(100 * change, 1)
    return "±0" if text in ("+0", "−0", "+0.0", "−0.0") else text
