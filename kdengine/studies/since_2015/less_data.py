"""Soft targets against hard labels on few images and at high rates, and how their gradients vary.

Source: Hinton, Vinyals & Dean (2015), arXiv:1503.02531, sections 1 and 6.
"""

import numpy as np
import torch
from torch import Tensor

from kdengine.config import CLASSES, run_key
from kdengine.data import datasets
from kdengine.nets.architecture import PIXELS
from kdengine.store import runs
from kdengine.studies.since_2015 import small, trained
from kdengine.studies.since_2015.known import STUDIES, Measured, Rows
from kdengine.training import stacks

SIZES, STEPS, SAMPLE = (PIXELS, 200, 200, CLASSES), 1_000, 5_000


def measure(seed: int, precision: str) -> Measured:
    """Return test errors of both students of each setting, and the noise of their gradients.

    All make `STEPS` steps, from one start; a pair sees the same images in the same order.
    """
    data = datasets.load("mnist")
    teacher = runs.load(run_key(trained.teacher(seed, precision)))
    pixels, tests = (small.scaled(i, 0.0) for i in (data.train_images, data.test_images))
    truth = torch.tensor(data.train_labels)
    taught = torch.tensor(np.array(teacher.train_logits))
    both = torch.cat([taught, torch.nn.functional.one_hot(truth, CLASSES)], dim=1)
    start = small.new(SIZES, stacks.generator(seed, 0))
    noise = dict(zip(("soft", "hard"), gradient_noise(start, pixels[:SAMPLE], both), strict=True))
    rows: Rows = {}
    for name, setting in STUDIES["less-data"].variants.items():
        if not name.startswith("soft"):
            continue
        random = stacks.generator(seed, 1)
        some = torch.randperm(len(pixels), generator=random)[: setting.get("images", len(pixels))]
        epochs = -(-STEPS // -(-len(some) // small.BATCH))
        shown = small.labelled(pixels[some], both[some], epochs, random)
        stack = small.joined([start, start])
        rate = setting.get("rate", small.LEARNING_RATE)
        goals: list[small.Goal] = [
            lambda said, both: small.softened(said, both.T),
            lambda said, both: small.named(said, both[:, CLASSES:].argmax(dim=1)),
        ]
        small.learn(stack, shown, goals, precision, rate)
        wrong = stacks.errors(stack, tests[None], torch.tensor(data.test_labels)[None])[0]
        for targets, errors in zip(noise, wrong, strict=True):
            rows[name.replace("soft", targets)] = {"errors": errors, "noise": noise[targets]}
    return rows, {}


def gradient_noise(network: stacks.Stack, pixels: Tensor, both: Tensor) -> list[float]:
    """Return the spread of single images' gradients over the length of their mean, soft and hard.

    Of the output layer's weights: there an image's gradient is the error on its logits times its
    hidden units, so lengths need no gradient to be formed.
    """
    hidden = stacks.forward(network[:-1], pixels[None])[0].relu().T  # (N, H)
    logits = stacks.forward(network, pixels[None])[0].T
    taught, truth = both[: len(pixels), :CLASSES], both[: len(pixels), CLASSES:]
    cooled = [(z / small.TEMPERATURE).softmax(dim=1) for z in (logits, taught)]
    found = []
    for errors in (cooled[0] - cooled[1], logits.softmax(dim=1) - truth):
        square = ((errors**2).sum(dim=1) * (hidden**2).sum(dim=1)).mean()
        mean = (errors.T @ hidden / len(hidden)).norm()
        found.append(float((square - mean**2).sqrt() / mean))
    return found
