"""The synthetic experiment: teachers, hard-label students and distilled ones on nine data sets.

All teachers of a seed are trained side by side, then all its students; knows no files.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kdengine.synthetic import data as synthetic_data
from kdengine.synthetic import stacks
from kdengine.synthetic.data import Samples, Settings
from kdengine.training import devices
from kdengine.training.losses import soft_targets

POINTS_SHOWN = 400  # test samples of each data set that a page draws
Note = Callable[[str, int, int], None]  # (who is training, epoch, epochs)
_WEIGHTS, _MASKS, _ORDER = range(3)  # what a generator is for


def run_seed(
    settings: Settings, seed: int, on_epoch: Note = lambda who, epoch, epochs: None
) -> dict[str, Any]:
    """Train every network of one seed and count its errors.

    Returns
    -------
    dict
        ``seed``, ``environment``, ``wall_seconds`` (``data``, ``teachers``, ``students``) and
        ``data_sets``, one a place: ``class_separation``, ``informative_share``, the test errors
        of ``teacher`` and ``hard_student``, and of ``distilled``, a list in the order of the
        temperatures.
    """
    began = time.perf_counter()
    samples = [synthetic_data.draw(settings, place, seed) for place in _places(settings)]
    inputs, labels = _stacked(samples, "train_inputs"), _stacked(samples, "train_labels")
    test = (_stacked(samples, "test_inputs"), _stacked(samples, "test_labels"))
    data_seconds, began = _lap(began)
    teachers = train_teachers(
        settings, inputs, labels, seed, lambda n: on_epoch("teachers", n, settings.epochs)
    )
    teacher_errors = stacks.errors(teachers, *test)
    teacher_seconds, began = _lap(began)
    students = train_students(
        settings,
        inputs,
        labels,
        stacks.logits_of(teachers, inputs),
        seed,
        lambda n: on_epoch("students", n, settings.epochs),
    )
    student_errors = stacks.errors(students, *test)
    student_seconds, _ = _lap(began)
    return {
        "seed": seed,
        "environment": devices.environment(torch.device("cpu"), "fp32") | devices.versions(),
        "wall_seconds": {
            "data": data_seconds,
            "teachers": teacher_seconds,
            "students": student_seconds,
        },
        "data_sets": [
            {
                **place._asdict(),
                "teacher": int(teacher_errors[index, 0]),
                "hard_student": int(student_errors[index, 0]),
                "distilled": student_errors[index, 1:].tolist(),
            }
            for index, place in enumerate(_places(settings))
        ],
    }


def train_teachers(
    settings: Settings,
    inputs: Tensor,
    labels: Tensor,
    seed: int,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    places: Sequence[int] | None = None,
) -> stacks.Stack:
    """Train one teacher for each data set.

    Parameters
    ----------
    inputs : Tensor of shape (G, n, F)
    labels : Tensor of shape (G, n), int64
    places : sequence of int
        Which of the data sets *inputs* are; their teachers are the same whoever is beside them.
    """
    places = range(len(inputs)) if places is None else places
    sizes = (settings.features, *settings.teacher_sizes, settings.classes)
    stack = stacks.new_stack(sizes, [_generator(seed, place, 0, _WEIGHTS) for place in places])
    stacks.fit(
        stack,
        inputs,
        _one_hot(labels, settings)[:, :, None],
        torch.ones(len(inputs), 1, 1),
        learning_rate=settings.learning_rate,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        orders=[_generator(seed, place, 0, _ORDER) for place in places],
        dropout=settings.teacher_dropout,
        masks=[_generator(seed, place, 0, _MASKS) for place in places],
        on_epoch=on_epoch,
    )
    return stack


def train_students(
    settings: Settings,
    inputs: Tensor,
    labels: Tensor,
    teacher_logits: Tensor,
    seed: int,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    places: Sequence[int] | None = None,
    members: Sequence[int] | None = None,
) -> stacks.Stack:
    """Train the students of each data set: member 0 on hard labels, then one a temperature.

    Parameters
    ----------
    teacher_logits : Tensor of shape (G, n, C)
        For the training samples.
    places, members : sequence of int
        Which data sets *inputs* are and which students to train: all of them if not given.
    """
    places = range(len(inputs)) if places is None else places
    members = range(1 + len(settings.temperatures)) if members is None else members
    softening = (1.0, *settings.temperatures)
    one_hot = _one_hot(labels, settings)
    targets = [
        soft_targets(teacher_logits.flatten(0, 1), softening[member]).view_as(teacher_logits)
        if member
        else one_hot
        for member in members
    ]
    sizes = (settings.features, *settings.student_sizes, settings.classes)
    # Member 0 is the teacher's generator, so the students' start at 1.
    generators = [_generator(seed, p, 1 + member, _WEIGHTS) for p in places for member in members]
    stack = stacks.new_stack(sizes, generators)
    temperatures = torch.tensor([softening[member] for member in members] * len(inputs))
    stacks.fit(
        stack,
        inputs,
        torch.stack(targets, dim=2),
        temperatures[:, None, None],
        learning_rate=settings.learning_rate,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        orders=[_generator(seed, place, 1, _ORDER) for place in places],
        on_epoch=on_epoch,
    )
    return stack


def pictures(settings: Settings, seed: int) -> list[dict[str, Any]]:
    """Return a scatter picture of each data set: ``x``, ``y`` and ``label`` of test samples."""
    drawn = []
    for place in _places(settings):
        samples = synthetic_data.draw(settings, place, seed)
        points = synthetic_data.plane(samples, POINTS_SHOWN).round(2)
        drawn.append(
            {
                **place._asdict(),
                "x": points[:, 0].tolist(),
                "y": points[:, 1].tolist(),
                "label": samples.test_labels[:POINTS_SHOWN].tolist(),
            }
        )
    return drawn


def _places(settings: Settings) -> list[synthetic_data.Place]:
    """Return the data sets in their order."""
    return synthetic_data.places(settings)


def _stacked(samples: Sequence[Samples], name: str) -> Tensor:
    """Return one part of all data sets as a tensor (G, n, …)."""
    return torch.from_numpy(np.stack([getattr(one, name) for one in samples]))


def _one_hot(labels: Tensor, settings: Settings) -> Tensor:
    """Return hard labels as distributions (G, n, C)."""
    return torch.nn.functional.one_hot(labels, settings.classes).float()


def _generator(seed: int, place: int, member: int, purpose: int) -> torch.Generator:
    """Return the random numbers of one network for one purpose."""
    state = np.random.SeedSequence([seed, place, member, purpose]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]))


def _lap(began: float) -> tuple[float, float]:
    """Return the seconds since *began*, and now."""
    now = time.perf_counter()
    return round(now - began, 2), now
