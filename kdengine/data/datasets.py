"""Images and labels by the name of their dataset, from this machine; nothing is downloaded."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from kdengine.config import DATASETS, TEST_SIZES, TRAIN_SIZES, set_name
from kdengine.data import mnist_files, own
from kdengine.files import data_dir


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels, already split; every array is read-only."""

    name: str
    train_images: np.ndarray  # (N, 28, 28), uint8; grey values, 0 is background
    train_labels: np.ndarray  # (N,), int64; true classes, in [0, 10)
    test_images: np.ndarray
    test_labels: np.ndarray
    sha256: str  # of the bytes of the four arrays in this order


def load(name: str) -> Dataset:
    """Load a dataset by its name in a configuration, from this machine; never download.

    ValueError if there is none; DataMissing and DataCorrupt as from `mnist_files.load` and
    `own.read`, and if the set is here with other files.
    """
    if name in DATASETS:
        return _made(name, mnist_files.load() if name == "mnist" else _digits())
    if set_name(name) == name:
        name = named(name)
    found = _own(set_name(name), own.state(set_name(name)))
    if found.name != name:
        raise mnist_files.DataMissing(
            f"{name} is not here: the files of {set_name(name)} have changed since, and are "
            f"{found.name} now. Put the old files back, or train anew: "
            f"`python -m kdengine run --dataset {set_name(name)}`."
        )
    return found


def named(name: str) -> str:
    """Return what a configuration calls the set *name*; ValueError, saying which there are."""
    here = [*DATASETS, *own.names()]
    if name not in here:
        raise ValueError(
            f"Unknown dataset {name[:60]!r}; choose one of {', '.join(here)}, or make another "
            f"folder in {data_dir()}; {own.NAMED}."
        )
    return name if name in DATASETS else _own(name, own.state(name)).name


def sizes(name: str) -> tuple[int, int]:
    """Return how many training and test images a set has; as many as MNIST if it is not here."""
    if name in DATASETS:
        return TRAIN_SIZES[name], TEST_SIZES[name]
    try:
        found = load(name)
    except (OSError, ValueError):
        return sizes("mnist")
    return len(found.train_labels), len(found.test_labels)


def state(name: str) -> tuple[Any, ...]:
    """Return what changes when a set's files arrive, go or change; read nothing for it."""
    if name in DATASETS:
        return mnist_files.state() if name == "mnist" else ()
    return own.state(set_name(name))


@lru_cache(maxsize=2)
def _own(name: str, state: tuple[Any, ...]) -> Dataset:
    """Read another set, once for as long as the *state* of its files stays."""
    made = _made(name, own.read(name))
    return replace(made, name=f"{name}-{made.sha256[:12]}")


def _made(name: str, arrays: Sequence[np.ndarray]) -> Dataset:
    digest = hashlib.sha256()
    for array in arrays:
        array.setflags(write=False)
        digest.update(array.data)
    train_images, train_labels, test_images, test_labels = arrays
    return Dataset(name, train_images, train_labels, test_images, test_labels, digest.hexdigest())


@cache  # a second's fifth, 1.4 MB, and read-only as soon as they are handed out
def _digits() -> list[np.ndarray]:
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
