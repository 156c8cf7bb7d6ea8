"""Logits to choose offsets on, and the slow way to count what an offset does."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import settings
from hypothesis.extra import numpy as hnp

# Multiples of 1/8 are exact in float64, so sums and differences of them tie exactly.
GRID = 8.0
exact = settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def tied_problems(draw):
    """Draw logits on a coarse grid, labels, a class and offsets: ties are everywhere."""
    images = draw(st.integers(1, 25))
    reach = draw(st.sampled_from([1, 4, 40]))
    logits = draw(hnp.arrays(np.int8, (images, 10), elements=st.integers(-reach, reach))) / GRID
    labels = draw(hnp.arrays(np.int64, images, elements=st.integers(0, 9)))
    offsets = draw(hnp.arrays(np.int16, 12, elements=st.integers(-3 * reach, 3 * reach))) / GRID
    return logits, labels, draw(st.integers(0, 9)), offsets


def brute_force_correct(logits, labels, digit, offset):
    """Count right answers by true class the slow way: add, argmax, compare."""
    shifted = np.array(logits, dtype=np.float64)
    shifted[:, digit] += offset
    counts = [0] * shifted.shape[1]
    for row, label in zip(shifted, labels, strict=True):
        counts[label] += int(np.argmax(row) == label)
    return counts


def every_relevant_offset(logits, digit):
    """Return each threshold, a point between each two, and one beyond each end."""
    others = np.delete(np.array(logits, dtype=np.float64), digit, axis=1)
    thresholds = np.unique(others.max(axis=1) - logits[:, digit])
    between = (thresholds[1:] + thresholds[:-1]) / 2
    return np.concatenate([thresholds, between, [thresholds[0] - 1, thresholds[-1] + 1]])


def random_logits(images, seed, lowered=0.0, digit=3):
    """Return float32 logits and labels of a network that is usually right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, images)
    logits = rng.normal(0.0, 2.0, (images, 10)).astype(np.float32)
    logits[np.arange(images), labels] += 6.0
    logits[:, digit] -= lowered
    return logits, labels


def numpy_masses(logits, offsets):
    """Return the mean softmax mass of all ten classes, written out in numpy."""
    shifted = np.asarray(logits, dtype=np.float64) + np.asarray(offsets)
    odds = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    return (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)
