"""The networks: pixels in, logits out. Weights come from an explicit generator."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from kdengine.config import CLASSES

PIXELS = 28 * 28


class SeededDropout(nn.Module):
    """Dropout whose masks come from a generator of its own, not from the global one."""

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        self.keep = 1.0 - rate
        self.generator = generator

    def forward(self, units: Tensor) -> Tensor:
        """Zero a random share of *units* and scale the others up while training."""
        if not self.training:
            return units
        mask = torch.empty_like(units).bernoulli_(self.keep, generator=self.generator)
        return units * mask.div_(self.keep)


class MLP(nn.Module):
    """A multilayer perceptron with ReLU hidden layers.

    Parameters
    ----------
    hidden_sizes : sequence of int
        Units of each hidden layer.
    dropout : float in [0, 1)
        Applied after each hidden layer while training.
    initialisation : str
        ``"he"``: weights N(0, 2 / inputs), zero biases. ``"pytorch"``: both uniform within
        ±1 / sqrt(inputs), as torch's own linear layers.
    generator : torch.Generator
        Source of the initial weights and of dropout masks.
    """

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        *,
        dropout: float = 0.0,
        initialisation: str = "pytorch",
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        sizes = [PIXELS, *hidden_sizes, CLASSES]
        layers: list[nn.Module] = []
        for inputs, outputs in zip(sizes[:-2], sizes[1:-1], strict=True):
            layers += [_linear(inputs, outputs, initialisation, generator), nn.ReLU()]
            if dropout > 0.0:
                layers.append(SeededDropout(dropout, generator))
        layers.append(_linear(sizes[-2], sizes[-1], initialisation, generator))
        self.layers = nn.Sequential(*layers)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits of shape (N, 10) for inputs of shape (N, 784)."""
        return self.layers(inputs)


def to_inputs(images: Tensor) -> Tensor:
    """Return uint8 images (N, 28, 28) or (N, 784) as float32 inputs (N, 784) in [0, 1]."""
    return images.reshape(len(images), PIXELS).float().mul_(1.0 / 255.0)


def _linear(
    inputs: int, outputs: int, initialisation: str, generator: torch.Generator
) -> nn.Linear:
    """Return a linear layer with weights drawn from *generator*."""
    layer = skip_init(nn.Linear, inputs, outputs)
    with torch.no_grad():
        if initialisation == "he":
            layer.weight.normal_(0.0, math.sqrt(2.0 / inputs), generator=generator)
            layer.bias.zero_()
        else:
            bound = 1.0 / math.sqrt(inputs)
            layer.weight.uniform_(-bound, bound, generator=generator)
            layer.bias.uniform_(-bound, bound, generator=generator)
    return layer
