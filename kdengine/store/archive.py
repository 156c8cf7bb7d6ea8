"""Experiments as zip files: written for others, and read from anybody only after checking.

An archive holds one folder for each run. Nothing in it is trusted: its directory's size, names,
sizes, every file's form and hash are checked in this order, in a temporary folder, before anything
takes its place in the store. A run that is not right fails alone.
"""

import re
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import numpy as np
from filelock import FileLock
from safetensors.numpy import save

from kdengine import files
from kdengine.config import KEY_PATTERN, StudentConfig, run_key
from kdengine.nets import architecture, forward
from kdengine.store import admission, experiments, run_files, runs, shapes
from kdengine.store.run_files import RunDamaged

_MOST_RUNS = 8
_LARGEST_BYTES = 400 * 2**20
# Of one file: a network of 33 million weights in float16.
_LARGEST_FILE = 64 * 2**20
# Hashes and weights do not shrink; anything far denser was made to fill a disk.
_HIGHEST_RATIO = 200
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Names, in a zip's directory; that of ours takes 5 kB.
_LARGEST_DIRECTORY = 2**16
# A zip that is damaged, encrypted or of a later kind (NotImplementedError is a RuntimeError), and a
# stream that is damaged or ends early.
_UNPACKING_ERRORS = (zipfile.BadZipFile, RuntimeError, ValueError, EOFError, zlib.error)
# What uploads may add to a server's store, all together; a command on the server may add more.
MOST_UPLOADED_RUNS = 50
MOST_UPLOADED_BYTES = 500 * 10**6
_UPLOADED = ".uploaded"


@dataclass(frozen=True)
class Imported:
    """What became of one run of an archive; *why* says so of one that was skipped."""

    key: str
    outcome: Literal["stored", "already there", "skipped"]
    why: str = ""


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


def export_network(key: str, target: Path) -> None:
    """Write the network of the run *key* for others: a state dict of a plain `nn.Sequential`.

    It takes grey values from 0 to 1. By its name *target* is safetensors or torch's own file;
    ValueError for a network that is no chain of dense layers.
    """
    weights = runs.load_weights(key)
    members = architecture.layer_names(weights)
    if len(members) > 1 or not forward.is_dense(weights):
        raise ValueError(
            f"{key} has convolutions or several members, which no plain nn.Sequential of dense "
            "layers has; export it as .zip, or take another run."
        )
    if runs.load(key).config.normalised:
        weights = forward.for_plain_inputs(weights)
    plain = {
        f"{2 * place}.{part}": np.ascontiguousarray(weights[f"{layer}.{part}"])
        for place, layer in enumerate(members[0])
        for part in ("weight", "bias")
    }
    with files.written(target) as file:
        if target.suffix == ".safetensors":
            file.write(save(plain))
            return
        import torch

        torch.save({name: torch.tensor(array) for name, array in plain.items()}, file)


def import_runs(
    source: Path | IO[bytes],
    array_of: admission.ArrayOf = lambda dataset, part: None,
    *,
    is_upload: bool = False,
) -> list[Imported]:
    """Store those runs of a zip that are right and not there yet; return what became of each.

    Networks are tried on the images that *array_of* returns of a data set, if any. An
    upload's runs count among those that may be uploaded, and are refused beyond. Nothing has been
    stored at RunDamaged, if it is no archive of runs at all, and OSError, if the file cannot be
    read or the cache cannot be written.
    """
    with nullcontext(source) if not isinstance(source, Path) else source.open("rb") as file:
        _check_directory(file)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise _no_zip(str(error)) from error
        with archive:
            entries = _checked_entries(archive)
            locks = runs.writable_runs_dir() / ".locks"
            locks.mkdir(exist_ok=True)
            # One after another: what is unpacked takes memory and disk once, and quotas hold.
            with FileLock(locks / "import.lock"), runs.temporary_folder() as folder:
                # Students come after the teachers that they need.
                keys = sorted(entries, key=lambda key: (key.startswith("student-"), key))
                return [
                    _imported(archive, entries[k], folder, k, array_of, is_upload) for k in keys
                ]


def _write_zip(folders: dict[str, Path], file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key, folder in folders.items():
            for name in run_files.FILES:
                if (folder / name).is_file():
                    archive.write(folder / name, f"{key}/{name}")


def _no_zip(reason: str) -> RunDamaged:
    return RunDamaged(
        f"this is not a readable zip file ({reason}); use one that `python -m kdengine export` "
        "or the Train page's download wrote."
    )


def _check_directory(file: IO[bytes]) -> None:
    """Raise RunDamaged unless the zip announces a small directory."""
    try:
        entries, size = files.zip_directory(file)
    except ValueError as error:
        raise _no_zip(str(error)) from error
    if size > _LARGEST_DIRECTORY:
        raise RunDamaged(
            f"the zip announces {entries:,} entries, {size:,} bytes of names; an archive of "
            f"runs has {_MOST_RUNS * len(run_files.FILES)} at the most."
        )


def _checked_entries(archive: zipfile.ZipFile) -> dict[str, list[zipfile.ZipInfo]]:
    """Return the entries of each run after checking every name and size; read nothing yet."""
    found: dict[str, list[zipfile.ZipInfo]] = {}
    seen: set[str] = set()
    for entry in archive.infolist():
        key, _, name = entry.filename.partition("/")
        if key and name == "" and entry.is_dir():
            continue
        is_file = bool(re.fullmatch(KEY_PATTERN, key)) and name in run_files.FILES
        if not is_file or entry.filename in seen or entry.compress_type not in _PACKINGS:
            raise RunDamaged(
                f"the archive holds {entry.filename[:80]!r}, packed by method "
                f"{entry.compress_type}; it may hold only <run key>/<"
                f"{', '.join(run_files.FILES)}>, each once, packed by the usual method, deflate."
            )
        found.setdefault(key, []).append(entry)
        seen.add(entry.filename)
    size = sum(entry.file_size for entry in archive.infolist())
    packed = sum(entry.compress_size for entry in archive.infolist())
    if not 1 <= len(found) <= _MOST_RUNS:
        raise RunDamaged(f"the archive holds {len(found)} runs; 1 to {_MOST_RUNS} are allowed.")
    if size > _LARGEST_BYTES or size > _HIGHEST_RATIO * max(packed, 1):
        raise RunDamaged(
            f"the archive unpacks to {size:,} bytes from {packed:,}; at most "
            f"{_LARGEST_BYTES:,} and {_HIGHEST_RATIO} times are allowed."
        )
    return found


def _imported(
    archive: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    folder: Path,
    key: str,
    array_of: admission.ArrayOf,
    is_upload: bool,
) -> Imported:
    """Store one run of an archive unless it is there or not right; return what became of it."""
    try:
        if runs.exists(key):
            return _already_there(key)
        if is_upload:
            _check_quota(sum(entry.file_size for entry in entries))
        _extract(archive, entries, folder / key)
        student = admission.check(folder / key, key, array_of)
        if isinstance(student.config, StudentConfig):
            _check_teacher(student.config)
        if is_upload:
            count_upload(key, 0)
        runs.put_in_place(folder / key, key)
    except (RunDamaged, OSError) as error:  # a disk that is full now has taken the runs before
        shutil.rmtree(folder / key, ignore_errors=True)
        return Imported(key, "skipped", files.words_of(error).removesuffix(run_files.REMEDY))
    return Imported(key, "stored")


def _already_there(key: str) -> Imported:
    """Return that a run is stored, which stays as it is; as skipped if what is stored is no use."""
    try:
        runs.load(key)
    except RunDamaged as error:
        why = (
            f"one of that key is stored, and stays until `python -m kdengine prune {key}`; {error}"
        )
        return Imported(key, "skipped", why)
    return Imported(key, "already there")


def count_upload(key: str, size: int) -> None:
    """Note that the run *key* was uploaded; RunDamaged if it is more than a server takes."""
    _check_quota(size)
    (runs.writable_runs_dir() / _UPLOADED).mkdir(exist_ok=True)
    (runs.writable_runs_dir() / _UPLOADED / key).touch()


def _check_quota(size: int) -> None:
    """Raise RunDamaged if another upload of *size* bytes is more than a server takes."""
    place = files.runs_dir()
    held = [place / mark.name for mark in (place / _UPLOADED).glob("*")]
    held = [folder for folder in held if folder.is_dir()]
    taken = sum(file.stat().st_size for folder in held for file in folder.iterdir())
    if len(held) >= MOST_UPLOADED_RUNS or taken + size > MOST_UPLOADED_BYTES:
        raise RunDamaged(
            f"uploads may store {MOST_UPLOADED_RUNS} runs of {MOST_UPLOADED_BYTES / 1e6:,.0f} MB "
            f"here, and {len(held)} of {taken / 1e6:,.0f} MB are; `python -m kdengine prune KEY` "
            "on the server makes room, `python -m kdengine import FILE` stores it all the same."
        )


def _extract(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path) -> None:
    """Unpack a run's checked entries, the two small ones first, which limit the others' sizes."""
    folder.mkdir()
    largest = {run_files.CONFIG: shapes.LARGEST_JSON, run_files.METRICS: shapes.LARGEST_JSON}
    packed = {entry.filename.partition("/")[2]: entry for entry in entries}
    for name in sorted(packed, key=run_files.FILES.index):
        if name not in largest:
            config = run_files.read_config(folder, folder.name)
            largest[name] = min(_LARGEST_FILE, run_files.largest_size(name, config))
        if packed[name].file_size > largest[name]:
            raise run_files.damaged(
                folder, f"{name} of {packed[name].file_size:,} bytes is larger than such a run's"
            )
        try:
            with archive.open(packed[name]) as source, (folder / name).open("wb") as unpacked:
                shutil.copyfileobj(source, unpacked)
        except _UNPACKING_ERRORS as error:
            raise run_files.damaged(folder, f"{name} cannot be unpacked ({error})") from error


def _check_teacher(student: StudentConfig) -> None:
    if not runs.exists(student.teacher):
        raise RunDamaged(
            f"{run_key(student)} needs its teacher {student.teacher}, which is neither in the "
            f"archive nor in {files.cache_dir()}, or was skipped; export the two together."
        )
