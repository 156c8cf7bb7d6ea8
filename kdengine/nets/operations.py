"""How many floating-point operations a network needs: matrix products, from its configuration.

A product of (n, i) with (i, o) counts 2·n·i·o. What is done element by element (Adam, ReLU,
softmax, jitter) is left out, so a bound made of these counts is below any real time.
"""

from kdengine.config import (
    CLASSES,
    CNN_CHANNELS,
    CNN_FEATURES,
    CNN_KERNEL,
    PICTURE_CHANNELS,
    PICTURE_FEATURES,
    STRIP_CHANNELS,
    STRIP_FEATURES,
    NetworkConfig,
    StudentConfig,
    TeacherConfig,
    distorts,
    planned_epochs,
)

_PIXELS = 28 * 28
# Places where each convolution's kernel is put, taps of the kernel, channels from input to output.
_CONVOLUTIONS: dict[str, tuple[tuple[int, ...], int, tuple[int, ...]]] = {
    "mlp": ((), 0, (1,)),
    "cnn": ((14 * 14, 7 * 7), CNN_KERNEL**2, (1, *CNN_CHANNELS)),
    "cnn-strip": ((28, 28), 3, (28, STRIP_CHANNELS, STRIP_CHANNELS)),
    "cnn-picture": ((28 * 28, 28 * 28), 9, (1, PICTURE_CHANNELS, PICTURE_CHANNELS)),
}
_FEATURES = {
    "mlp": _PIXELS,
    "cnn": CNN_FEATURES,
    "cnn-strip": STRIP_FEATURES,
    "cnn-picture": PICTURE_FEATURES,
}


def forward(config: NetworkConfig, *, convolution: float = 1) -> float:
    """Return the operations of one image's forward pass, all members of an ensemble together.

    Parameters
    ----------
    convolution : float
        What an operation of a convolution counts; more than 1 where it takes longer.
    """
    return _members(config) * sum(_layers(config, convolution))


def backward(config: NetworkConfig, *, convolution: float = 1) -> float:
    """Return the operations of one image's backward pass.

    A layer's weights cost as much as its forward pass, and so do its inputs, but for the first
    layer: nobody needs the gradient of the pixels.
    """
    layers = _layers(config, convolution)
    return _members(config) * (2 * sum(layers) - layers[0])


def of_training(
    config: NetworkConfig,
    *,
    images: int,
    test_images: int,
    teacher: NetworkConfig | None = None,
    convolution: float = 1,
) -> float:
    """Return the operations of a network's training, its evaluation after each epoch included.

    Parameters
    ----------
    images : int
        Size of its transfer set.
    test_images : int
    teacher : NetworkConfig, optional
        Asked for its answer to each image in each epoch, if *config* is a student of images
        that are distorted anew; once if they stay as they were distorted.
    convolution : float
        As for `forward`.
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
    _, taps, channels = _CONVOLUTIONS[_architecture(config)]
    convolved = (taps * a * b + b for a, b in zip(channels[:-1], channels[1:], strict=True))
    dense = (inputs * outputs + outputs for inputs, outputs in _dense(config))
    return _members(config) * (sum(convolved) + sum(dense))


def _layers(config: NetworkConfig, convolution: float) -> list[float]:
    """Return the operations of one image's forward pass, layer by layer, of one member."""
    places, taps, channels = _CONVOLUTIONS[_architecture(config)]
    pairs = zip(places, channels[:-1], channels[1:], strict=True)
    convolved = [convolution * 2 * n * taps * inputs * outputs for n, inputs, outputs in pairs]
    return [*convolved, *(2 * inputs * outputs for inputs, outputs in _dense(config))]


def _dense(config: NetworkConfig) -> list[tuple[int, int]]:
    """Return inputs and outputs of each layer that is no convolution."""
    sizes = (_FEATURES[_architecture(config)], *config.hidden_sizes, CLASSES)
    return list(zip(sizes[:-1], sizes[1:], strict=True))


def _architecture(config: NetworkConfig) -> str:
    """Return what the network is; only teachers are ever anything but perceptrons."""
    return config.architecture if isinstance(config, TeacherConfig) else "mlp"


def _members(config: NetworkConfig) -> int:
    """Return how many networks answer together."""
    return config.members if isinstance(config, TeacherConfig) else 1
