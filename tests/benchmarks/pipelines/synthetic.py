"""A folder that looks like MNIST's: a few dozen images, each class a bright bar of its own.

The bars of two classes lie so far apart that no shift by two pixels takes one to the other.
"""

import gzip
from pathlib import Path

import numpy as np

from benchmarks.pipelines import plain


def write_mnist(folder: Path, *, train: int = 200, test: int = 60) -> Path:
    """Write the four files, the training ones as gzip, and return *folder*."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for split, count in (("train", train), ("t10k", test)):
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            row, column = divmod(int(label), 2)
            image[3 + 5 * row : 6 + 5 * row, 4 + 12 * column : 12 + 12 * column] = 255
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            content = idx(array)
            name = f"{split}-{kind}-ubyte"
            assert name in plain.NAMES
            if split == "train":
                (folder / f"{name}.gz").write_bytes(gzip.compress(content, compresslevel=1))
            else:
                (folder / name).write_bytes(content)
    return folder


def idx(array: np.ndarray) -> bytes:
    """Return an array of bytes in the IDX form."""
    lengths = np.array(array.shape, dtype=">i4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()
