"""The named sweeps: which experiments belong to each. Pure data; trains and stores nothing."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from kdengine.config import RunConfig, TeacherConfig, run_key
from kdengine.recipes import recipe as recipes
from kdengine.recipes.recipe import Plan
from kdengine.studies import ablations, omission_sweeps, why_sweeps


@dataclass(frozen=True)
class Sweep:
    """A named set of experiments.

    Parameters
    ----------
    title : str
        One line for the list of sweeps.
    settings : tuple of dict
        What each experiment changes in the recipe: parameters of `recipes.experiment`, fields of
        `TeacherConfig` with ``teacher.`` before their names, or else fields of `StudentConfig`.
        An empty dict is the recipe itself.
    seeds : tuple of int
        Every setting is trained with each of them, unless a caller names others.
    recipe, dataset : str
    with_baseline : bool
        Also train the student's architecture on the hard labels of its transfer set.
    probe_sizes : tuple of int
        Choose the offset again from random probes of these sizes; empty for none.
    with_details : bool
        Rows of the table also hold what `omission_details.details` returns.
    """

    title: str
    settings: tuple[dict[str, Any], ...]
    seeds: tuple[int, ...]
    recipe: str = recipes.DEFAULT_RECIPE
    dataset: str = "mnist"
    with_baseline: bool = False
    probe_sizes: tuple[int, ...] = ()
    with_details: bool = False


@dataclass(frozen=True)
class Point:
    """One experiment of a sweep and the parameters that tell it from the others of its seed."""

    parameters: dict[str, Any]
    experiment: Plan


@dataclass(frozen=True)
class Network:
    """One network to train; a student also names the teacher that it cannot do without."""

    config: RunConfig
    recipe: str
    teacher: TeacherConfig | None = None

    @property
    def key(self) -> str:
        """The key of its run."""
        return run_key(self.config)


TEMPERATURES = (1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 30.0, 50.0)
SWEEPS = {
    "temperature": Sweep(
        title="students without 3 at temperatures 1 to 50",
        settings=tuple({"temperature": temperature} for temperature in TEMPERATURES),
        seeds=(0, 1, 2),
    ),
    "seeds": Sweep(
        title="the whole experiment, baseline included, over seeds",
        settings=({},),
        seeds=(0, 1, 2, 3, 4),
        with_baseline=True,
    ),
}
SWEEPS |= {
    name: Sweep(title, settings, ablations.SEEDS)
    for name, (title, settings) in ablations.SWEEPS.items()
}
SWEEPS["probe-size"] = replace(SWEEPS["probe-size"], probe_sizes=ablations.PROBE_SIZES)
SWEEPS |= {
    name: Sweep(*described, with_details=True) for name, described in omission_sweeps.SWEEPS.items()
}
SWEEPS |= {name: Sweep(*described) for name, described in why_sweeps.SWEEPS.items()}
_OF_TEACHER = "teacher."  # before a field's name
_OF_EXPERIMENT = set(inspect.signature(recipes.experiment).parameters)


def find(name: str) -> Sweep:
    """Return the sweep called *name*.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in SWEEPS:
        raise ValueError(f"unknown sweep {name[:60]!r}; the sweeps are {', '.join(SWEEPS)}.")
    return SWEEPS[name]


def points(name: str, seeds: Iterable[int] | None = None) -> list[Point]:
    """Return a sweep's experiments with their parameters, setting by setting, seed by seed.

    Parameters
    ----------
    seeds : iterable of int, optional
        None for the sweep's own.

    Raises
    ------
    ValueError
        For an unknown name, or a seed outside its limits.
    """
    sweep = find(name)
    chosen = sweep.seeds if seeds is None else tuple(seeds)
    return [
        Point(dict(setting), _experiment(sweep, setting, seed))
        for setting in sweep.settings
        for seed in chosen
    ]


def experiments(name: str, seeds: Iterable[int] | None = None) -> list[Plan]:
    """Return a sweep's experiments; see `points`."""
    return [point.experiment for point in points(name, seeds)]


def networks(name: str, seeds: Iterable[int] | None = None) -> list[Network]:
    """Return every network that a sweep needs, once each and in the order of training.

    Teachers come first. Baselines, which need none, follow: they keep workers busy while the
    last teachers train. Students come in the order of their teachers.
    """
    made = experiments(name, seeds)
    teachers = list(dict.fromkeys(e.teacher for e in made))
    ordered = [Network(e.teacher, e.recipe) for e in made]
    if find(name).with_baseline:
        ordered += [Network(e.baseline, e.recipe) for e in made]
    made.sort(key=lambda e: teachers.index(e.teacher))
    ordered += [Network(e.student, e.recipe, e.teacher) for e in made]
    return list({network.key: network for network in ordered}.values())


def _experiment(sweep: Sweep, setting: dict[str, Any], seed: int) -> Plan:
    """Return the experiment of one setting and one seed."""
    arguments = {name: value for name, value in setting.items() if name in _OF_EXPERIMENT}
    made = recipes.experiment(sweep.recipe, **{"dataset": sweep.dataset, **arguments}, seed=seed)
    others = {name: value for name, value in setting.items() if name not in _OF_EXPERIMENT}
    of_teacher = {n.removeprefix(_OF_TEACHER): v for n, v in others.items() if "." in n}
    of_student = {n: v for n, v in others.items() if "." not in n}
    teacher = replace(made.teacher, **of_teacher)
    student = replace(made.student, teacher=run_key(teacher), **of_student)
    return replace(made, teacher=teacher, student=student)
