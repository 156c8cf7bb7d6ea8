"""Fixtures that every test may use: small stores made of numbers, no network."""

import functools
import os
import shutil
import tempfile
from collections import Counter
from itertools import chain
from pathlib import Path

# Each process of the tests has one core: threads beside its main one only spin in its way. Said
# before numpy and torch load; processes that tests start inherit it.
os.environ.update({f"{pool}_NUM_THREADS": "1" for pool in ("OMP", "OPENBLAS", "MKL")})

import numpy as np
import pytest

from kdengine.data import datasets, mnist_files
from kdengine.recipes import plans
from kdengine.store import runs as store


def pytest_make_parametrize_id(config, val, argname):
    """Name bytes by their length: a test's name must be the same in every process and readable."""
    return f"{argname}-of-{len(val)}-bytes" if isinstance(val, bytes) else None


def pytest_xdist_auto_num_workers(config):
    """Run folders with a process a core, but single files and tests in this one: it starts at once.

    A process needs up to 2 GB, with its browser and its server, so there are 8 at most.
    """
    if all("::" in name or Path(name).is_file() for name in config.args):
        return 0
    return min(os.cpu_count() or 1, 8)


def pytest_addoption(parser):
    """Let `--where-time-goes` say it."""
    parser.addoption(
        "--where-time-goes",
        action="store_true",
        help="at the end show the seconds of each folder, file and of the slowest tests",
    )


def pytest_terminal_summary(terminalreporter, config):
    """Show which folders, files and tests took how long; with fixtures, as seen by a clock."""
    if not config.getoption("where_time_goes"):
        return
    seconds = Counter()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if hasattr(report, "duration"):
            seconds[report.nodeid] += report.duration
    terminalreporter.section("where the time goes")
    terminalreporter.write_line(f"{sum(seconds.values()):7.1f} s  all")
    for title, name_of, most in (
        ("folders", lambda test: test.split("::")[0].rpartition("/")[0], 40),
        ("files", lambda test: test.split("::")[0], 30),
        ("tests", lambda test: test, 40),
    ):
        terminalreporter.write_line(f"{title}:")
        grouped = Counter()
        for test, taken in seconds.items():
            grouped[name_of(test)] += taken
        for name, taken in grouped.most_common(most):
            if taken >= 0.05:
                terminalreporter.write_line(f"{taken:7.1f} s  {name}")


def pytest_sessionfinish(session, exitstatus):
    """Where everything a test may need is there, a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if skipped and os.environ.get("KDENGINE_NO_SKIPS"):
        reporter.write_line(
            f"{skipped} tests were skipped; KDENGINE_NO_SKIPS makes that a failure."
        )
        session.exitstatus = max(int(exitstatus), 1)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing in the tests may fetch data from outside."""
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")


@pytest.fixture
def empty_store(tmp_path, monkeypatch):
    """A cache with nothing in it."""
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def no_mnist(tmp_path, monkeypatch):
    """A data folder without MNIST, whatever the machine has."""
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "no-data"))


@pytest.fixture
def small_store(empty_store):
    """A cache with one digits experiment whose logits are made of random numbers."""
    return make_store(empty_store)


@pytest.fixture(scope="session")
def mnist():
    """MNIST, read once, or a skip that says how to get it."""
    if not mnist_files.present():
        pytest.skip("needs the MNIST files; set KDENGINE_DATA_DIR")
    return datasets.load("mnist")


def make_store(cache: Path, *, omitted=(3,), dataset="digits", seed=0) -> Path:
    """Fill *cache* with a teacher, a student and a baseline; KDENGINE_CACHE_DIR must be *cache*."""
    assert os.environ["KDENGINE_CACHE_DIR"] == str(cache)
    made = stored_once(tuple(omitted), dataset, seed).name
    shutil.copytree(made, cache, copy_function=shutil.copy, dirs_exist_ok=True)
    return cache


@functools.cache
def stored_once(omitted, dataset, seed) -> tempfile.TemporaryDirectory:
    """Return a cache with a teacher, a student and a baseline, which every store is a copy of."""
    made = plans.experiment(dataset=dataset, omitted_classes=omitted, seed=seed)
    data = labels_of(dataset)
    folder = tempfile.TemporaryDirectory(prefix="kdengine-tests-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", folder.name)
        for network, lowered in (
            (made.teacher, 0.0),
            (made.student, 4.0),
            (made.baseline, 30.0),
        ):
            rng = np.random.default_rng([seed, len(network.kind)])
            logits = {
                name: fake_logits(rng, labels, omitted, lowered) for name, labels in data.items()
            }
            save_fake_run(network, logits, data, rng)
    return folder


def labels_of(dataset: str) -> dict[str, np.ndarray]:
    """Return labels: the digits' own, or 600 + 400 made-up ones for mnist."""
    if dataset == "digits":
        digits = datasets.load("digits")
        return {"train": digits.train_labels, "test": digits.test_labels}
    rng = np.random.default_rng(5)
    return {"train": rng.integers(0, 10, 600), "test": rng.integers(0, 10, 400)}


def fake_logits(rng, labels, omitted, lowered) -> np.ndarray:
    """Return logits that favour the true label, less so for the omitted classes."""
    logits = rng.normal(0.0, 1.5, (len(labels), 10)).astype(np.float32)
    logits[np.arange(len(labels)), labels] += 7.0
    logits[:, list(omitted)] -= lowered
    return logits


def save_fake_run(network, logits, labels, rng) -> str:
    """Store a run of *network* with these logits and random weights."""
    sizes = [784, *network.hidden_sizes, 10]
    weights = {}
    for index, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        weights[f"layers.{2 * index}.weight"] = rng.normal(0, 0.05, (outputs, inputs))
        weights[f"layers.{2 * index}.bias"] = rng.normal(0, 0.05, outputs)
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (labels["test"], logits["test"].argmax(axis=1)), 1)
    is_replayed = np.isin(labels["test"], network.omitted_classes)
    history = [fake_epoch(epoch) for epoch in (1, 2, 3)]
    replay = np.stack([logits["test"][is_replayed]] * 3)
    return store.save(
        network,
        {
            "recipe": "classroom",
            "created": "2026-01-02",
            "environment": {
                "device": "cpu",
                "processor": "test",
                "precision": "fp32",
                "thread_count": 1,
                "torch": "0",
                "numpy": "0",
                "python": "3",
            },
            "wall_seconds": 1.5,
            "split_sizes": {"train": 1200, "transfer": 1000, "test": len(labels["test"])},
            "data_sha256": "0" * 64,
            "confusion": confusion.tolist(),
            "history": history,
            "parameters": sum(weight.size for weight in weights.values()),
            "microseconds_per_image": 3.0,
            "git_commit": None,
        },
        weights=weights,
        logits={
            "train_logits": logits["train"],
            "train_labels": labels["train"],
            "test_logits": logits["test"],
            "test_labels": labels["test"],
        },
        replay=replay if network.kind == "student" and is_replayed.any() else None,
    )


def fake_epoch(epoch: int) -> dict:
    """Return one epoch's record."""
    return {
        "epoch": epoch,
        "epochs": 3,
        "training_loss": 1.0 / epoch,
        "test_loss": 0.5 / epoch,
        "accuracy": 0.9,
        "omitted_accuracy": 0.5,
        "other_accuracy": 0.95,
        "per_class_accuracy": [0.9] * 10,
        "seconds": 0.5,
    }
