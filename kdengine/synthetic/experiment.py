"""The synthetic experiment: teachers, hard-label students and distilled ones on nine data sets.

All teachers of a seed are trained side by side, then all its students; knows no files.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kdengine.synthetic import data
from kdengine.synthetic.data import Settings
from kdengine.training import devices, stacks
from kdengine.training.losses import soft_targets

POINTS_SHOWN = 400  # test samples of each data set that a page draws
Note = Callable[[str, int, int], None]  # (who is training, epoch, epochs)
_WEIGHTS, _MASKS, _ORDER = range(3)  # what a generator is for


def run_seed(
    settings: Settings, seed: int, on_epoch: Note = lambda who, epoch, epochs: None
) -> dict[str, Any]:
    """Train every network of one seed and return its errors as `table._Seed` says."""
    moments = [time.perf_counter()]
    places = data.places(settings)
    samples = [data.draw(settings, place, seed) for place in places]
    # Each part of all data sets as a tensor (G, n, …).
    inputs, labels, *test = (
        torch.from_numpy(np.stack(parts)) for parts in zip(*samples, strict=True)
    )
    moments.append(time.perf_counter())
    teachers = train_teachers(
        settings, inputs, labels, seed, lambda n: on_epoch("teachers", n, settings.epochs)
    )
    teacher_errors = stacks.errors(teachers, *test)
    moments.append(time.perf_counter())
    logits = stacks.logits_of(teachers, inputs)
    students = train_students(
        settings, inputs, labels, logits, seed, lambda n: on_epoch("students", n, settings.epochs)
    )
    student_errors = stacks.errors(students, *test)
    moments.append(time.perf_counter())
    seconds = np.diff(moments).round(2).tolist()
    return {
        "seed": seed,
        "environment": devices.environment(torch.device("cpu"), "fp32") | devices.versions(),
        "wall_seconds": dict(zip(("data", "teachers", "students"), seconds, strict=True)),
        "data_sets": [
            {
                **place._asdict(),
                "teacher": int(of_teacher),
                "hard_student": int(of_students[0]),
                "distilled": of_students[1:].tolist(),
            }
            for place, of_teacher, of_students in zip(
                places, teacher_errors, student_errors, strict=True
            )
        ],
    }


def train_teachers(
    settings: Settings,
    inputs: Tensor,
    labels: Tensor,
    seed: int,
    on_epoch: Callable[[int], None] = lambda epoch: None,
) -> stacks.Stack:
    """Train one teacher for each data set, of *inputs* (G, n, F) and int64 *labels* (G, n)."""
    places = range(len(inputs))
    sizes = (settings.features, *settings.teacher_sizes, settings.classes)
    stack = stacks.new_stack(sizes, _generators(seed, places, [0], _WEIGHTS))
    stacks.fit(
        stack,
        inputs,
        _one_hot(labels, settings)[:, :, None],
        torch.ones(len(inputs), 1, 1),
        **_schedule(settings),
        orders=_generators(seed, places, [0], _ORDER),
        dropout=settings.teacher_dropout,
        masks=_generators(seed, places, [0], _MASKS),
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
) -> stacks.Stack:
    """Train the students of each data set: member 0 on hard labels, then one a temperature.

    The *inputs* are (G, n, F), the int64 *labels* (G, n), the *teacher_logits* (G, n, C).
    """
    places = range(len(inputs))
    flat = teacher_logits.flatten(0, 1)
    targets = [_one_hot(labels, settings)]
    targets += [soft_targets(flat, t).view_as(teacher_logits) for t in settings.temperatures]
    sizes = (settings.features, *settings.student_sizes, settings.classes)
    # Member 0 is the teacher's generator, so the students' start at 1.
    weights = _generators(seed, places, range(1, 1 + len(targets)), _WEIGHTS)
    stack = stacks.new_stack(sizes, weights)
    temperatures = torch.tensor([1.0, *settings.temperatures] * len(inputs))
    stacks.fit(
        stack,
        inputs,
        torch.stack(targets, dim=2),
        temperatures[:, None, None],
        **_schedule(settings),
        orders=_generators(seed, places, [1], _ORDER),
        on_epoch=on_epoch,
    )
    return stack


def pictures(settings: Settings, seed: int) -> list[dict[str, Any]]:
    """Return a scatter picture of each data set: ``x``, ``y`` and ``label`` of test samples."""
    drawn = []
    for place in data.places(settings):
        samples = data.draw(settings, place, seed)
        points = data.plane(samples, POINTS_SHOWN).round(2)
        drawn.append(
            {
                **place._asdict(),
                "x": points[:, 0].tolist(),
                "y": points[:, 1].tolist(),
                "label": samples.test_labels[:POINTS_SHOWN].tolist(),
            }
        )
    return drawn


def _schedule(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in ("learning_rate", "batch_size", "epochs")}


def _one_hot(labels: Tensor, settings: Settings) -> Tensor:
    return torch.nn.functional.one_hot(labels, settings.classes).float()


def _generators(
    seed: int, places: Sequence[int], members: Sequence[int], purpose: int
) -> list[torch.Generator]:
    """Return the random numbers of every member at every place for one purpose."""
    return [stacks.generator(seed, p, member, purpose) for p in places for member in members]
