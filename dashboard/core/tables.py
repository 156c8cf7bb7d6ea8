"""Cached access to the tables of sweeps, reproductions and the synthetic experiment.

What is cached is shared by every session, so everything here is read-only.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.core import freshness
from kdengine.studies import reproduction_table, sweep_table
from kdengine.synthetic import table as synthetic_table


def sweep(name: str) -> dict[str, Any] | None:
    """Return the table of the sweep called *name*, cached; None if there is none to be used."""
    return _sweep_table(name, freshness.tables_written(name))


def made_of_sweep(build: Callable[..., Any], name: str, *arguments: str) -> Any:
    """Return ``build(table, *arguments)`` of the sweep called *name*, which has a table, cached."""
    called = f"{build.__module__}.{build.__qualname__}"
    return _sweep(build, called, name, arguments, freshness.tables_written(name))


def sweep_help(name: str) -> str:
    """Return what to say where the table of the sweep called *name* should be."""
    there = [path for path in freshness.table_paths(name) if path.exists()]
    found = f"cannot be used ({there[0].name} is damaged)" if there else "is not stored here"
    return (
        f"The table of the sweep **{name}** {found}. Make it in a terminal: "
        f"`python -m kdengine sweep {name}`; with `--dry-run` that says how long it takes."
    )


def reproduction(name: str) -> dict[str, Any] | None:
    """Return the table of the reproduction called *name*, cached; None if there is none to use."""
    found = freshness.reproduction_paths(name)
    return _reproduction(name, tuple(freshness.modified(path) for path in found))


def reproduction_help(name: str) -> str:
    """Return what to say where the table of a reproduction should be."""
    there = [path for path in freshness.reproduction_paths(name) if path.exists()]
    found = f"cannot be used ({there[0].name} is damaged)" if there else "is not stored here"
    return (
        f"The table of **{name}** {found}. Make it in a terminal: "
        f"`python -m kdengine reproduce {name}`"
    )


def synthetic() -> dict[str, Any] | None:
    """Return the table of the synthetic experiment, cached; None if there is none to be used."""
    return _synthetic_table(freshness.synthetic_written())


def made_of_synthetic(build: Callable[..., Any], *arguments: str) -> Any:
    """Return ``build(table, *arguments)`` of the synthetic experiment's table, cached."""
    called = f"{build.__module__}.{build.__qualname__}"
    return _synthetic(build, called, arguments, freshness.synthetic_written())


def synthetic_help() -> str:
    """Return what to say where the table of the synthetic experiment should be."""
    there = [path for path in freshness.synthetic_paths() if path.exists()]
    found = f"cannot be used ({there[0].name} is damaged)" if there else "is not stored here"
    return (
        f"The table of the synthetic data sets {found}. Make it in a terminal: "
        "`python -m kdengine synthetic`, a few minutes a seed on two free cores."
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _sweep_table(name: str, written: tuple[float, ...]) -> dict[str, Any] | None:
    """Read a table once for each state of its files; nobody may change it."""
    return sweep_table.load_table(name)


@st.cache_resource(max_entries=16, show_spinner=False)
def _reproduction(name: str, written: tuple[float, ...]) -> dict[str, Any] | None:
    """Read a reproduction's table once for each state of its files; nobody may change it."""
    return reproduction_table.load_table(name)


@st.cache_data(max_entries=96, show_spinner=False)
def _sweep(_build, called, name, arguments, written):  # type: ignore[no-untyped-def]
    """Make something of a sweep once; *called* stands for the function."""
    return _build(_sweep_table(name, written), *arguments)


@st.cache_data(max_entries=128, show_spinner=False)
def _synthetic(_build, called, arguments, written):  # type: ignore[no-untyped-def]
    """Make something of the synthetic table once; *called* stands for the function."""
    return _build(_synthetic_table(written), *arguments)


@st.cache_resource(max_entries=4, show_spinner=False)
def _synthetic_table(written: tuple[float, ...]) -> dict[str, Any] | None:
    """Read the table once for each state of its files; nobody may change it."""
    return synthetic_table.load_table()
