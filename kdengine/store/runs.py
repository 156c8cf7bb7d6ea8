"""Runs on disk: save, find, load, list, delete. Knows folders; knows no training.

A run is a folder named by its key. It is written under a temporary name and renamed, so whatever
has a key for a name is whole. Nothing is ever unpickled: JSON and safetensors only.
"""

import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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

_TEMPORARY, _LOCKS = ".tmp-", ".locks"
_ROOM = 1 << 20  # bytes; hardly a run has fewer


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
        "that are, `python -m kdengine run` makes one, or takes one in from your --teacher-file."
    )


def exists(key: str) -> bool:
    """Return whether a run called *key* is stored."""
    try:
        find(key)
    except RunNotFound:
        return False
    return True


def fingerprint(key: str) -> str | None:
    """Return what tells the run *key* as it was written from every other of its key, None for none.

    It is of the content: clocks may be set, and files of a network's disk change their numbers. A
    run that lacks its metrics has an empty one.
    """
    try:
        metrics = find(key) / run_files.METRICS
        return hashlib.sha256(metrics.read_bytes()).hexdigest() if metrics.is_file() else ""
    except RunNotFound:
        return None
    except OSError:
        return ""


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
    with temporary_folder() as folder, files.named(folder.parent):
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        put_in_place(folder, key)
    return key


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder beside the runs under a temporary name; it is gone afterwards."""
    with _temporary_name() as folder:
        folder.mkdir()
        yield folder


@contextmanager
def _temporary_name(old: str = "") -> Iterator[Path]:
    """Give a free name beside the runs; whatever bears it is gone afterwards.

    The name is held by a lock, which the kernel frees when this process ends: who is killed leaves
    a name that nobody holds. *old* is the key of a run that is set aside under it.
    """
    runs = writable_runs_dir()
    for folder in leftovers():
        remove_leftover(folder)
    path = runs / f"{_TEMPORARY}{secrets.token_hex(8)}{old}"
    with FileLock(_lock(path.name)):
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            _lock(path.name).unlink(missing_ok=True)


def put_in_place(folder: Path, key: str) -> None:
    """Rename a complete *folder* to its *key*, setting an older run of that key aside first."""
    target = files.runs_dir() / key
    if not target.exists():
        folder.rename(target)
        return
    with _temporary_name(old=key) as aside:
        try:
            target.rename(aside)
            folder.rename(target)
        except BaseException:
            if not target.exists():
                aside.rename(target)
            raise


def writable_runs_dir(room: int = 0) -> Path:
    """Return the folder for new runs, made if need be; OSError as from `files.writable_folder`."""
    runs = files.writable_folder(files.runs_dir(), room)
    files.writable_folder(runs / _LOCKS)
    return runs


@contextmanager
def writing(key: str) -> Iterator[None]:
    """Hold the one right to write the run *key*; a second writer waits here until it is free."""
    writable_runs_dir(_ROOM)
    with FileLock(_lock(check_key(key))):
        yield


def list_runs(*, with_logits: bool = False) -> list[Listed]:
    """Return every stored run in the order of its name, damaged ones with what is wrong.

    Tensor files are looked for but not read, but for the logits *with_logits*; `load` checks them.
    """
    folders = {
        path.name: path
        for parent in (files.shipped_dir(), files.runs_dir())
        for path in parent.glob("*")
        if path.is_dir() and re.fullmatch(KEY_PATTERN, path.name)
    }
    return [_listed(key, folders[key], with_logits) for key in sorted(folders)]


def leftovers() -> list[Path]:
    """Return the temporary folders that killed writers left behind: those that nobody holds."""
    runs = files.runs_dir()
    names = {path.stem for path in (runs / _LOCKS).glob(f"{_TEMPORARY}*")}
    names |= {path.name for path in runs.glob(f"{_TEMPORARY}*")}
    return [runs / name for name in sorted(names) if not _is_held(name)]


def remove_leftover(folder: Path) -> None:
    """Remove one of the `leftovers`, but put a run back whose writer was killed replacing it."""
    key = folder.name[len(_TEMPORARY) + 16 :]
    with suppress(OSError), FileLock(_lock(folder.name), timeout=0):
        if re.fullmatch(KEY_PATTERN, key) and not _is_held(key):
            with suppress(OSError):  # a run of that key has taken its place
                folder.rename(folder.with_name(key))
        shutil.rmtree(folder, ignore_errors=True)
        # Held still: who waits for this very file sees that it has gone, and makes another.
        _lock(folder.name).unlink(missing_ok=True)


def stored_bytes() -> int:
    """Return how much the runs that were made here take on the disk."""
    total = 0
    for path in files.runs_dir().rglob("*"):
        with suppress(OSError):  # it has just gone
            total += path.lstat().st_size
    return total


def removable(key: str) -> Path:
    """Return the folder of the run *key* if it was made here; else raise RunNotFound."""
    folder = files.runs_dir() / check_key(key)
    if folder.is_dir():
        return folder
    raise RunNotFound(f"no run {key} in {files.runs_dir()}; only runs made here can be removed.")


def delete(key: str) -> None:
    """Remove the run *key* from the cache; RunNotFound if none of that key was made here."""
    folder = removable(key)
    with _temporary_name() as aside:  # no new folder: this has to work on a full disk
        folder.rename(aside)


def _lock(name: str) -> Path:
    """Return the file whose lock holds a key or a temporary name."""
    return files.runs_dir() / _LOCKS / f"{name}.lock"


def _is_held(name: str) -> bool:
    """Return whether some process holds a key or a temporary name, or nobody can here."""
    try:
        with FileLock(_lock(name), timeout=0):
            return False
    except OSError:
        return True


def _listed(key: str, folder: Path, with_logits: bool = False) -> Listed:
    try:
        config = run_files.read_config(folder, key)
        metrics = run_files.read_metrics(folder, config)
        missing = [name for name in metrics["tensor_sha256"] if not (folder / name).is_file()]
        if missing:
            raise run_files.damaged(folder, f"{', '.join(missing)} is missing")
        if with_logits:
            run_files.read_run(folder, key)
    except RunDamaged as error:
        return Listed(key, folder, None, {}, str(error))
    return Listed(key, folder, config, metrics)
