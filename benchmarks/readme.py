"""Write the README's tables from the measured figures, so that no number is typed by hand.

    python -m benchmarks.readme [--check]

A table stands between ``<!-- begin NAME table -->`` and ``<!-- end NAME table -->``. With
``--check`` nothing is written; it exits 1 if the README differs from what would be.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.tables import source_tables
from benchmarks.tables.lab_tables import causality_table, omit_one_table, paper_pair_table
from benchmarks.tables.page_tables import pages_table, sessions_table
from benchmarks.tables.tables import (
    Record,
    best_table,
    classroom_table,
    criteria_table,
    pipeline_table,
)

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results"
SHIPPED = ROOT / "cache" / "shipped"


class Source(NamedTuple):
    """Where a table's figures lie and what makes markdown lines of them.

    A table of several files has the others in *more*; they are given in this order.
    """

    path: Path
    lines_of: Callable[..., list[str]]
    more: tuple[Path, ...] = ()


def _of_reproductions() -> Source:
    """Return the table of all published sources."""
    first, *others = (SHIPPED / f"reproduction-{name}.json" for name in source_tables.SOURCES)
    return Source(first, source_tables.reproductions_table, tuple(others))


SOURCES = {
    "pipeline": Source(RESULTS / "pipeline.json", pipeline_table),
    "pages": Source(RESULTS / "pages.json", pages_table),
    "sessions": Source(RESULTS / "sessions.json", sessions_table),
    "criteria": Source(RESULTS / "criteria.json", criteria_table),
    "classroom": Source(SHIPPED / "seeds-classroom-mnist.json", classroom_table),
    "best": Source(SHIPPED / "seeds-best-mnist.json", best_table),
    "causality": Source(SHIPPED / "sweep-causality.json", causality_table),
    "omit-one": Source(SHIPPED / "sweep-omit-one.json", omit_one_table),
    "paper-pair": Source(SHIPPED / "sweep-paper-pair.json", paper_pair_table),
    "reproductions": _of_reproductions(),
    "synthetic": Source(SHIPPED / "synthetic.json", source_tables.synthetic_table),
}


def main(arguments: list[str] | None = None) -> int:
    """Write the README, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it differs")
    options = parser.parse_args(arguments)
    written = README.read_text(encoding="utf-8")
    try:
        wanted = with_tables(written, SOURCES)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if wanted == written:
        return 0
    if options.check:
        print("README.md differs; write it anew: python -m benchmarks.readme", file=sys.stderr)
        return 1
    README.write_text(wanted, encoding="utf-8")
    return 0


def with_tables(text: str, sources: dict[str, Source]) -> str:
    """Return *text* with every table of *sources* that has its marks in it made anew.

    Raises
    ------
    ValueError
        If a mark lacks its other half, or a file cannot be used.
    """
    for name, source in sources.items():
        begin, end = f"<!-- begin {name} table -->", f"<!-- end {name} table -->"
        if text.count(begin) == text.count(end) == 0:
            continue
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed) or text.count(begin) + text.count(end) != 2:
            raise ValueError(f"README.md needs {begin} and then {end}, once each; mend it.")
        lines = source.lines_of(*map(read, (source.path, *source.more)))
        text = "\n".join([f"{head}{begin}", *lines, f"{end}{tail}"])
    return text


def read(path: Path) -> Record | None:
    """Return the JSON in *path*, or None if there is no such file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
