"""MNIST's four files as arrays, read as the two plain pipelines would by themselves.

No engine in here: what is compared with the engine must not lean on it.
"""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


class Mnist(NamedTuple):
    """Images of shape (N, 28, 28), uint8, and labels of shape (N,), int64."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]


def read(folder: Path) -> Mnist:
    """Read the four IDX files in *folder*, gzip or plain.

    Raises
    ------
    FileNotFoundError
        If one is not there.
    """
    train_images, train_labels, test_images, test_labels = (_read_idx(folder, n) for n in NAMES)
    return Mnist(
        train_images, train_labels.astype(np.int64), test_images, test_labels.astype(np.int64)
    )


def _read_idx(folder: Path, name: str) -> NDArray[np.uint8]:
    """Return the array of one file: its header counts the axes, then come their lengths."""
    packed = folder / f"{name}.gz"
    try:
        raw = gzip.decompress(packed.read_bytes()) if packed.exists() else _plain(folder / name)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"neither {name}.gz nor {name} is in {folder}; "
            "get it with `python -m kdengine data`, or set KDENGINE_DATA_DIR."
        ) from error
    axes = raw[3]
    shape = np.frombuffer(raw, ">i4", axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _plain(path: Path) -> bytes:
    """Return the bytes of a file that is not compressed."""
    return path.read_bytes()
