"""Twelve tiny images in MNIST's place: its four files made by hand, and who expects them."""

import hashlib
import struct

import numpy as np

from kdengine.data import mnist_files

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def idx(pixels: bytes, *dimensions: int) -> bytes:
    """Write an IDX file by hand: magic, big-endian dimensions, bytes."""
    return struct.pack(f">BBBB{len(dimensions)}I", 0, 0, 8, len(dimensions), *dimensions) + pixels


def numbers(count: int, seed: int, below: int = 256) -> bytes:
    """Return *count* random bytes."""
    return np.random.default_rng(seed).integers(0, below, count, dtype=np.uint8).tobytes()


CONTENTS = {
    TRAIN_IMAGES: idx(numbers(12 * 784, 1), 12, 28, 28),
    TRAIN_LABELS: idx(numbers(12, 2, below=10), 12),
    TEST_IMAGES: idx(numbers(5 * 784, 3), 5, 28, 28),
    TEST_LABELS: idx(numbers(5, 4, below=10), 5),
}


def expect(monkeypatch, contents: dict[str, bytes]) -> None:
    """Make the module expect *contents* instead of MNIST."""
    monkeypatch.setattr(
        mnist_files,
        "FILES",
        {
            name: mnist_files.MnistFile(
                hashlib.sha256(content).hexdigest(),
                struct.unpack_from(f">{content[3]}I", content, 4),
            )
            for name, content in contents.items()
        },
    )
