"""The ablations' settings: what the pages promise is in them, and all are configurations."""

import json

import pytest

from kdengine.config import planned_epochs, run_key
from kdengine.recipes import recipe as recipes
from kdengine.studies import ablations, sweeps


@pytest.mark.parametrize("name", ablations.SWEEPS)
def test_every_setting_is_a_configuration_of_its_own_over_three_seeds(name):
    points = sweeps.points(name)
    keys = [run_key(point.experiment.student) for point in points]
    assert len(set(keys)) == len(keys) == 3 * len(ablations.SWEEPS[name][1])
    assert {point.experiment.student.seed for point in points} == {0, 1, 2}
    # The table is JSON, and its readers look for these very parameters.
    assert [json.loads(json.dumps(p.parameters)) for p in points] == [p.parameters for p in points]


def test_the_plain_student_is_the_reference_of_every_sweep_that_needs_one():
    plain = run_key(recipes.experiment(seed=0).student)
    for name in ablations.SWEEPS:
        assert plain in {run_key(e.student) for e in sweeps.experiments(name)}, name


def test_a_smaller_transfer_set_is_not_trained_for_fewer_updates():
    full = recipes.experiment().student
    images = 53_869  # MNIST's training images but its 6,131 threes
    wanted = full.epochs * -(-images // full.batch_size)
    for setting in ablations.SWEEPS["transfer-size"][1]:
        size = setting.get("transfer_size", images)
        floor = setting.get("minimum_steps", 0)
        assert size == images or floor == wanted
    tenth = ablations.CAUSALITY["random-tenth"]
    assert tenth["transfer_size"] == round(images / 10)


def test_a_setting_reaches_the_teacher_and_the_student_names_that_teacher():
    points = sweeps.points("teacher-architecture", [5])
    plain, cnn, ensemble = (point.experiment for point in points)
    assert cnn.teacher.architecture == "cnn"
    assert ensemble.teacher.members == 5
    assert plain.teacher == recipes.experiment(seed=5).teacher
    for made in (plain, cnn, ensemble):
        assert made.student.teacher == run_key(made.teacher)
        assert planned_epochs(made.student, 53_869) == planned_epochs(plain.student, 53_869)


def test_the_soft_and_the_hard_weight_sum_to_one():
    for setting in ablations.SWEEPS["soft-weight"][1]:
        assert setting["soft_weight"] + setting["hard_weight"] == pytest.approx(1.0)
