"""Does the best temperature fall with the student's size? From a sweep's table, by the one rule."""

from itertools import combinations

import pandas as pd

from dashboard.core.numbers import signed
from dashboard.figures import verdicts
from dashboard.figures.sweep_rows import AFTER
from kdengine.recipes.sources import hinton2015
from kdengine.studies import differences
from kdengine.studies.differences import Verdict

PAPER = hinton2015.TEMPERATURES
TOO_FEW = "The table has too few sizes and temperatures to compare."
_LOW, _HIGH = PAPER["best"]
# The paper's three ranges; means over several T do not pick the luckiest of them.
BELOW, INSIDE, ABOVE = f"T < {_LOW:g}", f"T = {_LOW:g} to {_HIGH:g}", f"T ≥ {PAPER['alike_from']:g}"


def ranges(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return errors with the offset by size (``20 units``), largest first: rows seeds, columns T.

    A size that lacks a T of any of the three ranges is left out. *frame* is `figures.points`'.
    """
    own = frame[frame["stage"] == AFTER]
    found = {
        series: group.pivot_table(index="seed", columns="x", values="errors")
        for series, group in own.groupby("series", sort=False)
    }
    whole = {size: by_t for size, by_t in found.items() if not _means(by_t).isna().any(axis=None)}
    return dict(sorted(whole.items(), key=lambda item: -int(item[0].split()[0])))


def compared(sizes: dict[str, pd.DataFrame]) -> dict[tuple[str, ...], Verdict | None]:
    """Return the verdicts of all that the page compares, by size and what is compared.

    Of each size its three ranges, one after another; of large ones every two high temperatures.
    """
    family = {}
    for size, by_t in sizes.items():
        mean = _means(by_t)
        family |= {(size, a, b): mean[b] - mean[a] for a, b in ((BELOW, INSIDE), (INSIDE, ABOVE))}
        if int(size.split()[0]) >= PAPER["large"]:
            high = [t for t in by_t if t >= PAPER["alike_from"]]
            family |= {
                (size, f"{a:g}", f"{b:g}"): (by_t[a] - by_t[b]).dropna()
                for a, b in combinations(high, 2)
            }
    return differences.between(family)


def lead(frame: pd.DataFrame) -> str:
    """Answer whether the best temperature falls with the student's size."""
    sizes = ranges(frame)
    if not sizes:
        return TOO_FEW
    found = compared(sizes)
    told = []
    for a, b in ((INSIDE, ABOVE), (BELOW, INSIDE)):
        means = {size: _means(by_t).mean() for size, by_t in sizes.items()}
        listed = verdicts.listed(
            (f"{size} ({mean[a]:,.0f} → {mean[b]:,.0f})", found[size, a, b])
            for size, mean in means.items()
        )
        told.append(f"{b} beside {a}: errors {AFTER}, {listed}.")
    return " ".join(told)


def papers_claim(frame: pd.DataFrame) -> str:
    """Set the paper's two statements on temperature and size beside these students'."""
    sizes = ranges(frame)
    found = compared(sizes)
    told = []
    for size, by_t in sizes.items():
        pairs = [verdict for key, verdict in found.items() if key[0] == size and key[1] != BELOW]
        pairs = pairs[1:]  # but for the step from one range to the next
        high = by_t.mean().loc[PAPER["alike_from"] :]
        if pairs:
            told.append(
                f"means of {size} at {ABOVE} lie between {high.min():,.0f} and {high.max():,.0f} "
                f"({Verdict.DIFFERS}: {pairs.count(Verdict.DIFFERS)} of {len(pairs)})"
            )
    return (
        f"**The paper** (its students saw all digits; Hinton, Vinyals & Dean 2015, section 3): "
        f"with {PAPER['large']} or more units a layer all T above {PAPER['alike_from']:g} are "
        f"about alike; with {PAPER['small']} units {INSIDE} is better than higher or lower. Here, "
        f"without one digit: {', '.join(told) or 'no size so large'}; {PAPER['small']} units as "
        "above."
    )


def title(frame: pd.DataFrame) -> list[str]:
    """Return what the chart shows, in two lines."""
    told = []
    for size, by_t in ranges(frame).items():
        mean = _means(by_t).mean()
        told.append(f"{signed(mean[ABOVE] - mean[INSIDE], 0)} ({size.split()[0]})")
    if not told:
        return [TOO_FEW, ""]
    return [f"Change in errors {AFTER}, {ABOVE} beside {INSIDE} (by units):", ", ".join(told)]


def _means(by_t: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over each range's temperatures, a column a range, by seed."""
    parts = {
        BELOW: by_t.columns < _LOW,
        INSIDE: (by_t.columns >= _LOW) & (by_t.columns <= _HIGH),
        ABOVE: by_t.columns >= PAPER["alike_from"],
    }
    return pd.DataFrame({name: by_t.loc[:, part].mean(axis=1) for name, part in parts.items()})
