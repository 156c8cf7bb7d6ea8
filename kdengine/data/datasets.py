"""Bytes to arrays: MNIST (local folder, else mirrors, verified) and scikit-learn's digits.

Owns where the data lie, what they must hash to and how they are fetched. Loading never
downloads, and nothing here knows tensors, models or runs.
"""

import gzip
import hashlib
import io
import logging
import os
import struct
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kdengine.config import DATASETS
from kdengine.files import data_dir

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]


class MnistFile(NamedTuple):
    """What one MNIST file must be once decompressed."""

    sha256: str
    size: int


# Hashes of the decompressed bytes: mirrors wrap the same bytes in different gzip archives.
# The order is that of Dataset's fields.
MNIST_FILES = {
    "train-images-idx3-ubyte": MnistFile(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47_040_016
    ),
    "train-labels-idx1-ubyte": MnistFile(
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60_008
    ),
    "t10k-images-idx3-ubyte": MnistFile(
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7_840_016
    ),
    "t10k-labels-idx1-ubyte": MnistFile(
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10_008
    ),
}
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)

_GZIP_MAGIC = b"\x1f\x8b"  # IDX files begin with two zero bytes
_READ_SECONDS = 30.0  # a mirror silent for so long has failed


class DataMissing(FileNotFoundError):
    """Data files are not there, and could not be had."""


class DataCorrupt(ValueError):
    """Data files are there, but do not hold what they must."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels, already split; every array is read-only.

    Parameters
    ----------
    name : str
        "mnist" or "digits".
    train_images, test_images : array of shape (N, 28, 28), uint8
        Grey values, 0 is background.
    train_labels, test_labels : array of shape (N,), int64
        True classes, in [0, 10).
    sha256 : str
        Of the bytes of train images, train labels, test images, test labels.
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    sha256: str


def mnist_present() -> bool:
    """Tell whether all four MNIST files exist, gzip or plain, without opening them."""
    return all(_existing(data_dir() / "mnist", name) for name in MNIST_FILES)


def load(name: str) -> Dataset:
    """Load a dataset from this machine; never download.

    Parameters
    ----------
    name : str
        "mnist" or "digits".

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is no dataset of that name.
    DataMissing
        If an MNIST file is not there.
    DataCorrupt
        If an MNIST file is truncated, damaged or another file than its name says.
    """
    if name not in DATASETS:
        raise ValueError(f"Unknown dataset {name!r}; choose one of {', '.join(DATASETS)}.")
    arrays = _load_mnist(data_dir() / "mnist") if name == "mnist" else _load_digits()
    digest = hashlib.sha256()
    for array in arrays:
        array.setflags(write=False)
        digest.update(array.data)
    train_images, train_labels, test_images, test_labels = arrays
    return Dataset(name, train_images, train_labels, test_images, test_labels, digest.hexdigest())


def fetch_mnist(
    progress: Progress | None = None,
    connect_seconds: float = 3.0,
    mirrors: Sequence[str] | None = None,
) -> None:
    """Fetch the MNIST files that are missing or corrupt; touch no network if none is.

    Parameters
    ----------
    progress : callable, optional
        Called with the file's name, the bytes so far and the bytes in all (0 if unknown).
    connect_seconds : float > 0
        How long to wait for a connection to a mirror.
    mirrors : sequence of str, optional
        Base addresses, asked in this order; MNIST_MIRRORS by default.

    Raises
    ------
    DataMissing
        If a file cannot be had, the folder cannot be written, or KDENGINE_OFFLINE is set.
    """
    folder = data_dir() / "mnist"
    wanted = [name for name in MNIST_FILES if not _intact(folder, name)]
    if wanted and os.environ.get("KDENGINE_OFFLINE"):
        raise DataMissing(
            f"KDENGINE_OFFLINE is set, so nothing is downloaded; {folder} lacks intact "
            f"{', '.join(wanted)}. Unset it. {_remedy(folder)}"
        )
    if wanted:
        with _writing_to(folder):  # first: an unwritable folder shows before any waiting
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    unreachable: dict[str, str] = {}
    for name in wanted:
        asked = MNIST_MIRRORS if mirrors is None else mirrors
        raw = _fetch(f"{name}.gz", asked, unreachable, connect_seconds, progress)
        with _writing_to(folder):
            _replace(folder / f"{name}.gz", raw)


def transfer_mask(labels: np.ndarray, omitted_classes: Sequence[int]) -> np.ndarray:
    """Mark the images that stay in the transfer set.

    Parameters
    ----------
    labels : array of shape (N,), int
    omitted_classes : sequence of int
        Classes whose images leave; may be empty.

    Returns
    -------
    array of shape (N,), bool
        True where the image stays.

    Raises
    ------
    ValueError
        If no image stays.
    """
    mask = ~np.isin(labels, list(omitted_classes))
    if not mask.any():
        raise ValueError(
            f"Omitting classes {tuple(omitted_classes)} leaves none of {mask.size} images; "
            "keep at least one class that occurs."
        )
    return mask


def _load_digits() -> list[np.ndarray]:
    """Bring scikit-learn's 8x8 digits to MNIST's form: a 20x20 box in a 28x28 frame."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    boxes = zoom(digits.images, (1, 2.5, 2.5), order=1, mode="nearest", grid_mode=True)
    grey = np.clip(np.rint(boxes * (255 / 16)), 0, 255).astype(np.uint8)
    images = np.pad(grey, ((0, 0), (4, 4), (4, 4)))
    labels = digits.target.astype(np.int64)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=597, stratify=labels, random_state=0
    )
    return [images[train], labels[train], images[test], labels[test]]


def _load_mnist(folder: Path) -> list[np.ndarray]:
    """Read, verify and parse the four files."""
    if missing := [name for name in MNIST_FILES if not _existing(folder, name)]:
        raise DataMissing(f"{', '.join(missing)} not found in {folder}. {_remedy(folder)}")
    arrays = [_parse_idx(_verified(folder, name), folder / name) for name in MNIST_FILES]
    for images, labels in (arrays[:2], arrays[2:]):
        if len(images) != len(labels):
            raise DataCorrupt(
                f"The files in {folder} pair {len(images)} images with {len(labels)} labels, "
                f"expected one label an image. {_remedy(folder)}"
            )
    return arrays


def _parse_idx(content: bytes, path: Path) -> np.ndarray:
    """Return images (N, 28, 28) uint8 or labels (N,) int64, as the file's name says."""
    item = (28, 28) if "idx3" in path.name else ()
    start, item_bytes = 8 + 4 * len(item), 28 ** len(item)
    count, rest = divmod(max(0, len(content) - start), item_bytes)
    # 0x08 in the third byte: unsigned bytes; the fourth is the number of dimensions
    header = struct.pack(f">{2 + len(item)}I", 0x801 + len(item), count, *item)
    if content[:start] != header or rest:
        raise DataCorrupt(
            f"{path} has the IDX header {content[:start].hex()} before {len(content) - start} "
            f"bytes, expected {header.hex()}. {_remedy(path.parent)}"
        )
    array = np.frombuffer(content, dtype=np.uint8, offset=start).reshape(count, *item)
    return array if item else array.astype(np.int64)


def _existing(folder: Path, name: str) -> list[Path]:
    """Return those of ``name.gz`` and ``name`` that exist; none if the folder is locked."""
    try:
        return [path for path in (folder / f"{name}.gz", folder / name) if path.is_file()]
    except OSError:
        return []


def _intact(folder: Path, name: str) -> bool:
    """Tell whether *name* is there and holds what it must."""
    try:
        return bool(_existing(folder, name) and _verified(folder, name))
    except DataCorrupt:
        return False


def _verified(folder: Path, name: str) -> bytes:
    """Return the content of the first intact one of ``name.gz`` and ``name``."""
    largest = _gzip_bound(max(file.size for file in MNIST_FILES.values()))
    faults = []
    for path in _existing(folder, name):
        try:
            with path.open("rb") as file:
                return _content(file.read(largest), name)
        except (DataCorrupt, OSError) as error:
            faults.append(f"{path}: {error}")
            logger.warning("%s", faults[-1])
    raise DataCorrupt(f"{'; '.join(faults)}. Delete what is wrong. {_remedy(folder)}")


def _content(raw: bytes, name: str) -> bytes:
    """Return what *raw* holds, gzip or plain, if that is the content of *name*."""
    expected = MNIST_FILES[name]
    content = _decompress(raw, expected.size + 1)
    found = hashlib.sha256(content).hexdigest()
    if found == expected.sha256:
        return content
    size = f"{len(content)} bytes, SHA-256 {found}"
    if len(content) > expected.size:
        size = f"more than {expected.size} bytes"
    raise DataCorrupt(
        f"found {size}, expected {expected.size} bytes, "
        f"SHA-256 {expected.sha256}{_mistaken_for(raw)}"
    )


def _mistaken_for(raw: bytes) -> str:
    """Say which of the four files *raw* really is, if any."""
    content = _decompress(raw, max(file.size for file in MNIST_FILES.values()) + 1)
    found = hashlib.sha256(content).hexdigest()
    matches = [name for name, file in MNIST_FILES.items() if file.sha256 == found]
    return f" (it holds the contents of {matches[0]})" if matches else ""


def _decompress(raw: bytes, limit: int) -> bytes:
    """Return at most *limit* bytes; go by what *raw* holds, not by the name of its file."""
    if not raw.startswith(_GZIP_MAGIC):
        return raw[:limit]
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(raw)).read(limit)
    except (OSError, EOFError, zlib.error) as error:
        raise DataCorrupt(f"cannot be decompressed ({error})") from error


def _gzip_bound(size: int) -> int:
    """Return a length that no gzip archive of *size* bytes exceeds."""
    return size + size // 100 + 1024


def _fetch(
    file_name: str,
    mirrors: Sequence[str],
    unreachable: dict[str, str],
    connect_seconds: float,
    progress: Progress | None,
) -> bytes:
    """Return one archive from the first mirror that has it; note the mirrors out of reach."""
    import requests

    failures = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file_name}"
        try:
            if mirror not in unreachable:
                return _download(url, connect_seconds, progress)
            failures.append(f"{url}: not asked again, {unreachable[mirror]}")
        except (requests.ConnectionError, requests.Timeout) as error:
            unreachable[mirror] = f"cannot be reached ({_root_cause(error)})"
            failures.append(f"{url}: {unreachable[mirror]}")
        except (requests.RequestException, DataCorrupt) as error:
            failures.append(f"{url}: {_root_cause(error)}")
        logger.warning("%s", failures[-1])
    tried = "".join(f"\n  {failure}" for failure in failures) or " no mirror"
    raise DataMissing(
        f"Could not fetch {file_name}. Tried:{tried}\n{_remedy(data_dir() / 'mnist')}"
    )


def _download(url: str, connect_seconds: float, progress: Progress | None) -> bytes:
    """Return the bytes at *url*, if they are those of the file it names."""
    import requests

    file_name = url.rpartition("/")[2]
    name = file_name.removesuffix(".gz")
    raw = bytearray()
    with requests.get(
        url,
        stream=True,
        timeout=(connect_seconds, _READ_SECONDS),
        headers={"Accept-Encoding": "identity"},
    ) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        for chunk in response.iter_content(chunk_size=1 << 16):
            raw += chunk
            if len(raw) > _gzip_bound(MNIST_FILES[name].size):
                raise DataCorrupt(f"longer than {file_name} can be, stopped at {len(raw)} bytes")
            if progress:
                progress(file_name, len(raw), int(length) if length.isdecimal() else 0)
    _content(bytes(raw), name)
    logger.info("fetched %s", url)
    return bytes(raw)


def _root_cause(error: BaseException) -> BaseException:
    """Return the innermost cause: requests buries "refused" under three wrappers."""
    while deeper := error.__cause__ or error.__context__:
        error = deeper
    return error


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Turn a failure to write into a message that says what to do."""
    try:
        yield
    except OSError as error:
        raise DataMissing(
            f"Cannot write MNIST to {folder} ({error}). Make that folder writable, or set "
            "KDENGINE_DATA_DIR to one that is; or go on without it: --dataset digits."
        ) from error


def _replace(target: Path, raw: bytes) -> None:
    """Write *raw* to *target* in one step."""
    writer = f"{os.getpid()}-{threading.get_ident()}"
    temporary = target.with_name(f".{target.name}.{writer}.tmp")
    try:
        temporary.write_bytes(raw)
        temporary.replace(target)  # atomic within one filesystem
    finally:
        temporary.unlink(missing_ok=True)


def _remedy(folder: Path) -> str:
    """End a message with what to do next."""
    return (
        "Run: python -m kdengine data (it fetches what is missing or corrupt); "
        f"or put the four files into {folder} by hand; or use --dataset digits."
    )
