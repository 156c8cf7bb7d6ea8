"""The recipe `hinton-problems` in plain numpy, float32: teacher, student without threes, offset.

    python -m benchmarks.pipelines.plain_numpy [--seed N] [--quick]

Prints one line of JSON.
"""

import math
import sys
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchmarks.measurement import OMITTED_CLASS
from benchmarks.pipelines import plain
from benchmarks.pipelines.plain import Floats, softmax
from kdengine.cli import command_line

Network = list[Floats]  # weights (inputs, outputs), biases (outputs,), weights, biases, ...

# Kingma & Ba (2015), arXiv:1412.6980, algorithm 1: the authors' defaults.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


def he_network(sizes: tuple[int, ...], rng: np.random.Generator) -> Network:
    """Return weights N(0, 2 / inputs) and zero biases."""
    network: Network = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
        weights = rng.standard_normal((inputs, outputs), dtype=np.float32)
        weights *= math.sqrt(2.0 / inputs)
        network += [weights, np.zeros(outputs, dtype=np.float32)]
    return network


def forward(network: Network, inputs: Floats) -> list[Floats]:
    """Return the units of every layer, from the (N, 784) inputs to the (N, 10) logits."""
    layers = [inputs]
    for index in range(0, len(network), 2):
        units = layers[-1] @ network[index]
        units += network[index + 1]
        if index + 2 < len(network):
            np.maximum(units, 0.0, out=units)
        layers.append(units)
    return layers


def backward(network: Network, layers: list[Floats], logit_gradient: Floats) -> Network:
    """Return the gradients of all weights and biases, in the order of *network*."""
    gradients: Network = []
    upstream = logit_gradient
    for index in range(len(network) - 2, -1, -2):
        units = layers[index // 2]
        gradients[:0] = [units.T @ upstream, upstream.sum(axis=0)]
        if index > 0:  # nothing is learnt below the pixels
            upstream = upstream @ network[index].T
            upstream *= units > 0.0
    return gradients


def logit_gradient(logits: Floats, targets: Floats, temperature: float) -> Floats:
    """Return d/dz of the mean T² KL(targets ‖ softmax(z / T)): T (softmax(z / T) − targets) / N.

    With T = 1 and one-hot targets that is the gradient of the cross-entropy with the labels.
    """
    gradient = softmax(logits / temperature)
    gradient -= targets
    gradient *= temperature / len(logits)
    return gradient


def adam_step(
    network: Network, gradients: Network, means: Network, squares: Network, step: int
) -> None:
    """Change *network*, *means* and *squares* in place; *gradients* serve as scratch space.

    The two corrections of the moments are drawn into the step and into epsilon, which is the
    same and saves two passes (Kingma & Ba, end of section 2).
    """
    root = math.sqrt(1.0 - BETA_2**step)
    rate = plain.LEARNING_RATE * root / (1.0 - BETA_1**step)
    for weights, gradient, mean, square in zip(network, gradients, means, squares, strict=True):
        mean *= BETA_1
        gradient *= 1.0 - BETA_1
        mean += gradient
        square *= BETA_2
        np.square(gradient, out=gradient)
        gradient *= (1.0 - BETA_2) / (1.0 - BETA_1) ** 2
        square += gradient
        np.sqrt(square, out=gradient)
        gradient += EPSILON * root
        np.divide(mean, gradient, out=gradient)
        gradient *= rate
        weights -= gradient


def to_inputs(images: NDArray[np.uint8]) -> Floats:
    """Return images (N, 28, 28) as float32 inputs (N, 784) in [0, 1]."""
    inputs = images.reshape(len(images), -1).astype(np.float32)
    inputs *= 1.0 / 255.0
    return inputs


def windows_of(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return every image (N, side, side) at every shift: a view (N, width, width, side, side).

    The images lie in a black frame, so nothing wraps around; ``width`` is twice `plain.REACH` and
    one, and what lies in the middle is the image where it was.
    """
    frame = (plain.REACH, plain.REACH)
    framed = np.pad(images, ((0, 0), frame, frame))
    return sliding_window_view(framed, images.shape[1:], axis=(1, 2))


def jittered(
    windows: NDArray[np.uint8], chosen: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the *chosen* images, each at a random shift of its `windows_of`."""
    down, right = rng.integers(windows.shape[1], size=(2, len(chosen)))
    return windows[chosen, down, right]


def logits_of(network: Network, images: NDArray[np.uint8]) -> Floats:
    """Return the network's answers to images (N, 28, 28), shape (N, 10)."""
    batches = np.array_split(images, max(1, len(images) // 5000))
    return np.concatenate([forward(network, to_inputs(batch))[-1] for batch in batches])


def train(
    network: Network,
    inputs_of: Callable[[NDArray[np.int64]], Floats],
    targets: Floats,
    temperature: float,
    epochs: int,
    rng: np.random.Generator,
    test_images: NDArray[np.uint8],
) -> Floats:
    """Train *network* in place; return its logits of the test images after the last epoch.

    *inputs_of* is told the numbers of a batch's images, whose *targets* are rows of (N, 10).
    """
    means, squares = [np.zeros_like(w) for w in network], [np.zeros_like(w) for w in network]
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(targets))
        for start in range(0, len(targets), plain.BATCH_SIZE):
            chosen = order[start : start + plain.BATCH_SIZE]
            layers = forward(network, inputs_of(chosen))
            gradient = logit_gradient(layers[-1], targets[chosen], temperature)
            step += 1
            adam_step(network, backward(network, layers, gradient), means, squares, step)
        logits = logits_of(network, test_images)
    return logits


def train_teacher(data: plain.Mnist, seed: int, epochs: int) -> tuple[Network, Floats]:
    """Return a teacher of jittered images and hard labels, and its logits of the test images."""
    network = he_network(plain.TEACHER_SIZES, np.random.default_rng(seed))
    rng = np.random.default_rng(seed + 17)
    windows, labels = windows_of(data.train_images), np.eye(10, dtype=np.float32)[data.train_labels]

    def inputs_of(chosen: NDArray[np.int64]) -> Floats:
        return to_inputs(jittered(windows, chosen, rng))

    return network, train(network, inputs_of, labels, 1.0, epochs, rng, data.test_images)


def train_student(
    data: plain.Mnist, teacher: Network, seed: int, epochs: int
) -> tuple[Network, Floats]:
    """Return a student of the teacher's answers to all but the threes, and its test logits."""
    network = he_network(plain.STUDENT_SIZES, np.random.default_rng(seed + 1))
    images = data.train_images[data.train_labels != OMITTED_CLASS]
    # The images stay where they are, so the teacher need answer them only once.
    targets = softmax(logits_of(teacher, images) / plain.TEMPERATURE)

    def inputs_of(chosen: NDArray[np.int64]) -> Floats:
        return to_inputs(images[chosen])

    rng = np.random.default_rng(seed + 31)
    return network, train(
        network, inputs_of, targets, plain.TEMPERATURE, epochs, rng, data.test_images
    )


if __name__ == "__main__":
    way = plain.Pipeline(train_teacher, train_student, logits_of)
    sys.exit(command_line.run(lambda: plain.main(__doc__.splitlines()[0], way)))
