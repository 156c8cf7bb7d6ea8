"""How many floating-point operations a network needs: matrix products, from its configuration.

A product of (n, i) with (i, o) counts 2·n·i·o. What is done element by element (Adam, ReLU,
softmax, jitter) is left out, so a bound made of these counts is below any real time. An operation
of a convolution counts *convolution*: more than 1 where it takes longer.
"""

from math import prod

from kdengine.config import NetworkConfig, StudentConfig, distorts, planned_epochs
from kdengine.nets import architecture


def forward(config: NetworkConfig, *, convolution: float = 1) -> float:
    """Return the operations of one image's forward pass, all members of an ensemble together."""
    return sum(_layers(config, convolution))


def backward(config: NetworkConfig, *, convolution: float = 1) -> float:
    """Return the operations of one image's backward pass.

    A layer's weights cost as much as its forward pass, and so do its inputs, but for the first
    layer: nobody needs the gradient of the pixels.
    """
    layers = _layers(config, convolution)
    return 2 * sum(layers) - layers[0]


def of_training(
    config: NetworkConfig,
    *,
    images: int,
    test_images: int,
    teacher: NetworkConfig | None = None,
    convolution: float = 1,
) -> float:
    """Return the operations of training on so many *images*, the evaluations included.

    The *teacher* is asked for its answer to each image in each epoch, if *config* is a student of
    images that are distorted anew; once if they stay as they were distorted.
    """
    epochs = planned_epochs(config, images)
    there = forward(config, convolution=convolution)
    total = epochs * (images * (there + backward(config, convolution=convolution)))
    total += epochs * test_images * there
    if isinstance(config, StudentConfig) and distorts(config) and teacher is not None:
        times = 1 if config.frozen_distortions else epochs
        total += times * images * forward(teacher, convolution=convolution)
    return total


def weights(config: NetworkConfig) -> int:
    """Return how many weights and biases a network has, all members together."""
    return sum(prod(shape) for shape in architecture.of(config).weight_shapes().values())


def _layers(config: NetworkConfig, convolution: float) -> list[float]:
    """Return the operations of one image's forward pass, layer by layer, of all members."""
    described = architecture.of(config)
    return [
        described.members * 2 * layer.products * (convolution if layer.kernel else 1)
        for layer in described.weighted
    ]
