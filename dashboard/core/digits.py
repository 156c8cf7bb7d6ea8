"""Digits and lists as sentences have them."""

from collections.abc import Sequence

from kdengine.config import CLASSES, other_classes

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


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
