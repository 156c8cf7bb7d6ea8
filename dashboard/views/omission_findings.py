"""What the omission sweeps found, in a map of all pairs and in sentences; computed from cases."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.views.experiment import plural
from dashboard.views.omission_cases import AFTER, BEFORE, Case, error_rates, omitted_rates, others
from kdengine.config import CLASSES
from kdengine.recipes import PAPER_TWO_DIGITS

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
    seeds : int
    """

    named: tuple[int, ...]
    before: float
    after: float
    errors: float
    other_errors: float
    seeds: int


def groups(cases: Iterable[Case], shown: str) -> list[Group]:
    """Return the transfer sets that one or two digits name.

    Parameters
    ----------
    shown : str
        A key of `MAPS`.
    """
    by_name: dict[tuple[int, ...], dict[int, Case]] = {}
    for case in cases:
        named = others(case.omitted) if shown == "kept" else case.omitted
        if len(named) <= 2:
            by_name.setdefault(named, {})[case.seed] = case
    return [_group(named, list(of_seed.values())) for named, of_seed in sorted(by_name.items())]


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
                "paper": shown == "kept" and group.named == PAPER_TWO_DIGITS["kept"],
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


def map_subtitle(shown: str) -> list[str]:
    """Return what the map's numbers are."""
    return ["% right of the digits never seen, with offsets", "Click a cell" + MARKS[shown]]


def findings(cases: Sequence[Case]) -> list[str]:
    """State what the sweeps found; a sentence is left out where its sweep is missing."""
    kept, omitted = groups(cases, "kept"), groups(cases, "omitted")
    return [
        sentence
        for sentence in (
            _hardest_digit([group for group in omitted if len(group.named) == 1]),
            _hardest_pair([group for group in omitted if len(group.named) == 2]),
            _best_pair([group for group in kept if len(group.named) == 2]),
            _single_teachers([group for group in kept if len(group.named) == 1]),
            _match([group for group in kept if len(group.named) == 2]),
        )
        if sentence
    ]


def _group(named: tuple[int, ...], cases: Sequence[Case]) -> Group:
    """Return the means over the seeds."""
    totals = [int(case.after.sum()) for case in cases]
    other = [case.other_errors / total for case, total in zip(cases, totals, strict=True)]
    return Group(
        named=named,
        before=statistics.mean(omitted_rates(cases, BEFORE)),
        after=statistics.mean(omitted_rates(cases, AFTER)),
        errors=statistics.mean(error_rates(cases, AFTER)),
        other_errors=statistics.mean(other),
        seeds=len(cases),
    )


def _hardest_digit(found: Sequence[Group]) -> str:
    """State which single digit is hardest to do without."""
    if len(found) < CLASSES:
        return ""
    best, worst = _best(found), _worst(found)
    at_first = min(found, key=lambda group: group.before)
    beaten = (
        ""
        if at_first.named == worst.named
        else f" Before the offset it is {at_first.named[0]} ({_percent(at_first.before)})."
    )
    return (
        f"**Hardest to do without: {worst.named[0]}.** A student that never saw a "
        f"{worst.named[0]} recognises {_percent(worst.after)} of them with its offset "
        f"({_percent(worst.before)} before); easiest is {best.named[0]} with "
        f"{_percent(best.after)} ({_percent(best.before)} before; {_of(found)}).{beaten}"
    )


def _hardest_pair(found: Sequence[Group]) -> str:
    """State which pair is hardest to do without, and whether missing two is worse than one."""
    if not found:
        return ""
    best, worst = _best(found), _worst(found)
    return (
        f"**Hardest pair to do without: {_pair(worst)}**, {_percent(worst.after)} of both "
        f"recognised with the offsets; easiest {_pair(best)} with {_percent(best.after)} "
        f"({_of(found)})."
    )


def _best_pair(found: Sequence[Group]) -> str:
    """State which pair teaches all the others best, and where the paper's pair stands."""
    if not found:
        return ""
    best, worst = _best(found), _worst(found)
    ranked = sorted(found, key=lambda group: -group.after)
    place = next(
        (
            f" The paper's {_pair(group)} are number {place} of {len(found)} with "
            f"{_percent(group.after)}."
            for place, group in enumerate(ranked, start=1)
            if group.named == PAPER_TWO_DIGITS["kept"]
        ),
        "",
    )
    return (
        f"**The pair that teaches all the others best: {_pair(best)}.** A student that saw "
        f"nothing else recognises {_percent(best.after)} of the other eight digits; the worst, "
        f"{_pair(worst)}, leads to {_percent(worst.after)} ({_of(found)}).{place}"
    )


def _single_teachers(found: Sequence[Group]) -> str:
    """State how far a single digit carries."""
    if not found:
        return ""
    best, worst = _best(found), _worst(found)
    return (
        f"**Even one digit teaches the other nine.** A student of nothing but "
        f"{plural(best.named[0])} recognises {_percent(best.after)} of the others with ten "
        f"offsets ({_percent(best.before)} before), one of {plural(worst.named[0])} "
        f"{_percent(worst.after)} ({_percent(worst.before)} before; {_of(found)})."
    )


def _match(found: Sequence[Group]) -> str:
    """State what matching all ten classes brings over matching the omitted ones alone."""
    if not found:
        return ""
    every = statistics.mean(group.errors for group in found)
    omitted = statistics.mean(group.other_errors for group in found)
    better = sum(group.errors < group.other_errors for group in found)
    return (
        f"**All ten offsets or only those of the omitted digits?** Over {len(found)} pairs kept "
        f"alone, {_percent(every, 2)} errors with all ten matched, {_percent(omitted, 2)} with the "
        f"omitted eight alone; all ten are better for {better} of them."
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
    return f"{len(found)} transfer sets, {fewest} seed{'s' if fewest > 1 else ''} each"


def _percent(share: float, digits: int = 1) -> str:
    """Return a share in percent."""
    return f"{100 * share:.{digits}f} %"
