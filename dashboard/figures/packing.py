"""Arrays as the browser reads them."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray


def packed(array: NDArray[Any], kind: Any) -> str:
    """Return an array's bytes as text in base64, little-endian as browsers read them."""
    little = np.dtype(kind).newbyteorder("<")
    return base64.b64encode(np.ascontiguousarray(array, dtype=little).tobytes()).decode()
