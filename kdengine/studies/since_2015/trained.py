"""The classroom recipe's networks of a seed, trained where the store lacks them."""

from dataclasses import replace
from typing import Any

from kdengine import pipeline
from kdengine.config import StudentConfig, TeacherConfig, run_key
from kdengine.recipes import plans
from kdengine.recipes.own import CLASSROOM
from kdengine.store import runs
from kdengine.store.run_files import StoredRun


def teacher(seed: int, precision: str, **changed: Any) -> TeacherConfig:
    """Return the teacher of one seed, with some fields *changed*, once it is stored."""
    return _stored(replace(plans.experiment(seed=seed).teacher, **changed), precision)


def student(of: TeacherConfig, precision: str, **changed: Any) -> StudentConfig:
    """Return a teacher's student without 3, with some fields *changed*, once it is stored."""
    own = plans.experiment(seed=of.seed).student
    return _stored(replace(own, teacher=run_key(of), **changed), precision)


def pair(seed: int, precision: str) -> tuple[StoredRun, StoredRun]:
    """Return the runs of teacher and student of one seed."""
    own = teacher(seed, precision)
    return runs.load(run_key(own)), runs.load(run_key(student(own, precision)))


def _stored(config: Any, precision: str) -> Any:
    pipeline.train_missing(config, recipe=CLASSROOM.name, device="cpu", precision=precision)
    return config
