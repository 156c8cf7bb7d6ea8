"""Result tables: which of two is shown, and a damaged one is refused; what all kinds share."""

import json
from pathlib import Path

import pytest

from kdengine.recipes import known
from kdengine.store import tables
from kdengine.store.shapes import Rate
from kdengine.store.tables import Table
from kdengine.studies import cost_table, reproduction_table, seed_table, sweep_table
from kdengine.synthetic import table as synthetic_table
from tests.kdengine.tiny_runs import DELETE
from tests.kdengine.tiny_tables import changed, put

SHIPPED = Path(__file__).resolve().parents[3] / "cache" / "shipped"


class Toy(tables.Shape):
    """A table of rows."""

    name: str
    rows: list[dict[str, Rate]]


TOY = Table("toy-a", "a", Toy, lambda content: (len(content["rows"]), 1))
WHOLE = {**tables.header("make it"), "name": "a", "rows": [{"x": 0.5}, {"x": 1}], "more": None}


def rows(count, created="2026-01-02"):
    """Return a table of so many rows."""
    return {**WHOLE, "created": created, "rows": WHOLE["rows"][:1] * count}


def test_a_table_says_where_it_comes_from():
    head = tables.header("python -m kdengine sweep a")
    assert (head["format"], head["made_by"]) == (1, "python -m kdengine sweep a")
    assert len(head["created"]) == 10


def test_what_was_written_is_read_as_it_was_and_lies_on_one_line(empty_store):
    assert tables.load(TOY) is None
    tables.write(tables.path_of(TOY), WHOLE)
    assert tables.path_of(TOY).read_bytes().count(b"\n") == 1
    assert json.dumps(tables.load(TOY), sort_keys=True) == json.dumps(WHOLE, sort_keys=True)
    assert tables.paths(TOY) == (empty_store / "toy-a.json", empty_store / "shipped/toy-a.json")


def test_the_fuller_table_counts_and_on_a_tie_the_one_made_here(empty_store):
    here, shipped = tables.paths(TOY)
    put(TOY, rows(2), shipped=True)
    put(TOY, rows(1))
    assert tables.shown(TOY) == (shipped, rows(2))
    put(TOY, rows(2, "2030-01-01"))
    assert tables.shown(TOY) == (here, rows(2, "2030-01-01"))
    put(TOY, rows(3), shipped=True)
    assert tables.load(TOY) == rows(3)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((), []),
        ((), None),
        (("format",), 2),
        (("format",), DELETE),
        (("name",), "b"),
        (("name",), DELETE),
        (("made_by",), 1),
        (("created",), DELETE),
        (("rows", 0, "x"), 1.5),
        (("rows", 0, "x"), True),
        (("rows", 0, "x"), 10**400),
        (("rows", 0, "x"), "1"),
    ],
)
def test_a_damaged_table_is_refused_and_the_shipped_one_serves(empty_store, place, value):
    put(TOY, changed(WHOLE, place, value))
    assert tables.load(TOY) is None
    put(TOY, WHOLE, shipped=True)
    assert tables.load(TOY) == WHOLE


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"rows": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(empty_store, content):
    put(TOY, content)
    assert tables.load(TOY) is None


def all_shipped() -> list[Table]:
    """Return every table that ships, by its file."""
    kinds = {
        "sweep": sweep_table.table_of,
        "reproduction": reproduction_table.table_of,
        "costs": cost_table.table_of,
        "seeds": lambda name: seed_table.table_of(*name.rsplit("-", 1)),
        "synthetic": lambda name: synthetic_table.TABLE,
    }
    parts = (path.stem.partition("-") for path in sorted(SHIPPED.glob("*.json")))
    return [kinds[kind](name) for kind, _, name in parts if kind != "noise"]  # its teacher


@pytest.mark.parametrize("table", all_shipped(), ids=lambda table: table.file)
def test_every_shipped_table_is_whole(table):
    content = tables.read(table, SHIPPED / f"{table.file}.json")
    assert content == json.loads((SHIPPED / f"{table.file}.json").read_text())


def test_every_reproduction_ships():
    shipped = {table.name for table in all_shipped() if table.file.startswith("reproduction-")}
    assert shipped == set(known.SOURCES)


# The table of several seeds

FIGURES = {"accuracy": 0.98, "per_class_accuracy": [0.9] * 9 + [None]}
ROW = {"seed": 0, "teacher": FIGURES, "student_before": FIGURES, "student_after": FIGURES}
SEEDS = {
    **tables.header("python -m benchmarks.seeds"),
    "experiment": {"recipe": "classroom"},
    "environment": {},
    "rows": [ROW],
}


def test_the_table_of_seeds_is_the_shipped_one(empty_store):
    put(seed_table.table_of("classroom", "mnist"), SEEDS)
    assert seed_table.load_table("classroom", "mnist") is None
    put(seed_table.table_of("classroom", "mnist"), SEEDS, shipped=True)
    assert seed_table.load_table("classroom", "mnist") == SEEDS


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("rows",), None),
        (("rows", 0), {}),
        (("rows", 0, "teacher"), None),
        (("rows", 0, "teacher", "accuracy"), 98.0),
        (("experiment",), DELETE),
    ],
)
def test_a_damaged_table_of_seeds_is_refused(empty_store, place, value):
    put(seed_table.table_of("classroom", "mnist"), changed(SEEDS, place, value), shipped=True)
    assert seed_table.load_table("classroom", "mnist") is None
