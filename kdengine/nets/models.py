"""The networks: pixels in, logits out. Weights come from an explicit generator."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from kdengine.config import NetworkConfig
from kdengine.nets import architecture
from kdengine.nets.architecture import PIXELS, SIDE, Weighted

# Source: "Paper Tutorial: Distilling the Knowledge in a Neural Network", Harvard APMTH 207 (2018).
_SMALL_DEVIATION = 0.01


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


class InnerLinear(nn.Linear):
    """A dense layer that looks at an image without its *margin* of pixels at each edge.

    Its state is that of a layer which looks at all of them, with weights of 0 there.
    """

    def __init__(self, margin: int, outputs: int, device: Any = None) -> None:
        self.inner = slice(margin, SIDE - margin)
        super().__init__((SIDE - 2 * margin) ** 2, outputs, device=device)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (N, outputs) for whole images (N, 784)."""
        return nn.functional.linear(self._inside(inputs), self.weight, self.bias)

    def _inside(self, pixels: Tensor) -> Tensor:
        """Return the columns of *pixels* (N, 784) that are looked at."""
        return pixels.view(-1, SIDE, SIDE)[:, self.inner, self.inner].reshape(len(pixels), -1)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        inner = destination[f"{prefix}weight"]
        destination[f"{prefix}weight"] = whole = inner.new_zeros(len(inner), PIXELS)
        side = self.inner.stop - self.inner.start
        whole.view(-1, SIDE, SIDE)[:, self.inner, self.inner] = inner.view(-1, side, side)

    def _load_from_state_dict(self, state: Any, prefix: str, *given: Any) -> None:
        state[f"{prefix}weight"] = self._inside(state[f"{prefix}weight"])
        super()._load_from_state_dict(state, prefix, *given)


class SingleNetwork(nn.Module):
    """One network of an architecture.

    Parameters
    ----------
    config : NetworkConfig
        Its `architecture.of` gives the layers, but for the members; ``initialisation`` is one of:
        ``"he"``, weights N(0, 2 / inputs), zero biases; ``"pytorch"``, both uniform within
        ±1 / sqrt(inputs), as torch's own linear layers; ``"glorot"``, weights uniform within
        ±sqrt(6 / (inputs + outputs)), zero biases; ``"normal-0.01"``, that for the last layer,
        N(0, 0.01²) for the hidden ones.
    generator : torch.Generator
        Source of the initial weights and of dropout masks.
    """

    def __init__(self, config: NetworkConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.image = architecture.of(config).image
        self.normalised = config.normalised
        self.layers = nn.Sequential(*_modules(config, generator))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits of shape (N, 10) for inputs of shape (N, 784)."""
        if self.normalised:
            inputs = (inputs - architecture.PIXEL_MEAN) / architecture.PIXEL_DEVIATION
        seen = inputs.view(-1, *self.image)
        # A strip's rows are its places and its columns the channels, which come first.
        return self.layers(seen.mT if len(self.image) == 2 else seen)


class Ensemble(nn.Module):
    """Networks whose logits are averaged.

    While training it returns each member's logits, so that each can learn by itself.
    """

    def __init__(self, members: Sequence[SingleNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the mean logits (N, 10), or while training all members' (N, members, 10)."""
        logits = torch.stack([member(inputs) for member in self.members], dim=1)
        return logits if self.training else logits.mean(dim=1)


Network = SingleNetwork | Ensemble


def build(config: NetworkConfig, generator: torch.Generator) -> Network:
    """Return the untrained network of *config*, its weights drawn from *generator*."""
    members = [SingleNetwork(config, generator) for _ in range(architecture.of(config).members)]
    for member in members:
        last = member.layers[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.bias[list(config.initial_bias_classes)] = config.initial_bias
    return members[0] if len(members) == 1 else Ensemble(members)


def to_inputs(images: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return uint8 images (N, 28, 28) or (N, 784) as inputs (N, 784) in [0, 1] of *dtype*."""
    return images.reshape(len(images), PIXELS).to(dtype).mul_(1.0 / 255.0)


def _modules(config: NetworkConfig, generator: torch.Generator) -> Iterator[nn.Module]:
    """Yield the layers of *config*'s network, their weights drawn from *generator*."""
    described = architecture.of(config)
    last = described.layers[-1]
    for layer in described.layers:
        if isinstance(layer, Weighted):
            small = config.initialisation == "normal-0.01" and layer is last
            chosen = "glorot" if small else config.initialisation
            margin = config.margin_pixels if layer is described.layers[0] else 0
            yield _weighted(layer, chosen, generator, margin)
        elif layer == architecture.RELU:
            yield nn.ReLU()
        elif layer == architecture.POOLING:
            yield nn.MaxPool1d(2) if len(described.image) == 2 else nn.MaxPool2d(2)
        elif layer == architecture.FLATTENING:
            yield nn.Flatten()
        else:
            yield SeededDropout(config.dropout, generator)


def _weighted(
    layer: Weighted, initialisation: str, generator: torch.Generator, margin: int
) -> nn.Module:
    """Return a dense layer or convolution with weights drawn from *generator*."""
    sizes, taps = (layer.inputs, layer.outputs), layer.taps_drawn
    module: nn.Linear | nn.Conv1d | nn.Conv2d
    if margin:
        module = skip_init(InnerLinear, margin, layer.outputs)
    elif not layer.kernel:
        module = skip_init(nn.Linear, *sizes)
    else:
        kind = nn.Conv1d if len(layer.kernel) == 1 else nn.Conv2d
        side = layer.kernel[0]
        module = skip_init(kind, *sizes, side, stride=layer.stride, padding=side // 2)
    assert module.bias is not None
    # Of a unit, from an input.
    inputs, outputs = module.weight.shape[1] * taps, layer.outputs * taps
    deviations = {"he": math.sqrt(2.0 / inputs), "normal-0.01": _SMALL_DEVIATION}
    bounds = {"glorot": math.sqrt(6.0 / (inputs + outputs)), "pytorch": 1.0 / math.sqrt(inputs)}
    with torch.no_grad():
        module.bias.zero_()
        if initialisation in deviations:
            module.weight.normal_(0.0, deviations[initialisation], generator=generator)
            return module
        bound = bounds[initialisation]
        module.weight.uniform_(-bound, bound, generator=generator)
        if initialisation == "pytorch":
            module.bias.uniform_(-bound, bound, generator=generator)
    return module
