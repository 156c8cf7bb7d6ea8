"""Fixtures of the topics' tests: a small store in which lessons have something to compute."""

import shutil

import numpy as np
import pytest

from dashboard.classroom import lessons
from dashboard.core import runs
from kdengine import files
from kdengine.config import StudentConfig
from kdengine.store import runs as store
from kdengine.studies import reproduction_table, sweep_table
from kdengine.synthetic import table as synthetic_table
from tests.dashboard import fake_reproductions, fake_sweeps, fake_synthetic
from tests.dashboard.lesson import bisected, share
from tests.dashboard.pages import ROOT


@pytest.fixture
def taught_store(small_store):
    """A small store with the shipped teachers of noise."""
    files.shipped_dir().mkdir(exist_ok=True)
    for path in (ROOT / "cache" / "shipped").glob("noise-*"):
        shutil.copy(path, files.shipped_dir())
    return small_store


@pytest.fixture
def full_store(taught_store):
    """A small store whose student errs and learns in three different epochs, and two tables."""
    key = student_key()
    run, rng = store.load(key), np.random.default_rng(3)
    names = ("train_logits", "train_labels", "test_logits", "test_labels")
    logits = {name: getattr(run, name) for name in names}
    for name in ("train_logits", "test_logits"):
        noisy = logits[name] + rng.normal(0.0, 2.5, logits[name].shape)
        logits[name] = noisy.astype(np.float32)
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (run.test_labels, logits["test_logits"].argmax(axis=1)), 1)
    own = logits["test_logits"][np.isin(run.test_labels, run.config.omitted_classes)]
    replay = np.stack([own + rng.normal(0.0, scale, own.shape) for scale in (9.0, 4.0, 0.0)])
    store.save(
        run.config,
        {**run.metrics, "confusion": confusion.tolist()},
        weights=store.load_weights(key),
        logits=logits,
        replay=replay,
    )

    def figures(point, stage):
        mark = sum(map(ord, str(point.parameters))) % 37 / 100
        return 0.6 + mark + (0.02 if stage == "after" else 0.0), 0.95

    for name in ("student-size", "causality"):
        made = fake_sweeps.table(name, figures)
        for row in made["rows"]:
            row["student_after"]["errors"] += 7 * row["seed"]
        fake_sweeps.install(made)
    fake_synthetic.install(fake_synthetic.table())
    fake_reproductions.install(fake_reproductions.table("am207", fake_reproductions.scattered))
    return taught_store


@pytest.fixture
def context_of(full_store):
    """Return the context of a page at an address, with an offset found by bisection."""
    shown = runs.experiment(student_key())
    offset = bisected(shown.student.train_logits, 3, share(shown.student.train_labels, 3))
    return lambda **address: lessons.Context(shown, offset, address, table_of)


def table_of(name):
    """Return a page's table."""
    if name == "am207":
        return reproduction_table.load_table(name)
    return synthetic_table.load_table() if name == "synthetic" else sweep_table.load_table(name)


def student_key():
    return next(e.key for e in store.list_runs() if isinstance(e.config, StudentConfig))
