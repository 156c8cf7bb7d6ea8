"""The networks of a sweep or a reproduction: what is to be trained, in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kdengine.config import RunConfig, StudentConfig, TeacherConfig, run_key
from kdengine.recipes import known
from kdengine.studies import sweeps


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


def of_source(name: str, seeds: Iterable[int]) -> list[Network]:
    """Return every network that a source trained.

    ValueError for an unknown name, or a seed outside its limits.
    """
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
