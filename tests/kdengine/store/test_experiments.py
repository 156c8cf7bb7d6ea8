"""An experiment is found by its student's key, with what belongs to it and nothing else."""

from dataclasses import replace

import pytest

from kdengine.config import run_key
from kdengine.recipes.plans import experiment
from kdengine.store import experiments, runs
from kdengine.store.run_files import RunDamaged
from tests.kdengine import tiny_runs


@pytest.fixture
def plan(empty_store):
    """A plan whose three networks are stored."""
    made = experiment(dataset="digits", omitted_classes=(3, 5))
    for config in (made.teacher, made.student, made.baseline):
        tiny_runs.save(config)
    return made


def test_an_experiment_is_its_student_teacher_and_baseline(plan):
    found = experiments.find(run_key(plan.student))
    assert (found.key, found.dataset) == (run_key(plan.student), "digits")
    assert found.omitted_classes == (3, 5)
    configs = {role: run.config for role, run in found.runs.items()}
    assert configs == {
        "teacher": plan.teacher,
        "baseline": plan.baseline,
        "student": plan.student,
    }


def test_without_a_baseline_there_are_two_runs(plan):
    runs.delete(run_key(plan.baseline))
    found = experiments.find(run_key(plan.student))
    assert found.baseline is None
    assert list(found.runs) == ["teacher", "student"]


def test_runs_are_read_by_whoever_remembers_them(plan):
    read = []

    def load(key):
        read.append(key)
        return runs.load(key)

    experiments.find(run_key(plan.student), load)
    assert read == [run_key(config) for config in (plan.student, plan.teacher, plan.baseline)]


def test_what_is_no_experiment_is_refused(plan):
    with pytest.raises(runs.RunNotFound, match="not a student's run"):
        experiments.find(run_key(plan.teacher))
    runs.delete(run_key(plan.teacher))
    with pytest.raises(runs.RunNotFound, match=run_key(plan.teacher)):
        experiments.find(run_key(plan.student))


@pytest.mark.parametrize("role", ["teacher", "baseline"])
def test_runs_of_other_images_make_no_experiment(plan, role):
    found = experiments.find(run_key(plan.student)).runs
    other = {**found, role: replace(found[role], train_labels=found[role].train_labels[::-1])}
    with pytest.raises(RunDamaged, match="do not belong together: their labels differ"):
        experiments.of_runs(other["student"], other["teacher"], other["baseline"])
