"""What the omission sweeps found, in a map of all pairs and in sentences; computed from cases."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.core.numbers import a_digit, percent, plural, several
from dashboard.figures.sweep_rows import told_apart
from dashboard.topics.lab.omission.cases import (
    AFTER,
    BEFORE,
    Case,
    error_rates,
    omitted_rates,
    others,
)
from dashboard.topics.lab.omission.figures import spread
from kdengine.config import CLASSES
from kdengine.recipes.sources.hinton2015 import TWO_DIGITS

TEN = 10  # pairs that are called the best and the worst
LITTLE = 0.001  # a difference in error rates that hardly matters
MARKS = {"kept": " · ▲ the paper's pair", "omitted": ""}
MAPS = {"kept": "The only digits kept", "omitted": "The digits left out"}


@dataclass(frozen=True)
class Group:
    """All seeds of one transfer set.

    Parameters
    ----------
    named : tuple of int
        The one or two digits that tell it from others: kept or left out.
    before, after : float
        Share of the test images of the omitted digits that is right; mean over the seeds.
    errors, other_errors : float
        Share of all test images that is wrong after the offsets, and with the other match.
    rates: tuple of float
        What ``after`` is the mean of, by seed.
    """

    named: tuple[int, ...]
    before: float
    after: float
    errors: float
    other_errors: float
    rates: tuple[float, ...]

    @property
    def seeds(self) -> int:
        """How many students there are."""
        return len(self.rates)

    @property
    def deviation(self) -> float:
        """Standard deviation of ``after`` over the seeds, 0 for one."""
        return statistics.stdev(self.rates) if self.seeds > 1 else 0.0


def groups(cases: Iterable[Case], shown: str) -> list[Group]:
    """Return the transfer sets that one or two digits name, as *shown*, a key of `MAPS`."""
    by_name: dict[tuple[int, ...], dict[int, Case]] = {}
    for case in cases:
        named = others(case.omitted) if shown == "kept" else case.omitted
        if len(named) <= 2:
            by_name.setdefault(named, {})[case.seed] = case
    return [
        _group(named, [of_seed[seed] for seed in sorted(of_seed)])
        for named, of_seed in sorted(by_name.items())
    ]


def pair_map(found: Sequence[Group], shown: str, selected: tuple[int, ...]) -> pd.DataFrame:
    """Return the map's cells: two digits, or one on the diagonal.

    Returns
    -------
    DataFrame, one row a cell
        ``high``, ``low`` str (the digits; equal on the diagonal), ``accuracy``, ``before`` float
        (on the digits never seen), ``label`` str, ``seeds`` int, ``selected``, ``paper`` bool.
    """
    return pd.DataFrame(
        [
            {
                "high": str(max(group.named)),
                "low": str(min(group.named)),
                "accuracy": group.after,
                "before": group.before,
                "label": f"{100 * group.after:.1f}" if group.after < 0.9995 else "100",
                "seeds": group.seeds,
                "selected": group.named == selected,
                "paper": shown == "kept" and group.named == TWO_DIGITS["kept"],
            }
            for group in found
        ]
    )


def map_title(found: Sequence[Group], shown: str) -> list[str]:
    """Return the map's finding as a chart's title of two lines."""
    pairs = [group for group in found if len(group.named) == 2] or list(found)
    best, worst = _best(pairs), _worst(pairs)
    if shown == "kept":
        return [f"Best teachers of all others: {_pair(best)},", f"worst: {_pair(worst)}"]
    return [f"Hardest to do without: {_pair(worst)},", f"easiest: {_pair(best)}"]


def map_subtitle(found: Sequence[Group], shown: str) -> list[str]:
    """Return what the map's numbers are, and how many seeds a pair has."""
    fewest = min(group.seeds for group in found)
    seeds = "Pairs: seed 0" if fewest == 1 else f"Mean of {fewest} seeds"
    return [
        "% right of the digits never seen, with offsets",
        f"{seeds} · click a cell{MARKS[shown]}",
    ]


def findings(cases: Sequence[Case]) -> list[str]:
    """State what the sweeps found; a sentence is left out where its sweep is missing."""
    kept, kept_alone = _by_length(groups(cases, "kept"))
    omitted, omitted_alone = _by_length(groups(cases, "omitted"))
    told = (
        _hardest_digit(omitted_alone),
        _hardest_pair(omitted, omitted_alone),
        _best_pair(kept),
        _single_teachers(kept_alone),
        _match(kept),
    )
    return [sentence for sentence in told if sentence]


def _by_length(found: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """Return those that two digits name, then those that one does."""
    return [g for g in found if len(g.named) == 2], [g for g in found if len(g.named) == 1]


def _group(named: tuple[int, ...], cases: Sequence[Case]) -> Group:
    """Return the means over the seeds."""
    rates = omitted_rates(cases, AFTER)
    return Group(
        named=named,
        before=statistics.mean(omitted_rates(cases, BEFORE)),
        after=statistics.mean(rates),
        errors=statistics.mean(error_rates(cases, AFTER)),
        other_errors=statistics.mean(case.other_errors / case.after.sum() for case in cases),
        rates=tuple(rates),
    )


def _hardest_digit(found: Sequence[Group]) -> str:
    """State which single digit is hardest to do without, and which could be as hard."""
    if len(found) < CLASSES:
        return ""
    best, worst = _best(found), _worst(found)
    at_first = min(found, key=lambda group: group.before)
    beaten = f" Before the offset it is {at_first.named[0]} ({percent(at_first.before)})."
    beaten = "" if at_first.named == worst.named else beaten
    return (
        f"**Hardest to do without: {worst.named[0]}.** A student that never saw a "
        f"{worst.named[0]} recognises {spread(worst.rates)} of them with its offset "
        f"({percent(worst.before)} before); easiest is {best.named[0]} with {spread(best.rates)} "
        f"({percent(best.before)} before; {_of(found)}).{_rivals(found, worst)}{beaten}"
    )


def _hardest_pair(found: Sequence[Group], singles: Sequence[Group]) -> str:
    """State which pair is hardest to do without."""
    if not found:
        return ""
    best, worst = _best(found), _worst(found)
    return (
        f"**Hardest pair to do without: {_pair(worst)}**, {spread(worst.rates)} of both "
        f"recognised with the offsets; easiest {_pair(best)} with {spread(best.rates)} "
        f"({_of(found)}).{_rivals(found, worst, singles, 'single digits vary')}"
    )


def _best_pair(found: Sequence[Group]) -> str:
    """State which pair teaches all the others best, and where the paper's pair stands."""
    if not found:
        return ""
    best, worst = _best(found), _worst(found)
    ranked = sorted(found, key=lambda group: -group.after)
    place = "".join(
        f" The paper's {_pair(group)} are number {place} of {len(found)} with "
        f"{spread(group.rates)}."
        for place, group in enumerate(ranked, start=1)
        if group.named == TWO_DIGITS["kept"]
    )
    return (
        f"**The pair that teaches all the others best: {_pair(best)}.** A student that saw "
        f"nothing else recognises {spread(best.rates)} of the other eight digits; the worst, "
        f"{_pair(worst)}, leads to {spread(worst.rates)} ({_of(found)}).{place}"
        f"{_rivals(found, best, found, 'the pairs with several seeds vary')}{_common(ranked)}"
    )


def _common(ranked: Sequence[Group]) -> str:
    """State which digit is in most of the ten best and of the ten worst pairs."""
    if len(ranked) < 2 * TEN:
        return ""
    told = []
    for part, group in (("best", ranked[:TEN]), ("worst", ranked[-TEN:])):
        digit, times = Counter(digit for one in group for digit in one.named).most_common(1)[0]
        told.append(f"{times} of the ten {part} hold {a_digit(digit)}")
    return f" {told[0][:1].upper()}{told[0][1:]}, {told[1]}."


def _single_teachers(found: Sequence[Group]) -> str:
    """State how far a single digit carries."""
    if not found:
        return ""
    best, worst = _best(found), _worst(found)
    return (
        f"**Even one digit teaches the other nine.** A student of nothing but "
        f"{plural(best.named[0])} recognises {spread(best.rates)} of the others with ten "
        f"offsets ({percent(best.before)} before), one of {plural(worst.named[0])} "
        f"{spread(worst.rates)} ({percent(worst.before)} before; {_of(found)})."
        f"{_rivals(found, best)}"
    )


def _match(found: Sequence[Group]) -> str:
    """State what matching all ten classes brings over matching the omitted ones alone."""
    if not found:
        return ""
    every = statistics.mean(group.errors for group in found)
    omitted = statistics.mean(group.other_errors for group in found)
    better = sum(group.errors < group.other_errors for group in found)
    answer = " It hardly matters." if abs(every - omitted) < LITTLE else ""
    return (
        f"**All ten offsets or only those of the omitted digits?**{answer} Over {len(found)} pairs "
        f"kept alone, {percent(every, 2)} errors with all ten matched, {percent(omitted, 2)} "
        f"with the omitted eight alone; all ten are better for {better} of them."
    )


def _rivals(
    found: Sequence[Group], first: Group, measured: Sequence[Group] = (), whose: str = ""
) -> str:
    """State which others could as well be *first*, seed by seed or by how much seeds vary.

    Where one seed is all there is, *measured*, called *whose*, tell how much chance there is.
    """
    rest = [group for group in found if group is not first]
    if all(group.seeds == first.seeds > 1 for group in found):
        near = [g for g in rest if not told_apart(np.subtract(g.rates, first.rates))]
        near.sort(key=lambda group: abs(group.after - first.after))
        names = several([str(group.named[0]) for group in near])
        return f" {first.seeds} seeds do not tell {first.named[0]} from {names}." if near else ""
    deviations = [group.deviation for group in measured if group.seeds > 1]
    if not deviations:
        return ""
    typical = math.sqrt(statistics.mean(deviation**2 for deviation in deviations))
    # Two students of one seed each differ by chance by up to two deviations of a difference.
    near = [group for group in rest if abs(group.after - first.after) < 2 * math.sqrt(2) * typical]
    return (
        f" {len(near)} other pairs are within chance of {_pair(first)}: {whose} by "
        f"± {100 * typical:.1f} percentage points from seed to seed."
        if near
        else ""
    )


def _best(found: Iterable[Group]) -> Group:
    """Return the group whose students recognise most of what they never saw."""
    return max(found, key=lambda group: group.after)


def _worst(found: Iterable[Group]) -> Group:
    """Return the group whose students recognise least of it."""
    return min(found, key=lambda group: group.after)


def _pair(group: Group) -> str:
    """Return ``4 and 9``."""
    return " and ".join(map(str, group.named))


def _of(found: Sequence[Group]) -> str:
    """Return how many transfer sets and seeds a statement rests on."""
    seeds = {group.seeds for group in found}
    fewest = min(seeds)
    each = "seed 0 alone" if fewest == 1 else f"mean ± standard deviation of {fewest} seeds each"
    return f"{len(found)} transfer sets, {each}"
