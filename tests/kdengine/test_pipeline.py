"""The whole pipeline on digits, with networks small enough to train in a blink."""

import base64
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kdengine import files, pipeline
from kdengine.cli import run as run_command
from kdengine.config import run_key
from kdengine.data import datasets, mnist_files, transfer
from kdengine.offsets.rule import CRITERIA
from kdengine.recipes import plans
from kdengine.store import archive
from kdengine.store import runs as store
from kdengine.store.run_files import FILES, RunDamaged, check_run
from kdengine.training import fit as training
from tests.kdengine.tiny_runs import edit_json, edit_tensors

ROOT = Path(__file__).resolve().parents[2]
CONFIG, METRICS, WEIGHTS, LOGITS, REPLAY = FILES
FIGURES = {"errors", "accuracy", "omitted_accuracy", "other_accuracy", "per_class_accuracy"}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Networks this small are slower with two threads, and much slower on a busy machine."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


def tiny(omitted=(3,), *, seed=0, jitter_pixels=0, **changed):
    """Return an experiment on digits whose networks have a dozen hidden units."""
    made = plans.experiment(dataset="digits", omitted_classes=omitted, seed=seed, **changed)
    quick = {"minimum_steps": 0, "batch_size": 64, "learning_rate": 1e-2}
    teacher = replace(made.teacher, hidden_sizes=(16,), epochs=3, **quick)
    student = replace(
        made.student,
        hidden_sizes=(12,),
        epochs=4,
        teacher=run_key(teacher),
        jitter_pixels=jitter_pixels,
        **quick,
    )
    return replace(made, teacher=teacher, student=student)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Run one experiment with its baseline; return its cache, its result and its events."""
    cache, events = tmp_path_factory.mktemp("done"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        result = pipeline.run(tiny(), with_baseline=True, precision="fp32", on_event=events.append)
    return cache, result, events


@pytest.fixture
def stored(done, tmp_path, monkeypatch):
    """Use a copy of that cache; return the result."""
    cache, result, _ = done
    copy = tmp_path / "cache"
    for path in cache.glob("runs/*/*"):
        (copy / path.relative_to(cache)).parent.mkdir(parents=True, exist_ok=True)
        (copy / path.relative_to(cache)).write_bytes(path.read_bytes())
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(copy))
    return result


@pytest.fixture
def no_training(monkeypatch):
    """Training and loading data both fail."""

    def refuse(*arguments, **options):
        pytest.fail("something was trained or loaded")

    monkeypatch.setattr(training, "fit", refuse)
    monkeypatch.setattr(pipeline, "_dataset", refuse)
    monkeypatch.setattr(datasets, "load", refuse)


@pytest.fixture
def fitted(monkeypatch):
    """Return a list that gets (config, options) of every training."""
    calls, fit = [], training.fit

    def spy(network, config, **options):
        calls.append((config, options))
        return fit(network, config, **options)

    monkeypatch.setattr(training, "fit", spy)
    return calls


def without_time(result):
    """Return a result without what the clock says."""
    return {name: value for name, value in result.items() if name != "wall_seconds"}


# The result


def test_the_result_has_the_documented_keys(done):
    result = json.loads(json.dumps(done[1], allow_nan=False))
    assert result.keys() == {
        "config",
        "environment",
        "run_keys",
        "teacher",
        "student_before",
        "student_after",
        "baseline",
        "offset",
        "wall_seconds",
    }
    assert result["run_keys"].keys() == {"teacher", "student", "baseline"}
    for role in ("teacher", "student_before", "student_after", "baseline"):
        assert result[role].keys() == FIGURES, role
        assert type(result[role]["errors"]) is int
        assert len(result[role]["per_class_accuracy"]) == 10
    assert result["offset"].keys() == {
        "criterion",
        "match",
        "classes",
        "value",
        "target_frequency",
        "mean_mass_before",
        "mean_mass_after",
        "probe_size",
    }
    assert type(result["offset"]["value"]) is float
    roles = {"load", "teacher", "student", "baseline", "offset", "total"}
    assert result["wall_seconds"].keys() == roles
    parts = sum(seconds for role, seconds in result["wall_seconds"].items() if role != "total")
    assert 0.0 < parts <= result["wall_seconds"]["total"]
    assert result["config"] == tiny().to_dict()
    assert result["environment"]["precision"] == "fp32"


def test_without_a_baseline_its_place_is_null(stored, no_training):
    result = pipeline.run(tiny())
    assert result["baseline"] is None
    assert result["run_keys"].keys() == {"teacher", "student"}
    assert "baseline" not in result["wall_seconds"]


def test_the_figures_are_those_of_the_stored_logits(stored):
    keys, labels = stored["run_keys"], datasets.load("digits").test_labels

    def errors(logits):
        return int((logits.argmax(axis=1) != labels).sum())

    for role, name in (
        ("teacher", "teacher"),
        ("student", "student_before"),
        ("baseline", "baseline"),
    ):
        assert stored[name]["errors"] == errors(store.load(keys[role]).test_logits)
    shifted = store.load(keys["student"]).test_logits.astype(np.float64)
    shifted[:, 3] += stored["offset"]["value"]
    assert stored["student_after"]["errors"] == errors(shifted)
    on_threes = (shifted.argmax(axis=1) == 3)[labels == 3].mean()
    assert stored["student_after"]["omitted_accuracy"] == pytest.approx(on_threes)


def test_the_offset_is_the_criterions(stored):
    student = store.load(stored["run_keys"]["student"])
    logits = student.train_logits.astype(np.float64)
    logits[:, 3] += stored["offset"]["value"]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    mass = (odds[:, 3] / odds.sum(axis=1)).mean()
    frequency = (student.train_labels == 3).mean()
    assert stored["offset"]["target_frequency"] == pytest.approx(frequency)
    assert mass == pytest.approx(frequency, abs=1e-6)
    assert stored["offset"]["probe_size"] == len(student.train_labels)


def test_the_story_holds_on_digits(done):
    """The hard-label student never says 3; the distilled one does once it has its offset."""
    result = done[1]
    assert result["baseline"]["omitted_accuracy"] == 0.0
    assert result["student_after"]["omitted_accuracy"] > 0.3
    assert result["offset"]["value"] > 0.0


@pytest.mark.parametrize("criterion", [name for name in CRITERIA if name != "frequency"])
def test_another_criterion_needs_no_training(stored, no_training, criterion):
    result = pipeline.run(tiny(criterion=criterion), with_baseline=True)
    assert result["offset"]["criterion"] == criterion
    assert result["run_keys"] == stored["run_keys"]
    assert result["student_before"] == stored["student_before"]
    assert "offset " in run_command.result_table(result)


def test_the_teachers_criteria_get_the_teachers_answers(stored, no_training):
    teacher = store.load(stored["run_keys"]["teacher"]).train_logits.astype(np.float64)
    odds = np.exp(teacher - teacher.max(axis=1, keepdims=True))
    offset = pipeline.run(tiny(criterion="teacher-mass"))["offset"]
    mass = (odds[:, 3] / odds.sum(axis=1)).mean()
    assert offset["mean_mass_after"] == pytest.approx(mass, abs=1e-6)


def test_a_probe_reaches_the_criterion(stored, no_training):
    result = pipeline.run(tiny(probe_size=300))
    assert result["offset"]["probe_size"] == 300
    assert result["offset"]["value"] != stored["offset"]["value"]


# Events


def test_events_come_in_order(done):
    _, result, events = done
    keys = result["run_keys"]
    assert events[0] == {
        "event": "plan",
        "networks": [
            {"role": role, "key": keys[role], "stored": False}
            for role in ("teacher", "student", "baseline")
        ],
    }
    seen = [(event["event"], event["role"], event.get("epoch")) for event in events[1:]]
    expected = []
    for role, epochs in (("teacher", 3), ("student", 4), ("baseline", 4)):
        expected.append(("untrained", role, None))
        expected += [("epoch", role, epoch) for epoch in range(1, epochs + 1)]
        expected.append(("ready", role, None))
    assert seen == expected
    assert all(event["epochs"] == 3 for event in events[2:5])
    guesses = [event["accuracy"] for event in events if event["event"] == "untrained"]
    assert len(guesses) == 3
    assert all(accuracy < 0.35 for accuracy in guesses)  # ten classes: about a tenth by chance
    json.dumps(events, allow_nan=False)


def test_an_epoch_tells_which_images_of_the_omitted_class_are_right(stored, done):
    labels = datasets.load("digits").test_labels
    logits = store.load_replay(stored["run_keys"]["student"])
    epochs = [e for e in done[2] if e["event"] == "epoch" and e["role"] == "student"]
    assert len(logits) == len(epochs)
    for epoch, after in zip(epochs, logits, strict=True):
        bits = "".join(f"{byte:08b}" for byte in base64.b64decode(epoch["right"]))
        right = [int(bit) for bit in bits[: len(after)]]
        assert right == [int(row.argmax() == 3) for row in after]
        assert sum(right) / (labels == 3).sum() == pytest.approx(epoch["omitted_accuracy"])
    assert {
        event["right"] for event in done[2] if event.get("role") == "teacher" if "right" in event
    } == {""}


def test_events_of_a_stored_experiment(stored, no_training):
    events = []
    pipeline.run(tiny(), on_event=events.append)
    assert [event["event"] for event in events] == ["plan", "ready", "ready"]
    assert all(network["stored"] for network in events[0]["networks"])


# What is trained, and on what


def test_the_second_time_nothing_is_trained_or_loaded(stored, no_training):
    again = pipeline.run(tiny(), with_baseline=True)
    assert without_time(again) == without_time(stored)
    assert again["wall_seconds"]["load"] == 0.0


def test_a_stored_experiment_needs_no_data(stored, monkeypatch, tmp_path):
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "nothing"))
    pipeline._dataset.cache_clear()
    assert without_time(pipeline.run(tiny(), with_baseline=True)) == without_time(stored)


def test_missing_data_are_named_before_anything_is_stored(empty_store, no_mnist):
    pipeline._dataset.cache_clear()
    with pytest.raises(mnist_files.DataMissing):
        pipeline.run(plans.experiment(dataset="mnist"))
    assert store.list_runs() == []


def test_a_teacher_is_shared_between_students(stored, fitted):
    result = pipeline.run(tiny((5,)))
    assert [config.kind for config, _ in fitted] == ["student"]
    assert result["run_keys"]["teacher"] == stored["run_keys"]["teacher"]
    assert result["run_keys"]["student"] != stored["run_keys"]["student"]
    assert result["teacher"]["errors"] == stored["teacher"]["errors"]


def test_everybody_gets_the_images_meant_for_them(empty_store, fitted):
    pipeline.run(tiny((3, 5)), with_baseline=True, precision="fp32")
    digits = datasets.load("digits")
    stays = ~np.isin(digits.train_labels, (3, 5))
    given = {config.kind: options for config, options in fitted}
    assert [config.kind for config, _ in fitted] == ["teacher", "student", "baseline"]
    np.testing.assert_array_equal(given["teacher"]["images"], digits.train_images)
    for kind in ("student", "baseline"):
        np.testing.assert_array_equal(given[kind]["images"], digits.train_images[stays])
        np.testing.assert_array_equal(given[kind]["labels"], digits.train_labels[stays])
    for options in given.values():
        np.testing.assert_array_equal(options["test_images"], digits.test_images)
    teacher = store.load(run_key(tiny((3, 5)).teacher))
    expected = teacher.train_logits[stays]
    np.testing.assert_array_equal(given["student"]["teacher_logits"], expected)
    assert given["teacher"]["teacher_logits"] is given["baseline"]["teacher_logits"] is None


def test_a_jittered_student_asks_its_stored_teacher(stored, fitted):
    pipeline.run(tiny(jitter_pixels=1))
    ((config, options),) = fitted
    assert config.kind == "student"
    weights = training.weights_of(options["teacher"])
    for name, array in store.load_weights(stored["run_keys"]["teacher"]).items():
        np.testing.assert_array_equal(weights[name], array)


@pytest.mark.parametrize("written", [None, 0.0, 4e9])
def test_fresh_trains_again_and_comes_to_the_same(stored, fitted, written):
    """Whenever the runs say that they were written: a clock was set back, or a disk has its own."""
    for path in files.runs_dir().glob(f"*/{METRICS}") if written is not None else ():
        os.utime(path, (written, written))
    again = pipeline.run(tiny(), with_baseline=True, precision="fp32", fresh=True)
    assert [config.kind for config, _ in fitted] == ["teacher", "student", "baseline"]
    assert without_time(again) == without_time(stored)


@pytest.mark.parametrize("name", [CONFIG, METRICS, LOGITS])
def test_a_damaged_run_is_not_used_and_fresh_mends_it(stored, name):
    key = stored["run_keys"]["student"]
    (files.runs_dir() / key / name).unlink()
    if name != CONFIG:  # without one it is not there at all, and is trained like any other
        with pytest.raises(RunDamaged, match="--fresh"):
            pipeline.run(tiny(), precision="fp32")
    result = pipeline.run(tiny(), precision="fp32", fresh=True)
    assert result["student_before"] == stored["student_before"]
    check_run(store.find(key), key)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "abacus"}, "use auto or cpu"),
        ({"precision": "fp16"}, "auto, fp32, bf16"),
    ],
)
def test_an_unknown_device_or_precision_stores_nothing(empty_store, options, message):
    with pytest.raises(ValueError, match=message):
        pipeline.run(tiny(), **options)
    assert store.list_runs() == []


def test_precision_is_recorded_and_not_part_of_the_key(stored):
    result = pipeline.run(tiny(), precision="bf16", fresh=True)
    assert result["run_keys"]["student"] == stored["run_keys"]["student"]
    assert result["environment"]["precision"] == "bf16"
    assert result["environment"].keys() >= {"device", "processor", "thread_count", "torch", "numpy"}


# None omitted, several omitted


def test_with_nothing_omitted_there_is_no_offset(empty_store):
    result = pipeline.run(tiny(()), with_baseline=True)
    assert result["offset"] is None
    assert result["student_after"] == result["student_before"]
    assert result["student_before"]["omitted_accuracy"] is None
    assert store.load_replay(result["run_keys"]["student"]) is None


def test_with_several_omitted_there_is_a_list_in_their_order(empty_store):
    result = pipeline.run(tiny((7, 3)))
    offset = result["offset"]
    labels = datasets.load("digits").train_labels
    assert offset["target_frequency"] == [(labels == digit).mean() for digit in (3, 7)]
    for name in ("value", "mean_mass_before", "mean_mass_after"):
        assert len(offset[name]) == 2, name
    assert offset["mean_mass_after"] == pytest.approx(offset["target_frequency"], abs=1e-6)
    student = store.load(result["run_keys"]["student"])
    shifted = student.test_logits.astype(np.float64)
    shifted[:, [3, 7]] += offset["value"]
    wrong = int((shifted.argmax(axis=1) != student.test_labels).sum())
    assert result["student_after"]["errors"] == wrong


def test_with_more_omitted_than_kept_all_ten_classes_are_matched(empty_store):
    result = pipeline.run(tiny((0, 1, 2, 3, 4, 9)))
    offset, labels = result["offset"], datasets.load("digits").train_labels
    assert (offset["match"], offset["classes"]) == ("all", list(range(10)))
    student = store.load(result["run_keys"]["student"])
    moved = student.train_logits + np.array(offset["value"])
    odds = np.exp(moved - moved.max(axis=1, keepdims=True))
    masses = (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)
    np.testing.assert_allclose(masses, np.bincount(labels) / len(labels), atol=1e-5)
    answers = (student.test_logits + np.array(offset["value"])).argmax(axis=1)
    assert result["student_after"]["errors"] == int((answers != student.test_labels).sum())


def test_all_classes_can_be_matched_where_none_is_omitted(empty_store):
    offset = pipeline.run(tiny((), match="all"))["offset"]
    assert offset["classes"] == list(range(10))
    assert sum(offset["value"]) == pytest.approx(0.0, abs=1e-9)


# What is stored


def test_the_stored_run_proves_itself(stored):
    digits = datasets.load("digits")
    for role, key in stored["run_keys"].items():
        check_run(store.find(key), key)
        run = store.load(key)
        omitted = run.config.omitted_classes
        stays = int((~np.isin(digits.train_labels, omitted)).sum())
        assert run.metrics["split_sizes"] == {
            "train": len(digits.train_labels),
            "transfer": stays,
            "test": len(digits.test_labels),
        }
        assert run.metrics["data_sha256"] == digits.sha256
        assert run.metrics["recipe"] == "classroom"
        assert len(run.metrics["history"]) == run.config.epochs
        sizes = [784, *run.config.hidden_sizes, 10]
        parameters = sum((a + 1) * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        assert run.metrics["parameters"] == parameters, role
        np.testing.assert_array_equal(run.test_labels, digits.test_labels)
        np.testing.assert_array_equal(run.train_labels, digits.train_labels)


def test_the_replay_holds_each_epochs_answers_to_the_omitted_images(stored):
    key = stored["run_keys"]["student"]
    run, replay = store.load(key), store.load_replay(key)
    is_three = run.test_labels == 3
    assert replay.shape == (run.config.epochs, is_three.sum(), 10)
    assert replay.dtype == np.float16
    expected = run.test_logits[is_three].astype(np.float16)
    np.testing.assert_array_equal(replay[-1], expected)
    for epoch, record in enumerate(run.metrics["history"]):
        on_threes = (replay[epoch].argmax(axis=1) == 3).mean()
        assert record["omitted_accuracy"] == pytest.approx(on_threes, abs=0.02)  # float16 ties
    for role in ("teacher", "baseline"):
        assert store.load_replay(stored["run_keys"][role]) is None


def test_no_host_user_or_path_is_stored(stored):
    for key in stored["run_keys"].values():
        text = (store.find(key) / METRICS).read_text()
        for name in (str(Path.home()), str(ROOT), "/tmp"):
            assert name not in text


# Verifying


def test_verify_computes_the_logits_again(stored):
    for key in stored["run_keys"].values():
        found = pipeline.verify(key)
        assert found["ok"]
        assert found["images"] == 1797
        assert 0.0 <= found["largest_difference"] <= found["tolerance"] <= 0.01


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (WEIGHTS, lambda t: t["layers.2.bias"].__setitem__(3, t["layers.2.bias"][3] + 0.5)),
        (WEIGHTS, lambda t: t["layers.0.weight"].__imul__(np.float16(1.05))),
        (LOGITS, lambda t: t["train_logits"].__iadd__(np.float32(0.01))),
        (LOGITS, lambda t: t["train_labels"].__setitem__(0, (t["train_labels"][0] + 1) % 10)),
        (
            LOGITS,
            lambda t: t.update(
                train_logits=t["train_logits"][1:].copy(), train_labels=t["train_labels"][1:].copy()
            ),
        ),
    ],
    ids=["one bias", "weights", "logits", "one label", "an image too few"],
)
def test_verify_notices_a_forgery_whose_hashes_agree(stored, name, change):
    key = stored["run_keys"]["student"]
    edit_tensors(store.find(key), name, change)
    store.load(key)  # nothing to be seen from outside
    assert not pipeline.verify(key)["ok"]


@pytest.mark.parametrize(
    "changed",
    [
        {"architecture": "cnn", "epochs": 1},
        {"architecture": "cnn-strip", "epochs": 1},
        {"members": 2},
        {"omitted_classes": (3,)},
    ],
    ids=str,
)
def test_other_teachers_are_stored_verified_and_travel(changed, empty_store, tmp_path, monkeypatch):
    made = tiny(jitter_pixels=1)
    teacher = replace(made.teacher, **changed)
    made = replace(made, teacher=teacher, student=replace(made.student, teacher=run_key(teacher)))
    keys = pipeline.run(made, precision="fp32")["run_keys"].values()
    archive.export_runs(archive.experiment_keys(run_key(made.student)), tmp_path / "runs.zip")
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "elsewhere"))
    imported = archive.import_runs(
        tmp_path / "runs.zip",
        lambda dataset, part: getattr(datasets.load(dataset), part),
    )
    assert {run.key: (run.outcome, run.why) for run in imported} == dict.fromkeys(
        keys, ("stored", "")
    )
    assert all(pipeline.verify(key)["ok"] for key in keys)


def test_a_teacher_that_never_saw_a_class_never_says_it(empty_store, fitted):
    made = tiny()
    teacher = replace(made.teacher, omitted_classes=(3,))
    made = replace(made, teacher=teacher, student=replace(made.student, teacher=run_key(teacher)))
    result = pipeline.run(made)
    assert result["teacher"]["omitted_accuracy"] == 0.0
    assert not any((options["labels"] == 3).any() for _, options in fitted)
    transfer_set = store.load(run_key(teacher)).metrics["split_sizes"]["transfer"]
    assert transfer_set == int((datasets.load("digits").train_labels != 3).sum())


def test_a_student_gets_the_selected_images_and_their_soft_targets(empty_store, fitted):
    made = tiny()
    made = replace(made, student=replace(made.student, selection="top-tenth", transfer_size=80))
    pipeline.run(made)
    (_, options) = fitted[-1]
    assert len(options["images"]) == len(options["labels"]) == 80
    teacher = store.load(run_key(made.teacher))
    data = datasets.load("digits")
    mask = transfer.chosen_images(made.student, data.train_labels, teacher.train_logits)
    assert np.array_equal(options["images"], data.train_images[mask])
    assert np.array_equal(options["teacher_logits"], teacher.train_logits[mask])
    assert store.load(run_key(made.student)).metrics["split_sizes"]["transfer"] == 80


def test_verify_says_when_the_data_are_others(stored):
    key = stored["run_keys"]["student"]
    edit_json(store.find(key) / METRICS, data_sha256="f" * 64)
    with pytest.raises(RunDamaged, match="train it anew with --fresh"):
        pipeline.verify(key)


def test_verify_of_damaged_weights_names_them(stored):
    key = stored["run_keys"]["student"]
    edit_tensors(store.find(key), WEIGHTS, lambda t: t.update(x=t.pop("layers.2.bias")))
    with pytest.raises(RunDamaged, match="weights.safetensors"):
        pipeline.verify(key)


# Interrupted, and two at once


def test_an_interrupted_training_stores_nothing_and_blocks_nobody(empty_store):
    def stop(event):
        if event["event"] == "epoch" and event["role"] == "student":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.run(tiny(), on_event=stop)
    kinds = [entry.config.kind for entry in store.list_runs()]
    assert kinds == ["teacher"]  # it was finished
    assert pipeline.run(tiny())["offset"] is not None


@pytest.mark.parametrize("fresh", [False, True])
def test_of_two_runs_at_once_the_second_waits_and_loads(empty_store, monkeypatch, fresh):
    first_trains, second_asks, go_on = threading.Event(), threading.Event(), threading.Event()
    calls, asked = [], []
    fit, writing = training.fit, store.writing

    def slow_fit(network, config, **options):
        calls.append(config.kind)
        first_trains.set()
        assert go_on.wait(60)
        yield from fit(network, config, **options)

    def counted_writing(key):
        asked.append(key)
        if len(asked) == 2:
            second_asks.set()
        return writing(key)

    monkeypatch.setattr(training, "fit", slow_fit)
    monkeypatch.setattr(store, "writing", counted_writing)
    with ThreadPoolExecutor(2) as threads:
        try:
            first = threads.submit(pipeline.run, tiny(), fresh=fresh)
            assert first_trains.wait(60)
            second = threads.submit(pipeline.run, tiny(), fresh=fresh)
            assert second_asks.wait(60)
            assert asked[0] == asked[1]
            assert not second.done()
            assert calls == ["teacher"]
        finally:
            go_on.set()
        results = [without_time(run.result(60)) for run in (first, second)]
    assert results[0] == results[1]
    assert calls == ["teacher", "student"]


# What ships


SHIPPED = sorted(path.name for path in (ROOT / "cache" / "shipped").glob("*-seed*/"))


@pytest.fixture
def shipped(monkeypatch):
    """Use the cache that comes with the project."""
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(ROOT / "cache"))


def test_both_experiments_ship_whole(shipped):
    kinds = {tuple(key.split("-")[:2]) for key in SHIPPED}
    for dataset in ("mnist", "digits"):
        assert {kind for kind, name in kinds if name == dataset} == {
            "teacher",
            "student",
            "baseline",
        }
    for key in SHIPPED:
        check_run(files.shipped_dir() / key, key)


@pytest.mark.parametrize("key", [key for key in SHIPPED if "-digits-" in key])
def test_a_shipped_digits_run_is_what_its_weights_answer(shipped, key):
    assert pipeline.verify(key)["ok"]


@pytest.mark.mnist
@pytest.mark.parametrize("key", [key for key in SHIPPED if "-mnist-" in key])
def test_a_shipped_mnist_run_is_what_its_weights_answer(shipped, mnist, key):
    assert pipeline.verify(key)["ok"]


def test_what_ships_is_small(shipped):
    size = sum(path.stat().st_size for path in files.shipped_dir().rglob("*") if path.is_file())
    assert size <= 48 * 2**20
