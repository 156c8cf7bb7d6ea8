"""The plain reader: what it reads is what the engine reads."""

import numpy as np
import pytest

from benchmarks.pipelines import mnist_files
from kdengine import files
from tests.benchmarks.pipelines.synthetic import write_mnist


def test_gzip_and_plain_files_are_read(tmp_path):
    data = mnist_files.read(write_mnist(tmp_path / "mnist"))
    assert data.train_images.shape == (200, 28, 28) and data.test_images.shape == (60, 28, 28)
    assert data.train_labels.dtype == np.int64
    assert data.test_labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert (data.train_images[3, 8:11, 16:24] == 255).all()


def test_a_missing_file_is_named_with_the_cure(tmp_path):
    folder = write_mnist(tmp_path / "mnist")
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match="t10k-labels.*KDENGINE_DATA_DIR"):
        mnist_files.read(folder)


def test_it_reads_what_the_engine_reads(mnist):
    data = mnist_files.read(files.data_dir() / "mnist")
    for name, array in data._asdict().items():
        assert np.array_equal(array, getattr(mnist, name))
