"""Which digits the omission sweeps leave out. Pure data."""

from itertools import combinations
from typing import Any

from kdengine.config import CLASSES

Setting = dict[str, Any]


def _without(*digits: int) -> Setting:
    """Return the setting that omits *digits*."""
    return {"omitted_classes": list(digits)}


def _only(*digits: int) -> Setting:
    """Return the setting that keeps nothing but *digits*."""
    return _without(*(digit for digit in range(CLASSES) if digit not in digits))


_PAIRS = tuple(combinations(range(CLASSES), 2))
# Name of the sweep -> its title, its settings, its seeds.
SWEEPS: dict[str, tuple[str, tuple[Setting, ...], tuple[int, ...]]] = {
    "omit-one": (
        "every single digit left out",
        tuple(_without(digit) for digit in range(CLASSES)),
        (0, 1, 2),
    ),
    "omit-pairs": (
        "every pair of digits left out",
        tuple(_without(*pair) for pair in _PAIRS),
        (0,),
    ),
    "keep-two": (
        "every pair of digits as the only ones kept",
        tuple(_only(*pair) for pair in _PAIRS),
        (0,),
    ),
    "keep-one": (
        "every single digit as the only one kept",
        tuple(_only(digit) for digit in range(CLASSES)),
        (0, 1, 2),
    ),
    "paper-pair": (
        "the paper's own case: nothing but 7s and 8s kept",
        (_only(7, 8),),
        (0, 1, 2),
    ),
}
