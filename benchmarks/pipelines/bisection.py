"""The offset of the recipe `hinton-problems`, by bisection, for the two plain pipelines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import OMITTED_CLASS

Floats = NDArray[np.floating[Any]]
PROBE_SIZE = 5000  # the first training images


def softmax(logits: Floats) -> Floats:
    """Return the distribution over the last axis."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


def bisected_offset(logits: Floats, frequency: float) -> float:
    """Return the offset in [0, 30] that brings the mean mass on threes to *frequency*."""
    low, high = 0.0, 30.0
    for _ in range(50):
        offset = (low + high) / 2.0
        mass = softmax(with_offset(logits, offset))[:, OMITTED_CLASS].mean()
        low, high = (offset, high) if mass < frequency else (low, offset)
    return (low + high) / 2.0


def with_offset(logits: Floats, offset: float) -> Floats:
    """Return float64 logits with *offset* added to class 3."""
    shifted = logits.astype(np.float64)
    shifted[:, OMITTED_CLASS] += offset
    return shifted
