"""What the omission sweeps found, in a map of the pairs kept and in sentences; from cases."""

from collections.abc import Sequence

import pandas as pd

from dashboard.core.numbers import percent, plural
from dashboard.figures import verdicts
from dashboard.topics.lab.omission.cases import AFTER, BEFORE, Case, omitted_rates, others
from dashboard.topics.lab.omission.figures import START, spread
from kdengine.studies import differences


def name_of(digits: Sequence[int]) -> str:
    """Return ``4 and 9``."""
    return " and ".join(map(str, digits))


PAPER = name_of(START)


def shares(
    cases: Sequence[Case], size: int, role: str = AFTER, *, kept: bool = True
) -> pd.DataFrame:
    """Return which share of the digits never seen is right: rows are seeds, columns `name_of`.

    A column for each transfer set whose *kept* digits (else those left out) are *size*; NaN where
    it lacks a seed.
    """
    found: dict[str, dict[int, float]] = {}
    for case in cases:
        digits = others(case.omitted) if kept else case.omitted
        if len(digits) == size:
            found.setdefault(name_of(digits), {})[case.seed] = omitted_rates([case], role)[0]
    return pd.DataFrame(found).sort_index(axis=1)


def pair_map(cases: Sequence[Case], selected: tuple[int, ...]) -> pd.DataFrame:
    """Return the map's cells: the two digits kept, or one on the diagonal.

    All pairs are means over the seeds that every pair has, and so are the single digits.

    Returns
    -------
    DataFrame, one row a cell
        ``name``, ``high``, ``low`` str (the digits; equal on the diagonal), ``accuracy``,
        ``before`` float (on the digits never seen), ``label`` str, ``seeds`` int, ``selected``,
        ``paper`` bool.
    """
    cells = []
    for size in (1, 2):
        before, after = (shares(cases, size, role).dropna() for role in (BEFORE, AFTER))
        for name, mean in after.mean().dropna().items():
            cells.append(
                {
                    "name": name,
                    "high": name[-1],
                    "low": name[0],
                    "accuracy": mean,
                    "before": before[name].mean(),
                    "label": f"{100 * mean:.1f}" if mean < 0.9995 else "100",
                    "seeds": len(after),
                    "selected": name == name_of(selected),
                    "paper": name == PAPER,
                }
            )
    return pd.DataFrame(cells)


def map_title(cells: pd.DataFrame) -> list[str]:
    """Return from where to where the map's pairs go, as a chart's title of two lines."""
    pairs = cells[cells["high"] != cells["low"]]
    ranked = (pairs if len(pairs) else cells).sort_values("accuracy", kind="stable")
    low, high = ranked.iloc[0], ranked.iloc[-1]
    what = "One network each" if low["seeds"] == 1 else f"Mean of {low['seeds']} seeds"
    return [
        f"{what}: from {percent(low['accuracy'])} ({low['name']})",
        f"to {percent(high['accuracy'])} ({high['name']})",
    ]


def findings(cases: Sequence[Case]) -> list[str]:
    """State what the sweeps found; a sentence is left out where its sweep is missing."""
    alone, pairs = shares(cases, 1, kept=False).dropna(), shares(cases, 2)
    # Others are of one network.
    compared = pairs.dropna(axis=1, thresh=differences.FEWEST_SEEDS)
    family = differences.pairs(alone)
    if PAPER in compared:
        family |= differences.pairs(compared, PAPER)
    found = differences.between(family)

    def beside(reference: str, rates: pd.DataFrame) -> str:
        return verdicts.listed(
            (
                f"{name} ({_told(rates[name])})",
                found.get((name, reference), found.get((reference, name))),
            )
            for name in rates.columns.drop(reference)
        )

    told = []
    if alone.shape[1] > 1:
        low, _ = _ends(alone)
        before = shares(cases, 1, BEFORE, kept=False).loc[alone.index, low].mean()
        told.append(
            f"**Each digit left out alone** ({_networks(alone)}). The lowest mean is that of "
            f"{low}: {_told(alone[low])} of its images right with the offset ({percent(before)} "
            f"before). Beside it, {beside(low, alone)}."
        )
    if len(alike := pairs.dropna()):
        low, high = _ends(alike)
        told.append(
            f"**Two digits kept** ({_networks(alike)}). From {_told(alike[low])} of the digits "
            f"never seen ({low}) to {_told(alike[high])} ({high})."
        )
        if PAPER in alike:
            place = list(alike.mean().sort_values(ascending=False, kind="stable").index)
            told[-1] += (
                f" Among them the paper's {PAPER} are number {place.index(PAPER) + 1} of "
                f"{len(place)} ({_told(alike[PAPER])})."
            )
    if PAPER in compared:
        told.append(
            f"**The paper's {PAPER}** ({_networks(compared[[PAPER]].dropna())}): "
            f"{_told(compared[PAPER])}."
        )
        if compared.shape[1] > 1:
            told[-1] += f" Beside that, {beside(PAPER, compared)}."
    if len(single := shares(cases, 1).dropna()):
        low, high = _ends(single)
        told.append(
            f"**One digit kept, which teaches the other nine** ({_networks(single)}). From "
            f"{_told(single[low])} of them (nothing but {plural(int(low))}) to "
            f"{_told(single[high])} (nothing but {plural(int(high))})."
        )
    return told


def _ends(rates: pd.DataFrame) -> tuple[str, str]:
    """Return the columns of the lowest and the highest mean."""
    means = rates.mean()
    return means.idxmin(), means.idxmax()


def _told(rates: pd.Series) -> str:
    """Return a mean over the seeds with its deviation."""
    return spread(rates.dropna().tolist())


def _networks(rates: pd.DataFrame) -> str:
    """Return how many networks a number rests on."""
    seeds = len(rates)
    return "one network each" if seeds == 1 else f"mean ± standard deviation of {seeds} seeds"
