"""The synthetic experiment's table: its seeds are found again, and damage is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kdengine.store import tables
from kdengine.synthetic import table as synthetic_table
from kdengine.synthetic.data import Settings
from tests.dashboard import fake_synthetic
from tests.kdengine.tiny_runs import DELETE
from tests.kdengine.tiny_tables import changed, put

SHIPPED = Path(__file__).resolve().parents[3] / "cache" / "shipped" / "synthetic.json"


@pytest.fixture
def table(empty_store):
    """Return a table as its file has it."""
    return json.loads(json.dumps(fake_synthetic.table(), allow_nan=False))


def test_seeds_are_found_again_for_the_same_settings_alone(table):
    put(synthetic_table.TABLE, table)
    path = tables.path_of(synthetic_table.TABLE)
    assert synthetic_table.load_table() == table
    found = synthetic_table.stored_seeds(fake_synthetic.SETTINGS, path)
    assert found == {seed["seed"]: seed for seed in table["seeds"]}
    assert synthetic_table.stored_seeds(Settings(), path) == {}
    other = replace(fake_synthetic.SETTINGS, epochs=49)
    assert synthetic_table.stored_seeds(other, path) == {}


FIRST = ("seeds", 0, "data_sets", 0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("settings",), DELETE),
        (("settings", "epochs"), "50"),
        (("settings", "epochs"), 1.5),
        (("settings", "temperatures"), []),
        (("settings", "temperatures"), 2.0),
        (("settings", "temperatures", 0), "2"),
        (("settings", "test_samples"), 0),
        (("settings", "test_samples"), 10**9),
        (("seeds",), []),
        (("seeds",), {}),
        (("seeds", 1, "seed"), 0),  # twice the same
        (("seeds", 0, "seed"), True),
        (("seeds", 0, "environment"), None),
        (("seeds", 0, "wall_seconds"), []),
        (("seeds", 0, "wall_seconds", "data"), "1"),
        (("seeds", 0, "data_sets"), DELETE),
        (("seeds", 0, "data_sets", 8), DELETE),
        ((*FIRST,), "row"),
        ((*FIRST, "class_separation"), 0.3),
        ((*FIRST, "informative_share"), DELETE),
        ((*FIRST, "teacher"), DELETE),
        ((*FIRST, "teacher"), -1),
        ((*FIRST, "hard_student"), 1.5),
        ((*FIRST, "hard_student"), "<b>1</b>"),
        ((*FIRST, "distilled"), None),
        ((*FIRST, "distilled", 7), DELETE),
        ((*FIRST, "distilled", 0), 1_001),  # of 1,000
        (("pictures",), DELETE),
        (("pictures", 8), DELETE),
        (("pictures", 0, "x"), []),
        (("pictures", 0, "x", 0), DELETE),
        (("pictures", 0, "y", 0), "0"),
        (("pictures", 0, "label", 0), 10),
        (("pictures", 0, "class_separation"), 0.6),
    ],
)
def test_a_damaged_table_is_refused(table, place, value):
    put(synthetic_table.TABLE, changed(table, place, value))
    assert synthetic_table.load_table() is None


@pytest.mark.skipif(not SHIPPED.exists(), reason="no shipped table")
def test_the_shipped_table_is_of_the_published_settings():
    assert len(synthetic_table.stored_seeds(Settings(), SHIPPED)) >= 3
    assert SHIPPED.stat().st_size < 300_000
