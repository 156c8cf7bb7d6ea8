"""Which plans belong to each named sweep; nothing is trained."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from kdengine.config import planned_epochs, run_key
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM
from kdengine.studies import needed, sweeps

OMITTING = [name for name, sweep in sweeps.SWEEPS.items() if sweep.with_details]
WHY = [name for name in sweeps.SWEEPS if name.startswith("why-")]
# Pages compare settings of these that lie one or two points apart.
WITH_CLAIMS = ["causality", "temperature-by-size", "teacher-regularisation", "transfer-shift"]
ABLATIONS = [name for name in sweeps.SWEEPS if name not in OMITTING + WHY]


def plans_of(name, seeds=None):
    """Return the plans of a sweep."""
    return [point.plan for point in sweeps.points(name, seeds)]


def kinds(networks):
    """Count networks by kind."""
    return Counter(network.config.kind for network in networks)


def test_a_sweep_is_its_settings_by_its_seeds():
    made = plans_of("temperature-by-size")
    temperatures = (1.0, 2.0, 3.0, 4.0, 8.0, 20.0)
    assert {(p.student.hidden_sizes, p.student.temperature, p.student.seed) for p in made} == {
        ((units, units), temperature, seed)
        for units in (800, 300, 30)
        for temperature in temperatures
        for seed in range(8)
    }
    assert {plan.student.omitted_classes for plan in made} == {(3,)}
    assert kinds(needed.of_sweep("temperature-by-size")) == {"teacher": 8, "student": 144}


@pytest.mark.parametrize("name", sweeps.SWEEPS)
def test_every_network_comes_once_and_after_its_teacher(name):
    networks = needed.of_sweep(name)
    keys = [network.key for network in networks]
    assert len(keys) == len(set(keys))
    for position, network in enumerate(networks):
        if network.config.kind == "student":
            assert run_key(network.teacher) == network.config.teacher
            assert keys.index(network.config.teacher) < position
    assert {run_key(plan.student) for plan in plans_of(name)} <= set(keys)


def test_students_come_in_the_order_of_their_teachers():
    """The first teacher is ready first, so its students must not wait behind others."""
    students = [n for n in needed.of_sweep("student-size") if n.config.kind == "student"]
    seeds = [student.config.seed for student in students]
    assert seeds == sorted(seeds)


def test_given_seeds_replace_the_sweeps_own():
    assert {plan.student.seed for plan in plans_of("soft-weight", [7])} == {7}
    assert kinds(needed.of_sweep("soft-weight", range(2)))["teacher"] == 2


def test_a_setting_changes_the_recipe_or_the_student(monkeypatch):
    settings = ({}, {"omitted_classes": (7, 8)}, {"scale_soft_by_t2": False, "temperature": 4.0})
    monkeypatch.setitem(sweeps.SWEEPS, "mixed", sweeps.Sweep("mixed", settings, (3,)))
    plain, omitting, unscaled = sweeps.points("mixed")
    assert plain.plan == plans.experiment(seed=3)
    assert omitting.plan == plans.experiment(seed=3, omitted_classes=(7, 8))
    at_four = plans.experiment(seed=3, temperature=4.0)
    assert unscaled.plan.student == replace(at_four.student, scale_soft_by_t2=False)
    assert unscaled.parameters == settings[2]


def test_a_setting_reaches_the_teacher_and_the_student_names_that_teacher():
    plain, cnn, ensemble = plans_of("teacher-architecture", [5])
    assert cnn.teacher.architecture == "cnn"
    assert ensemble.teacher.members == 5
    assert plain.teacher == plans.experiment(seed=5).teacher
    for plan in (plain, cnn, ensemble):
        assert plan.student.teacher == run_key(plan.teacher)
        assert planned_epochs(plan.student, 53_869) == planned_epochs(plain.student, 53_869)


@pytest.mark.parametrize("name", ["nope", "", "../temperature", "x" * 500])
def test_an_unknown_name_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match="the sweeps are causality, temperature-by-size") as caught:
        sweeps.points(name)
    assert len(str(caught.value)) < 100 + len(", ".join(sweeps.SWEEPS))


def omitted_sets(name):
    """Return what the students of a sweep omit, a frozenset each."""
    return [frozenset(plan.student.omitted_classes) for plan in plans_of(name)]


@pytest.mark.parametrize(
    ("name", "sets", "size", "seeds"),
    [
        ("omit-one", 10, 1, 8),
        ("keep-two", 45, 8, 1),
        ("keep-one", 10, 9, 1),
        ("paper-pair", 4, 8, 8),
    ],
)
def test_an_omission_sweep_leaves_out_every_set_of_its_size(name, sets, size, seeds):
    assert name in OMITTING
    found = Counter(omitted_sets(name))
    assert len(found) == sets
    assert {len(omitted) for omitted in found} == {size}
    assert set(found.values()) == {seeds}
    for plan in plans_of(name):
        omitted = plan.student.omitted_classes
        assert plan == plans.experiment(seed=plan.student.seed, omitted_classes=omitted)


def test_the_papers_pair_is_compared_with_others_that_hold_an_eight():
    first, *others = dict.fromkeys(frozenset(range(10)) - s for s in omitted_sets("paper-pair"))
    assert first == {7, 8}
    assert others == [{4, 8}, {6, 8}, {8, 9}]


# The ablations: what the pages promise is in them


@pytest.mark.parametrize("name", ABLATIONS)
def test_every_setting_is_a_configuration_of_its_own_over_its_seeds(name):
    points, seeds = sweeps.points(name), range(8 if name in WITH_CLAIMS else 3)
    keys = [run_key(point.plan.student) for point in points]
    assert len(set(keys)) == len(keys) == len(seeds) * len(sweeps.SWEEPS[name].settings)
    assert {point.plan.student.seed for point in points} == set(seeds)
    # The table is JSON, and its readers look for these very parameters.
    assert [json.loads(json.dumps(p.parameters)) for p in points] == [p.parameters for p in points]


@pytest.mark.parametrize("name", ABLATIONS)
def test_the_plain_student_is_the_reference(name):
    assert run_key(plans.experiment(seed=0).student) in {
        run_key(plan.student) for plan in plans_of(name)
    }


def test_a_smaller_transfer_set_is_not_trained_for_fewer_updates():
    full = plans.experiment().student
    images = 53_869  # MNIST's training images but its 6,131 threes
    wanted = full.epochs * -(-images // full.batch_size)
    for setting in sweeps.SWEEPS["transfer-size"].settings:
        size = setting.get("transfer_size", images)
        floor = setting.get("minimum_steps", 0)
        assert size == images or floor == wanted
    tenth = sweeps.CAUSALITY["random-tenth"]
    assert tenth["transfer_size"] == round(images / 10)


def test_the_soft_and_the_hard_weight_sum_to_one():
    for setting in sweeps.SWEEPS["soft-weight"].settings:
        assert setting["soft_weight"] + setting["hard_weight"] == pytest.approx(1.0)


# Why did a source get that?


@pytest.mark.parametrize("name", WHY)
def test_every_change_of_a_source_is_there_with_both_offsets(name):
    source = known.SOURCES[name.removeprefix("why-")]
    first, *changes = source.why.values()
    assert first == {}
    assert all(changes)
    seed_0 = [point for point in sweeps.points(name) if point.plan.student.seed == 0]
    assert [point.parameters for point in seed_0] == [
        {**change, "criterion": criterion}
        for change in source.why.values()
        for criterion in ("paper", "frequency")
    ]
    assert {plan.recipe for plan in plans_of(name)} == {source.recipe}
    assert len({run_key(point.plan.student) for point in seed_0}) == len(source.why)


def test_the_sources_that_are_asked_why():
    assert WHY == ["why-am207", "why-hiverxd"]
    assert all(sweeps.SWEEPS[name].recipe is CLASSROOM for name in ABLATIONS + OMITTING)
