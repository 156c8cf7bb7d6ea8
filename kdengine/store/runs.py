"""Runs on disk: save, find, load, list, delete. Knows folders; knows no training.

A run is a folder named by its key. It is written under a temporary name and renamed, so whatever
has a key for a name is whole. Nothing is ever unpickled: JSON and safetensors only.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from kdengine import files
from kdengine.config import KEY_PATTERN, RunConfig, check_key, run_key
from kdengine.store import run_files
from kdengine.store.run_files import RunDamaged, StoredRun

_TEMPORARY = ".tmp-"
_LEFTOVER_SECONDS = 600.0  # writing a run takes less than a second


class RunNotFound(FileNotFoundError):
    """No stored run has that key."""


@dataclass(frozen=True)
class Listed:
    """One line of the list of runs; `problem` says what is wrong with a damaged one."""

    key: str
    path: Path
    config: RunConfig | None
    metrics: dict[str, Any]
    problem: str | None = None


def find(key: str) -> Path:
    """Return the folder of the run called *key*; RunNotFound if there is none."""
    try:
        check_key(key)
    except ValueError as error:
        raise RunNotFound(str(error)) from error
    for folder in (files.runs_dir() / key, files.shipped_dir() / key):
        if (folder / run_files.CONFIG).is_file():
            return folder
    raise RunNotFound(
        f"no run {key} is stored in {files.cache_dir()}; `python -m kdengine list` shows those "
        "that are, `python -m kdengine run` makes one."
    )


def exists(key: str) -> bool:
    """Return whether a run called *key* is stored."""
    try:
        find(key)
    except RunNotFound:
        return False
    return True


def load(key: str) -> StoredRun:
    """Load the run called *key*, checked against its configuration and its hashes.

    RunNotFound if it is not there, RunDamaged if it is but cannot be used as it is.
    """
    return run_files.read_run(find(key), key)


def load_weights(key: str) -> dict[str, NDArray[np.float32]]:
    """Return the run's weights as float32 arrays, by their names in the network."""
    return run_files.read_weights(find(key), key)


def load_replay(key: str) -> NDArray[np.float16] | None:
    """Return what `run_files.read_replay` reads of the run."""
    return run_files.read_replay(find(key), key)


def save(
    config: RunConfig,
    metrics: Mapping[str, Any],
    *,
    weights: run_files.Arrays,
    logits: run_files.Arrays,
    replay: NDArray[np.floating[Any]] | None = None,
) -> str:
    """Store a finished run in one step and return its key; an older run of that key goes.

    *metrics* are JSON values, to which the files' hashes are added; *weights* are stored as
    float16; *logits* has the `run_files.LOGITS_NAMES`; *replay* is (epochs, images, 10). OSError if
    the cache cannot be written; what was there before is then untouched.
    """
    key = run_key(config)
    contents = run_files.contents(config, metrics, weights=weights, logits=logits, replay=replay)
    with temporary_folder() as folder:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        put_in_place(folder, key)
    return key


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder beside the runs under a temporary name; it is gone afterwards."""
    runs = writable_runs_dir()
    folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=runs))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(folder: Path, key: str) -> None:
    """Rename a complete *folder* to its *key*, setting an older run of that key aside first."""
    target = files.runs_dir() / key
    if not target.exists():
        folder.rename(target)
        return
    with temporary_folder() as aside:
        try:
            target.rename(aside / key)
            folder.rename(target)
        except BaseException:
            if not target.exists():
                (aside / key).rename(target)
            raise


def writable_runs_dir() -> Path:
    """Return the folder for new runs, made if need be; OSError if it cannot be written."""
    runs = files.runs_dir()
    try:
        runs.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=runs).close()
    except OSError as error:
        raise OSError(
            error.errno,
            f"the cache folder {runs} cannot be written ({error.strerror}); free it, or point "
            "KDENGINE_CACHE_DIR at a folder that can",
        ) from error
    return runs


@contextmanager
def writing(key: str) -> Iterator[None]:
    """Hold the one right to write the run *key*; a second writer waits here until it is free."""
    locks = writable_runs_dir() / ".locks"
    locks.mkdir(exist_ok=True)
    with FileLock(locks / f"{check_key(key)}.lock"):
        yield


def list_runs() -> list[Listed]:
    """Return every stored run in the order of its name, damaged ones with what is wrong.

    Tensor files are looked for but not read; `load` checks them.
    """
    folders = {
        path.name: path
        for parent in (files.shipped_dir(), files.runs_dir())
        for path in parent.glob("*")
        if path.is_dir() and re.fullmatch(KEY_PATTERN, path.name)
    }
    return [_listed(key, folders[key]) for key in sorted(folders)]


def leftovers() -> list[Path]:
    """Return the temporary folders that killed writers left behind."""
    folders = sorted(files.runs_dir().glob(f"{_TEMPORARY}*"))
    return [path for path in folders if time.time() - path.stat().st_mtime > _LEFTOVER_SECONDS]


def removable(key: str) -> Path:
    """Return the folder of the run *key* if it was made here; else raise RunNotFound."""
    folder = files.runs_dir() / check_key(key)
    if folder.is_dir():
        return folder
    raise RunNotFound(f"no run {key} in {files.runs_dir()}; only runs made here can be removed.")


def delete(key: str) -> None:
    """Remove the run *key* from the cache; RunNotFound if none of that key was made here."""
    folder = removable(key)
    with temporary_folder() as aside:
        folder.rename(aside / key)


def _listed(key: str, folder: Path) -> Listed:
    """Return the list's line for one folder."""
    try:
        config, metrics = run_files.read_config(folder, key), run_files.read_metrics(folder)
        missing = [name for name in metrics["tensor_sha256"] if not (folder / name).is_file()]
        if missing:
            raise run_files.damaged(folder, f"{', '.join(missing)} is missing")
    except RunDamaged as error:
        return Listed(key, folder, None, {}, str(error))
    return Listed(key, folder, config, metrics)
