"""MNIST's files against hand-made IDX files: whatever is wrong is named with what to do."""

import gzip
import hashlib
import re
import tracemalloc

import numpy as np
import pytest

from kdengine.data import datasets, mnist_files
from tests.kdengine.data.tiny_mnist import (
    CONTENTS,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    expect,
    idx,
)


@pytest.mark.parametrize("plain", [(), (TEST_LABELS,), tuple(CONTENTS)])
def test_load_returns_what_the_files_hold_gzip_or_plain(filled, plain):
    for name in plain:
        (filled / f"{name}.gz").unlink()
        (filled / name).write_bytes(CONTENTS[name])

    assert mnist_files.present()
    loaded = datasets.load("mnist")

    assert loaded.name == "mnist"
    assert (loaded.train_images.shape, loaded.train_images.dtype) == ((12, 28, 28), np.uint8)
    assert (loaded.test_labels.shape, loaded.test_labels.dtype) == ((5,), np.int64)
    assert loaded.train_images[7, 3, 9] == CONTENTS[TRAIN_IMAGES][16 + 7 * 784 + 3 * 28 + 9]
    assert loaded.test_images.tobytes() == CONTENTS[TEST_IMAGES][16:]
    assert loaded.train_labels.tolist() == list(CONTENTS[TRAIN_LABELS][8:])
    assert loaded.test_labels.tolist() == list(CONTENTS[TEST_LABELS][8:])


def test_arrays_are_read_only_and_hashed_in_order(filled):
    loaded = datasets.load("mnist")
    arrays = [loaded.train_images, loaded.train_labels, loaded.test_images, loaded.test_labels]

    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    joined = b"".join(array.tobytes() for array in arrays)
    assert loaded.sha256 == hashlib.sha256(joined).hexdigest()


def test_content_decides_not_the_suffix(filled):
    """Browsers unpack archives and keep the name, or the other way round."""
    (filled / f"{TRAIN_LABELS}.gz").write_bytes(CONTENTS[TRAIN_LABELS])
    (filled / f"{TEST_LABELS}.gz").rename(filled / TEST_LABELS)
    assert datasets.load("mnist").train_labels.tolist() == list(CONTENTS[TRAIN_LABELS][8:])


def test_good_plain_file_beside_damaged_archive_is_used(filled):
    archive = filled / f"{TEST_LABELS}.gz"
    archive.write_bytes(archive.read_bytes()[:-12])
    with pytest.raises(mnist_files.DataCorrupt):
        datasets.load("mnist")
    (filled / TEST_LABELS).write_bytes(CONTENTS[TEST_LABELS])
    assert datasets.load("mnist").test_labels.tolist() == list(CONTENTS[TEST_LABELS][8:])


def test_both_bad_names_both_and_their_faults(filled):
    archive = filled / f"{TEST_LABELS}.gz"
    archive.write_bytes(archive.read_bytes()[:-12])
    (filled / TEST_LABELS).write_bytes(CONTENTS[TEST_LABELS][:-1])
    with pytest.raises(mnist_files.DataCorrupt) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert f"{archive}: cannot be decompressed" in message
    assert f"{filled / TEST_LABELS}: found 12 bytes" in message
    assert "expected 13 bytes" in message


def test_missing_names_each_file_and_what_to_do(filled):
    (filled / f"{TRAIN_IMAGES}.gz").unlink()
    (filled / f"{TEST_LABELS}.gz").unlink()
    assert not mnist_files.present()
    with pytest.raises(mnist_files.DataMissing) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert TRAIN_IMAGES in message and TEST_LABELS in message
    assert TRAIN_LABELS not in message and TEST_IMAGES not in message
    assert "python -m kdengine data" in message
    assert f"into {filled} by hand" in message
    assert "--dataset digits" in message
    assert isinstance(caught.value, FileNotFoundError)


@pytest.mark.parametrize("data", ["nowhere", "a-file"])
def test_data_folder_that_is_none_counts_as_missing(folder, tmp_path, monkeypatch, data):
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / data))
    assert not mnist_files.present()
    with pytest.raises(mnist_files.DataMissing, match="python -m kdengine data"):
        datasets.load("mnist")


def compressed(content: bytes) -> bytes:
    """Return the bytes as gzip makes them, without the time of making: the same each time."""
    return gzip.compress(content, mtime=0)


def flipped(name: str) -> bytes:
    """Return the file with one bit of its last byte flipped: same size, same header."""
    return CONTENTS[name][:-1] + bytes([CONTENTS[name][-1] ^ 1])


@pytest.mark.parametrize(
    ("name", "raw", "found"),
    [
        (TRAIN_IMAGES, CONTENTS[TRAIN_IMAGES][:5000], "found 5000 bytes.*expected 9424 bytes"),
        (TRAIN_IMAGES, compressed(CONTENTS[TRAIN_IMAGES])[:5000], "cannot be decompressed"),
        (TRAIN_IMAGES, CONTENTS[TRAIN_IMAGES] + b"\0", "found more than 9424 bytes"),
        (TRAIN_IMAGES, compressed(flipped(TRAIN_IMAGES)), "found 9424 bytes, SHA-256"),
        (TEST_LABELS, compressed(flipped(TEST_LABELS)), "found 13 bytes, SHA-256"),
        (TEST_LABELS, b"", "found 0 bytes"),
        (TEST_LABELS, b"<html>not found</html>", "found more than 13 bytes"),
        (TEST_LABELS, compressed(CONTENTS[TRAIN_LABELS]), f"the contents of {TRAIN_LABELS}"),
        (TRAIN_LABELS, CONTENTS[TEST_LABELS], f"the contents of {TEST_LABELS}"),
        (TEST_LABELS, compressed(CONTENTS[TEST_IMAGES]), f"the contents of {TEST_IMAGES}"),
        (TEST_LABELS, CONTENTS[TRAIN_IMAGES], f"the contents of {TRAIN_IMAGES}"),
        (TRAIN_IMAGES, CONTENTS[TEST_LABELS], f"the contents of {TEST_LABELS}"),
    ],
)
@pytest.mark.parametrize("suffix", [".gz", ""])
def test_bad_file_is_named_with_what_it_holds_and_what_to_do(filled, name, raw, found, suffix):
    path = filled / f"{name}{suffix}"
    (filled / f"{name}.gz").unlink()
    path.write_bytes(raw)
    with pytest.raises(mnist_files.DataCorrupt) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert re.search(found, message)
    assert "Delete what is wrong" in message and "python -m kdengine data" in message
    assert ("it holds the contents of" in message) == ("contents" in found)


def test_damaged_bytes_of_the_wrong_hash_are_both_shown(filled):
    (filled / f"{TEST_LABELS}.gz").write_bytes(gzip.compress(flipped(TEST_LABELS)))
    with pytest.raises(mnist_files.DataCorrupt) as caught:
        datasets.load("mnist")
    for content in (flipped(TEST_LABELS), CONTENTS[TEST_LABELS]):
        assert hashlib.sha256(content).hexdigest() in str(caught.value)


def test_small_archive_that_unpacks_to_a_huge_file_is_not_unpacked(filled):
    bomb = gzip.compress(bytes(64_000_000))
    (filled / f"{TEST_LABELS}.gz").write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(mnist_files.DataCorrupt, match="found more than 13 bytes"):
            datasets.load("mnist")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (TRAIN_LABELS, idx(bytes(11), 11), "12 images with 11 labels"),
        (TRAIN_LABELS, idx(bytes(12), 13), "IDX header"),
        (TRAIN_LABELS, idx(bytes(12), 12, 1), "IDX header"),
        (TRAIN_LABELS, b"\0\0\x08\x01", "IDX header"),
        (TRAIN_IMAGES, idx(bytes(12 * 784), 12, 14, 56), "IDX header"),
        (TRAIN_IMAGES, idx(bytes(12 * 784 - 1), 12, 28, 28), "IDX header"),
        (TRAIN_IMAGES, idx(bytes(11 * 784 + 783), 11, 28, 28), "IDX header"),
        (TRAIN_IMAGES, CONTENTS[TRAIN_LABELS], "IDX header"),
        (TRAIN_IMAGES, b"", "IDX header"),
    ],
)
def test_header_is_checked_even_where_the_hash_fits(filled, monkeypatch, name, content, fault):
    expect(monkeypatch, CONTENTS | {name: content})
    (filled / f"{name}.gz").write_bytes(gzip.compress(content))
    with pytest.raises(mnist_files.DataCorrupt, match=f"{fault}.*python -m kdengine data"):
        datasets.load("mnist")
