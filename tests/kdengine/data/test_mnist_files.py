"""MNIST's files against hand-made IDX files: whatever is wrong is named with what to do."""

import errno
import gzip
import hashlib
import os
import re
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kdengine.data import datasets, mnist_files
from tests.kdengine.data.tiny_mnist import (
    CONTENTS,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
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
    assert f"{filled / TEST_LABELS}: an IDX file, 5, but of 13 bytes it has 12" in message


def test_missing_names_each_file_and_what_to_do(filled):
    (filled / f"{TRAIN_IMAGES}.gz").unlink()
    (filled / f"{TEST_LABELS}.gz").unlink()
    assert not mnist_files.present()
    with pytest.raises(mnist_files.DataMissing) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    first = message.splitlines()[0]
    assert TRAIN_IMAGES in first and TEST_LABELS in first
    assert TRAIN_LABELS not in first and TEST_IMAGES not in first
    assert f"{filled / TRAIN_LABELS}.gz: MNIST's {TRAIN_LABELS}" in message
    assert "python -m kdengine data" in message
    assert f"mnist.npz, to {filled}" in message
    assert "--dataset digits" in message
    assert isinstance(caught.value, FileNotFoundError)


def test_no_network_is_advised_where_there_is_none(folder, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    with pytest.raises(mnist_files.DataMissing) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert "kdengine data" not in message and "none is there" in message
    assert f"Copy the four files, or Keras's mnist.npz, to {folder}" in message


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
        (TRAIN_IMAGES, CONTENTS[TRAIN_IMAGES][:5000], "12 × 28 × 28, but of 9,424 bytes.* 5,000"),
        (TRAIN_IMAGES, compressed(CONTENTS[TRAIN_IMAGES])[:5000], "cannot be decompressed"),
        (TRAIN_IMAGES, CONTENTS[TRAIN_IMAGES] + b"\0", "of 9,424 bytes it has more"),
        (TRAIN_IMAGES, compressed(flipped(TRAIN_IMAGES)), "12 × 28 × 28, SHA-256 .*not MNIST's"),
        (TEST_LABELS, compressed(flipped(TEST_LABELS)), "an IDX file, 5, SHA-256 .*not MNIST's"),
        (TEST_LABELS, b"", "empty"),
        (TEST_LABELS, b"<html>not found</html>", "no IDX file"),
        (TEST_LABELS, idx(bytes(7 * 7), 7, 7), "an IDX file, 7 × 7$"),
        (TEST_LABELS, b"\0\0\x08\x03\0\0", "no IDX file"),
        (TEST_LABELS, compressed(CONTENTS[TRAIN_LABELS]), f"MNIST's {TRAIN_LABELS}"),
        (TEST_LABELS, CONTENTS[TRAIN_IMAGES], f"MNIST's {TRAIN_IMAGES}"),
    ],
)
@pytest.mark.parametrize("suffix", [".gz", ""])
def test_bad_file_is_named_with_what_it_holds_and_what_to_do(filled, name, raw, found, suffix):
    path = filled / f"{name}{suffix}"
    (filled / f"{name}.gz").unlink()
    path.write_bytes(raw)
    with pytest.raises(mnist_files.DataCorrupt) as caught:
        datasets.load("mnist")
    (line,) = [line for line in str(caught.value).splitlines() if line.startswith(f"  {path}: ")]
    assert re.search(found, line)
    assert "python -m kdengine data" in str(caught.value)


def test_the_hash_of_another_set_is_told(filled):
    (filled / f"{TEST_LABELS}.gz").write_bytes(gzip.compress(flipped(TEST_LABELS)))
    with pytest.raises(mnist_files.DataCorrupt) as caught:
        datasets.load("mnist")
    assert hashlib.sha256(flipped(TEST_LABELS)).hexdigest()[:16] in str(caught.value)


def test_small_archive_that_unpacks_to_a_huge_file_is_not_unpacked(filled):
    bomb = gzip.compress(bytes(10_000_000))
    (filled / f"{TEST_LABELS}.gz").write_bytes(bomb)
    (filled / TEST_LABELS).write_bytes(gzip.compress(idx(bytes(10_000_000), 5)))  # right header
    tracemalloc.start()
    try:
        with pytest.raises(mnist_files.DataCorrupt, match="no IDX file(?s:.*)13 bytes it has more"):
            datasets.load("mnist")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


# Wherever they lie, whatever they are called


def npz(path, **arrays):
    """Write arrays as Keras's file has them; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def keras(path, contents=CONTENTS, **options):
    x_train, y_train, x_test, y_test = (
        np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(
            (-1, 28, 28) if content[3] == 3 else -1
        )
        for content in contents.values()
    )
    npz(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test, **options)


def lay(top, pattern, packed):
    """Write the four files by a pattern of names; *packed* makes gzip archives of them."""
    for name, content in CONTENTS.items():
        dotted = name.replace("-idx", ".idx")
        path = top / pattern.format(name=name, dotted=dotted)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if packed else content)


def assert_found():
    assert mnist_files.present()
    loaded = datasets.load("mnist")
    assert loaded.train_images.tobytes() == CONTENTS[TRAIN_IMAGES][16:]
    assert loaded.test_labels.tolist() == list(CONTENTS[TEST_LABELS][8:])


@pytest.mark.parametrize(
    ("pattern", "packed"),
    [
        ("mnist/{dotted}", False),
        ("mnist/{dotted}.gz", True),
        ("MNIST/raw/{name}", False),
        ("MNIST/raw/{name}.gz", True),
        ("{name}", False),
        ("{name}.gz", True),
        ("{dotted}", True),
        ("mnist/{name}/{name}", False),
        ("mnist/{dotted}/{name}", False),
        ("sets/MNIST/raw/{name}/{name}", False),
        ("mnist/{name} (1).gz", True),
        ("mnist/{name}.fetched.gz", True),
    ],
)
def test_genuine_files_are_found_wherever_they_lie(folder, pattern, packed):
    lay(folder.parent, pattern, packed)
    assert_found()


def test_names_that_were_swapped_mean_nothing(folder):
    lay(folder, "{name}.gz", True)
    a, b = folder / f"{TRAIN_IMAGES}.gz", folder / f"{TEST_IMAGES}.gz"
    a.rename(folder / "kept")
    b.rename(a)
    (folder / "kept").rename(b)
    assert_found()


@pytest.mark.parametrize("name", ["mnist/mnist.npz", "mnist.npz", "keras/datasets/MNIST.NPZ"])
def test_an_npz_of_arrays_is_found(folder, name):
    keras(folder.parent / name.lower())
    (folder.parent / name.lower()).rename(folder.parent / name)
    assert_found()


def test_an_npz_written_by_an_old_numpy_is_found(folder):
    """Its headers were shorter, and the arrays not compressed."""
    names = dict(zip(("x_train", "y_train", "x_test", "y_test"), CONTENTS.values(), strict=True))
    with zipfile.ZipFile(folder / "mnist.npz", "w") as archive:
        for name, content in names.items():
            data = content[4 + 4 * content[3] :]
            header = b"\x93NUMPY\x01\0F\0{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }"
            archive.writestr(f"{name}.npy", header.ljust(79) + b"\n" + data)
    assert_found()


def test_a_zip_of_the_four_files_is_found(folder):
    with zipfile.ZipFile(folder / "archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in CONTENTS.items():
            archive.writestr(f"{name}/{name}", content)
    assert_found()


def test_an_npz_of_another_set_or_of_objects_is_named_and_nothing_is_unpickled(folder, tmp_path):
    others = {name: flipped(name) for name in CONTENTS}
    keras(folder / "fashion.npz", others)
    marker = tmp_path / "unpickled"

    class Trap:
        def __reduce__(self):
            return marker.touch, ()

    # Longer than the toy's labels may be and shorter than its images, wherever *marker* lies.
    npz(folder / "objects.npz", x_train=np.array([Trap(), "x" * 2000], dtype=object))
    with pytest.raises(mnist_files.DataMissing) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert "fashion.npz: an IDX file, 12 × 28 × 28, SHA-256" in message
    assert "objects.npz: a zip without anything of MNIST's form" in message
    assert not marker.exists()


def test_a_zip_with_a_long_directory_is_not_read(folder):
    with zipfile.ZipFile(folder / "many.npz", "w") as archive:
        for number in range(100):
            archive.writestr(f"{number}.npy", b"")
    whole = (folder / "many.npz").read_bytes()
    (folder / "short.npz").write_bytes(whole[:-30])
    (folder / "tiny.npz").write_bytes(whole[:20])
    with pytest.raises(mnist_files.DataMissing) as caught:
        datasets.load("mnist")
    for name in ("many", "short", "tiny"):
        assert f"{name}.npz: a zip of another kind, or cut off" in str(caught.value)


def test_a_zip_whose_directory_lies_is_named(folder):
    keras(folder / "mnist.npz")
    raw = bytearray((folder / "mnist.npz").read_bytes())
    at = raw.find(b"PK\x01\x02") + 42  # where its first member is said to lie
    raw[at : at + 4] = b"\xff\xff\xff\x7f"
    (folder / "mnist.npz").write_bytes(raw)
    with pytest.raises(mnist_files.DataMissing, match="mnist.npz: cannot be decompressed"):
        datasets.load("mnist")


def test_what_is_no_file_is_named_and_not_waited_for(folder, tmp_path):
    names = [f"{name}.gz" for name in CONTENTS]
    (folder / names[0]).mkdir()
    os.mkfifo(folder / names[1])
    (folder / names[2]).symlink_to(tmp_path / "nowhere")
    (folder / names[3]).symlink_to(folder / names[3])
    os.mkfifo(folder / "other.gz")
    with pytest.raises(mnist_files.DataMissing) as caught:
        datasets.load("mnist")
    told = [f"{folder / name}: " for name in names]
    words = ("a folder", "no regular file", "No such file", "Too many levels of symbolic links")
    for line, word in zip(told, words, strict=True):
        assert line + word in str(caught.value)


def test_what_may_not_be_read_is_named(filled, monkeypatch):
    forbidden, opened = filled / f"{TEST_LABELS}.gz", Path.open

    def refusing(path, *arguments, **options):  # as chmod(0) does, but for root too
        if path == forbidden:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(mnist_files.DataCorrupt, match=f"{TEST_LABELS}.gz: Permission denied"):
        datasets.load("mnist")


def test_files_of_another_form_are_named_where_mnist_belongs(folder):
    (folder / "mnist_train.csv").write_text("5,0,0")
    (folder / "notes\x1b[2J.txt").write_text("…")
    (folder.parent / "letter.txt").write_text("…")
    with pytest.raises(mnist_files.DataMissing) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert f"Looked below {folder.parent}, 4 folders deep" in message
    assert "notes\ufffd[2J.txt" in message and "\x1b" not in message
    assert f"{folder / 'mnist_train.csv'}: no IDX file" in message and "letter" not in message


def test_a_file_is_read_once_for_as_long_as_it_stays(filled, monkeypatch):
    opened, read = [], mnist_files.contents_of
    monkeypatch.setattr(mnist_files, "contents_of", lambda file: opened.append(1) or read(file))
    before = mnist_files.state()
    assert opened == []
    datasets.load("mnist")
    assert len(opened) == 4
    assert mnist_files.present() and mnist_files.state() == before
    assert len(opened) == 4
    (filled / f"{TEST_LABELS}.gz").write_bytes(gzip.compress(flipped(TEST_LABELS)))
    assert mnist_files.state() != before
    assert not mnist_files.present()
    lay(filled.parent, "elsewhere/{name}", False)
    assert_found()


def test_files_that_arrive_anywhere_change_the_state(folder):
    """Pages read images again when it does."""
    states = [mnist_files.state()]
    for name in CONTENTS:
        (folder / f"{name}.gz").write_bytes(compressed(flipped(name)))
    states.append(mnist_files.state())
    with pytest.raises(mnist_files.DataCorrupt):
        datasets.load("mnist")
    (folder.parent / "x").mkdir()
    keras(folder.parent / "x" / "keras.npz")
    states.append(mnist_files.state())
    assert len(set(states)) == 3
    assert_found()


def test_a_search_reads_no_more_than_it_may(folder, monkeypatch):
    for number in range(30):
        (folder / f"{number:02} ubyte").write_bytes(flipped(TRAIN_IMAGES))
    lay(folder, "zz {name}", False)
    opened, read = [], mnist_files.contents_of
    monkeypatch.setattr(mnist_files, "contents_of", lambda file: opened.append(1) or read(file))
    with pytest.raises(mnist_files.DataMissing, match="and 12 more"):
        datasets.load("mnist")
    assert len(opened) == 24
