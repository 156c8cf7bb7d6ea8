"""A made-up teacher and student on a few hundred images, and what loops find in them."""

import math
from types import SimpleNamespace

import numpy as np

from dashboard.core.experiment import Experiment


def softmax(logits, temperature=1.0):
    """Return softmax term by term."""
    largest = max(logits)
    powers = [math.exp((float(logit) - largest) / temperature) for logit in logits]
    return [power / sum(powers) for power in powers]


def toy(omitted=(3,), images=200, temperature=20.0, **student) -> Experiment:
    """Return made-up logits of teacher and student on *images* training images."""
    rng = np.random.default_rng(len(omitted))
    labels = rng.integers(0, 10, images).astype(np.uint8)
    teacher = rng.normal(0.0, 3.0, (images, 10)).astype(np.float32)
    teacher[np.arange(images), labels] += 8.0
    config = SimpleNamespace(
        omitted_classes=omitted,
        temperature=temperature,
        dataset="digits",
        **{"jitter_pixels": 0, "rotation_degrees": 0.0, "shear_degrees": 0.0, "scale_share": 0.0}
        | student,
    )
    learned = teacher + rng.normal(0.0, 0.5, teacher.shape).astype(np.float32)
    return Experiment(
        student=SimpleNamespace(
            key="s", config=config, train_labels=labels, train_logits=learned, metrics={}
        ),
        teacher=SimpleNamespace(key="t", train_labels=labels, train_logits=teacher),
        baseline=None,
        omitted_class=omitted[0],
    )


def transfer(shown):
    """Return the numbers of the images that are not of an omitted class, by a loop."""
    labels = shown.student.train_labels
    return [
        i for i, label in enumerate(labels) if label not in shown.student.config.omitted_classes
    ]


def masses_of(shown, temperature):
    """Return number -> mass on the omitted class, by a loop."""
    logits = shown.teacher.train_logits
    return {i: softmax(logits[i], temperature)[shown.omitted_class] for i in transfer(shown)}
