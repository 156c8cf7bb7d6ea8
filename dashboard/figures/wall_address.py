"""What the pages with the wall take from their addresses, checked before use."""

from collections.abc import Callable, Collection
from typing import Any

from dashboard.figures import criteria as bias_words

Read = Callable[[str], tuple[Any, str | None]]


def read_offset(low: float, high: float) -> Read:
    """Return what reads an offset from *low* to *high*: the value, or None with what is wrong."""

    def read(text: str) -> tuple[float | None, str | None]:
        offset = bias_words.asked_offset(text, low, high)
        allowed = f"a number from {low:g} to {high:g}"
        refusal = bias_words.refusal("offset", text, allowed, "no offset")
        return offset, refusal if offset is None else None

    return read


def read_image(on_wall: Collection[int], name: str) -> Read:
    """Return what reads an image's number: one of *on_wall*, or None with what is wrong.

    Parameters
    ----------
    name : str
        The omitted class's plural, ``threes``.
    """

    def read(text: str) -> tuple[int | None, str | None]:
        # Not every character that int() reads is a digit somebody typed, and length is bounded.
        if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) in on_wall:
            return int(text), None
        allowed = f"the number of a test image on this wall, of the {name} or of those near them"
        return None, bias_words.refusal("image", text, allowed, "no chosen image")

    return read
