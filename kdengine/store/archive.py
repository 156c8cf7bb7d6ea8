"""Experiments as zip files: written for others, and read from anybody only after checking.

An archive holds one folder for each run. Nothing in it is trusted: names, sizes, every file's
form and hash are checked in a temporary folder before anything takes its place in the store.
"""

import shutil
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import IO

from kdengine import files
from kdengine.config import StudentConfig, check_key
from kdengine.store import experiments, run_files, runs
from kdengine.store.run_files import RunDamaged

_MOST_RUNS = 8
_LARGEST_BYTES = 400 * 2**20
# Hashes and weights do not shrink; anything far denser was made to fill a disk.
_HIGHEST_RATIO = 200
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# A zip that is damaged, encrypted or of a later kind (NotImplementedError is a RuntimeError), and a
# stream that is damaged or ends early.
_UNPACKING_ERRORS = (zipfile.BadZipFile, RuntimeError, ValueError, EOFError, zlib.error)


def experiment_keys(key: str) -> list[str]:
    """Return the runs that belong to *key*: itself and, for a student, teacher and baseline.

    RunNotFound or RunDamaged if the run, or a student's teacher, cannot be had.
    """
    if not isinstance(run_files.read_config(runs.find(key), key), StudentConfig):
        return [key]
    return [run.key for run in experiments.find(key).runs.values()]


def export_runs(keys: Sequence[str], target: Path | IO[bytes]) -> None:
    """Write the runs *keys*, such as `experiment_keys` returns, into one zip.

    A path is written as `files.written` does. RunNotFound or RunDamaged if a run cannot be had,
    OSError if *target* cannot be written.
    """
    folders = {key: runs.find(key) for key in keys}
    for key, folder in folders.items():
        run_files.check_run(folder, key)
    with files.written(target) if isinstance(target, Path) else nullcontext(target) as file:
        _write_zip(folders, file)


def import_runs(source: Path | IO[bytes]) -> list[str]:
    """Store those runs of a zip that are not there yet; return the keys of all it holds.

    RunDamaged if anything in it is not right; then nothing has been stored. OSError if the file
    cannot be read or the cache cannot be written.
    """
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise RunDamaged(
            f"this is not a readable zip file ({error}); use one that `python -m kdengine export` "
            "or the Train page's download wrote."
        ) from error
    with archive, runs.temporary_folder() as folder:
        keys = _checked_names(archive)
        _extract(archive, folder)
        for key in keys:
            run_files.check_run(folder / key, key)
        _check_teachers(folder, keys)
        for key in keys:
            if not runs.exists(key):
                runs.put_in_place(folder / key, key)
    return keys


def _write_zip(folders: dict[str, Path], file: IO[bytes]) -> None:
    """Write each run's files below its key."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key, folder in folders.items():
            for name in run_files.FILES:
                if (folder / name).is_file():
                    archive.write(folder / name, f"{key}/{name}")


def _checked_names(archive: zipfile.ZipFile) -> list[str]:
    """Return the keys in *archive* after checking every name and size; read nothing yet."""
    keys: dict[str, None] = {}
    seen: set[str] = set()
    for entry in archive.infolist():
        key, _, name = entry.filename.partition("/")
        if key and name == "" and entry.is_dir():
            continue
        if name not in run_files.FILES or entry.filename in seen:
            raise RunDamaged(
                f"the archive holds {entry.filename[:80]!r}; it may hold only "
                f"<run key>/<{', '.join(run_files.FILES)}>, each once."
            )
        try:
            keys[check_key(key)] = None
        except ValueError as error:
            raise RunDamaged(f"the archive holds a folder that is no run: {error}") from error
        if entry.compress_type not in _PACKINGS:
            raise RunDamaged(
                f"{entry.filename} is packed by a method (number {entry.compress_type}) that is "
                "not read here; pack the zip with the usual method, deflate."
            )
        seen.add(entry.filename)
    size = sum(entry.file_size for entry in archive.infolist())
    packed = sum(entry.compress_size for entry in archive.infolist())
    if not 1 <= len(keys) <= _MOST_RUNS:
        raise RunDamaged(f"the archive holds {len(keys)} runs; 1 to {_MOST_RUNS} are allowed.")
    if size > _LARGEST_BYTES or size > _HIGHEST_RATIO * max(packed, 1):
        raise RunDamaged(
            f"the archive unpacks to {size:,} bytes from {packed:,}; at most "
            f"{_LARGEST_BYTES:,} and {_HIGHEST_RATIO} times are allowed."
        )
    return list(keys)


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    """Unpack the checked entries; the sizes they announced are also the most that is read."""
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        target = folder / entry.filename
        target.parent.mkdir(exist_ok=True)
        try:
            with archive.open(entry) as packed, target.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        except _UNPACKING_ERRORS as error:
            raise RunDamaged(
                f"{entry.filename} in the archive cannot be unpacked ({error}); "
                "transfer the file again."
            ) from error


def _check_teachers(folder: Path, keys: list[str]) -> None:
    """Raise RunDamaged if a student's teacher cannot be had or is of other images."""
    for key in keys:
        student = run_files.read_run(folder / key, key)
        if not isinstance(student.config, StudentConfig):
            continue
        teacher = student.config.teacher
        try:
            place = folder / teacher if teacher in keys else runs.find(teacher)
        except runs.RunNotFound as error:
            raise RunDamaged(
                f"{key} needs its teacher {teacher}, which is neither in the archive "
                f"nor in {files.cache_dir()}; export the two together."
            ) from error
        run_files.check_pair(student, run_files.read_run(place, teacher))
