"""The stored tables of sweeps, reproductions and the synthetic experiment as pages read them."""

from collections.abc import Callable
from typing import Any

from dashboard.core import presenter
from dashboard.core.cache import Stored, Table, cached, modified
from dashboard.core.experiment import Experiment
from kdengine.store.tables import Table as StudyTable
from kdengine.store.tables import paths
from kdengine.studies import cost_table, reproduction_table, seed_table, sweep_table
from kdengine.synthetic import table as synthetic_table


def sweep(name: str) -> Table | None:
    """Return the table of the sweep called *name*, cached; None if there is none to be used."""
    return _shown(sweep_table.load_table, sweep_table.table_of(name), name)


def reproduction(name: str) -> Table | None:
    """Return the table of the reproduction called *name*, cached; None if there is none to use."""
    return _shown(reproduction_table.load_table, reproduction_table.table_of(name), name)


def synthetic() -> Table | None:
    """Return the table of the synthetic experiment, cached; None if there is none to be used."""
    return _shown(synthetic_table.load_table, synthetic_table.TABLE)


def seeds(recipe: str, dataset: str) -> Table | None:
    """Return the figures of a recipe over several seeds, cached; None if there are none."""
    return _shown(seed_table.load_table, seed_table.table_of(recipe, dataset), recipe, dataset)


def costs(shown: Experiment) -> Table | None:
    """Return what the networks of an experiment cost, cached; None if it has not been measured."""
    return _shown(cost_table.load_table, cost_table.table_of(shown.key), shown)


def sweep_help(name: str) -> str:
    """Return what to say where the table of the sweep called *name* should be."""
    what, command = f"the sweep **{name}**", f"`python -m kdengine sweep {name}`"
    more = "; with `--dry-run` that says how long it takes."
    return _help(what, sweep_table.table_of(name), command + more)


def reproduction_help(name: str) -> str:
    """Return what to say where the table of a reproduction should be."""
    command = f"`python -m kdengine reproduce {name}`"
    return _help(f"**{name}**", reproduction_table.table_of(name), command)


def synthetic_help() -> str:
    """Return what to say where the table of the synthetic experiment should be."""
    command = "`python -m kdengine synthetic`, a few minutes a seed on two free cores."
    return _help("the synthetic data sets", synthetic_table.TABLE, command)


def _shown(load: Callable[..., Any], table: StudyTable, *names: Any) -> Table | None:
    """Return what *load* reads, cached as long as neither file that may hold it changes."""
    stored = Stored(f"table {table.file}", tuple(modified(path) for path in paths(table)))
    return cached(_read, load, stored, *names)


def _help(what: str, table: StudyTable, command: str) -> str:
    """Return why there is no table of *what*, and which command makes it."""
    there = [path for path in paths(table) if path.exists()]
    found = f"cannot be used ({there[0].name} is damaged)" if there else "is not stored here"
    return presenter.public(f"The table of {what} {found}. Make it in a terminal: {command}")


def _read(load: Callable[..., Any], stored: Stored, *names: Any) -> Table | None:
    """Read a table; it has the name that it was read by."""
    record = load(*names)
    if record is None:
        return None
    table = Table(record)
    table.name = stored
    return table
