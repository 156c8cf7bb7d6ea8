"""A stored network's logits for new images, in numpy: a page answers without loading torch.

Knows weights by the names that `models.MLP` gives them, and nothing of files or training.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kdengine.config import PIXEL_DEVIATION, PIXEL_MEAN

PIXELS = 28 * 28


def logits(weights: Mapping[str, NDArray[Any]], images: ArrayLike) -> NDArray[np.float32]:
    """Return the logits of an MLP with ReLU hidden layers.

    Parameters
    ----------
    weights : mapping
        ``layers.<n>.weight`` (outputs, inputs) and ``layers.<n>.bias`` (outputs,), as
        `store.load_weights` returns them.
    images : array of shape (N, 28, 28) or (N, 784)
        Grey values from 0 to 255; blends between images may be fractions.

    Returns
    -------
    float32 array of shape (N, C)
        Those of `training.compute_logits` at fp32, to rounding.

    Raises
    ------
    ValueError
        If the images are not of 784 pixels each.
    """
    pixels = np.asarray(images, dtype=np.float32)
    if pixels.ndim < 2 or pixels[:1].size != PIXELS * len(pixels[:1]):
        raise ValueError(
            f"images of shape {pixels.shape} are not of 784 pixels each; pass (N, 28, 28)."
        )
    units = pixels.reshape(len(pixels), PIXELS) * np.float32(1.0 / 255.0)
    layers = sorted({int(name.split(".")[1]) for name in weights})
    for layer in layers:
        units = _product(weights[f"layers.{layer}.weight"], units)
        units += weights[f"layers.{layer}.bias"]
        if layer != layers[-1]:
            np.maximum(units, 0.0, out=units)
    return units.astype(np.float32, copy=False)


def for_plain_inputs(weights: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Return *weights* of a network with normalised inputs as `logits` takes them.

    The first layer does what the normalisation did: W (x − m) / s + b is (W / s) x + (b − W m / s).
    """
    first = min(int(name.split(".")[1]) for name in weights)
    weight = weights[f"layers.{first}.weight"].astype(np.float64) / PIXEL_DEVIATION
    bias = weights[f"layers.{first}.bias"] - PIXEL_MEAN * weight.sum(axis=1)
    changed = {f"layers.{first}.weight": weight, f"layers.{first}.bias": bias}
    return {name: np.asarray(w, dtype=np.float32) for name, w in {**weights, **changed}.items()}


def _product(weight: NDArray[Any], units: NDArray[Any]) -> NDArray[Any]:
    """Return *units* (N, inputs) times a layer's *weight* (outputs, inputs), (N, outputs)."""
    if len(units) == 1:
        # BLAS wakes a thread on every core for what takes 0.2 ms, and on a busy machine waits
        # milliseconds for the last of them.
        return np.einsum("oi,ni->no", weight, units)
    return units @ weight.T
