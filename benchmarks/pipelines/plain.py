"""What the two plain pipelines share: the recipe's settings, MNIST's files, the offset, the order.

Source of the recipe: hinton-problems, "MNIST distillation with omitted digit 3",
https://github.com/cybertronai/hinton-problems; the code is our own. It reads the files as a plain
pipeline would: what is compared with the engine must not lean on it.
"""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import measurement
from benchmarks.measurement import OMITTED_CLASS, timed
from kdengine import files

Floats = NDArray[np.floating[Any]]

TEACHER_SIZES = (784, 1200, 1200, 10)
STUDENT_SIZES = (784, 800, 800, 10)
EPOCHS = {"teacher": 12, "student": 20}
REACH = 2  # pixels that the teacher's images move on each axis
TEMPERATURE = 20.0
BATCH_SIZE = 128
LEARNING_RATE = 1e-3
PROBE_SIZE = 5000  # the first training images, from which the offset is chosen
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


class Mnist(NamedTuple):
    """Images of shape (N, 28, 28), uint8, and labels of shape (N,), int64."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]


class Pipeline(NamedTuple):
    """One plain way: networks are trained for a number of epochs, told with their test logits."""

    train_teacher: Callable[[Mnist, int, int], tuple[Any, Floats]]  # MNIST, seed, epochs
    train_student: Callable[[Mnist, Any, int, int], tuple[Any, Floats]]  # MNIST, teacher, ...
    logits_of: Callable[[Any, NDArray[np.uint8]], Floats]  # of images (N, 28, 28)


def main(description: str, pipeline: Pipeline) -> int:
    """Run the whole recipe on MNIST and print its figures."""
    options = measurement.parser(description).parse_args()
    folder = files.data_dir() / "mnist"
    print(json.dumps(measure(pipeline, folder, options.seed, options.quick)))
    return 0


def measure(pipeline: Pipeline, folder: Path, seed: int, quick: bool) -> dict[str, Any]:
    """Run the whole recipe on the MNIST in *folder*; return what `measurement.record` returns."""
    epochs = {"teacher": 1, "student": 1} if quick else EPOCHS
    wall: dict[str, float] = {}
    began = time.perf_counter()
    with timed(wall, "load"):
        data = read(folder)
    with timed(wall, "teacher"):
        teacher, answers = pipeline.train_teacher(data, seed, epochs["teacher"])
    with timed(wall, "student"):
        student, before = pipeline.train_student(data, teacher, seed, epochs["student"])
    with timed(wall, "offset"):
        probe = pipeline.logits_of(student, data.train_images[:PROBE_SIZE])
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


def read(folder: Path) -> Mnist:
    """Read the four IDX files in *folder*, gzip or plain."""
    train_images, train_labels, test_images, test_labels = (_read_idx(folder, n) for n in NAMES)
    return Mnist(
        train_images, train_labels.astype(np.int64), test_images, test_labels.astype(np.int64)
    )


def _read_idx(folder: Path, name: str) -> NDArray[np.uint8]:
    """Return the array of one file: its header counts the axes, then come their lengths."""
    packed, path = folder / f"{name}.gz", folder / name
    try:
        raw = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"neither {name}.gz nor {name} is in {folder}; "
            "get it with `python -m kdengine data`, or set KDENGINE_DATA_DIR."
        ) from error
    axes = raw[3]
    shape = np.frombuffer(raw, ">i4", axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)
