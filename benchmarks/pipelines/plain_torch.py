"""The recipe `hinton-problems` as most people would write it in torch: Dataset and DataLoader.

    python -m benchmarks.pipelines.plain_torch [--seed N] [--quick]

Prints one line of JSON. Nothing in here is made slow on purpose, nor made fast.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks import measurement
from benchmarks.measurement import OMITTED_CLASS, timed
from benchmarks.pipelines import mnist_files
from benchmarks.pipelines.bisection import PROBE_SIZE, bisected_offset, with_offset
from benchmarks.pipelines.plain_numpy import (
    BATCH_SIZE,
    EPOCHS,
    LEARNING_RATE,
    REACH,
    STUDENT_SIZES,
    TEACHER_SIZES,
    TEMPERATURE,
)
from kdengine import files

LossOf = Callable[[Tensor, Tensor, Tensor], Tensor]


class Digits(Dataset):
    """Images (N, 28, 28), uint8, and labels; one image at a time, transformed if asked.

    Parameters
    ----------
    images, labels : arrays
    transform : callable, optional
        From a float32 image (28, 28) to another.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self.images = torch.tensor(images)
        self.labels = torch.tensor(labels)
        self.transform = transform

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return one flat image in [0, 1] and its label."""
        image = self.images[index].float() / 255.0
        if self.transform is not None:
            image = self.transform(image)
        return image.flatten(), self.labels[index]


def random_shift(image: Tensor) -> Tensor:
    """Return *image* moved by up to two pixels on each axis; what enters is black."""
    height, width = image.shape
    framed = F.pad(image, (REACH, REACH, REACH, REACH))
    down, right = torch.randint(2 * REACH + 1, (2,)).tolist()
    return framed[down : down + height, right : right + width]


def he_network(sizes: tuple[int, ...]) -> nn.Sequential:
    """Return linear layers with ReLU between them, He-initialised."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
        linear = nn.Linear(inputs, outputs)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def distillation_loss(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Return T² KL(softmax(teacher / T) ‖ softmax(student / T)), averaged over the images."""
    soft_targets = F.softmax(teacher_logits / TEMPERATURE, dim=1)
    log_probabilities = F.log_softmax(student_logits / TEMPERATURE, dim=1)
    return F.kl_div(log_probabilities, soft_targets, reduction="batchmean") * TEMPERATURE**2


def train(
    network: nn.Sequential,
    digits: Digits,
    loss_of: LossOf,
    *,
    epochs: int,
    test_images: NDArray[np.uint8],
) -> Tensor:
    """Train *network* in place; return its logits of the test images after the last epoch.

    *loss_of* gets a batch's logits, inputs and labels.
    """
    loader = DataLoader(digits, batch_size=BATCH_SIZE, shuffle=True, num_workers=0)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        network.train()
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = loss_of(network(inputs), inputs, labels)
            loss.backward()
            optimizer.step()
        logits = logits_of(network, test_images)
    return logits


@torch.no_grad()
def logits_of(network: nn.Sequential, images: NDArray[np.uint8]) -> Tensor:
    """Return the network's answers to images (N, 28, 28), shape (N, 10)."""
    network.eval()
    return network(torch.tensor(images).flatten(1).float() / 255.0)


def train_teacher(data: mnist_files.Mnist, epochs: int) -> tuple[nn.Sequential, Tensor]:
    """Return a teacher of jittered images and hard labels, and its logits of the test images."""
    network = he_network(TEACHER_SIZES)
    digits = Digits(data.train_images, data.train_labels, transform=random_shift)
    logits = train(
        network,
        digits,
        lambda logits, _, labels: F.cross_entropy(logits, labels),
        epochs=epochs,
        test_images=data.test_images,
    )
    return network, logits


def train_student(
    data: mnist_files.Mnist, teacher: nn.Sequential, epochs: int
) -> tuple[nn.Sequential, Tensor]:
    """Return a student of the teacher's answers to all but the threes, and its test logits."""

    def loss_of(logits: Tensor, inputs: Tensor, _: Tensor) -> Tensor:
        with torch.no_grad():
            teacher_logits = teacher(inputs)
        return distillation_loss(logits, teacher_logits)

    network = he_network(STUDENT_SIZES)
    kept = data.train_labels != OMITTED_CLASS
    digits = Digits(data.train_images[kept], data.train_labels[kept])
    logits = train(network, digits, loss_of, epochs=epochs, test_images=data.test_images)
    return network, logits


def measure(folder: Path, *, seed: int = 0, quick: bool = False) -> dict[str, Any]:
    """Run the whole recipe on the MNIST in *folder*; return what `measurement.record` returns."""
    epochs = {"teacher": 1, "student": 1} if quick else EPOCHS
    wall: dict[str, float] = {}
    began = time.perf_counter()
    torch.manual_seed(seed)  # for weights, order and shifts together, as most people do
    with timed(wall, "load"):
        data = mnist_files.read(folder)
    with timed(wall, "teacher"):
        teacher, teacher_logits = train_teacher(data, epochs["teacher"])
    with timed(wall, "student"):
        student, student_logits = train_student(data, teacher, epochs["student"])
    with timed(wall, "offset"):
        probe = logits_of(student, data.train_images[:PROBE_SIZE]).numpy()
        offset = bisected_offset(probe, float(np.mean(data.train_labels == OMITTED_CLASS)))
        before = student_logits.numpy()
        after = with_offset(before, offset)
    wall["total"] = time.perf_counter() - began
    logits = {"teacher": teacher_logits.numpy(), "student_before": before, "student_after": after}
    return measurement.record(
        epochs=epochs, wall_seconds=wall, logits=logits, labels=data.test_labels, offset=offset
    )


def main() -> int:
    """Run it and print the figures."""
    options = measurement.parser(__doc__.splitlines()[0]).parse_args()
    folder = files.data_dir() / "mnist"
    print(json.dumps(measure(folder, seed=options.seed, quick=options.quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
