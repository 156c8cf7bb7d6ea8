"""Datasets against what is published of them, and digits against scikit-learn's own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kdengine.data import datasets, transfer

ROOT = Path(__file__).resolve().parents[3]


def test_unknown_dataset_names_the_known_ones():
    with pytest.raises(ValueError, match="'cifar'.*choose one of mnist, digits"):
        datasets.load("cifar")


def test_import_loads_nothing_slow():
    code = "import sys, kdengine.data.datasets; print(*sys.modules, sep='\\n')"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    listed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(listed.stdout.split())
    assert "kdengine.data.datasets" in loaded and "numpy" in loaded
    assert not loaded & {"torch", "sklearn", "scipy", "requests", "pandas"}


# Digits


def test_digits_split_is_stratified_fixed_and_complete():
    from sklearn.datasets import load_digits

    original = load_digits()
    digits = datasets.load("digits")

    assert digits.train_images.shape == (1200, 28, 28) and digits.train_images.dtype == np.uint8
    assert digits.test_images.shape == (597, 28, 28) and digits.test_labels.dtype == np.int64
    counts = np.bincount(original.target)
    train_counts, test_counts = np.bincount(digits.train_labels), np.bincount(digits.test_labels)
    np.testing.assert_array_equal(train_counts + test_counts, counts)
    assert np.abs(test_counts - counts * 597 / 1797).max() < 1
    assert datasets.load("digits").sha256 == digits.sha256
    with pytest.raises(ValueError, match="read-only"):
        digits.test_images[0] = 0


def test_digits_are_the_original_pictures_in_mnist_form():
    """Bilinear interpolation by hand, one axis at a time; each picture once, with its label."""
    from sklearn.datasets import load_digits

    original = load_digits()
    digits = datasets.load("digits")
    images = np.concatenate([digits.train_images, digits.test_images])
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    assert images[:, 4:24, 4:24].sum() == images.sum()  # the frame is empty

    centres = (np.arange(20) + 0.5) / 2.5 - 0.5  # where each new pixel lies on the old grid
    weights = np.array([np.interp(centres, np.arange(8), row) for row in np.eye(8)])  # (8, 20)
    expected = np.einsum("nij,ia,jb->nab", original.images * (255 / 16), weights, weights)
    expected = expected.reshape(1797, 400)
    found = images[:, 4:24, 4:24].reshape(1797, 400).astype(float)

    nearest = (np.square(expected).sum(axis=1) - 2 * found @ expected.T).argmin(axis=1)
    assert sorted(nearest) == list(range(1797))
    assert np.abs(found - expected[nearest]).max() <= 0.5 + 1e-6
    np.testing.assert_array_equal(labels, original.target[nearest])


# The real MNIST


def test_real_mnist_has_the_published_counts(mnist):
    assert mnist.train_images.shape == (60_000, 28, 28)
    assert mnist.test_images.shape == (10_000, 28, 28)
    assert np.bincount(mnist.train_labels)[3] == 6131
    assert np.bincount(mnist.test_labels)[3] == 1010
    assert mnist.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.train_images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert mnist.train_images.std() / 255 == pytest.approx(0.3081, abs=5e-5)
    assert transfer.without(mnist.train_labels, (3,)).sum() == 53_869
