"""The stored tables of sweeps, reproductions and the synthetic experiment as pages read them."""

from dashboard.core.cache import Stored, Table, cached, modified
from kdengine.store.tables import Table as StudyTable
from kdengine.store.tables import paths
from kdengine.studies import reproduction_table, sweep_table
from kdengine.synthetic import table as synthetic_table


def sweep(name: str) -> Table | None:
    """Return the table of the sweep called *name*, cached; None if there is none to be used."""
    return _shown("sweep", name, sweep_table.table_of(name))


def reproduction(name: str) -> Table | None:
    """Return the table of the reproduction called *name*, cached; None if there is none to use."""
    return _shown("reproduction", name, reproduction_table.table_of(name))


def synthetic() -> Table | None:
    """Return the table of the synthetic experiment, cached; None if there is none to be used."""
    return _shown("synthetic", "synthetic", synthetic_table.TABLE)


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


def _shown(kind: str, name: str, table: StudyTable) -> Table | None:
    """Return a table, cached as long as neither of the files that may hold it changes."""
    return cached(_read, kind, Stored(name, tuple(modified(path) for path in paths(table))))


def _help(what: str, table: StudyTable, command: str) -> str:
    """Return why there is no table of *what*, and which command makes it."""
    there = [path for path in paths(table) if path.exists()]
    found = f"cannot be used ({there[0].name} is damaged)" if there else "is not stored here"
    return f"The table of {what} {found}. Make it in a terminal: {command}"


def _read(kind: str, name: Stored) -> Table | None:
    """Read a table; it has the name that it was read by."""
    if kind == "synthetic":
        record = synthetic_table.load_table()
    else:
        study = sweep_table if kind == "sweep" else reproduction_table
        record = study.load_table(name)
    if record is None:
        return None
    table = Table(record)
    table.name = Stored(f"table {name}", name.state)
    return table
