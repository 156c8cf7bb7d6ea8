"""Students that see no digit: on noise or other pictures they learn what a teacher says.

784-256-256 networks of ten ordinary outputs and ten that no loss of the teacher touches, pixels
from −1 to 1, Adam; and a student of the classroom recipe's own teacher.

Sources: Cloud et al. (2025), arXiv:2507.14805; Nayak et al. (2020), arXiv:2011.09113.
"""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kdengine.config import CLASSES, run_key
from kdengine.data import datasets
from kdengine.nets.architecture import PIXELS, SIDE, layer_names
from kdengine.store import runs
from kdengine.studies.since_2015 import small, trained
from kdengine.studies.since_2015.known import Measured
from kdengine.training import stacks

SIZES, BIG_SIZES = (PIXELS, 256, 256, 2 * CLASSES), (PIXELS, 800, 800, CLASSES)
PICTURES, TEACHER_EPOCHS, EPOCHS = 60_000, 5, 10


def _squared(first: int, last: int) -> small.Goal:
    return lambda said, taught: functional.mse_loss(said[first:last], taught[first:last])


_ORDINARY = _squared(0, CLASSES)
# What is shown, from which grey value on, and to whom: a student's start (0 is its teacher's) and
# goal. Those of one line learn side by side.
_LESSONS: tuple[tuple[str, float, dict[str, tuple[int, small.Goal]]], ...] = (
    (
        "noise",
        -1.0,
        {
            "ordinary-own": (0, _ORDINARY),
            "ordinary-other": (1, _ORDINARY),
            "meaningless-own": (0, _squared(CLASSES, 2 * CLASSES)),
            "meaningless-other": (1, _squared(CLASSES, 2 * CLASSES)),
            "three-own": (0, _squared(CLASSES, CLASSES + 3)),
            "softened": (1, small.softened),
        },
    ),
    ("shuffled", -1.0, {"shuffled": (1, _ORDINARY)}),
    ("photographs", -1.0, {"photographs": (1, _ORDINARY)}),
    ("noise", 0.0, {"dark": (1, _ORDINARY), "dark-softened": (1, small.softened)}),
)


def measure(wanted: Collection[str], seed: int, precision: str) -> Measured:
    """Return what each network *wanted* has right: of the test digits, and of the threes."""
    data = datasets.load("mnist")
    labels, found = torch.tensor(data.train_labels), {}

    def tell(name: str, network: stacks.Stack, low: float) -> None:
        outputs = stacks.logits_of(network, small.scaled(data.test_images, low)[None])
        right = outputs[0, :, :CLASSES].argmax(dim=1).numpy() == data.test_labels
        found[name] = {"right": right.mean(), "threes-right": right[data.test_labels == 3].mean()}

    def teach(
        teacher: stacks.Stack, starts: list[stacks.Stack], shown: str, low: float, students: Any
    ) -> None:
        stack = small.joined([starts[start] for start, _ in students.values()])
        pictures = _pictures(shown, low, data.train_images, seed)
        answered = ((p, small.answers(teacher, p, precision)[0]) for p in pictures)
        small.learn(stack, answered, [goal for _, goal in students.values()], precision)
        for place, name in enumerate(students):
            tell(name, [(w[[place]], b[[place]]) for w, b in stack], low)

    for low in (-1.0, 0.0) if "dark" in wanted else (-1.0,):
        starts = [small.new(SIZES, stacks.generator(seed, start)) for start in (0, 1)]
        teacher, digits = small.copied(starts[0]), small.scaled(data.train_images, low)
        named = small.labelled(digits, labels, TEACHER_EPOCHS, stacks.generator(seed, 2))
        small.learn(teacher, named, [small.named], precision)
        if "teacher" in wanted:
            tell("teacher", teacher, low)
        for shown, scale, students in _LESSONS:
            chosen = {name: of for name, of in students.items() if name in wanted}
            if scale == low and chosen:
                teach(teacher, starts, shown, low, chosen)
    if "big" not in wanted:
        return found, {}
    weights = runs.load_weights(run_key(trained.teacher(seed, precision)))
    tensors = {name: torch.tensor(weight) for name, weight in weights.items()}
    big = [
        (tensors[f"{layer}.weight"][None], tensors[f"{layer}.bias"][None, :, None])
        for layer in layer_names(weights)[0]
    ]
    tell("big-teacher", big, 0.0)
    start = small.new(BIG_SIZES, stacks.generator(seed, 1))
    teach(big, [start], "noise", 0.0, {"big": (0, _ORDINARY)})
    return found, {}


def _pictures(shown: str, low: float, digits: Any, seed: int) -> Iterator[Tensor]:
    """Yield the batches of pictures that students are shown, new ones all through.

    Noise is uniform; shuffled digits have an order each; photographs are scikit-learn's, cut.
    """
    random, noise = np.random.default_rng([seed, 3]), stacks.generator(seed, 3)
    if shown == "photographs":
        from sklearn.datasets import load_sample_images  # imports pandas

        scenes = np.stack(load_sample_images().images).mean(axis=3)
        cuts = np.lib.stride_tricks.sliding_window_view(scenes, (SIDE, SIDE), axis=(1, 2))
    for _ in range(EPOCHS * PICTURES // small.BATCH):
        if shown == "noise":
            yield torch.empty(small.BATCH, PIXELS).uniform_(low, 1.0, generator=noise)
        elif shown == "shuffled":
            some = digits[random.integers(len(digits), size=small.BATCH)].reshape(
                small.BATCH, PIXELS
            )
            yield small.scaled(random.permuted(some, axis=1), low)
        else:
            places = [random.integers(most, size=small.BATCH) for most in cuts.shape[:3]]
            yield small.scaled(cuts[tuple(places)], low)
