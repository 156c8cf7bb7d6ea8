"""The stored tables of sweeps, reproductions and the synthetic experiment as pages read them."""

from typing import Any

from dashboard.core.cache import Stored, Table, cached, modified
from kdengine.store.tables import Table as StudyTable
from kdengine.store.tables import paths
from kdengine.studies import reproduction_table, sweep_table
from kdengine.synthetic import table as synthetic_table


def sweep(name: str) -> Table | None:
    """Return the table of the sweep called *name*, cached; None if there is none to be used."""
    return cached(_read_sweep, _stored(name, sweep_table.table_of(name)))


def reproduction(name: str) -> Table | None:
    """Return the table of the reproduction called *name*, cached; None if there is none to use."""
    return cached(_read_reproduction, _stored(name, reproduction_table.table_of(name)))


def synthetic() -> Table | None:
    """Return the table of the synthetic experiment, cached; None if there is none to be used."""
    return cached(_read_synthetic, _stored("synthetic", synthetic_table.TABLE))


def sweep_help(name: str) -> str:
    """Return what to say where the table of the sweep called *name* should be."""
    found = _found(sweep_table.table_of(name))
    return (
        f"The table of the sweep **{name}** {found}. Make it in a terminal: "
        f"`python -m kdengine sweep {name}`; with `--dry-run` that says how long it takes."
    )


def reproduction_help(name: str) -> str:
    """Return what to say where the table of a reproduction should be."""
    found = _found(reproduction_table.table_of(name))
    return (
        f"The table of **{name}** {found}. Make it in a terminal: "
        f"`python -m kdengine reproduce {name}`"
    )


def synthetic_help() -> str:
    """Return what to say where the table of the synthetic experiment should be."""
    found = _found(synthetic_table.TABLE)
    return (
        f"The table of the synthetic data sets {found}. Make it in a terminal: "
        "`python -m kdengine synthetic`, a few minutes a seed on two free cores."
    )


def _stored(name: str, table: StudyTable) -> Stored:
    """Return the name of a table, which may lie in two places."""
    return Stored(name, tuple(modified(path) for path in paths(table)))


def _found(table: StudyTable) -> str:
    """Return why there is no table."""
    there = [path for path in paths(table) if path.exists()]
    return f"cannot be used ({there[0].name} is damaged)" if there else "is not stored here"


def _read_sweep(name: Stored) -> Table | None:
    """Read the table of a sweep."""
    return _table(name, sweep_table.load_table(name))


def _read_reproduction(name: Stored) -> Table | None:
    """Read the table of a reproduction."""
    return _table(name, reproduction_table.load_table(name))


def _read_synthetic(name: Stored) -> Table | None:
    """Read the table of the synthetic experiment."""
    return _table(name, synthetic_table.load_table())


def _table(name: Stored, record: dict[str, Any] | None) -> Table | None:
    """Return a table with the name that it was read by."""
    if record is None:
        return None
    table = Table(record)
    table.name = Stored(f"table {name}", name.state)
    return table
