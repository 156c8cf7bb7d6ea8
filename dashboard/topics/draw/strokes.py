"""A drawing as the address holds it, and as the pad reports it, checked before use."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core.params import Refused
from kdengine.data import drawing

# A drawing takes some 300 characters, noise some 1,100; whatever is longer is no drawing.
_LONGEST_CODE = 1500


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


def read(text: str) -> str:
    """Return the code of the drawing that the address asks for."""
    try:
        return encode(decode(text))
    except ValueError as error:
        raise Refused("a drawing: it is damaged") from error


def reported(report: Any) -> tuple[str, NDArray[np.uint8]]:
    """Return what the pad reports: the picture it began with, by its name, and the pixels.

    Raises
    ------
    ValueError
        If the report is not one that the pad makes.
    """
    if not isinstance(report, Mapping) or not isinstance(report.get("pixels"), list):
        raise ValueError("the pad reported no drawing; clear it and draw again.")
    return str(report.get("start")), drawing.checked(report["pixels"])
