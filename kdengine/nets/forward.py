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
    """Return the logits of an MLP with ReLU hidden layers, or the mean ones of an ensemble.

    Parameters
    ----------
    weights : mapping
        ``layers.<n>.weight`` (outputs, inputs) and ``layers.<n>.bias`` (outputs,), as
        `store.load_weights` returns them; an ensemble's stand behind ``members.<i>.``.
    images : array of shape (N, 28, 28) or (N, 784)
        Grey values from 0 to 255; blends between images may be fractions.

    Returns
    -------
    float32 array of shape (N, C)
        Those of `training.compute_logits` at fp32, to rounding.

    Raises
    ------
    ValueError
        If the images are not of 784 pixels each, or the network is not `is_dense`.
    """
    if not is_dense(weights):
        raise ValueError(
            "this network has convolutions, which only `training.compute_logits` knows; "
            "choose a run whose networks are perceptrons."
        )
    pixels = np.asarray(images, dtype=np.float32)
    if pixels.ndim < 2 or pixels[:1].size != PIXELS * len(pixels[:1]):
        raise ValueError(
            f"images of shape {pixels.shape} are not of 784 pixels each; pass (N, 28, 28)."
        )
    units = pixels.reshape(len(pixels), PIXELS) * np.float32(1.0 / 255.0)
    members = [_perceptron(member, units) for member in _members(weights)]
    return members[0] if len(members) == 1 else np.mean(members, axis=0, dtype=np.float32)


def is_dense(weights: Mapping[str, NDArray[Any]]) -> bool:
    """Return whether a network's layers are all dense."""
    return all(weight.ndim <= 2 for weight in weights.values())


def output_biases(weights: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the ten biases of a network's last layer, of an ensemble the members' mean.

    An ensemble's logits are its members' means, so the mean bias is what each class gets.
    """
    last = max(int(name.split(".")[-2]) for name in weights if name.endswith(".bias"))
    own = [weight for name, weight in weights.items() if name.endswith(f"layers.{last}.bias")]
    return np.mean(own, axis=0, dtype=np.float64)


def _members(weights: Mapping[str, NDArray[Any]]) -> list[dict[str, NDArray[Any]]]:
    """Return the weights of each network by the names it would have alone."""
    found: dict[str, dict[str, NDArray[Any]]] = {}
    for name, weight in weights.items():
        member, _, own = name.rpartition("layers.")
        found.setdefault(member, {})[f"layers.{own}"] = weight
    return list(found.values())


def _perceptron(weights: Mapping[str, NDArray[Any]], units: NDArray[Any]) -> NDArray[np.float32]:
    """Return the logits of one MLP for inputs (N, 784)."""
    layers = sorted({int(name.split(".")[1]) for name in weights})
    for layer in layers:
        units = _product(weights[f"layers.{layer}.weight"], units)
        units += weights[f"layers.{layer}.bias"]
        if layer != layers[-1]:
            np.maximum(units, 0.0, out=units)
    return units.astype(np.float32, copy=False)


def for_plain_inputs(weights: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Return *weights* of dense networks with normalised inputs as `logits` takes them.

    The first layer does what the normalisation did: W (x − m) / s + b is (W / s) x + (b − W m / s).
    """
    changed = dict(weights)
    first = min(int(name.split(".")[-2]) for name in weights)
    for name in [name for name in weights if name.endswith(f"layers.{first}.weight")]:
        weight = weights[name].astype(np.float64) / PIXEL_DEVIATION
        bias = name.removesuffix("weight") + "bias"
        changed[name] = weight
        changed[bias] = weights[bias] - PIXEL_MEAN * weight.sum(axis=1)
    return {name: np.asarray(weight, dtype=np.float32) for name, weight in changed.items()}


def _product(weight: NDArray[Any], units: NDArray[Any]) -> NDArray[Any]:
    """Return *units* (N, inputs) times a layer's *weight* (outputs, inputs), (N, outputs)."""
    if len(units) == 1:
        # BLAS wakes a thread on every core for what takes 0.2 ms, and on a busy machine waits
        # milliseconds for the last of them.
        return np.einsum("oi,ni->no", weight, units)
    return units @ weight.T
