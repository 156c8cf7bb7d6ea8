"""Write the tables of the documents from measured figures, so that no number is typed by hand.

    python -m benchmarks.results [--check]

A table stands between ``<!-- begin NAME table -->`` and ``<!-- end NAME table -->`` in README.md
or in a file of `docs/`. With ``--check`` nothing is written; it exits 1 if one differs.
"""

import argparse
import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.tables import experiments, speed
from benchmarks.tables.markdown import table
from dashboard import catalogue
from kdengine.cli import command_line
from kdengine.recipes import known
from kdengine.studies.since_2015.known import STUDIES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
RESULTS = ROOT / "benchmarks" / "results"
SHIPPED = ROOT / "cache" / "shipped"


class Table(NamedTuple):
    """What makes Markdown lines of the JSON in some files, and the command that makes these."""

    lines_of: Callable[..., list[str]]
    paths: tuple[Path, ...] = ()
    command: str = ""


def pages_table() -> list[str]:
    """Return every page of the dashboard with its question."""
    rows = [(page.title, page.question) for page in catalogue.PAGES.values()]
    return table(("page", "its question"), rows)


def _sweep(name: str, lines_of: Callable[..., list[str]]) -> Table:
    command = f"python -m kdengine sweep {name} --write"
    return Table(lines_of, (SHIPPED / f"sweep-{name}.json",), command)


def _measured(module: str, lines_of: Callable[..., list[str]]) -> Table:
    command = f"python -m benchmarks.{module.replace('-', ' --')}"
    return Table(lines_of, (RESULTS / f"{module}.json",), command)


_SEEDS = tuple(SHIPPED / f"seeds-{recipe}-mnist.json" for recipe in ("classroom", "best"))
_SEEDS_COMMAND = "python -m benchmarks.seeds --recipe best --seeds 0-2 --all-digits --write"
_SHORT = functools.partial(experiments.recipes_table, roles=experiments.SHORT)
_SOURCES = tuple(SHIPPED / f"reproduction-{name}.json" for name in known.SOURCES)
TABLES = {
    "pages": Table(pages_table),
    "results": Table(_SHORT, _SEEDS, _SEEDS_COMMAND),
    "recipes": Table(experiments.recipes_table, _SEEDS, _SEEDS_COMMAND),
    "criteria": Table(experiments.criteria_table, (RESULTS / "criteria.json",), _SEEDS_COMMAND),
    "causality": _sweep("causality", experiments.causality_table),
    "omit-one": _sweep("omit-one", experiments.omit_one_table),
    "paper-pair": _sweep("paper-pair", experiments.paper_pair_table),
    "reproductions": Table(
        experiments.reproductions_table, _SOURCES, "python -m kdengine reproduce NAME --write"
    ),
    "studies": Table(
        experiments.studies_table,
        tuple(SHIPPED / f"sweep-{name}.json" for name in STUDIES),
        "python -m kdengine sweep NAME --write",
    ),
    "pipeline": _measured("pipeline", speed.pipeline_table),
    "dashboard": _measured("pages", speed.pages_table),
    "sessions": _measured("sessions", speed.sessions_table),
    "phones": _measured("sessions-vote", speed.sessions_table),
}


def main(arguments: list[str] | None = None) -> int:
    """Write the documents' tables, or check them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one differs")
    options = parser.parse_args(arguments)
    differs = False
    for path in DOCUMENTS:
        written = path.read_text(encoding="utf-8")
        try:
            wanted = with_tables(written, TABLES)
        except ValueError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            return 1
        if wanted == written:
            continue
        differs = True
        if options.check:
            command = "python -m benchmarks.results"
            print(f"{path.name} differs; write it anew: {command}", file=sys.stderr)
        else:
            path.write_text(wanted, encoding="utf-8")
    return 1 if differs and options.check else 0


def with_tables(text: str, tables: dict[str, Table]) -> str:
    """Return *text* with every table of *tables* that has its marks in it made anew.

    A mark without its other half, or a file that cannot be used, is a ValueError.
    """
    for name, made in tables.items():
        begin, end = f"<!-- begin {name} table -->", f"<!-- end {name} table -->"
        if text.count(begin) == text.count(end) == 0:
            continue
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed) or text.count(begin) + text.count(end) != 2:
            raise ValueError(f"it needs {begin} and then {end}, once each; mend it.")
        text = "\n".join([f"{head}{begin}", *lines(made), f"{end}{tail}"])
    return text


def lines(made: Table) -> list[str]:
    """Return the lines of a table; one that says how to make it where a file is missing."""
    try:
        records = [json.loads(path.read_text(encoding="utf-8")) for path in made.paths]
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        return [f"{missing} is not there; make it: `{made.command}`."]
    return made.lines_of(*records)


if __name__ == "__main__":
    sys.exit(command_line.run(main))
