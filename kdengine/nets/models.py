"""The networks: pixels in, logits out. Weights come from an explicit generator."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from kdengine.config import (
    CLASSES,
    CNN_CHANNELS,
    CNN_FEATURES,
    CNN_KERNEL,
    PICTURE_CHANNELS,
    PICTURE_FEATURES,
    PIXEL_DEVIATION,
    PIXEL_MEAN,
    STRIP_CHANNELS,
    STRIP_FEATURES,
)

PIXELS = 28 * 28
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
        ±1 / sqrt(inputs), as torch's own linear layers. ``"glorot"``: weights uniform within
        ±sqrt(6 / (inputs + outputs)), zero biases. ``"normal-0.01"``: that for the last layer,
        N(0, 0.01²) for the hidden ones.
    normalised : bool
        Whether inputs are brought to mean 0 and standard deviation 1 over MNIST's pixels.
    generator : torch.Generator
        Source of the initial weights and of dropout masks.
    """

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        *,
        dropout: float = 0.0,
        initialisation: str = "pytorch",
        normalised: bool = False,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.normalised = normalised
        sizes = [PIXELS, *hidden_sizes, CLASSES]
        self.layers = nn.Sequential(*_dense(sizes, dropout, initialisation, generator))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits of shape (N, 10) for inputs of shape (N, 784)."""
        return self.layers(centred(inputs) if self.normalised else inputs)


class CNN(nn.Module):
    """Two convolutions that halve the picture each, then hidden layers as in `MLP`.

    Parameters
    ----------
    hidden_sizes, dropout, initialisation, generator
        As for `MLP`; the hidden layers are those after the convolutions.
    """

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        *,
        dropout: float = 0.0,
        initialisation: str = "pytorch",
        normalised: bool = False,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.normalised = normalised
        channels = [1, *CNN_CHANNELS]
        layers: list[nn.Module] = []
        for inputs, outputs in zip(channels[:-1], channels[1:], strict=True):
            layers += [_convolution(inputs, outputs, initialisation, generator), nn.ReLU()]
        layers.append(nn.Flatten())
        layers += _dense([CNN_FEATURES, *hidden_sizes, CLASSES], dropout, initialisation, generator)
        self.layers = nn.Sequential(*layers)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits of shape (N, 10) for inputs of shape (N, 784)."""
        inputs = centred(inputs) if self.normalised else inputs
        return self.layers(inputs.view(-1, 1, 28, 28))


class StripCNN(nn.Module):
    """Two convolutions over a strip: one row of 28 places with 28 channels each.

    A picture declared as (1, 28, 28) to a library whose channels come last is such a strip: its
    rows are the places, its columns the channels. Of a 3×3 kernel only the middle row ever meets
    anything but padding, so three taps are the whole of it.

    Parameters
    ----------
    hidden_sizes, dropout, initialisation, generator
        As for `MLP`; the dropout comes after the pooling too.

    Source: Harvard APMTH 207 (2018), "Paper Tutorial: Distilling the Knowledge".
    """

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        *,
        dropout: float = 0.0,
        initialisation: str = "pytorch",
        normalised: bool = False,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.normalised = normalised
        kinds, sizes = (nn.Conv1d, nn.MaxPool1d), [STRIP_FEATURES, *hidden_sizes, CLASSES]
        channels = (28, STRIP_CHANNELS, STRIP_CHANNELS)
        self.layers = nn.Sequential(
            *_pooled_convolutions(kinds, channels, dropout, initialisation, generator),
            *_dense(sizes, dropout, initialisation, generator),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits of shape (N, 10) for inputs of shape (N, 784)."""
        inputs = centred(inputs) if self.normalised else inputs
        return self.layers(inputs.view(-1, 28, 28).transpose(1, 2))


class PictureCNN(nn.Module):
    """What `StripCNN` would be had it seen pictures: 28×28 places with one channel each.

    Two 3×3 convolutions keep the size and pooling halves it, as in the source; a quarter of its
    channels, because all 128 take 350 million products an image and step.

    Parameters
    ----------
    hidden_sizes, dropout, initialisation, generator
        As for `StripCNN`.
    """

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        *,
        dropout: float = 0.0,
        initialisation: str = "pytorch",
        normalised: bool = False,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.normalised = normalised
        kinds, sizes = (nn.Conv2d, nn.MaxPool2d), [PICTURE_FEATURES, *hidden_sizes, CLASSES]
        channels = (1, PICTURE_CHANNELS, PICTURE_CHANNELS)
        self.layers = nn.Sequential(
            *_pooled_convolutions(kinds, channels, dropout, initialisation, generator),
            *_dense(sizes, dropout, initialisation, generator),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits of shape (N, 10) for inputs of shape (N, 784)."""
        inputs = centred(inputs) if self.normalised else inputs
        return self.layers(inputs.view(-1, 1, 28, 28))


SingleNetwork = MLP | CNN | StripCNN | PictureCNN


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


def to_inputs(images: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return uint8 images (N, 28, 28) or (N, 784) as inputs (N, 784) in [0, 1] of *dtype*."""
    return images.reshape(len(images), PIXELS).to(dtype).mul_(1.0 / 255.0)


def centred(inputs: Tensor) -> Tensor:
    """Return inputs in [0, 1] less MNIST's mean, over its standard deviation."""
    return (inputs - PIXEL_MEAN) / PIXEL_DEVIATION


def output_layer(network: SingleNetwork) -> nn.Linear:
    """Return the layer that gives the logits."""
    last = network.layers[-1]
    assert isinstance(last, nn.Linear)
    return last


def _dense(
    sizes: Sequence[int], dropout: float, initialisation: str, generator: torch.Generator
) -> list[nn.Module]:
    """Return linear layers between *sizes*, with ReLU and dropout after all but the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes[:-2], sizes[1:-1], strict=True):
        layers += [_linear(inputs, outputs, initialisation, generator), nn.ReLU()]
        if dropout > 0.0:
            layers.append(SeededDropout(dropout, generator))
    last = "glorot" if initialisation == "normal-0.01" else initialisation
    return [*layers, _linear(sizes[-2], sizes[-1], last, generator)]


def _linear(
    inputs: int, outputs: int, initialisation: str, generator: torch.Generator
) -> nn.Linear:
    """Return a linear layer with weights drawn from *generator*."""
    layer = skip_init(nn.Linear, inputs, outputs)
    _draw(layer, inputs, outputs, initialisation, generator)
    return layer


def _convolution(
    inputs: int, outputs: int, initialisation: str, generator: torch.Generator
) -> nn.Conv2d:
    """Return a convolution that halves the picture, with weights drawn from *generator*."""
    side = CNN_KERNEL
    layer = skip_init(nn.Conv2d, inputs, outputs, side, stride=2, padding=side // 2)
    area = side * side
    _draw(layer, inputs * area, outputs * area, initialisation, generator)
    return layer


def _pooled_convolutions(
    kinds: tuple[type[nn.Conv1d], type[nn.MaxPool1d]] | tuple[type[nn.Conv2d], type[nn.MaxPool2d]],
    channels: Sequence[int],
    dropout: float,
    initialisation: str,
    generator: torch.Generator,
) -> list[nn.Module]:
    """Return convolutions that keep the size, ReLU after each, then pooling, a vector, dropout.

    Their weights are drawn as those of 3×3 kernels, though a strip's have three taps.
    """
    convolution, pooling = kinds
    layers: list[nn.Module] = []
    for inputs, outputs in zip(channels[:-1], channels[1:], strict=True):
        layer = skip_init(convolution, inputs, outputs, 3, padding=1)
        _draw(layer, inputs * 9, outputs * 9, initialisation, generator)
        layers += [layer, nn.ReLU()]
    layers += [pooling(2), nn.Flatten()]
    return [*layers, SeededDropout(dropout, generator)] if dropout > 0.0 else layers


@torch.no_grad()
def _draw(
    layer: nn.Linear | nn.Conv1d | nn.Conv2d,
    inputs: int,
    outputs: int,
    initialisation: str,
    generator: torch.Generator,
) -> None:
    """Draw a layer's weights and biases, given the *inputs* of a unit and *outputs* of an input."""
    assert layer.bias is not None
    if initialisation == "he":
        layer.weight.normal_(0.0, math.sqrt(2.0 / inputs), generator=generator)
        layer.bias.zero_()
    elif initialisation == "normal-0.01":
        layer.weight.normal_(0.0, _SMALL_DEVIATION, generator=generator)
        layer.bias.zero_()
    elif initialisation == "glorot":
        bound = math.sqrt(6.0 / (inputs + outputs))
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.zero_()
    else:
        bound = 1.0 / math.sqrt(inputs)
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
