"""The recipe `hinton-problems` as most people would write it in torch: Dataset and DataLoader.

    python -m benchmarks.pipelines.plain_torch [--seed N] [--quick]

Prints one line of JSON. Nothing in here is made slow on purpose, nor made fast.
"""

import sys
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.measurement import OMITTED_CLASS
from benchmarks.pipelines import plain
from benchmarks.pipelines.plain import REACH, TEMPERATURE, Floats
from kdengine.cli import command_line

LossOf = Callable[[Tensor, Tensor, Tensor], Tensor]


class Digits(Dataset):
    """Images (N, 28, 28), uint8, and labels; one float32 image at a time, transformed if asked."""

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
    network: nn.Sequential, digits: Digits, loss_of: LossOf, epochs: int, test: NDArray[np.uint8]
) -> Floats:
    """Train *network* in place; return its logits of the *test* images after the last epoch.

    *loss_of* gets a batch's logits, inputs and labels.
    """
    loader = DataLoader(digits, batch_size=plain.BATCH_SIZE, shuffle=True, num_workers=0)
    optimizer = torch.optim.Adam(network.parameters(), lr=plain.LEARNING_RATE)
    for _ in range(epochs):
        network.train()
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = loss_of(network(inputs), inputs, labels)
            loss.backward()
            optimizer.step()
        logits = logits_of(network, test)
    return logits


@torch.no_grad()
def logits_of(network: nn.Sequential, images: NDArray[np.uint8]) -> Floats:
    """Return the network's answers to images (N, 28, 28), shape (N, 10)."""
    network.eval()
    return network(torch.tensor(images).flatten(1).float() / 255.0).numpy()


def train_teacher(data: plain.Mnist, seed: int, epochs: int) -> tuple[nn.Sequential, Floats]:
    """Return a teacher of jittered images and hard labels, and its logits of the test images."""
    torch.manual_seed(seed)  # for weights, order and shifts of both networks, as most people do
    network = he_network(plain.TEACHER_SIZES)
    digits = Digits(data.train_images, data.train_labels, transform=random_shift)

    def loss_of(logits: Tensor, _: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels)

    return network, train(network, digits, loss_of, epochs, data.test_images)


def train_student(
    data: plain.Mnist, teacher: nn.Sequential, seed: int, epochs: int
) -> tuple[nn.Sequential, Floats]:
    """Return a student of the teacher's answers to all but the threes, and its test logits.

    Its *seed* is the teacher's, whose random numbers go on.
    """

    def loss_of(logits: Tensor, inputs: Tensor, _: Tensor) -> Tensor:
        with torch.no_grad():
            teacher_logits = teacher(inputs)
        return distillation_loss(logits, teacher_logits)

    network = he_network(plain.STUDENT_SIZES)
    kept = data.train_labels != OMITTED_CLASS
    digits = Digits(data.train_images[kept], data.train_labels[kept])
    return network, train(network, digits, loss_of, epochs, data.test_images)


if __name__ == "__main__":
    way = plain.Pipeline(train_teacher, train_student, logits_of)
    sys.exit(command_line.run(lambda: plain.main(__doc__.splitlines()[0], way)))
