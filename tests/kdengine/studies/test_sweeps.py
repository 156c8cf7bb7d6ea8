"""Which experiments belong to each named sweep; nothing is trained."""

from collections import Counter
from dataclasses import replace

import pytest

from kdengine.config import run_key
from kdengine.recipes import recipe as recipes
from kdengine.studies import sweeps


def kinds(networks):
    """Count networks by kind."""
    return Counter(network.config.kind for network in networks)


def test_the_temperature_sweep_is_eight_temperatures_by_three_seeds():
    made = sweeps.experiments("temperature")
    assert {(e.student.temperature, e.student.seed) for e in made} == {
        (t, seed) for t in (1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 30.0, 50.0) for seed in (0, 1, 2)
    }
    assert {e.student.omitted_classes for e in made} == {(3,)}
    assert kinds(sweeps.networks("temperature")) == {"teacher": 3, "student": 24}


def test_the_seeds_sweep_is_the_recipe_itself_with_baselines():
    made = sweeps.experiments("seeds")
    assert made == [recipes.experiment(seed=seed) for seed in range(5)]
    assert kinds(sweeps.networks("seeds")) == {"teacher": 5, "student": 5, "baseline": 5}


@pytest.mark.parametrize("name", sweeps.SWEEPS)
def test_every_network_comes_once_and_after_its_teacher(name):
    networks = sweeps.networks(name)
    keys = [network.key for network in networks]
    assert len(keys) == len(set(keys))
    for position, network in enumerate(networks):
        if network.config.kind == "student":
            assert run_key(network.teacher) == network.config.teacher
            assert keys.index(network.config.teacher) < position
    assert {run_key(e.student) for e in sweeps.experiments(name)} <= set(keys)


def test_students_come_in_the_order_of_their_teachers():
    """The first teacher is ready first, so its students must not wait behind others."""
    students = [n for n in sweeps.networks("temperature") if n.config.kind == "student"]
    seeds = [student.config.seed for student in students]
    assert seeds == sorted(seeds)


def test_given_seeds_replace_the_sweeps_own():
    assert {e.student.seed for e in sweeps.experiments("temperature", [7])} == {7}
    assert kinds(sweeps.networks("seeds", range(2)))["teacher"] == 2


def test_a_setting_changes_the_recipe_or_the_student(monkeypatch):
    settings = ({}, {"omitted_classes": (7, 8)}, {"scale_soft_by_t2": False, "temperature": 4.0})
    monkeypatch.setitem(sweeps.SWEEPS, "mixed", sweeps.Sweep("mixed", settings, (3,)))
    plain, omitting, unscaled = sweeps.points("mixed")
    assert plain.experiment == recipes.experiment(seed=3)
    assert omitting.experiment == recipes.experiment(seed=3, omitted_classes=(7, 8))
    at_four = recipes.experiment(seed=3, temperature=4.0)
    assert unscaled.experiment.student == replace(at_four.student, scale_soft_by_t2=False)
    assert unscaled.parameters == settings[2]


@pytest.mark.parametrize("name", ["nope", "", "../temperature", "x" * 500])
def test_an_unknown_name_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match="the sweeps are temperature, seeds") as caught:
        sweeps.points(name)
    assert len(str(caught.value)) < 100 + len(", ".join(sweeps.SWEEPS))


def omitted_sets(name):
    """Return what the students of a sweep omit, a frozenset each."""
    return [frozenset(e.student.omitted_classes) for e in sweeps.experiments(name)]


@pytest.mark.parametrize(
    ("name", "sets", "size", "seeds"),
    [
        ("omit-one", 10, 1, 3),
        ("omit-pairs", 45, 2, 1),
        ("keep-two", 45, 8, 1),
        ("keep-one", 10, 9, 3),
        ("paper-pair", 1, 8, 3),
    ],
)
def test_an_omission_sweep_leaves_out_every_set_of_its_size(name, sets, size, seeds):
    found = Counter(omitted_sets(name))
    assert len(found) == sets
    assert {len(omitted) for omitted in found} == {size}
    assert set(found.values()) == {seeds}
    for made in sweeps.experiments(name):
        omitted = made.student.omitted_classes
        assert made == recipes.experiment(seed=made.student.seed, omitted_classes=omitted)


def test_the_papers_pair_keeps_seven_and_eight():
    assert set(omitted_sets("paper-pair")) == {frozenset(range(10)) - {7, 8}}
