"""The small teacher whose answers to noise a student in the browser learns from.

One hidden layer on pictures averaged to 14×14, pixels from −1 to 1. Its table holds its weights;
reading them needs no torch. It also says what such a student comes to.
"""

import base64
import math
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from kdengine.store import tables
from kdengine.store.shapes import Count
from kdengine.store.tables import Table

SIDE, HIDDEN, CLASSES = 14, 64, 10
STEPS, BATCH_SIZE, LEARNING_RATE = 2_800, 128, 0.002
# Of the student: uniform noise and epochs as in the browser; the rate keeps three seeds' students
# within a percentage point of each other.
NOISE, NOISE_EPOCHS, NOISE_BATCH, TEMPERATURE, NOISE_RATE = 20_000, 2, 32, 20.0, 0.01
SHAPES = {
    "first": (SIDE * SIDE, HIDDEN),
    "firstBias": (HIDDEN,),
    "second": (HIDDEN, CLASSES),
    "secondBias": (CLASSES,),
}
Pixels = NDArray[np.uint8]


class _Teacher(tables.Shape):
    """Weights as float16 in base64, by the names of SHAPES: inputs first, then outputs."""

    name: str
    seed: int
    errors: Count
    student_errors: Count  # of one that it taught on noise alone
    test_images: Annotated[int, Meta(gt=0)]
    weights: dict[str, Annotated[str, Meta(max_length=50_000)]]

    def __post_init__(self) -> None:
        if set(self.weights) != set(SHAPES):
            raise ValueError("not the weights of one hidden layer")
        if not all(np.isfinite(_decoded(self.weights[name], name)).all() for name in SHAPES):
            raise ValueError("a weight is no number")


def table(dataset: str) -> Table:
    """Return the table of the teacher on *dataset*."""
    name = f"noise-teacher-{dataset}"
    return Table(name, name, _Teacher, size=lambda content: (1, 1))


def weights(dataset: str) -> dict[str, NDArray[np.float32]] | None:
    """Return the stored teacher's weights by the names of SHAPES; None if there is none."""
    content = tables.load(table(dataset))
    return content and {name: _decoded(content["weights"][name], name) for name in SHAPES}


def student_accuracy(dataset: str) -> float | None:
    """Return the accuracy on the test set of a student that saw noise alone; None if not stored."""
    content = tables.load(table(dataset))
    return None if content is None else 1 - content["student_errors"] / content["test_images"]


def averaged(images: Pixels) -> Pixels:
    """Return pictures (N, 28, 28) as (N, 14, 14): each pixel the rounded mean of four."""
    above, below = images[:, ::2].astype(np.uint16), images[:, 1::2]
    rows = above + below
    return ((rows[..., ::2] + rows[..., 1::2] + 2) // 4).astype(np.uint8)


def scaled(images: Pixels) -> NDArray[np.float32]:
    """Return pictures (N, 28, 28) as the network takes them: (N, 196), from −1 to 1."""
    return averaged(images).reshape(len(images), -1).astype(np.float32) / 127.5 - 1.0


def noise(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Return pictures of nothing as the network takes them: (count, 196), even from −1 to 1."""
    pixels = np.random.default_rng(seed).uniform(-1, 1, (count, SIDE * SIDE))
    return pixels.astype(np.float32)


def answers(weights: dict[str, NDArray[np.float32]], inputs: NDArray[np.float32]) -> NDArray[Any]:
    """Return the logits (N, 10) for inputs (N, 196)."""
    units = np.maximum(inputs @ weights["first"] + weights["firstBias"], 0)
    return units @ weights["second"] + weights["secondBias"]


def train(data: Any, seed: int, *, made_by: str) -> dict[str, Any]:
    """Train the teacher on a `datasets.Dataset`, all its digits, and return its table."""
    import torch

    from kdengine.training import stacks

    generators = [torch.Generator().manual_seed(seed)]

    def learned(inputs: Any, targets: Any, temperature: float, **how: Any) -> stacks.Stack:
        stack = stacks.new_stack((SIDE * SIDE, HIDDEN, CLASSES), generators)
        temperatures, wanted = torch.full((1, 1, 1), temperature), targets[None, :, None]
        stacks.fit(stack, inputs[None], wanted, temperatures, orders=generators, **how)
        return stack

    teacher = learned(
        torch.tensor(scaled(data.train_images)),
        torch.nn.functional.one_hot(torch.tensor(data.train_labels), CLASSES).float(),
        1.0,
        learning_rate=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        epochs=math.ceil(STEPS / math.ceil(len(data.train_labels) / BATCH_SIZE)),
    )
    trained = [(w[0].T.numpy(), b.flatten().numpy()) for w, b in teacher]
    stored = {
        name: array.astype("<f2")
        for name, array in zip(SHAPES, [part for layer in trained for part in layer], strict=True)
    }
    taught = {name: array.astype(np.float32) for name, array in stored.items()}
    noise = torch.rand(NOISE, SIDE * SIDE, generator=generators[0]) * 2 - 1
    student = learned(
        noise,
        torch.tensor(answers(taught, noise.numpy()) / TEMPERATURE).softmax(dim=1),
        TEMPERATURE,
        learning_rate=NOISE_RATE,
        batch_size=NOISE_BATCH,
        epochs=NOISE_EPOCHS,
    )
    tests = scaled(data.test_images)
    labels = torch.tensor(data.test_labels.astype(np.int64))[None]
    return {
        **tables.header(made_by),
        "name": table(data.name).name,
        "seed": seed,
        "errors": int((answers(taught, tests).argmax(axis=1) != data.test_labels).sum()),
        "student_errors": int(stacks.errors(student, torch.tensor(tests)[None], labels)),
        "test_images": len(data.test_labels),
        "weights": {n: base64.b64encode(a.tobytes()).decode() for n, a in stored.items()},
    }


def _decoded(text: str, name: str) -> NDArray[np.float32]:
    """Return one of the weights; ValueError if *text* is not as many float16."""
    values = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f2")
    return values.reshape(SHAPES[name]).astype(np.float32)
