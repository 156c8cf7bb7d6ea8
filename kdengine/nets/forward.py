"""A stored network's logits for new images, in numpy: a page answers without loading torch.

Knows weights by their names, and nothing of files or training.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kdengine.nets.architecture import PIXEL_DEVIATION, PIXEL_MEAN, PIXELS, layer_names


def logits(weights: Mapping[str, NDArray[Any]], images: ArrayLike) -> NDArray[np.float32]:
    """Return the logits (N, C) of an MLP with ReLU hidden layers, or the mean ones of an ensemble.

    They are those of `fit.compute_logits` at fp32, to rounding. *weights* are as
    `runs.load_weights` returns them; *images* are (N, 28, 28) or (N, 784), grey values from 0 to
    255, which may be fractions. ValueError for other images, or a network that is not `is_dense`.
    """
    if not is_dense(weights):
        raise ValueError(
            "this network has convolutions, which only `fit.compute_logits` knows; "
            "choose a run whose networks are perceptrons."
        )
    pixels = np.asarray(images, dtype=np.float32)
    if pixels.ndim < 2 or pixels[:1].size != PIXELS * len(pixels[:1]):
        raise ValueError(
            f"images of shape {pixels.shape} are not of 784 pixels each; pass (N, 28, 28)."
        )
    units = pixels.reshape(len(pixels), PIXELS) * np.float32(1.0 / 255.0)
    members = [_perceptron(weights, layers, units) for layers in layer_names(weights)]
    return members[0] if len(members) == 1 else np.mean(members, axis=0, dtype=np.float32)


def is_dense(weights: Mapping[str, NDArray[Any]]) -> bool:
    """Return whether a network's layers are all dense."""
    return all(weight.ndim <= 2 for weight in weights.values())


def output_biases(weights: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the ten biases of a network's last layer, of an ensemble the members' mean.

    An ensemble's logits are its members' means, so the mean bias is what each class gets.
    """
    own = [weights[f"{layers[-1]}.bias"] for layers in layer_names(weights)]
    return np.mean(own, axis=0, dtype=np.float64)


def for_plain_inputs(
    weights: Mapping[str, NDArray[Any]],
    mean: float = PIXEL_MEAN,
    deviation: float = PIXEL_DEVIATION,
) -> dict[str, NDArray[np.float32]]:
    """Return *weights* of dense networks with normalised inputs as `logits` takes them.

    The first layer does what the normalisation did: W (x − m) / s + b is (W / s) x + (b − W m / s).
    """
    changed = dict(weights)
    for first, *_ in layer_names(weights):
        weight = weights[f"{first}.weight"].astype(np.float64) / deviation
        changed[f"{first}.weight"] = weight
        changed[f"{first}.bias"] = weights[f"{first}.bias"] - mean * weight.sum(axis=1)
    return {name: np.asarray(weight, dtype=np.float32) for name, weight in changed.items()}


def _perceptron(
    weights: Mapping[str, NDArray[Any]], layers: list[str], units: NDArray[Any]
) -> NDArray[np.float32]:
    """Return the logits of the network with these *layers* for inputs (N, 784)."""
    for layer in layers:
        units = _product(weights[f"{layer}.weight"], units)
        units += weights[f"{layer}.bias"]
        if layer != layers[-1]:
            np.maximum(units, 0.0, out=units)
    return units.astype(np.float32, copy=False)


def _product(weight: NDArray[Any], units: NDArray[Any]) -> NDArray[Any]:
    """Return *units* (N, inputs) times a layer's *weight* (outputs, inputs), (N, outputs)."""
    if len(units) == 1:
        # BLAS wakes a thread on every core for what takes 0.2 ms, and on a busy machine waits
        # milliseconds for the last of them.
        return np.einsum("oi,ni->no", weight, units)
    return units @ weight.T
