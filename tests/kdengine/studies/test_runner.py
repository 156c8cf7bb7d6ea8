"""A sweep in this process, in others and on a Dask cluster: the same runs, whatever happens."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
import torch

from kdengine import files, pipeline
from kdengine.config import run_key
from kdengine.data import datasets, mnist_files
from kdengine.store import runs as store
from kdengine.studies import needed, runner, sweeps
from kdengine.studies.workers import Workers
from kdengine.training import fit as training
from tests.kdengine import tiny_sweep
from tests.kdengine.tiny_runs import edit_json

ROOT = Path(__file__).resolve().parents[3]
ALONE = Workers(1)


@pytest.fixture(autouse=True)
def one_thread():
    """A sweep leaves torch with its own number of threads; other tests expect the usual one."""
    usual = torch.get_num_threads()
    yield
    torch.set_num_threads(usual)


@pytest.fixture
def networks(empty_store, monkeypatch):
    """Return the networks of the tiny sweep, with nothing stored."""
    tiny_sweep.install(monkeypatch)
    return needed.of_sweep("tiny")


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    """Train the tiny sweep in this process; return its cache and the outcomes."""
    cache = tmp_path_factory.mktemp("serial")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        tiny_sweep.install(patch)
        return cache, train(needed.of_sweep("tiny"), ALONE, precision="fp32")


@pytest.fixture
def fitted(monkeypatch):
    """Return a list that gets the key of every network that this process begins to train."""
    calls, fit = [], training.fit

    def spy(network, config, **options):
        calls.append(run_key(config))
        return fit(network, config, **options)

    monkeypatch.setattr(training, "fit", spy)
    return calls


def train(networks, pool, **options):
    """Train what is missing and return all outcomes."""
    return list(runner.train(networks, pool, **options))


def hashes(cache):
    """Return the SHA-256 of all tensor files in *cache*, by run."""
    return {
        path.parent.name: json.loads(path.read_text())["tensor_sha256"]
        for path in (cache / "runs").glob("*/metrics.json")
    }


def keys(networks, kind=None):
    """Return the keys of networks, of one kind perhaps."""
    return [n.key for n in networks if kind in (None, n.config.kind)]


# The same results in every way


def test_everything_is_trained_once_and_told(serial, networks):
    cache, outcomes = serial
    assert [outcome.key for outcome in outcomes] == keys(networks)
    assert len(outcomes) == tiny_sweep.NETWORKS
    assert all(o.problem is None and o.seconds > 0.0 for o in outcomes)
    assert hashes(cache).keys() == set(keys(networks))


def test_processes_fail_alone_and_come_to_the_same_results(serial, networks):
    """A damaged teacher fails its students, nothing else; without it all is as in one process."""
    teacher, options = networks[0].key, {"precision": "fp32"}
    shutil.copytree(serial[0] / "runs" / teacher, files.runs_dir() / teacher)
    edit_json(files.runs_dir() / teacher / "metrics.json", confusion=[])
    problems = {o.key: o.problem for o in train(networks, Workers(2), **options) if o.problem}
    of_it = [n.key for n in networks if n.teacher and run_key(n.teacher) == teacher]
    assert problems.keys() == set(of_it)
    assert all("--fresh" in problem for problem in problems.values())
    store.delete(teacher)
    outcomes = train(networks, Workers(2), **options)
    assert {o.key: o.problem for o in outcomes} == dict.fromkeys((teacher, *of_it))
    assert hashes(files.cache_dir()) == hashes(serial[0])


def test_a_cluster_comes_to_the_same_results(serial, networks):
    distributed = pytest.importorskip("distributed")
    options = {"protocol": "tcp", "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(1, threads_per_worker=2, processes=False, **options) as cluster:
        pool = Workers(1, scheduler=cluster.scheduler_address)
        outcomes = train(networks, pool, precision="fp32")
    assert [o.problem for o in outcomes] == [None] * tiny_sweep.NETWORKS
    assert hashes(files.cache_dir()) == hashes(serial[0])


def test_a_single_run_with_as_many_threads_comes_to_the_same(serial, networks):
    torch.set_num_threads(1)
    for point in sweeps.points("tiny"):
        pipeline.run(point.plan, precision="fp32")
    assert hashes(files.cache_dir()) == hashes(serial[0])


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_is_kept_and_recorded(networks, threads):
    train(networks[:1], Workers(1, threads))
    assert store.load(networks[0].key).metrics["environment"]["thread_count"] == threads


# What is stored is not trained


def test_only_what_is_missing_is_trained(serial, networks, fitted):
    shutil.copytree(serial[0] / "runs", files.runs_dir())
    assert train(networks, ALONE) == []
    gone = [keys(networks, "student")[1], keys(networks, "student")[2]]
    for key in gone:
        store.delete(key)
    assert keys(runner.missing(networks)) == keys(n for n in networks if n.key in gone)
    outcomes = train(networks, ALONE, precision="fp32")
    assert {o.key for o in outcomes} == set(fitted) == set(gone)
    assert hashes(files.cache_dir()) == hashes(serial[0])


def test_a_process_loads_data_and_teacher_once(networks, monkeypatch):
    loaded, load = [], store.load
    pipeline._loaded_run.cache_clear()
    pipeline._dataset.cache_clear()
    monkeypatch.setattr(store, "load", lambda key: loaded.append(key) or load(key))
    monkeypatch.setattr(pipeline.datasets, "load", spy := Counted(datasets.load))
    train([n for n in networks if n.config.seed == 0], ALONE)
    (teacher,) = (n.key for n in networks if n.config.seed == 0 and n.config.kind == "teacher")
    assert loaded.count(teacher) == 2  # once checked after it was written, once for both students
    assert spy.calls == 2  # once by the sweep, to fail early, and once by the one process


def test_a_teacher_that_was_made_anew_is_loaded_anew(networks):
    students = [n for n in networks if n.config.kind == "student" and n.config.seed == 0]
    train([networks[0], students[0]], ALONE, precision="fp32")
    store.delete(networks[0].key)
    pipeline.train_missing(replace(networks[0].config), recipe="classroom", precision="bf16")
    again = pipeline._teacher(networks[0].key)
    assert again.metrics["environment"]["precision"] == "bf16"


class Counted:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *arguments):
        self.calls += 1
        return self.function(*arguments)


# Failures


def test_a_network_that_fails_does_not_stop_the_others(networks, monkeypatch):
    failing = keys(networks, "student")[0]
    fit = training.fit

    def diverge(network, config, **options):
        if run_key(config) == failing:
            raise ValueError("training diverged in epoch 1")
        return fit(network, config, **options)

    monkeypatch.setattr(training, "fit", diverge)
    outcomes = train(networks, ALONE)
    problems = {o.key: o.problem for o in outcomes if o.problem}
    assert problems == {failing: "training diverged in epoch 1"}
    assert keys(runner.missing(networks)) == [failing]


def test_students_of_a_failed_teacher_are_told_and_the_others_train(networks, monkeypatch):
    failing, calls, fit = networks[0].key, [], training.fit

    def diverge(network, config, **options):
        calls.append(run_key(config))
        if run_key(config) == failing:
            raise ValueError("training diverged in epoch 1")
        return fit(network, config, **options)

    monkeypatch.setattr(training, "fit", diverge)
    outcomes = train(networks, ALONE)
    problems = {o.key: o.problem for o in outcomes if o.problem}
    of_it = [n.key for n in networks if n.teacher and run_key(n.teacher) == failing]
    assert problems.keys() == {failing, *of_it}
    assert all(failing in problems[key] for key in of_it)
    assert calls.count(failing) == 1
    assert len(outcomes) == tiny_sweep.NETWORKS


def test_a_full_disk_ends_the_sweep_and_says_how_far_it_came(networks, monkeypatch):
    save, saved = store.save, []

    def full(config, *arguments, **options):
        if len(saved) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        saved.append(config)
        return save(config, *arguments, **options)

    monkeypatch.setattr(store, "save", full)
    with pytest.raises(OSError, match="is full; 3 of 6 networks are stored. Free some space"):
        train(networks, ALONE)
    assert len(runner.missing(networks)) == tiny_sweep.NETWORKS - 3


def test_missing_data_are_named_at_once(empty_store, no_mnist):
    with pytest.raises(mnist_files.DataMissing):
        train(needed.of_sweep("causality"), Workers(2))


def test_an_unwritable_cache_is_named_at_once(networks, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(OSError, match="KDENGINE_CACHE_DIR"):
        train(networks, ALONE)


def test_a_worker_of_another_cache_folder_trains_nothing(networks, fitted):
    outcome = runner._train_one(networks[0], 1, "auto", "auto", "/somewhere/else")
    assert "KDENGINE_CACHE_DIR=/somewhere/else" in outcome.problem
    assert fitted == []


def test_a_run_that_a_worker_stored_elsewhere_counts_as_failed(networks):
    outcome = runner._confirmed(runner.Outcome(networks[0].key, seconds=1.0))
    assert "must share that folder" in outcome.problem


# Stopped, and two at once


def start(*arguments):
    """Start the command in a process group of its own, as a terminal does."""
    command = [sys.executable, "-m", "tests.kdengine.tiny_sweep", "sweep", "tiny", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # Whoever was started in the background ignores Ctrl-C, and so would what it starts.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, preexec_fn=heed, **pipes)


def wait_for_a_line(process, mark):
    """Read the process's output up to the line that has *mark*."""
    for line in process.stdout:
        if mark in line:
            return
    pytest.fail(f"no line with {mark!r}: {process.stderr.read()}")


def begun(*arguments, **options):
    """Fail where a training would take its first step."""
    raise ValueError("that it begins is enough")


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGKILL"])
def test_a_stopped_sweep_leaves_no_process_and_goes_on(networks, monkeypatch, fitted, how):
    monkeypatch.setitem(tiny_sweep.SMALL["student"], "epochs", tiny_sweep.LONG)
    networks = needed.of_sweep("tiny")
    with start("--workers", "2") as process:
        wait_for_a_line(process, "2/6")  # both teachers
        children = psutil.Process(process.pid).children(recursive=True)
        if how == "Ctrl-C":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.kill()
        errors = process.communicate(timeout=120)[1]
    assert psutil.wait_procs(children, timeout=60)[1] == []
    assert keys(runner.missing(networks)) == keys(networks, "student")
    if how == "Ctrl-C":
        assert process.returncode == 1
        assert "stopped: 2 of 6 networks are stored; the same command goes on" in errors
        assert "Traceback" not in errors
    monkeypatch.setattr(training, "make_step", begun)
    outcomes = train(networks, ALONE)
    assert fitted == [o.key for o in outcomes] == keys(networks, "student")


def test_two_sweeps_at_once_train_every_network_once(networks, monkeypatch):
    trained, fit, lock = [], training.fit, threading.Lock()

    def spy(network, config, **options):
        with lock:
            trained.append(run_key(config))
        return fit(network, config, **options)

    monkeypatch.setattr(training, "fit", spy)
    found = {}

    def one(name):
        found[name] = train(networks, ALONE, precision="fp32")

    both = [threading.Thread(target=one, args=(name,)) for name in ("first", "second")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=300)
    assert sorted(trained) == sorted(keys(networks))
    for outcomes in found.values():
        assert all(outcome.problem is None for outcome in outcomes)
    seconds = [o.seconds for outcomes in found.values() for o in outcomes]
    assert sum(s is not None for s in seconds) == tiny_sweep.NETWORKS
