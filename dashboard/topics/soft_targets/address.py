"""What the soft-target page takes from its address and from its slider, checked before use."""

import math
from typing import Any

from dashboard.figures import temperatures

ORDERS = {"uncertain": "least sure first", "number": "by number"}


def read_temperature(text: str) -> tuple[float | None, str | None]:
    """Read T from the address: the value, or None with what is wrong with it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if temperatures.LOWEST <= value <= temperatures.HIGHEST:
        return round(value, 1), None
    return None, (
        f"The address asks for T={text[:40]!r}, which is not a number from "
        f"{temperatures.LOWEST:g} to {temperatures.HIGHEST:g}. Drag the slider instead."
    )


def dragged_temperature(event: Any) -> float | None:
    """Return T as the chart's slider reports it, or None if it reports no usable one."""
    try:
        (chosen,) = event["selection"]["temperature"]
        return read_temperature(str(chosen["T"]))[0]
    except (KeyError, TypeError, ValueError):
        return None


def read_image(text: str, count: int) -> tuple[int | None, str | None]:
    """Read an image's number from the address: the number, or None with what is wrong."""
    # Not every character that int() reads is a digit somebody typed, and length is bounded.
    if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) < count:
        return int(text), None
    return None, (
        f"The address asks for image={text[:40]!r}; this test set has the images "
        f"0 to {count - 1:,}. Choose one below the picture."
    )


def read_order(text: str) -> tuple[str | None, str | None]:
    """Read from the address how the images are ordered."""
    if text in ORDERS:
        return text, None
    return None, f"The address asks for order={text[:40]!r}; it may be {' or '.join(ORDERS)}."
