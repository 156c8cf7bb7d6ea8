"""What the plain pipelines share: the files, and the offset against the exact one."""

import numpy as np
import pytest

from benchmarks.pipelines import plain
from benchmarks.pipelines.plain import bisected_offset, softmax, with_offset
from kdengine import files
from kdengine.offsets import criteria
from tests.benchmarks.pipelines.synthetic import write_mnist


def test_gzip_and_plain_files_are_read(tmp_path):
    data = plain.read(write_mnist(tmp_path / "mnist"))
    assert data.train_images.shape == (200, 28, 28) and data.test_images.shape == (60, 28, 28)
    assert data.train_labels.dtype == np.int64
    assert data.test_labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert (data.train_images[3, 8:11, 16:24] == 255).all()


def test_a_missing_file_is_named_with_the_cure(tmp_path):
    folder = write_mnist(tmp_path / "mnist")
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match="t10k-labels.*KDENGINE_DATA_DIR"):
        plain.read(folder)


def test_it_reads_what_the_engine_reads(mnist):
    data = plain.read(files.data_dir() / "mnist")
    for name, array in data._asdict().items():
        assert np.array_equal(array, getattr(mnist, name))


def logits():
    """Return answers that give class 3 too little."""
    made = np.random.default_rng(0).normal(0.0, 2.0, (400, 10)).astype(np.float32)
    made[:, 3] -= 2.0
    return made


def test_the_mean_mass_becomes_the_frequency():
    offset = bisected_offset(logits(), 0.1022)
    assert 0.0 < offset < 30.0
    assert softmax(with_offset(logits(), offset))[:, 3].mean() == pytest.approx(0.1022, abs=1e-9)


def test_it_is_the_engines_offset():
    expected = criteria.mass_matching_offsets(logits(), [3], [0.1022])[0]
    assert bisected_offset(logits(), 0.1022) == pytest.approx(expected, abs=1e-4)


def test_no_negative_offset_is_chosen():
    """The source's bisection begins at 0."""
    assert bisected_offset(logits() + np.eye(10)[3] * 9.0, 0.1022) == pytest.approx(0.0, abs=1e-9)


def test_only_class_3_moves_and_the_logits_stay():
    before = logits()
    after = with_offset(before, 1.5)
    assert np.array_equal(np.delete(after, 3, axis=1), np.delete(before, 3, axis=1))
    np.testing.assert_allclose(after[:, 3] - before[:, 3], 1.5)
