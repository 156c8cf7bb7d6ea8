"""What pages load and compute, kept once for all sessions, for as long as its files stay the same.

Nobody may change what is kept: every session shares it. No other module uses Streamlit's cache.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import language
from dashboard.core.prose import Words
from kdengine.data import datasets
from kdengine.store import runs as store


class Stored(str):
    """The name of something stored; with other files it counts as another."""

    state: tuple[Any, ...]  # Changes when the files do

    def __new__(cls, name: str, state: tuple[Any, ...]) -> "Stored":
        """Return the name with its state beside it."""
        made = super().__new__(cls, name)
        made.state = state
        return made

    def __getnewargs__(self) -> tuple[str, tuple[Any, ...]]:
        """Return what a copy is made of: Streamlit copies what a widget holds."""
        return str(self), self.state


class Table(dict[str, Any]):
    """A stored table as JSON has it, read-only, with the `Stored` name that it was read by."""

    name: Stored


def stored_run(key: str) -> Stored:
    """Return the name of a run."""
    try:
        return Stored(key, (modified(store.find(key)),))
    except store.RunNotFound:
        return Stored(key, ())


def stored_data(dataset: str) -> Stored:
    """Return the name of a data set, whose files may arrive or be mended."""
    return Stored(dataset, datasets.state(dataset))


def modified(path: Path) -> tuple[int, ...]:
    """Return what changes when *path* does, whatever the clock says; empty if there is nothing."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ino, found.st_size


def cached(build: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return ``build(*arguments, **options)``, made once for each function and what it is given.

    Parameters
    ----------
    build : function of a module
        Reads its arguments and nothing else that may change.
    arguments, options
        An experiment counts as its runs as they were written, a `Stored` name as its files, a
        `Table` as the file it was read from, a function as its name.
    """
    return _unshared(
        # By name: Streamlit looks up the names of what comes without, each time.
        _computed(build=build, arguments=arguments, options=options, words=language())
    )


def loaded(build: Callable[..., Any], *arguments: Any) -> Any:
    """Return ``build(*arguments)`` as `cached` does, for what is large: few of them are kept."""
    return _loaded(build=build, arguments=arguments, words=language())


def made(build: Callable[..., bytes], *arguments: Any) -> bytes:
    """Return the file that ``build(*arguments)`` makes: few are kept, one is made at a time.

    It takes seconds of every core, and a whole class may ask at once, for whatever run.
    """
    return _made(build, arguments, language())


def _unshared(value: Any) -> Any:
    """Return a frame as a view, so that a column added to it is not everybody's."""
    return value.copy(deep=False) if isinstance(value, pd.DataFrame) else value


def _function_name(build: FunctionType) -> str:
    """Return the full name of a function, which stands for it."""
    if "<" in build.__qualname__:
        raise TypeError(f"{build.__qualname__} has no name of its own; cache a module's function.")
    return f"{build.__module__}.{build.__qualname__}"


def _identity(shown: Experiment) -> tuple[Any, ...]:
    """Return what tells an experiment, as it was written, from every other."""
    states = tuple((run.key, stored_run(run.key).state) for run in shown.runs.values())
    return states, shown.omitted_class


_MAKING = threading.Lock()
_HASHES: dict[Any, Callable[[Any], Any]] = {
    FunctionType: _function_name,
    Words: dict,
    Experiment: _identity,
    Stored: lambda name: (str(name), name.state),
    Table: lambda table: (str(table.name), table.name.state),
}


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=_HASHES)
def _computed(build: Any, arguments: Any, options: Any, words: Any) -> Any:
    """Compute something once in the *words* of a data set."""
    return build(*arguments, **options)


@st.cache_resource(max_entries=48, show_spinner=False, hash_funcs=_HASHES)
def _loaded(build: Any, arguments: Any, words: Any) -> Any:
    """Load something large once."""
    return build(*arguments)


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=_HASHES)
def _made(build: Any, arguments: Any, words: Any) -> Any:
    """Make a file once."""
    with _MAKING:
        return build(*arguments)
