"""Which classes get an offset, and which frequencies the offsets have to bring about.

Plain numbers in and out, without numpy: the command line checks its arguments with it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kdengine.config import CLASSES

MATCHES = ("omitted", "all")
# A frequency written with four digits may be off by half of the last one, ten times over.
SUM_TOLERANCE = 1e-3
Frequencies = tuple[tuple[int, float], ...]


def default_match(omitted_classes: Sequence[int]) -> str:
    """Return which classes get an offset unless somebody says otherwise.

    All ten if more classes are omitted than kept: then the few kept ones draw the mass of many,
    unevenly, and offsets on the omitted classes alone cannot set them right among themselves.
    """
    return "all" if len(omitted_classes) > CLASSES - len(omitted_classes) else "omitted"


def check_match(match: str) -> str:
    """Return *match* if it is one of `MATCHES`; else raise ValueError."""
    if match not in MATCHES:
        raise ValueError(f"match {match!r} is not one of {', '.join(MATCHES)}.")
    return match


def matched_classes(match: str, omitted_classes: Sequence[int]) -> tuple[int, ...]:
    """Return the classes that get an offset: the omitted ones, or all ten."""
    return tuple(range(CLASSES)) if check_match(match) == "all" else tuple(omitted_classes)


def check_frequencies(given: Mapping[int, Any] | Iterable[Sequence[Any]] | None) -> Frequencies:
    """Return target frequencies given by hand, sorted by class; empty for none.

    Parameters
    ----------
    given : mapping of class to frequency, or pairs of both, or None
        For some of the ten classes, or for all.

    Raises
    ------
    ValueError
        If a class does not exist or is named twice, a frequency is not inside (0, 1), or they
        cannot sum to one.
    """
    if given is None:
        return ()
    try:
        items = given.items() if isinstance(given, Mapping) else given
        pairs = [(digit, share) for digit, share in items]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"frequencies {str(given)[:60]!r} are no pairs of class and share; "
            "give them such as {3: 0.3}."
        ) from error
    for digit, share in pairs:
        _check_pair(digit, share)
    if len({digit for digit, _ in pairs}) < len(pairs):
        raise ValueError("a class has two target frequencies; give each class one.")
    _check_sum([share for _, share in pairs])
    return tuple(sorted((digit, float(share)) for digit, share in pairs))


def filled_frequencies(own: Sequence[float], given: Frequencies) -> list[float]:
    """Return the target frequencies of all ten classes.

    Parameters
    ----------
    own : ten floats that sum to 1
        The frequencies of the training set.
    given : as `check_frequencies` returns them
        The classes not named here share what is left, in proportion to their *own* frequencies.

    Raises
    ------
    ValueError
        If what is left cannot be shared, because none of the other classes ever occurs.
    """
    if not given:
        return list(own)
    named = dict(given)
    left = 1.0 - math.fsum(named.values())
    others = math.fsum(share for digit, share in enumerate(own) if digit not in named)
    if len(named) < CLASSES and not others > 0.0:
        raise ValueError(
            f"the other classes share {left:g}, but none of them is in the training set; "
            "give the frequencies of all ten classes."
        )
    targets = [
        named[digit] if digit in named else share * left / others for digit, share in enumerate(own)
    ]
    return [target / math.fsum(targets) for target in targets]


def _check_pair(digit: object, share: object) -> None:
    """Raise ValueError unless *digit* is a class and *share* lies inside (0, 1)."""
    if type(digit) is not int or not 0 <= digit < CLASSES:
        raise ValueError(
            f"target frequency of class {str(digit)[:20]!r}: the classes are the digits 0 to 9."
        )
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0.0 < share < 1.0:
        raise ValueError(
            f"target frequency {str(share)[:20]} of class {digit} is not above 0 and below 1; "
            "a class that never occurs has no offset."
        )


def _check_sum(shares: Sequence[float]) -> None:
    """Raise ValueError unless all ten *shares* sum to one, or fewer leave something over."""
    total = math.fsum(shares)
    if len(shares) == CLASSES and abs(total - 1.0) > SUM_TOLERANCE:
        raise ValueError(
            f"the target frequencies of all ten classes sum to {total:g}, not to 1; "
            "change one, or leave one out: it then gets what is left."
        )
    if len(shares) < CLASSES and total >= 1.0:
        raise ValueError(
            f"the target frequencies given sum to {total:g} and leave nothing for the other "
            f"{CLASSES - len(shares)} classes; give less."
        )
