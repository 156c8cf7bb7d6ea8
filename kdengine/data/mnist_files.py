"""MNIST on this machine: what its four files must hold, and where they are found by content.

Nothing here downloads, writes or deletes, and nothing here knows tensors, models or runs.
"""

import hashlib
import math
import os
import stat
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from kdengine.data import idx, searching
from kdengine.files import data_dir


class MnistFile(NamedTuple):
    """What one MNIST file must be once decompressed."""

    sha256: str
    shape: tuple[int, ...]

    @property
    def header(self) -> bytes:
        """Return the bytes before the data: unsigned bytes, so many dimensions, their sizes."""
        return struct.pack(f">{1 + len(self.shape)}I", 0x800 + len(self.shape), *self.shape)

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return len(self.header) + math.prod(self.shape)


# Hashes of the decompressed bytes: mirrors wrap the same bytes in different gzip archives.
# The order is that of Dataset's fields.
FILES = {
    "train-images-idx3-ubyte": MnistFile(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", (60_000, 28, 28)
    ),
    "train-labels-idx1-ubyte": MnistFile(
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", (60_000,)
    ),
    "t10k-images-idx3-ubyte": MnistFile(
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", (10_000, 28, 28)
    ),
    "t10k-labels-idx1-ubyte": MnistFile(
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", (10_000,)
    ),
}

_MOST_READ = 24  # files read whole in a search, at most; a second's fifth each
_MOST_LISTED = 12
_SUFFIXES = (".gz", ".npz", ".zip")


class DataMissing(FileNotFoundError):
    """Data files are not there, and could not be had."""


class DataCorrupt(ValueError):
    """Data files are there, but do not hold what they must."""


class Look(NamedTuple):
    """What a file turned out to be."""

    holds: tuple[str, ...]  # of FILES
    words: str
    was_read: bool  # whole


class Search(NamedTuple):
    """What was looked at, nearest first, until all four files were found."""

    places: dict[str, Path]  # of those found
    looks: dict[Path, Look]

    @property
    def missing(self) -> list[str]:
        """Return which of the four files were not found."""
        return [name for name in FILES if name not in self.places]


_remembered: dict[tuple[object, ...], Look] = {}  # by a file's state


def folder() -> Path:
    """Return where the four files lie, unless somebody has put them elsewhere."""
    return data_dir() / "mnist"


def present() -> bool:
    """Return whether all four MNIST files are there; each is read once for as long as it stays."""
    return not search().missing


def state() -> tuple[object, ...]:
    """Return what changes when MNIST's files arrive, go or change; read nothing for it."""
    found = search(believing=True)
    paths = found.looks if found.missing else found.places.values()
    return tuple((str(path), state_of(path)) for path in paths)


def load() -> list[np.ndarray]:
    """Return train images, train labels, test images and test labels, verified.

    DataMissing if a file is not there; DataCorrupt if all are, and one holds something else. Both
    say what was looked at and what it is.
    """
    contents: dict[str, bytes] = {}
    found = search(contents)
    if missing := found.missing:
        kind: type[Exception] = DataMissing
        what = "MNIST is not complete"
        if are_others(found):
            kind, what = DataCorrupt, f"The files in {_printable(folder())} are not MNIST's"
        told = "\n  ".join([f"{what}: no {', '.join(missing)}.", *report(found)])
        raise kind(f"{told}\n{remedy()}")
    arrays = []
    for name, file in FILES.items():
        array = np.frombuffer(contents[name], np.uint8, offset=len(file.header))
        arrays.append(array.astype(np.int64) if "labels" in name else array.reshape(file.shape))
    return arrays


def are_others(found: Search | None = None) -> bool:
    """Return whether all that is missing has its place taken by a file that is not MNIST's."""
    missing = (found or search()).missing
    return bool(missing) and all(any(map(Path.exists, _usual(name))) for name in missing)


def search(contents: dict[str, bytes] | None = None, *, believing: bool = False) -> Search:
    """Look for the four files: first at their usual names, then all over the data folder.

    A file's content decides, not its name, unless *believing* of one that nobody has read yet.
    *contents* receives what was found.
    """
    found, usual = Search({}, {}), folder()
    sizes = {file.size for file in FILES.values()}
    for path in _candidates():
        is_usual, name = path.parent == usual, path.name.removesuffix(".gz")
        if path in found.looks or found.places.get(name) == path.with_name(f"{name}.gz"):
            continue
        if not (is_usual or _may_hold(path, sizes)):
            continue
        if is_usual and believing and (path, state_of(path)) not in _remembered:
            look = Look((name,), "not read yet", False)
        else:
            look = look_at(path, contents)
        found.looks[path] = look
        found.places.update({name: path for name in look.holds if name not in found.places})
        if not found.missing or sum(look.was_read for look in found.looks.values()) >= _MOST_READ:
            break
    return found


def report(found: Search) -> list[str]:
    """Return what a search looked at and what is there, a line each."""
    lines = [f"{_printable(path)}: {look.words}" for path, look in found.looks.items()]
    lines[_MOST_LISTED:] = [f"and {len(lines) - _MOST_LISTED} more"] * (len(lines) > _MOST_LISTED)
    return [
        f"Looked below {_printable(data_dir())}, {searching.DEEPEST} folders deep, at no more than "
        f"{searching.MOST_ENTRIES:,} entries and {_MOST_READ} files of the right form:",
        *(lines or ["none is there"]),
    ]


def contents_of(file: IO[bytes]) -> tuple[dict[str, bytes], str]:
    """Return what *file* holds of the four, by name, and in words; ValueError as `idx.contents`."""
    names = {known.sha256: name for name, known in FILES.items()}
    held, words = {}, []
    for content in idx.contents(file, {known.header: known.size for known in FILES.values()}):
        sha256 = hashlib.sha256(content).hexdigest()
        if name := names.get(sha256):
            held[name] = content
            words.append(f"MNIST's {name}")
        else:
            words.append(
                f"{idx.words(content)}, SHA-256 {sha256[:16]}…: not MNIST's, left as it is"
            )
    return held, "; ".join(words) or "a zip without anything of MNIST's form"


def longest_archive(size: int) -> int:
    """Return a length that no gzip archive of *size* bytes exceeds."""
    return size + size // 100 + 1024


def remedy(*, fetch: bool = True) -> str:
    """End a message with what to do next; no network is advised where there is none."""
    copy = (
        f"opy the four files, or Keras's mnist.npz, to {_printable(folder())} from a machine that "
        "has them (whatever they are called there); or use --dataset digits, which needs none."
    )
    if not fetch or os.environ.get("KDENGINE_OFFLINE"):
        return f"C{copy}"
    return f"Run: python -m kdengine data (it fetches them and replaces nothing); or c{copy}"


def _candidates() -> Iterator[Path]:
    """Yield the files to look at, the likeliest first."""
    yield from filter(os.path.lexists, [path for name in FILES for path in _usual(name)])
    yield from searching.files_below(folder(), data_dir())


def _usual(name: str) -> tuple[Path, Path]:
    """Return what *name* is usually called."""
    return folder() / f"{name}.gz", folder() / name


def _may_hold(path: Path, sizes: Collection[int]) -> bool:
    """Return whether a file anywhere is worth opening, or is a folder that may not be read."""
    if path.suffix.lower() in _SUFFIXES or "ubyte" in path.name.lower():
        return True
    try:
        about = path.stat()
    except OSError:
        return False
    return about.st_size in sizes or stat.S_ISDIR(about.st_mode)


def look_at(path: Path, contents: dict[str, bytes] | None = None) -> Look:
    """Look at a file, once for as long as it stays what it is, unless *contents* lacks it."""
    key = (path, state_of(path))
    look = _remembered.get(key)
    # What could not be read may be another time, and what is no IDX file is soon seen.
    if look is None or (
        contents is not None and (not look.was_read or set(look.holds) - contents.keys())
    ):
        look = _remembered[key] = _first_look(path, {} if contents is None else contents)
    return look


def _first_look(path: Path, contents: dict[str, bytes]) -> Look:
    """Read a file as far as it may be MNIST's, and put what it holds into *contents*."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            return Look((), "a folder" if stat.S_ISDIR(about.st_mode) else "no regular file", False)
        if about.st_size > longest_archive(sum(file.size for file in FILES.values())):
            return Look((), f"{about.st_size:,} bytes, more than MNIST has", False)
        with path.open("rb") as file:
            held, words = contents_of(file)
    except OSError as error:
        return Look((), error.strerror or str(error), False)
    except ValueError as error:
        return Look((), str(error), not isinstance(error, idx.Other))
    contents.update(held)
    return Look(tuple(held), words, True)


def state_of(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does, nothing if there is none."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def _printable(path: Path | str) -> str:
    """Return a path as any terminal can show it."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(path))
