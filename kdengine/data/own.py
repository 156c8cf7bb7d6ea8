"""Data sets by folders of the data folder: what each is called in words, found, read and checked.

A set's files are four IDX files, plain or gzip, whatever they are called, or one npz.
"""

import math
import re
import zipfile
import zlib
from functools import cache
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta, field, structs
from numpy.typing import NDArray

from kdengine.config import CLASSES, DATASETS, LONGEST_NAME, MOST_IMAGES, SET_NAME, set_name
from kdengine.data import idx, mnist_files, searching
from kdengine.data.mnist_files import DataCorrupt, DataMissing
from kdengine.files import data_dir
from kdengine.nets.architecture import SIDE

_FILE = "dataset.toml"
_ALLOWED = (
    "It may give title (of at most 60 letters, digits, spaces and . , ’ / ( ) + -), classes and "
    "plurals (ten different names each, of at most 24 of these), source and licence (of at most "
    "200 letters each), and transposed = true."
)
NAMED = (
    f"a name is at most {LONGEST_NAME} letters, digits and hyphens between them, as is its folder; "
    f"not {' or '.join(DATASETS)}"
)
# In the order of Dataset's fields: an IDX file's dimensions, what its name says, its array's name
_PARTS = {
    "training images": (3, ("train",), "x_train"),
    "training labels": (1, ("train",), "y_train"),
    "test images": (3, ("t10k", "test"), "x_test"),
    "test labels": (1, ("t10k", "test"), "y_test"),
}
_LARGEST = MOST_IMAGES * SIDE * SIDE  # bytes
# Without markup: it stands in sentences, tables and pictures
_SIGNS = r"^[^\W_][\w .,’/()+-]*\Z"
_Line = Annotated[str, Meta(max_length=200)]


class DataIncomplete(DataCorrupt):
    """Some files of a set are there, and others are not."""


class Fetched(msgspec.Struct, frozen=True):
    """Where a set's files are to be had, and their MD5; of a zip some *members* are kept."""

    mirrors: list[str]
    md5: dict[str, str]
    members: list[str] = []


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A data set in words; classes that nobody named are called by their numbers."""

    title: str = ""
    classes: list[str] = field(default_factory=lambda: [f"class {n}" for n in range(CLASSES)])
    plurals: list[str] = field(default_factory=list)
    source: _Line = ""
    licence: _Line = ""
    transposed: bool = False  # its pictures lie on their side, as EMNIST's do
    fetched: Fetched | None = None

    def __post_init__(self) -> None:
        """Find plurals where there are none; ValueError for words that cannot be shown."""
        if self.title:
            _check_word("title", self.title, 60, _SIGNS.replace(",", ",'"))
        made = list(map(_plural, self.classes))
        plurals = self.plurals or made
        for given, words in (("classes", self.classes), ("plurals", plurals)):
            if len(words) != CLASSES:
                raise ValueError(f"it names {len(words)} {given}, not {CLASSES}")
            for place, word in enumerate(words):
                if words != made:  # nobody wrote those, and an end makes them longer
                    _check_word(f"{given}[{place}]", word, 24, _SIGNS)
            if twice := {word for word in words if words.count(word) > 1}:
                raise ValueError(f"two {given} are {min(twice)!r}")
        structs.force_setattr(self, "plurals", plurals)

    @property
    def has_digits(self) -> bool:
        """Whether its classes are digits, which are called by their numbers."""
        return self.classes == list("0123456789")


@cache
def known() -> dict[str, Description]:
    """Return the sets that are known by name, ours among them."""
    text = Path(__file__).with_name("known.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, Description])


def describe(dataset: str) -> Description:
    """Return a set in words, by its name or its folder's; DataCorrupt for a wrong dataset.toml."""
    name = set_name(dataset)
    path = data_dir() / name / _FILE
    if name in DATASETS or not path.is_file():
        return known().get(name) or Description(title=name)
    try:
        with path.open("rb") as file:
            read = msgspec.toml.decode(file.read(100_000), type=Description)
        if read.fetched:
            raise ValueError("it has [fetched], which only sets known by name have")
        return structs.replace(read, title=read.title or name)
    except (OSError, ValueError) as error:
        raise DataCorrupt(f"{path} cannot be used: {printable(error)}. {_ALLOWED}") from error


def names() -> list[str]:
    """Return the other sets there may be: those known by name, and folders that hold such files."""
    try:
        folders = [path.name for path in data_dir().iterdir() if path.is_dir()]
    except OSError:
        folders = []
    found = {name for name in folders if name[0] != "." and _files(name)} | set(known())
    # Another spelling of mnist is a place where MNIST itself is looked for.
    return sorted(name for name in found if name not in DATASETS and name.lower() != "mnist")


def state(name: str) -> tuple[Any, ...]:
    """Return what changes when the files of a set arrive, go or change; read next to nothing."""
    return tuple((str(path), mnist_files.state_of(path)) for path in _files(name))


def read(name: str) -> list[NDArray[Any]]:
    """Return the arrays of the set *name* as `datasets.Dataset` has them.

    DataMissing if it is not here, DataCorrupt if no set may be called so, or what is there is not
    right: it says what was found, and what is allowed.
    """
    if not re.fullmatch(SET_NAME, name) or len(name) > LONGEST_NAME or name.lower() in DATASETS:
        raise DataCorrupt(f"No data set can be called {name[:60]!r}: {NAMED}.")
    description, folder = describe(name), data_dir() / name
    paths = [path for path in _files(name) if path.name != _FILE]
    if not paths:
        fetch = f"Run: python -m kdengine data {name}. Or p" if name in known() else "P"
        raise DataMissing(
            f"The data set {name} is not here. {fetch}ut four IDX files, plain or gzip, or "
            f"{name}.npz with x_train, y_train, x_test and y_test, into {folder}."
        )
    try:
        npz = [path for path in paths if path.suffix.lower() == ".npz"]
        arrays = _from_npz(npz[0]) if npz else _from_idx(paths)
        for place, split in enumerate(("training", "test")):
            images, labels = arrays[2 * place : 2 * place + 2]
            if wrong := _wrong(images, labels, description.classes):
                raise ValueError(wrong.format(split=split))
            arrays[2 * place : 2 * place + 2] = _formed(images, labels, description.transposed)
    except (OSError, ValueError, zlib.error) as error:
        told = f"The data set {name} in {folder} cannot be used: {printable(error)}."
        kind = DataIncomplete if isinstance(error, DataIncomplete) else DataCorrupt
        raise kind(told) from error
    return arrays


def printable(message: object) -> str:
    """Return a message as any terminal can show it."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(message)[:600]).rstrip(".")


def _check_word(given: str, word: str, most: int, signs: str) -> None:
    """Raise ValueError unless a *word* is short and without markup."""
    if len(word) > most or not re.match(signs, word):
        told = f"{word[:40]!r}" + f"…, {len(word)} letters" * (len(word) > most)
        raise ValueError(f"{given} is {told}")


def _plural(name: str) -> str:
    return name + ("es" if name.lower().endswith(("s", "x", "z", "ch", "sh")) else "s")


def _files(name: str) -> list[Path]:
    """Return the files that may be of a set, the nearest first."""
    found = searching.files_below(data_dir() / name)
    return [
        path
        for path in found
        if path.suffix.lower() in (".gz", ".npz") or path.name == _FILE or _is_idx(path)
    ]


def _is_idx(path: Path) -> bool:
    """Return whether a file is an IDX file by its name, or as one of a set may be by its start."""
    name = path.name.lower()
    if "ubyte" in name or "idx" in name:
        return True
    if not re.search("train|test|t10k", name):  # read as none of the four
        return False
    try:
        with path.open("rb") as file:
            return idx.words(idx.head(file)).startswith("an IDX file")
    except (OSError, ValueError):
        return False


def _from_npz(path: Path) -> list[NDArray[Any]]:
    """Return the four arrays of an npz; nothing in it is unpickled."""
    arrays = []
    try:
        with zipfile.ZipFile(path) as archive:
            for name in (f"{array}.npy" for *_, array in _PARTS.values()):
                if name not in archive.namelist():
                    raise ValueError(f"it has no {name}, but {', '.join(archive.namelist())}")
                if (size := archive.getinfo(name).file_size) > _LARGEST + 1024:
                    raise ValueError(f"{name} has {size:,} bytes; at most {_LARGEST:,} are read")
                with archive.open(name) as member:
                    arrays.append(np.lib.format.read_array(member, allow_pickle=False))
    except (zipfile.BadZipFile, EOFError, MemoryError, NotImplementedError, ValueError) as error:
        raise ValueError(f"{path.name} cannot be used: {error}") from error
    return arrays


def _from_idx(paths: list[Path]) -> list[NDArray[Any]]:
    """Return the four arrays of IDX files: which is which, dimensions and names tell."""
    found: dict[str, tuple[str, NDArray[np.uint8]]] = {}
    looks = []
    for path in paths:
        try:
            with path.open("rb") as file:
                head = idx.head(file)
                looks.append(f"{path.name}: {idx.words(head)}")
                shape = idx.shape(head)
                for part, (dimensions, words, _) in _PARTS.items():
                    if len(shape) != dimensions or not any(w in path.name.lower() for w in words):
                        continue
                    if part not in found:
                        found[part] = path.name, _content(file, head, shape)
                    elif path.stem != found[part][0]:  # plain and packed may lie side by side
                        other = found[part][0]
                        raise ValueError(f"it and {other} have the {part}; leave one there")
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from error
    if missing := [part for part in _PARTS if part not in found]:
        raise DataIncomplete(
            f"no file has the {', the '.join(missing)}: images are an IDX file of 3 dimensions, "
            f"labels of 1, and its name says train or test. There is: {'; '.join(looks)}"
        )
    return [found[part][1] for part in _PARTS]


def _content(file: IO[bytes], head: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return what an IDX file holds, as long as its *head* says."""
    header, size = head[: 4 + 4 * len(shape)], math.prod(shape)
    if size > _LARGEST:
        raise ValueError(f"it has {size:,} bytes; at most {_LARGEST:,} are read")
    (content,) = idx.contents(file, {header: len(header) + size})
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape)


def _wrong(images: NDArray[Any], labels: NDArray[Any], classes: list[str]) -> str:
    """Return what is not as it must be in a ``{split}``, and what is allowed; empty if all is."""
    told = f"the {{split}} images are {images.dtype} of shape {images.shape}; "
    count = images.shape[0] if images.ndim else 0
    if images.ndim != 3 or not count or not all(0 < side <= SIDE for side in images.shape[1:]):
        return told + f"grey pictures of at most {SIDE} × {SIDE} are read: (images, rows, columns)"
    if images.dtype.kind not in "iu" or images.min() < 0 or images.max() > 255:
        return told + "their grey values must be whole numbers from 0, the background, to 255"
    if count > MOST_IMAGES:
        return told + f"at most {MOST_IMAGES:,} images are read"
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        return told + f"their labels are {labels.dtype} of shape {labels.shape}: not one for each"
    if labels.min() < 0 or labels.max() >= CLASSES:
        return f"the {{split}} labels are {labels.min()} to {labels.max()}; 0 to 9 are allowed"
    if absent := sorted(set(range(CLASSES)) - set(labels.tolist())):
        called = ", ".join(f"{number} ({classes[number]})" for number in absent)
        return f"no {{split}} image is of class {called}; each of the ten needs one"
    return ""


def _formed(
    images: NDArray[Any], labels: NDArray[Any], transposed: bool
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images and labels as MNIST has them, smaller pictures centred."""
    spare = [SIDE - side for side in images.shape[1:]]
    margins = [(0, 0), *((all_ // 2, all_ - all_ // 2) for all_ in spare)]
    grey = np.pad(images.astype(np.uint8), margins)
    if transposed:
        grey = np.ascontiguousarray(grey.transpose(0, 2, 1))
    return grey, labels.astype(np.int64)
