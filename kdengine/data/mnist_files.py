"""MNIST's four files on this machine: what each must hold, and its content once verified.

Nothing here downloads, and nothing here knows tensors, models or runs.
"""

import gzip
import hashlib
import io
import logging
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kdengine.files import data_dir

logger = logging.getLogger(__name__)


class MnistFile(NamedTuple):
    """What one MNIST file must be once decompressed."""

    sha256: str
    size: int


# Hashes of the decompressed bytes: mirrors wrap the same bytes in different gzip archives.
# The order is that of Dataset's fields.
FILES = {
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

_GZIP_MAGIC = b"\x1f\x8b"  # IDX files begin with two zero bytes


class DataMissing(FileNotFoundError):
    """Data files are not there, and could not be had."""


class DataCorrupt(ValueError):
    """Data files are there, but do not hold what they must."""


def folder() -> Path:
    """Return where the four files lie."""
    return data_dir() / "mnist"


def present() -> bool:
    """Return whether all four MNIST files exist, gzip or plain, without opening them."""
    return all(_existing(name) for name in FILES)


def load() -> list[np.ndarray]:
    """Return train images, train labels, test images and test labels, verified.

    DataMissing if a file is not there; DataCorrupt if one is truncated, damaged or another file
    than its name says.
    """
    if missing := [name for name in FILES if not _existing(name)]:
        raise DataMissing(f"{', '.join(missing)} not found in {folder()}. {remedy()}")
    arrays = [_parse_idx(_verified(name), folder() / name) for name in FILES]
    for images, labels in (arrays[:2], arrays[2:]):
        if len(images) != len(labels):
            raise DataCorrupt(
                f"The files in {folder()} pair {len(images)} images with {len(labels)} labels, "
                f"expected one label an image. {remedy()}"
            )
    return arrays


def is_intact(name: str) -> bool:
    """Return whether *name* is there and holds what it must."""
    try:
        return bool(_existing(name) and _verified(name))
    except DataCorrupt:
        return False


def content_of(raw: bytes, name: str) -> bytes:
    """Return what *raw* holds, gzip or plain, if that is the content of *name*."""
    expected = FILES[name]
    content = _decompress(raw)
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 == expected.sha256:
        return content
    size = f"{len(content)} bytes, SHA-256 {sha256}"
    if len(content) > expected.size:
        size = f"more than {expected.size} bytes"
    others = [other for other, file in FILES.items() if file.sha256 == sha256]
    mistaken = f" (it holds the contents of {others[0]})" if others else ""
    raise DataCorrupt(
        f"found {size}, expected {expected.size} bytes, SHA-256 {expected.sha256}{mistaken}"
    )


def longest_archive(size: int) -> int:
    """Return a length that no gzip archive of *size* bytes exceeds."""
    return size + size // 100 + 1024


def remedy() -> str:
    """End a message with what to do next."""
    return (
        "Run: python -m kdengine data (it fetches what is missing or corrupt); "
        f"or put the four files into {folder()} by hand; or use --dataset digits."
    )


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
            f"bytes, expected {header.hex()}. {remedy()}"
        )
    array = np.frombuffer(content, dtype=np.uint8, offset=start).reshape(count, *item)
    return array if item else array.astype(np.int64)


def _largest() -> int:
    """Return the size of the largest of the files."""
    return max(file.size for file in FILES.values())


def _existing(name: str) -> list[Path]:
    """Return those of ``name.gz`` and ``name`` that exist; none if the folder is locked."""
    try:
        return [path for path in (folder() / f"{name}.gz", folder() / name) if path.is_file()]
    except OSError:
        return []


def _verified(name: str) -> bytes:
    """Return the content of the first intact one of ``name.gz`` and ``name``."""
    faults = []
    for path in _existing(name):
        try:
            with path.open("rb") as file:
                return content_of(file.read(longest_archive(_largest())), name)
        except (DataCorrupt, OSError) as error:
            faults.append(f"{path}: {error}")
            logger.warning("%s", faults[-1])
    raise DataCorrupt(f"{'; '.join(faults)}. Delete what is wrong. {remedy()}")


def _decompress(raw: bytes) -> bytes:
    """Return the content, or more than any file has; *raw* tells its kind, not a file's name."""
    limit = _largest() + 1
    if not raw.startswith(_GZIP_MAGIC):
        return raw[:limit]
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(raw)).read(limit)
    except (OSError, EOFError, zlib.error) as error:
        raise DataCorrupt(f"cannot be decompressed ({error})") from error
