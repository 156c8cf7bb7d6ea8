"""What changes when stored runs or the data change: `runs` keeps nothing longer than that."""

from pathlib import Path

from dashboard.core.experiment import Experiment
from kdengine import files
from kdengine.data import datasets
from kdengine.store import runs as store
from kdengine.studies import reproduction_table, sweep_table
from kdengine.synthetic import table as synthetic_table


def folders_state() -> tuple[tuple[str, float], ...]:
    """Return what changes when a run comes or goes."""
    folders = (files.shipped_dir(), files.runs_dir())
    return tuple((str(folder), modified(folder)) for folder in folders)


def written(key: str) -> float:
    """Return when the run *key* was written; 0 if it is not there."""
    try:
        return modified(store.find(key))
    except store.RunNotFound:
        return 0.0


def all_written(shown: Experiment) -> tuple[float, ...]:
    """Return when each run of an experiment was written."""
    stored = (shown.student, shown.teacher, shown.baseline)
    return tuple(written(run.key) for run in stored if run is not None)


def data_state(dataset: str) -> tuple[float, ...]:
    """Return what changes when the data arrive or one of their files is mended."""
    if dataset != "mnist":
        return ()
    folder = files.data_dir() / "mnist"
    names = [name + suffix for name in datasets.MNIST_FILES for suffix in (".gz", "")]
    return tuple(modified(path) for path in (folder, *(folder / name for name in names)))


def table_paths(name: str) -> list[Path]:
    """Return where the table of the sweep called *name* may lie: made here, or shipped."""
    return [sweep_table.path_of(name, shipped=shipped) for shipped in (False, True)]


def tables_written(name: str) -> tuple[float, ...]:
    """Return when each file that may hold the table was written."""
    return tuple(modified(path) for path in table_paths(name))


def reproduction_paths(name: str) -> list[Path]:
    """Return where the table of the reproduction called *name* may lie: made here, or shipped."""
    return [reproduction_table.path_of(name, shipped=shipped) for shipped in (False, True)]


def synthetic_paths() -> list[Path]:
    """Return where the synthetic experiment's table may lie: made here, or shipped."""
    return [synthetic_table.path_of(shipped=shipped) for shipped in (False, True)]


def synthetic_written() -> tuple[float, ...]:
    """Return when each file that may hold that table was written."""
    return tuple(modified(path) for path in synthetic_paths())


def modified(path: Path) -> float:
    """Return the modification time, or 0 if there is nothing."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
