"""How long it takes: paces of stored runs times work that can be counted by hand."""

from dataclasses import replace

import pytest

from kdengine import files
from kdengine.config import TEST_SIZES, TRAIN_SIZES, TeacherConfig, run_key
from kdengine.data import datasets, transfer
from kdengine.recipes import plans
from kdengine.store import runs as store
from kdengine.studies import estimate, needed
from kdengine.studies.needed import Network
from kdengine.studies.workers import Workers
from tests.kdengine import tiny_runs, tiny_sweep
from tests.kdengine.tiny_runs import edit_json

ALONE = Workers(1)
# One epoch of 1,200 digits in batches of 100, tested on 597.
TEACHER = TeacherConfig(dataset="digits", epochs=1, hidden_sizes=(4,), batch_size=100)


@pytest.fixture
def networks(empty_store, monkeypatch):
    """Return the networks of the tiny sweep, with nothing stored."""
    tiny_sweep.install(monkeypatch)
    return needed.of_sweep("tiny")


def stored(config, seconds: float, threads: int = 1, recipe: str = "classroom") -> str:
    """Store a run of *config* that took so many seconds."""
    key = tiny_runs.save(config)
    environment = {"device": "cpu", "precision": "fp32", "thread_count": threads}
    edit_json(
        tiny_runs.folder_of(key) / "metrics.json",
        wall_seconds=seconds,
        environment=environment,
        recipe=recipe,
    )
    return key


def network(config, recipe="classroom", teacher=None) -> Network:
    return Network(config, recipe, teacher)


def test_the_time_is_unknown_as_long_as_nothing_is_stored(networks):
    assert estimate.seconds(networks, ALONE) is None


def test_the_time_comes_from_stored_runs_of_the_same_kind(networks):
    seconds = {"teacher": 30.0, "student": 20.0}
    for one in networks:
        stored(one.config, seconds[one.config.kind], threads=2)
    # 2 × 30 s + 4 × 20 s on two threads, in core seconds: 280
    assert estimate.seconds(networks, Workers(1, 1)) == pytest.approx(280.0)
    assert estimate.seconds(networks, Workers(4, 1)) == pytest.approx(70.0)
    assert estimate.seconds(networks, Workers(2, 2)) == pytest.approx(70.0)
    assert estimate.seconds(networks[:1], Workers(4, 1)) == pytest.approx(60.0)
    assert estimate.seconds(networks, Workers(1, scheduler="tcp://a:1")) is None


def test_other_datasets_and_kinds_tell_where_nothing_nearer_does(networks):
    stored(TEACHER, 7.0)
    assert estimate.seconds([network(TEACHER)], ALONE) == pytest.approx(7.0)
    stored(replace(TEACHER, seed=1), 9.0)
    assert estimate.seconds([network(TEACHER)], ALONE) == pytest.approx(7.0)  # the quicker
    assert estimate.seconds(needed.of_sweep("why-am207"), ALONE) > 0.0


def test_runs_of_this_machine_tell_more_than_shipped_ones(networks):
    shipped = stored(TEACHER, 100.0)
    files.shipped_dir().mkdir(parents=True)
    tiny_runs.folder_of(shipped).rename(files.shipped_dir() / shipped)
    one = network(replace(TEACHER, seed=5))
    assert estimate.seconds([one], ALONE) == pytest.approx(100.0)
    stored(replace(TEACHER, seed=1), 9.0)
    assert estimate.seconds([one], ALONE) == pytest.approx(9.0)


def test_work_counted_by_hand():
    shown = 1200 + 597
    weights = 784 * 4 + 4 + 4 * 10 + 10
    there = 2 * (784 * 4 + 4 * 10)
    products = 1200 * (there + 2 * (784 * 4 + 2 * 4 * 10)) + 597 * there
    expected = products + 4.0 * shown * there + 1.8e6 * shown + 700.0 * 12 * weights
    assert estimate.work(TEACHER, None) == pytest.approx(expected)


def times(config, teacher=None, base=TEACHER, base_teacher=None) -> float:
    """Return how many times the work of *base* the work of *config* is."""
    return estimate.work(config, teacher) / estimate.work(base, base_teacher)


def test_twice_the_epochs_take_nearly_twice_as_long():
    long = replace(TEACHER, epochs=20)
    assert times(replace(long, epochs=40), base=long) == pytest.approx(2.0, rel=0.01)
    floor = replace(long, epochs=1, minimum_steps=20 * 12)
    assert times(floor, base=long) == pytest.approx(1.0)


def test_members_convolutions_and_sizes_count():
    large = replace(TEACHER, dataset="mnist", hidden_sizes=(1200, 1200))
    five = replace(large, members=5)
    assert 3.0 < times(five, base=large) < 5.0
    assert times(replace(large, hidden_sizes=(800, 800)), base=large) < 1.0
    # A convolution's operations take longer: fewer of them, and yet more work.
    picture = replace(large, architecture="cnn", hidden_sizes=(128,))
    assert times(picture, base=large) > 1.0
    plain = replace(picture, architecture="mlp")
    dense = sum(estimate.operations(plain)) - 2 * 784 * 128
    convolutions = sum(estimate.operations(picture)) - dense - 2 * 7 * 7 * 32 * 128
    assert convolutions == pytest.approx(5.4 * 2 * 25 * (14 * 14 * 16 + 7 * 7 * 16 * 32))


def test_a_student_waits_for_the_answers_of_its_teacher():
    student = replace(plans.experiment().student, distortion_epochs=1)
    small, large = (replace(TEACHER, hidden_sizes=(units, units)) for units in (10, 1200))
    assert times(student, large, student, small) > 1.3
    still = replace(student, jitter_pixels=0)
    assert times(still, large, still, small) == 1.0
    # Frozen distortions are asked for once.
    frozen = replace(student, frozen_distortions=True)
    asked = [estimate.work(each, large) - estimate.work(each, None) for each in (student, frozen)]
    assert asked[0] == pytest.approx(student.epochs * asked[1])


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"omitted_classes": (3,)},
        {"omitted_classes": tuple(range(8))},
        {"transfer_size": 100},
        {"omitted_classes": (3,), "selection": "top-tenth"},
        {"omitted_classes": (3,), "selection": "other-nine-tenths"},
    ],
)
def test_the_transfer_set_is_about_as_large_as_guessed(changed, small_store):
    """Classes are not quite equally frequent, so within a tenth."""
    data = datasets.load("digits")
    assert (len(data.train_labels), len(data.test_labels)) == (
        TRAIN_SIZES["digits"],
        TEST_SIZES["digits"],
    )
    made = plans.experiment(dataset="digits")
    config = replace(made.student, **{"omitted_classes": (), **changed})
    answers = store.load(run_key(made.teacher)).train_logits
    real = int(transfer.chosen_images(config, data.train_labels, answers).sum())
    assert estimate.transfer_images(config) == pytest.approx(real, rel=0.1)


def test_a_student_whose_teacher_is_gone_still_tells(empty_store):
    student = replace(tiny_runs.STUDENT, jitter_pixels=1)
    stored(student, 5.0)
    assert estimate.seconds([network(student)], ALONE) == pytest.approx(5.0)
