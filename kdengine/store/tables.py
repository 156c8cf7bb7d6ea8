"""Result tables of studies: where one lies, whether it is whole, which of two pages show.

A study says what its table is called and what a whole one looks like (`Table`); that is all that
sweeps, reproductions, seeds and the synthetic experiment differ in here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from kdengine import files
from kdengine.store import shapes


class Shape(msgspec.Struct):
    """What every table holds; a study adds its own fields.

    A ``__post_init__`` that raises ValueError refuses what types alone cannot.
    """

    format: Literal[1]
    made_by: shapes.Command  # that makes the table
    created: shapes.Day


@dataclass(frozen=True)
class Table:
    """A table that a study makes."""

    file: str  # the file's name without its ending; ``sweep-causality``
    name: str  # what the table calls itself
    shape: type[Shape]  # what a whole table looks like
    # How many seeds a whole table has, and how many figures or rows.
    size: Callable[[dict[str, Any]], tuple[int, int]]
    # Whether a table of that shape has all that this very one must have.
    fits: Callable[[dict[str, Any]], bool] = lambda content: True


def path_of(table: Table, *, shipped: bool = False) -> Path:
    """Return where a table lies: made here, or shipped."""
    folder = files.shipped_dir() if shipped else files.cache_dir()
    return folder / f"{table.file}.json"


def paths(table: Table) -> tuple[Path, Path]:
    """Return both places where a table may lie, the preferred one first."""
    return path_of(table), path_of(table, shipped=True)


def read(table: Table, path: Path) -> dict[str, Any] | None:
    """Return the content of the table in the file *path*, or None if it holds no whole one."""
    try:
        content = shapes.read_json(path, table.shape)
    except ValueError:
        return None
    if content.get("name", table.name) != table.name or not table.fits(content):
        return None
    return dict(content)


def shown(table: Table) -> tuple[Path, dict[str, Any]] | None:
    """Return path and content of the table of most seeds, then the fullest, then the one made here.

    A table of one seed, or one that lacks some networks, so hides no figures that came with the
    project. None if there is no whole table.
    """
    whole = [(path, content) for path in paths(table) if (content := read(table, path))]
    return max(whole, key=lambda entry: table.size(entry[1]), default=None)


def load(table: Table) -> dict[str, Any] | None:
    """Return the content of the table that pages show, None if there is none; see `shown`."""
    chosen = shown(table)
    return None if chosen is None else chosen[1]


def header(made_by: str) -> dict[str, Any]:
    """Return the fields of `Shape` for a table that the command *made_by* makes now."""
    return {"format": 1, "made_by": made_by, "created": datetime.now(UTC).date().isoformat()}


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a table on one line, making the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shapes.write_json(path, content, compact=True)
