"""Numbers, digits and lists as sentences have them.

A share and its sign stay on one line: between them is a space that does not break.
"""

import math
from collections.abc import Collection, Sequence

from kdengine.config import CLASSES, other_classes

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def one_of(numbers: Collection[int], value: object) -> int | None:
    """Return a *value* from outside if it is one of *numbers*; 5.0 and true are none."""
    return value if type(value) is int and value in numbers else None


def percent(share: float, digits: int = 1) -> str:
    """Return a share, 0 to 1, as ``96.0 %``."""
    return f"{100 * share:.{digits}f}\u00a0%"


def percent_or_none(share: float) -> str:
    """Return a share as ``96.0 %``, and as ``none`` where that would be 0.0 %."""
    return percent(share) if round(share, 3) else "none"


def brief_percent(share: float) -> str:
    """Return a probability as whole percent that never rounds to 0 or to certainty."""
    if share > 0.995:
        return ">99\u00a0%"
    return "<1\u00a0%" if 0 < share < 0.005 else percent(share, 0)


def fine_percent(share: float) -> str:
    """Return a share as a percentage with two or three digits that mean something."""
    if share < 1e-6:
        return "less than 0.0001\u00a0%"
    if share < 0.0995:
        # From two digits, without an exponent.
        return percent(share, max(1 - math.floor(math.log10(100.0 * share)), 0))
    if share > 0.99995:
        return "more than 99.99\u00a0%" if share < 1.0 else "100\u00a0%"
    return percent(share, 2 if share > 0.99 else 1)


def signed(value: float, digits: int = 2) -> str:
    """Return an offset as ``+0.99`` or ``−1.20``."""
    return f"{value:+,.{digits}f}".replace("-", "−")


def added(offset: float) -> str:
    """Return ``+0.99``, ``−1.95`` or ``0``."""
    return signed(offset) if offset else "0"


def plural(digit: int) -> str:
    """Return ``threes`` for 3, ``sixes`` for 6."""
    return "sixes" if digit == 6 else WORDS[digit] + "s"


def a_digit(digit: int) -> str:
    """Return ``a 3``, ``an 8``."""
    return f"an {digit}" if digit == 8 else f"a {digit}"


def what_it_saw(omitted: Sequence[int]) -> str:
    """Return what a student did: ``never saw a 3 or an 8``, ``saw only sevens and eights``."""
    if not omitted:
        return "saw every digit"
    if len(omitted) > CLASSES // 2:
        return f"saw only {digits_in_words(other_classes(omitted))}"
    return f"never saw {several([a_digit(digit) for digit in omitted], 'or')}"


def several(words: Sequence[str], last: str = "and") -> str:
    """Return ``threes``, ``threes and fives``, ``threes, fives and nines``.

    Parameters
    ----------
    last : str
        What stands before the last of them, such as ``or``.
    """
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def digits_in_words(digits: Sequence[int]) -> str:
    """Return ``threes and fives`` for (3, 5)."""
    return several([plural(digit) for digit in digits])


def omitted_words(omitted: Sequence[int]) -> str:
    """Return ``no threes``, ``no threes, fives``, ``only sevens, eights`` or ``all digits``."""
    if not omitted:
        return "all digits"
    if len(omitted) > CLASSES // 2:
        return "only " + ", ".join(map(plural, other_classes(omitted)))
    return "no " + ", ".join(map(plural, omitted))
