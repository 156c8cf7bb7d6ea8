"""The networks of a sweep or a reproduction: what is to be trained, in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kdengine.config import RunConfig, StudentConfig, TeacherConfig, run_key
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM
from kdengine.studies import sweeps
from kdengine.studies.since_2015.known import STUDIES, neighbour

# Those of `STUDIES` that only look at networks of the recipe; others train small ones of their own.
_LOOKING = ("inherited", "label-shift", "smoothing")


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


def of_sweep(name: str, seeds: Iterable[int] | None = None) -> list[Network]:
    """Return every network that a sweep needs; see `sweeps.points`."""
    plans = [point.plan for point in sweeps.points(name, seeds)]
    configs: list[RunConfig] = [plan.teacher for plan in plans]
    return _ordered(configs + [plan.student for plan in plans], sweeps.find(name).recipe.name)


def of_study(name: str, seeds: Iterable[int]) -> list[Network]:
    """Return the networks that a study since 2015 looks at; none if it trains its own."""
    numbers = set(seeds) if name in _LOOKING else set()
    if name == "inherited":
        numbers |= {neighbour(seed) for seed in numbers}
    configs: list[RunConfig] = []
    for seed in sorted(numbers):
        plan = plans.experiment(seed=seed)
        for setting in STUDIES[name].variants.values():
            teacher = replace(plan.teacher, label_smoothing=setting.get("smoothing", 0.0))
            t = setting.get("temperature", plan.student.temperature)
            configs += [teacher, replace(plan.student, teacher=run_key(teacher), temperature=t)]
    return _ordered(configs, CLASSROOM.name)


def of_source(name: str, seeds: Iterable[int]) -> list[Network]:
    """Return every network that a source trained; ValueError as from `known.source`."""
    source = known.source(name)
    configs = [config for seed in seeds for config in source.networks(seed).values()]
    return _ordered(configs, source.recipe.name)


def _ordered(configs: Sequence[RunConfig], recipe: str) -> list[Network]:
    """Return each network once, in the order of training.

    Teachers come first. Baselines, which need none, follow: they keep workers busy while the
    last teachers train. Students come in the order of their teachers.
    """
    teachers = {run_key(c): c for c in configs if isinstance(c, TeacherConfig)}
    students = [c for c in configs if isinstance(c, StudentConfig)]
    students.sort(key=lambda student: list(teachers).index(student.teacher))
    ordered = [Network(teacher, recipe) for teacher in teachers.values()]
    ordered += [Network(c, recipe) for c in configs if c.kind == "baseline"]
    ordered += [Network(c, recipe, teachers[c.teacher]) for c in students]
    return list({network.key: network for network in ordered}.values())
