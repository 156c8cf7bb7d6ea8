"""Architectures as data: which layers a configuration's network has, and what their weights are.

The torch models, the numpy forward pass, the counts of operations and the checks of stored
weights all follow it. Knows no torch.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from kdengine.config import CLASSES, NetworkConfig, TeacherConfig

SIDE = 28
PIXELS = SIDE * SIDE
# Mean and standard deviation of MNIST's training pixels in [0, 1], as PyTorch's examples give them.
PIXEL_MEAN, PIXEL_DEVIATION = 0.1307, 0.3081
CNN_CHANNELS = (16, 32)  # each convolution halves the 28×28 picture: 14×14, 7×7
STRIP_CHANNELS = 128  # of both convolutions over 28 places, which pooling makes 14
RELU, POOLING, FLATTENING, DROPOUT = "relu", "pooling", "flattening", "dropout"


@dataclass(frozen=True)
class Weighted:
    """A dense layer, or a convolution with zeros around its places."""

    inputs: int  # units, or channels of a convolution
    outputs: int
    kernel: tuple[int, ...] = ()  # a convolution's sides; a dense layer has none
    places: int = 1  # where the kernel is put
    stride: int = 1  # from place to place
    taps_drawn: int = 1  # weights are drawn as if so many taps met anything but padding

    @property
    def products(self) -> int:
        """Products of a weight and an input for one image."""
        return self.places * math.prod(self.kernel) * self.inputs * self.outputs


@dataclass(frozen=True)
class Architecture:
    """The layers of a network."""

    # How the first layer sees an image: as pixels, a strip's (channels, places) or a picture.
    image: tuple[int, ...]
    layers: tuple[Weighted | str, ...]  # in their order; those without weights are named
    members: int = 1  # networks of this kind whose logits are averaged

    @property
    def weighted(self) -> list[Weighted]:
        """The layers that have weights."""
        return [layer for layer in self.layers if isinstance(layer, Weighted)]

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight by its name, under which it is stored."""
        shapes: dict[str, tuple[int, ...]] = {}
        for place, layer in enumerate(self.layers):
            if isinstance(layer, Weighted):
                shapes[f"layers.{place}.weight"] = (layer.outputs, layer.inputs, *layer.kernel)
                shapes[f"layers.{place}.bias"] = (layer.outputs,)
        if self.members == 1:
            return shapes
        return {f"members.{i}.{n}": s for i in range(self.members) for n, s in shapes.items()}


def of(config: NetworkConfig) -> Architecture:
    """Return the architecture of *config*; only teachers are ever anything but perceptrons."""
    teacher = config if isinstance(config, TeacherConfig) else TeacherConfig(epochs=1)
    front, features = _FRONTS[teacher.architecture]
    layers = list(front.layers)
    *hidden, last = pairwise((features, *config.hidden_sizes, CLASSES))
    for inputs, outputs in hidden:
        layers += [Weighted(inputs, outputs), RELU, DROPOUT]
    layers.append(Weighted(*last))
    present = tuple(layer for layer in layers if layer != DROPOUT or config.dropout > 0.0)
    return replace(front, layers=present, members=teacher.members)


def layer_names(weights: Iterable[str]) -> list[list[str]]:
    """Return each member's layers, first to last, by what stands before ``.weight`` and ``.bias``.

    The names of *weights* are those of `Architecture.weight_shapes`, in any order.
    """
    members: dict[str, list[tuple[int, str]]] = {}
    for name in weights:
        layer, _, part = name.rpartition(".")
        member, _, place = layer.rpartition(".")
        if part == "weight":
            members.setdefault(member, []).append((int(place), layer))
    return [[layer for _, layer in sorted(layers)] for layers in members.values()]


def _halving(inputs: int, outputs: int, side: int) -> tuple[Weighted | str, ...]:
    """Return a convolution that halves a picture's sides to *side*."""
    return Weighted(inputs, outputs, (5, 5), places=side * side, stride=2, taps_drawn=25), RELU


def _kept(inputs: int, channels: int, kernel: tuple[int, ...]) -> tuple[Weighted | str, ...]:
    """Return two convolutions that keep the size, then pooling and dropout.

    Their weights are drawn as those of 3×3 kernels, though a strip's have three taps.
    """
    first = Weighted(inputs, channels, kernel, places=SIDE ** len(kernel), taps_drawn=9)
    return first, RELU, replace(first, inputs=channels), RELU, POOLING, FLATTENING, DROPOUT


# What comes before the dense layers, and how many features they get.
_FRONTS: dict[str, tuple[Architecture, int]] = {
    "mlp": (Architecture((PIXELS,), ()), PIXELS),
    # Two convolutions that halve the picture each.
    "cnn": (
        Architecture(
            (1, SIDE, SIDE),
            (*_halving(1, CNN_CHANNELS[0], 14), *_halving(*CNN_CHANNELS, 7), FLATTENING),
        ),
        7 * 7 * CNN_CHANNELS[-1],
    ),
    # Two convolutions over a strip: one row of 28 places with 28 channels each. A picture declared
    # as (1, 28, 28) to a library whose channels come last is such a strip: its rows are the places,
    # its columns the channels. Of a 3×3 kernel only the middle row ever meets anything but padding,
    # so three taps are the whole of it.
    # Source: Harvard APMTH 207 (2018), "Paper Tutorial: Distilling the Knowledge".
    "cnn-strip": (
        Architecture((SIDE, SIDE), _kept(SIDE, STRIP_CHANNELS, (3,))),
        14 * STRIP_CHANNELS,
    ),
}
