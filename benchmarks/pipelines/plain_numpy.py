"""The recipe `hinton-problems` in plain numpy, float32: teacher, student without threes, offset.

    python -m benchmarks.pipelines.plain_numpy [--dataset NAME] [--seed N] [--quick]

Prints one line of JSON. Source of the recipe: hinton-problems, "MNIST distillation with omitted
digit 3", https://github.com/cybertronai/hinton-problems; the code is our own. It leans on the
engine for the images alone.
"""

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchmarks import measurement
from benchmarks.measurement import OMITTED_CLASS, timed
from kdengine.cli import command_line
from kdengine.data import datasets
from kdengine.data.datasets import Dataset

Floats = NDArray[np.floating[Any]]
Network = list[Floats]  # weights (inputs, outputs), biases (outputs,), weights, biases, ...

TEACHER_SIZES = (784, 1200, 1200, 10)
STUDENT_SIZES = (784, 800, 800, 10)
EPOCHS = {"teacher": 12, "student": 20}
REACH = 2  # pixels that the teacher's images move on each axis
TEMPERATURE = 20.0
BATCH_SIZE = 128
LEARNING_RATE = 1e-3
PROBE_SIZE = 5000  # the first training images, from which the offset is chosen
# Kingma & Ba (2015), arXiv:1412.6980, algorithm 1: the authors' defaults.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


def main() -> int:
    """Run the whole recipe and print its figures."""
    options = measurement.parser(__doc__.splitlines()[0]).parse_args()
    print(json.dumps(measure(options.dataset, options.seed, options.quick)))
    return 0


def measure(dataset: str, seed: int, quick: bool) -> dict[str, Any]:
    """Run the whole recipe on *dataset*; return what `measurement.record` returns."""
    epochs = {"teacher": 1, "student": 1} if quick else EPOCHS
    wall: dict[str, float] = {}
    began = time.perf_counter()
    with timed(wall, "load"):
        data = datasets.load(dataset)
    with timed(wall, "teacher"):
        teacher, answers = train_teacher(data, seed, epochs["teacher"])
    with timed(wall, "student"):
        student, before = train_student(data, teacher, seed, epochs["student"])
    with timed(wall, "offset"):
        probe = logits_of(student, data.train_images[:PROBE_SIZE])
        offset = bisected_offset(probe, float(np.mean(data.train_labels == OMITTED_CLASS)))
        after = with_offset(before, offset)
    wall["total"] = time.perf_counter() - began
    logits = {"teacher": answers, "student_before": before, "student_after": after}
    return measurement.record(
        epochs=epochs, wall_seconds=wall, logits=logits, labels=data.test_labels, offset=offset
    )


def softmax(logits: Floats) -> Floats:
    """Return the distribution over the last axis."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


def bisected_offset(logits: Floats, frequency: float) -> float:
    """Return the offset in [0, 30] that brings the mean mass on threes to *frequency*."""
    low, high = 0.0, 30.0
    for _ in range(50):
        offset = (low + high) / 2.0
        mass = softmax(with_offset(logits, offset))[:, OMITTED_CLASS].mean()
        low, high = (offset, high) if mass < frequency else (low, offset)
    return (low + high) / 2.0


def with_offset(logits: Floats, offset: float) -> Floats:
    """Return float64 logits with *offset* added to class 3."""
    shifted = logits.astype(np.float64)
    shifted[:, OMITTED_CLASS] += offset
    return shifted


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
    rate = LEARNING_RATE * root / (1.0 - BETA_1**step)
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

    The images lie in a black frame, so nothing wraps around; ``width`` is twice `REACH` and
    one, and what lies in the middle is the image where it was.
    """
    frame = (REACH, REACH)
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
        for start in range(0, len(targets), BATCH_SIZE):
            chosen = order[start : start + BATCH_SIZE]
            layers = forward(network, inputs_of(chosen))
            gradient = logit_gradient(layers[-1], targets[chosen], temperature)
            step += 1
            adam_step(network, backward(network, layers, gradient), means, squares, step)
        logits = logits_of(network, test_images)
    return logits


def train_teacher(data: Dataset, seed: int, epochs: int) -> tuple[Network, Floats]:
    """Return a teacher of jittered images and hard labels, and its logits of the test images."""
    network = he_network(TEACHER_SIZES, np.random.default_rng(seed))
    rng = np.random.default_rng(seed + 17)
    windows, labels = windows_of(data.train_images), np.eye(10, dtype=np.float32)[data.train_labels]

    def inputs_of(chosen: NDArray[np.int64]) -> Floats:
        return to_inputs(jittered(windows, chosen, rng))

    return network, train(network, inputs_of, labels, 1.0, epochs, rng, data.test_images)


def train_student(
    data: Dataset, teacher: Network, seed: int, epochs: int
) -> tuple[Network, Floats]:
    """Return a student of the teacher's answers to all but the threes, and its test logits."""
    network = he_network(STUDENT_SIZES, np.random.default_rng(seed + 1))
    images = data.train_images[data.train_labels != OMITTED_CLASS]
    # The images stay where they are, so the teacher need answer them only once.
    targets = softmax(logits_of(teacher, images) / TEMPERATURE)

    def inputs_of(chosen: NDArray[np.int64]) -> Floats:
        return to_inputs(images[chosen])

    rng = np.random.default_rng(seed + 31)
    return network, train(network, inputs_of, targets, TEMPERATURE, epochs, rng, data.test_images)


if __name__ == "__main__":
    sys.exit(command_line.run(main))
