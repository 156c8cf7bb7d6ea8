"""What a difference means: one rule for published figures, one between settings of our own.

Every page and table takes its *differs*, *agrees* and *cannot tell* from here; the glossary and
docs/results.md explain them. Numbers in, words out.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike


class Verdict(StrEnum):
    """What is said of a difference."""

    DIFFERS = "differs"
    AGREES = "agrees"  # of a published figure alone; settings of ours are never "as good as"
    CANNOT_TELL = "cannot tell"


FEWEST_SEEDS = 3  # below it there are numbers and no verdict
LEVEL = 0.05  # how often, with nothing to find, a figure or any comparison of a page differs
_SHARPEST = 0.5  # of the published errors: a wider interval agrees with too much to say so
_SLACK = 1e-9  # of rates that are stored in five digits
_Name = TypeVar("_Name", bound=Hashable)


def counting_error(wrong: float, images: float) -> float:
    """Return the standard deviation of a count of *wrong* answers among *images*: √(N·p·(1 − p)).

    0 for an offset, which counts nothing (NaN *images*).
    """
    if math.isnan(images):
        return 0.0
    rate = min(max(wrong / images, 0.0), 1.0)
    return math.sqrt(images * rate * (1.0 - rate))


def half_width(ours: Sequence[float], published: float, images: float) -> float:
    """Return how far from our mean a run of the same kind lies in 95 of 100 cases, at most.

    Student's t of n − 1 degrees of freedom, times s · √(1 + 1/n): *ours* are the wrong answers
    among *images* (NaN: offsets) of n seeds, s their standard deviation, at least the counting
    error of the *published* figure. NaN below `FEWEST_SEEDS`.
    """
    n = len(ours)
    if n < FEWEST_SEEDS:
        return math.nan
    s = max(float(np.std(ours, ddof=1)), counting_error(published, images))
    return quantile(n) * s * math.sqrt(1.0 + 1.0 / n)


def quantile(seeds: int) -> float:
    """Return the 97.5 % quantile of Student's t of ``seeds - 1`` degrees of freedom."""
    from scipy.special import stdtrit  # half of scipy's start, which the first page saves

    return float(stdtrit(seeds - 1, 1.0 - LEVEL / 2.0))


def against_published(ours: Sequence[float], published: float, images: float) -> Verdict | None:
    """Return whether our seeds differ from a published figure; None below `FEWEST_SEEDS`.

    Differs: farther from our mean than `half_width`. Agrees: within it, and it is at most half of
    the published errors (of the right answers where those are fewer, of an offset's size).
    """
    width = half_width(ours, published, images)
    if math.isnan(width):
        return None
    if abs(float(np.mean(ours)) - published) > width + _SLACK:
        return Verdict.DIFFERS
    size = abs(published) if math.isnan(images) else min(published, images - published)
    return Verdict.AGREES if width <= _SHARPEST * size else Verdict.CANNOT_TELL


def between(comparisons: Mapping[_Name, ArrayLike]) -> dict[_Name, Verdict | None]:
    """Return whether settings of ours differ, by the names of *all* comparisons a page makes.

    Each holds the differences of two settings, one a seed that both share: a t test of their mean,
    by Holm's correction. None where there are fewer than `FEWEST_SEEDS`.
    """
    chances = {name: _chance(differences) for name, differences in comparisons.items()}
    tested = sorted((p, i, name) for i, (name, p) in enumerate(chances.items()) if p is not None)
    found: dict[_Name, Verdict | None] = dict.fromkeys(chances)
    still = True
    for place, (p, _, name) in enumerate(tested):
        still = still and p * (len(tested) - place) <= LEVEL
        found[name] = Verdict.DIFFERS if still else Verdict.CANNOT_TELL
    return found


def pairs(by_seed: Any, reference: Any = None) -> dict[tuple[Any, Any], Any]:
    """Return the comparisons among the columns of the frame *by_seed*, whose rows are seeds.

    Of each with the *reference*; without one of every two, as it takes where the data choose which
    is compared: the first of ten has beaten nine that had beaten others.
    """
    columns = list(by_seed.columns)
    chosen = (
        combinations(columns, 2)
        if reference is None
        else ((column, reference) for column in columns if column != reference)
    )
    return {(a, b): (by_seed[a] - by_seed[b]).dropna().to_numpy() for a, b in chosen}


def _chance(differences: ArrayLike) -> float | None:
    """Return how often chance alone brings a mean so far from 0; None of too few seeds."""
    values = np.asarray(differences, dtype=np.float64)
    n = len(values)
    if n < FEWEST_SEEDS:
        return None
    mean, s = abs(float(values.mean())), float(values.std(ddof=1))
    if s <= _SLACK:  # the same in every seed
        return 0.0 if mean > _SLACK else 1.0
    from scipy.special import stdtr

    return 2.0 * float(stdtr(n - 1, -mean / s * math.sqrt(n)))
