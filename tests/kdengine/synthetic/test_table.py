"""The synthetic experiment's table: written, read back, and refused where it is damaged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kdengine.synthetic import table as synthetic_table
from kdengine.synthetic.data import Settings
from tests.dashboard import fake_synthetic
from tests.kdengine.tiny_runs import DELETE

SHIPPED = Path(__file__).resolve().parents[3] / "cache" / "shipped" / "synthetic.json"


@pytest.fixture
def table(empty_store):
    """Return a table as its file has it."""
    return json.loads(json.dumps(fake_synthetic.table(), allow_nan=False))


def write(table, *, shipped=False):
    """Write *table* where it belongs, unchecked."""
    path = synthetic_table.path_of(shipped=shipped)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table))


def test_what_was_written_is_read_and_what_was_made_here_comes_first(table):
    assert synthetic_table.load_table() is None
    write(table, shipped=True)
    assert synthetic_table.load_table() == table
    newer = {**table, "created": "2030-01-01"}
    write(newer)
    assert synthetic_table.load_table() == newer


def test_the_table_of_more_seeds_counts(table):
    write(table, shipped=True)
    write({**table, "seeds": table["seeds"][:1]})
    assert synthetic_table.load_table() == table
    write({**table, "seeds": table["seeds"][:1]}, shipped=True)
    write(table)
    assert synthetic_table.choose_table().path == synthetic_table.path_of()


def test_the_table_says_where_it_comes_from(table):
    assert (table["format"], table["name"]) == (1, "synthetic")
    assert table["made_by"].startswith("python -m kdengine synthetic")
    assert len(table["created"]) == 10


def test_seeds_are_found_again_for_the_same_settings_alone(table):
    write(table)
    path = synthetic_table.path_of()
    found = synthetic_table.stored_seeds(fake_synthetic.SETTINGS, path)
    assert found == {seed["seed"]: seed for seed in table["seeds"]}
    assert synthetic_table.stored_seeds(Settings(), path) == {}
    other = replace(fake_synthetic.SETTINGS, epochs=49)
    assert synthetic_table.stored_seeds(other, path) == {}


def changed(record, place, value):
    """Return a copy of *record* with one entry replaced or removed."""
    if not place:
        return value
    copy = list(record) if isinstance(record, list) else dict(record)
    if value is DELETE and len(place) == 1:
        del copy[place[0]]
    else:
        inner = copy[place[0]] if len(place) > 1 else None
        copy[place[0]] = changed(inner, place[1:], value)
    return copy


FIRST = ("seeds", 0, "data_sets", 0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((), []),
        (("format",), 2),
        (("name",), "temperature"),
        (("made_by",), DELETE),
        (("created",), 1),
        (("settings",), DELETE),
        (("settings", "epochs"), DELETE),
        (("settings", "epochs"), "50"),
        (("settings", "epochs"), 1.5),
        (("settings", "more"), 1),
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
    write(changed(table, place, value))
    assert synthetic_table.load_table() is None
    write(table, shipped=True)  # one that came with the project still serves
    assert synthetic_table.load_table() == table


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"seeds": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(table, content):
    synthetic_table.path_of().parent.mkdir(parents=True, exist_ok=True)
    synthetic_table.path_of().write_bytes(content)
    assert synthetic_table.load_table() is None


@pytest.mark.skipif(not SHIPPED.exists(), reason="no shipped table")
def test_the_shipped_table_is_whole_and_of_the_published_settings():
    table = synthetic_table.read_table(SHIPPED)
    assert table is not None
    found = synthetic_table.stored_seeds(Settings(), SHIPPED)
    assert len(found) >= 3
    assert SHIPPED.stat().st_size < 300_000
