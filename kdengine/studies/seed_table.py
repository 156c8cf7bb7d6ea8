"""The table of a recipe over several seeds, which `benchmarks.seeds` makes and the story shows."""

from typing import Any

import msgspec

from kdengine.store import tables
from kdengine.store.shapes import Environment, Rate, RatePerClass
from kdengine.store.tables import Table


class _Figures(msgspec.Struct):
    """As much of `evaluation.summary` as is read."""

    accuracy: Rate
    per_class_accuracy: RatePerClass


class _Row(msgspec.Struct):
    teacher: _Figures
    student_before: _Figures
    student_after: _Figures


class _Seeds(tables.Shape):
    experiment: dict[str, Any]
    environment: Environment
    rows: list[_Row]


def table_of(recipe: str, dataset: str) -> Table:
    """Return which table a recipe has on a dataset."""
    file = f"seeds-{recipe}-{dataset}"
    return Table(file, file, _Seeds, lambda content: (len(content["rows"]),) * 2)


def load_table(recipe: str, dataset: str) -> dict[str, Any] | None:
    """Return the shipped figures of one recipe over several seeds, or None; see `_Seeds`."""
    table = table_of(recipe, dataset)
    return tables.read(table, tables.path_of(table, shipped=True))
