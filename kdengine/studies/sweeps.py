"""The named sweeps: which plans belong to each. Pure data; trains and stores nothing."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from kdengine.config import CLASSES, other_classes, run_key
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM
from kdengine.recipes.plans import Plan
from kdengine.recipes.recipe import Recipe, Setting

_FEW = (0, 1, 2)
# Where pages compare settings that lie one or two points apart.
_MANY = tuple(range(8))


@dataclass(frozen=True)
class Sweep:
    """A named set of plans."""

    title: str  # one line for the list of sweeps
    # What each plan changes in the recipe: parameters of `plans.experiment`, fields of
    # `TeacherConfig` with ``teacher.`` before their names, or else fields of `StudentConfig`. An
    # empty dict is the recipe itself.
    settings: tuple[Setting, ...]
    seeds: tuple[int, ...] = _FEW  # of every setting, unless a caller names others
    recipe: Recipe = CLASSROOM
    dataset: str = "mnist"
    # Choose the offset again from random probes of these sizes; empty for none.
    probe_sizes: tuple[int, ...] = ()
    with_details: bool = False  # rows of the table also hold what `extras.details` returns


@dataclass(frozen=True)
class Point:
    """One plan of a sweep and the parameters that tell it from the others of its seed."""

    parameters: Setting
    plan: Plan


# As many updates as on the whole transfer set: 9 epochs of 106 batches. Otherwise a tenth of the
# images would also mean a tenth of the training.
_SAME_STEPS = 954
# Could the threes leak in some trivial way? Each variant takes one thing away.
CAUSALITY: dict[str, Setting] = {
    "plain": {},
    "hard-labels": {"soft_weight": 0.0, "hard_weight": 1.0},
    "temperature-1": {"temperature": 1.0},
    "omitted-removed": {"target_change": "omitted-removed"},
    "shuffled-in-class": {"target_change": "shuffled-in-class"},
    "uniform-same-entropy": {"target_change": "uniform-same-entropy"},
    "top-tenth": {"selection": "top-tenth", "minimum_steps": _SAME_STEPS},
    "random-tenth": {"transfer_size": 5387, "minimum_steps": _SAME_STEPS},
    "other-nine-tenths": {"selection": "other-nine-tenths", "minimum_steps": _SAME_STEPS},
    "not-called-omitted": {"selection": "not-called-omitted"},
    "teacher-without": {"teacher.omitted_classes": [3]},
}
TEACHER_REGULARISATION: dict[str, Setting] = {
    "none": {"teacher.jitter_pixels": 0},
    "jitter": {},
    "dropout": {"teacher.jitter_pixels": 0, "teacher.dropout": 0.2},
    "both": {"teacher.dropout": 0.2},
}
TEACHER_ARCHITECTURE: dict[str, Setting] = {
    "mlp": {},
    "cnn": {
        "teacher.architecture": "cnn",
        "teacher.hidden_sizes": [128],
        "teacher.margin_pixels": 0,
    },
    "ensemble": {"teacher.members": 5},
}
SHIFTS: dict[str, Setting] = {"none": {"jitter_pixels": 0}, "1": {}, "2": {"jitter_pixels": 2}}
_SIZES = (1000, 2000, 5000, 10_000, 20_000)
WHY_RULES = ("paper", "frequency")  # the paper's +3.5 and the frequency criterion
_SINGLES, _PAIRS = (tuple(combinations(range(CLASSES), size)) for size in (1, 2))
# The paper's pair, and those that came next to it on seed 0 of an earlier recipe: chosen on other
# networks than those that are compared.
_COMPARED = ((7, 8), (4, 8), (6, 8), (8, 9))


def _each(name: str, values: Iterable[Any]) -> tuple[Setting, ...]:
    return tuple({name: value} for value in values)


def _widths(*units: int) -> tuple[Setting, ...]:
    """Return the settings of students with two hidden layers of so many units."""
    return _each("hidden_sizes", [[width, width] for width in units])


def _omission(title: str, omitted: Iterable[Iterable[int]], seeds: tuple[int, ...] = _FEW) -> Sweep:
    """Return the sweep that leaves out each set of digits, with details."""
    settings = _each("omitted_classes", map(list, omitted))
    return Sweep(title, settings, seeds, with_details=True)


def _all_but(sets: Iterable[tuple[int, ...]]) -> list[list[int]]:
    """Return the digits that keeping nothing but each of *sets* leaves out."""
    return [other_classes(kept) for kept in sets]


SWEEPS = {
    "causality": Sweep(
        "what carries the threes: students of changed soft targets, images and teachers",
        tuple(CAUSALITY.values()),
        _MANY,
    ),
    "temperature-by-size": Sweep(
        "temperatures 1 to 20 for students of 30, 300 and 800 units",
        tuple(
            size | temperature
            for size in _widths(800, 300, 30)
            for temperature in _each("temperature", (1.0, 2.0, 3.0, 4.0, 8.0, 20.0))
        ),
        _MANY,
    ),
    "student-size": Sweep(
        "students of 10 to 1,200 units", _widths(10, 20, 30, 50, 100, 200, 300, 500, 800, 1200)
    ),
    "soft-weight": Sweep(
        "soft weights 0 to 1, the hard weight being the rest, with and without T²",
        tuple(
            {"soft_weight": soft, "hard_weight": round(1.0 - soft, 2), "scale_soft_by_t2": scaled}
            for scaled in (True, False)
            for soft in (0.0, 0.1, 0.5, 0.9, 1.0)
        ),
    ),
    "teacher-regularisation": Sweep(
        "teachers with shifted images, with dropout, with both and with neither",
        tuple(TEACHER_REGULARISATION.values()),
        _MANY,
    ),
    "teacher-epochs": Sweep(
        "teachers trained for 1 to 24 epochs", _each("teacher.epochs", (1, 2, 6, 12, 24))
    ),
    "teacher-architecture": Sweep(
        "a perceptron, a small convolutional network and an ensemble of five as teachers",
        tuple(TEACHER_ARCHITECTURE.values()),
    ),
    "transfer-size": Sweep(
        "transfer sets of 1,000 images to all there are, with equally many updates",
        (*(size | {"minimum_steps": _SAME_STEPS} for size in _each("transfer_size", _SIZES)), {}),
    ),
    "transfer-shift": Sweep(
        "transfer images as they are, or shifted by up to 1 or 2 pixels",
        tuple(SHIFTS.values()),
        _MANY,
    ),
    "probe-size": Sweep(
        "the offset from random probes of 100 to 60,000 unlabelled images; trains nothing new",
        ({},),
        probe_sizes=(100, 300, 1000, 3000, 10_000, 30_000, 60_000),
    ),
    "omit-one": _omission("every single digit left out", _SINGLES, _MANY),
    "keep-two": _omission("every pair of digits as the only ones kept", _all_but(_PAIRS), (0,)),
    "keep-one": _omission("every single digit as the only one kept", _all_but(_SINGLES), (0,)),
    "paper-pair": _omission(
        "the paper's own case, nothing but 7s and 8s kept, beside three other pairs",
        _all_but(_COMPARED),
        _MANY,
    ),
    # Every variant twice, once with either offset; both are of the same network.
    **{
        f"why-{name}": Sweep(
            f"the student without 3 of {name}, one thing changed at a time",
            tuple(
                {**setting, "criterion": criterion}
                for setting in source.why.values()
                for criterion in WHY_RULES
            ),
            source.seeds,
            source.recipe,
        )
        for name, source in known.SOURCES.items()
        if source.why
    },
}
_OF_TEACHER = "teacher."  # before a field's name
_OF_EXPERIMENT = set(inspect.signature(plans.experiment).parameters)


def find(name: str) -> Sweep:
    """Return the sweep called *name*, or raise ValueError if there is none."""
    if name not in SWEEPS:
        raise ValueError(f"unknown sweep {name[:60]!r}; the sweeps are {', '.join(SWEEPS)}.")
    return SWEEPS[name]


def points(name: str, seeds: Iterable[int] | None = None) -> list[Point]:
    """Return a sweep's plans with their parameters, setting by setting, seed by seed.

    The *seeds* are the sweep's own if None. ValueError for an unknown name or seed.
    """
    sweep = find(name)
    chosen = sweep.seeds if seeds is None else tuple(seeds)
    return [
        Point(dict(setting), _plan(sweep, setting, seed))
        for setting in sweep.settings
        for seed in chosen
    ]


def _plan(sweep: Sweep, setting: Setting, seed: int) -> Plan:
    arguments: Setting = {"dataset": sweep.dataset, "seed": seed}
    of_teacher: Setting = {}
    of_student: Setting = {}
    for name, value in setting.items():
        belongs = of_teacher if name.startswith(_OF_TEACHER) else of_student
        to = arguments if name in _OF_EXPERIMENT else belongs
        to[name.removeprefix(_OF_TEACHER)] = value
    plan = plans.experiment(sweep.recipe, **arguments)
    teacher = replace(plan.teacher, **of_teacher)
    student = replace(plan.student, teacher=run_key(teacher), **of_student)
    return replace(plan, teacher=teacher, student=student)
