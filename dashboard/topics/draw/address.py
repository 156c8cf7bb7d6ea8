"""What the drawing page takes from its address and from its pad, checked before use."""

import base64
import binascii
import math
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.figures import temperatures
from kdengine.data import drawing

EMPTY = "empty"
# A drawing takes some 300 characters, noise some 1,100; whatever is longer is no drawing.
_LONGEST_CODE = 1500
Checked = tuple[Any, str | None]


def encode(pixels: NDArray[np.uint8]) -> str:
    """Return a drawing (28, 28) as text that an address can hold."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    content = packed.compress(pixels.tobytes()) + packed.flush()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode(code: str) -> NDArray[np.uint8]:
    """Return the drawing in *code*.

    Raises
    ------
    ValueError
        If it holds none.
    """
    size = drawing.SIDE * drawing.SIDE
    try:
        packed = base64.urlsafe_b64decode(code[:_LONGEST_CODE] + "=" * (-len(code) % 4))
        # A few bytes can unpack to gigabytes, so no more than needed is taken.
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError("the drawing in the address cannot be read.") from error
    return drawing.checked(np.frombuffer(content, dtype=np.uint8))


def read_drawing(text: str) -> Checked:
    """Read a drawing's code from the address: the code, or None with what is wrong."""
    try:
        return encode(decode(text)), None
    except ValueError:
        return None, "The drawing in the address is damaged; here is a picture instead."


def read_image(name: str, count: int) -> Callable[[str], Checked]:
    """Return what reads the number of one of *count* images, or ``empty``, from the address."""

    def read(text: str) -> Checked:
        # Not every character that int() reads is a digit somebody typed, and length is bounded.
        if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) < count:
            return int(text), None
        if text == EMPTY and name == "image":
            return EMPTY, None
        return None, (
            f"The address asks for {name}={text[:40]!r}; there are the images 0 to {count - 1:,}. "
            "Choose one below the pad."
        )

    return read


def read_number(name: str, low: float, high: float, decimals: int) -> Callable[[str], Checked]:
    """Return what reads a number from *low* to *high* from the address."""

    def read(text: str) -> Checked:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if low <= value <= high:
            return round(value, decimals), None
        return None, (
            f"The address asks for {name}={text[:40]!r}, which is not a number from {low:g} to "
            f"{high:g}. Drag the slider instead."
        )

    return read


read_temperature = read_number("T", temperatures.LOWEST, temperatures.HIGHEST, 1)


def reported_drawing(report: Any) -> tuple[str, NDArray[np.uint8]]:
    """Return what the pad reports: the picture it began with, by its name, and the pixels.

    Raises
    ------
    ValueError
        If the report is not one that the pad makes.
    """
    if not isinstance(report, Mapping) or not isinstance(report.get("pixels"), list):
        raise ValueError("the pad reported no drawing; clear it and draw again.")
    return str(report.get("start")), drawing.checked(report["pixels"])
