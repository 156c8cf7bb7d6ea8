"""The teacher's mass on one class over many images, at every temperature at once.

Logits in, numbers out; nothing here knows runs.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdengine.offsets import evaluation

Floats = NDArray[np.floating[Any]]

_BOUNDS = 8  # intervals that rule images out; more take longer and leave fewer to rank


def mass(logits: Floats, chosen_class: int, temperature: float) -> NDArray[np.float64]:
    """Return the softmax mass at T on one class, (N,), float64."""
    z = evaluation.by_class(logits) / temperature
    return np.exp(z[chosen_class] - evaluation.log_sum(z))


def top(logits: Floats, chosen_class: int, count: int, temperature: float) -> NDArray[np.int64]:
    """Return the *count* images with the largest mass at T, the largest first.

    At equality the lower index comes first.
    """
    return np.argsort(-mass(logits, chosen_class, temperature), kind="stable")[:count]


def candidates(
    logits: Floats, chosen_class: int, count: int, temperatures: Floats
) -> NDArray[np.int64]:
    """Return every image that is among the *count* with the largest mass at one T or another.

    Parameters
    ----------
    logits : array of shape (N, C)
    chosen_class, count : int
    temperatures : array of shape (M,), ascending, > 0

    Returns
    -------
    int array, ascending
        The union of `top` over the temperatures.
    """
    z = np.asarray(logits, dtype=np.float64)
    possible = _possible(z, chosen_class, count, float(temperatures[0]), float(temperatures[-1]))
    found: set[int] = set()
    for temperature in temperatures:
        found.update(top(z[possible], chosen_class, count, float(temperature)).tolist())
    return possible[sorted(found)]


def _possible(
    z: NDArray[np.float64], chosen_class: int, count: int, low: float, high: float
) -> NDArray[np.int64]:
    """Return images outside which none is at the top anywhere between *low* and *high*.

    With u = 1/T the log odds against the class, g(u) = log Σ exp(u·d), are convex in u: between
    two knots g lies below its chord and above its tangents. The chords of the images that lead at
    a knot bound what it takes to be at the top; whoever's tangent stays above that is out.
    """
    if count >= len(z):
        return np.arange(len(z))
    differences = _differences(z, chosen_class)
    places = np.geomspace(1.0 / high, 1.0 / low, _BOUNDS + 1)
    known = [_log_sum(differences, u) for u in places]
    is_possible = np.zeros(len(z), dtype=bool)
    for at in range(_BOUNDS):
        (start, rise), (end, fall) = known[at], known[at + 1]
        width = places[at + 1] - places[at]
        leaders = np.argpartition(start, count - 1)[:count]
        needed = np.array([start[leaders].max(), end[leaders].max()])
        # Straight lines both: one lies above the other throughout if it does at both ends.
        out = (start > needed[0]) & (start + width * rise > needed[1])
        out |= (end > needed[1]) & (end - width * fall > needed[0])
        is_possible |= ~out
    return np.flatnonzero(is_possible)


def _differences(logits: Floats, chosen_class: int) -> NDArray[np.float64]:
    """Return by how much every other logit exceeds the chosen class's, (N, C - 1)."""
    z = np.asarray(logits, dtype=np.float64)
    return np.delete(z, chosen_class, axis=1) - z[:, [chosen_class]]


def _log_sum(
    differences: NDArray[np.float64], u: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log Σ exp(u·d) over the last axis and its derivative by u."""
    largest = differences.max(axis=1, keepdims=True)
    weights = np.exp(u * (differences - largest))
    totals = weights.sum(axis=1)
    return np.log(totals) + u * largest[:, 0], (weights * differences).sum(axis=1) / totals
