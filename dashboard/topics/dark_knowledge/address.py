"""What the dark-knowledge page takes from its address and its component, checked before use."""

from collections.abc import Collection
from typing import Any

from dashboard.topics.dark_knowledge.gradient import STUDENTS
from dashboard.topics.soft_targets.address import read_temperature

ALL_CLASSES = "all"


def read_only(text: str, taught: Collection[int]) -> tuple[int | None, str | None]:
    """Read from the address which true class is ranked: None for all, and what is wrong."""
    if text == ALL_CLASSES:
        return None, None
    if len(text) == 1 and text in "0123456789" and int(text) in taught:
        return int(text), None
    return None, (
        f"The address asks for digit={text[:40]!r}; the transfer set holds the digits "
        f"{', '.join(map(str, taught))}. All are ranked instead."
    )


def read_image(text: str, ranked: Collection[int]) -> tuple[int | None, str | None]:
    """Read from the address which image is chosen, and what is wrong."""
    # Not every character that int() reads is a digit somebody typed, and length is bounded.
    if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) in ranked:
        return int(text), None
    return None, (
        f"The address asks for image={text[:40]!r}, which is at the top of this ranking at no "
        "temperature. The first one is chosen instead."
    )


def read_student(text: str) -> tuple[str, str | None]:
    """Read from the address whose gradients are shown, and what is wrong."""
    if text in STUDENTS:
        return text, None
    return "trained", (
        f"The address asks for student={text[:40]!r}; it may be {' or '.join(STUDENTS)}."
    )


def reported(rest: Any, ranked: Collection[int]) -> tuple[float | None, int | None]:
    """Return temperature and image as the component reports them, None where unusable."""
    if not isinstance(rest, dict):
        return None, None
    temperature, image = read_temperature(str(rest.get("T")))[0], rest.get("image")
    return temperature, image if type(image) is int and image in ranked else None
