"""Numbers, digits and lists as sentences have them; classes by the names that their set gives them.

A share and its sign stay on one line: between them is a space that does not break.
"""

import math
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from dashboard import catalogue
from kdengine.config import CLASSES, other_classes, set_name
from kdengine.data import mnist_files, own

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# The set that is spoken of: that of the run on the page, MNIST where there is none.
_SPOKEN = ContextVar("spoken", default=own.known()["mnist"])


class Digit(int):
    """A class that sentences call by its name: ``3``, or ``shirt``."""

    def __str__(self) -> str:
        """Return its name in the set that is spoken of."""
        return spoken().classes[self]

    def __format__(self, form: str) -> str:
        """Return its name, or the number in a *form*."""
        return format(int(self), form) if form else str(self)


def speak(words: own.Description) -> None:
    """Have this thread call classes what a set calls them, from here on."""
    _SPOKEN.set(words)


@contextmanager
def speaking(dataset: str) -> Iterator[own.Description]:
    """Call classes what a set calls them meanwhile."""
    token = _SPOKEN.set(described(dataset))
    try:
        yield spoken()
    finally:
        _SPOKEN.reset(token)


def described(dataset: str) -> own.Description:
    """Return what a set is called in words; what nobody can read counts as not written."""
    try:
        return own.describe(dataset)
    except mnist_files.DataCorrupt:
        return own.Description(title=set_name(dataset))


def spoken() -> own.Description:
    """Return the words of the set that is spoken of."""
    return _SPOKEN.get()


def language() -> str:
    """Return what tells the words of the set that is spoken of from those of digits."""
    return "" if spoken().has_digits else f"{spoken().classes} {spoken().plurals}"


def for_browser() -> dict[str, list[str]]:
    """Return what scripts need to call classes by their names; nothing where they are digits."""
    if spoken().has_digits:
        return {}
    articled = [a_digit(digit) for digit in range(CLASSES)]
    return {"names": spoken().classes, "articled": articled, "kinds": ["class", "classes"]}


def in_its_words(text: str) -> str:
    """Return a *text* that speaks of digits as one that speaks of classes, where there are none."""
    if spoken().has_digits:
        return text
    for page in catalogue.PAGES.values():
        if page.elsewhere and "{" not in page.elsewhere:  # its title names no class
            text = text.replace(page.title, page.elsewhere)
    # Not in braces, which wait for a value.
    return re.sub(r"(?<![{\w])(test )?([Dd])igit(s?)\b(?!})", _of_classes, text)


def _of_classes(found: re.Match[str]) -> str:
    """Return ``class`` for ``digit``, ``test images`` for ``test digits``."""
    of_test, first, many = found.groups()
    if of_test:
        return f"test image{many}"
    return ("Class" if first == "D" else "class") + "es" * bool(many)


def one_of(numbers: Collection[int], value: object) -> int | None:
    """Return a *value* from outside if it is one of *numbers*; 5.0 and true are none."""
    return value if type(value) is int and value in numbers else None


def between(low: float, high: float, value: object) -> float | None:
    """Return a *value* from outside if it is a number from *low* to *high*; true is none."""
    is_number = type(value) in (int, float) and low <= value <= high  # type: ignore[operator]
    return float(value) if is_number else None  # type: ignore[arg-type]


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
    return spoken().plurals[digit]


def word(digit: int) -> str:
    """Return ``3``, or what its set calls a class: ``shirt``."""
    return spoken().classes[digit]


def a_digit(digit: int) -> str:
    """Return ``a 3``, ``an 8``."""
    return f"a{'n' * (word(digit)[0] in '8aeiouAEIOU')} {word(digit)}"


def what_it_saw(omitted: Sequence[int]) -> str:
    """Return what a student did: ``never saw a 3 or an 8``, ``saw only sevens and eights``."""
    if not omitted:
        return in_its_words("saw every digit")
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
        return in_its_words("all digits")
    if len(omitted) > CLASSES // 2:
        return "only " + ", ".join(map(plural, other_classes(omitted)))
    return "no " + ", ".join(map(plural, omitted))
