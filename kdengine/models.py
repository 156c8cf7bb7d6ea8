"""The networks: pixels in, logits out. Weights come from an explicit generator."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from kdengine.config import CLASSES

PIXELS = 28 * 28


class SeededDropout(nn.Module):
    """Dropout whose masks come from a generator of its own, not from the global one.

    A unit is kept where a random 16-bit number is below a threshold, so the rate is exact to
    1 / 65,536. One 64-bit draw serves four units: a fifth of the time of torch's `bernoulli_`.
    """

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        self.kept_numbers = round((1.0 - rate) * 2**16)
        self.generator = generator

    def forward(self, units: Tensor) -> Tensor:
        """Zero a random share of *units* and scale the others up while training."""
        if not self.training:
            return units
        if self.generator.device != units.device:
            # A generator lives on one device; the other device's is seeded from it.
            seed = int(torch.randint(2**62, (), generator=self.generator))
            self.generator = torch.Generator(units.device).manual_seed(seed)
        draws = torch.empty((units.numel() + 3) // 4, dtype=torch.int64, device=units.device)
        draws.random_(-(2**63), None, generator=self.generator)
        numbers = draws.view(torch.int16)[: units.numel()].view(units.shape)
        # In place and in its own type, which is vectorised; a comparison to booleans is not.
        kept = numbers.lt_(self.kept_numbers - 2**15).to(units.dtype)
        return units * kept.mul_(2**16 / self.kept_numbers)


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


def to_inputs(images: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return uint8 images (N, 28, 28) or (N, 784) as inputs (N, 784) in [0, 1] of *dtype*."""
    return images.reshape(len(images), PIXELS).to(dtype).mul_(1.0 / 255.0)


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
