"""Datasets against hand-made IDX files, mirrors on this machine and published counts."""

import gzip
import hashlib
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from kdengine.data import datasets

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
ROOT = Path(__file__).resolve().parents[3]


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
        datasets,
        "MNIST_FILES",
        {
            name: datasets.MnistFile(hashlib.sha256(content).hexdigest(), len(content))
            for name, content in contents.items()
        },
    )


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return an empty ``mnist`` folder of a machine whose MNIST is the twelve tiny images."""
    expect(monkeypatch, CONTENTS)
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("KDENGINE_OFFLINE", raising=False)
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    return tmp_path / "data" / "mnist"


@pytest.fixture
def filled(folder) -> Path:
    """Return the folder with the four files in it, gzip."""
    for name, content in CONTENTS.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    return folder


@pytest.fixture(scope="module")
def mnist():
    """Load the real MNIST, where it is."""
    if not datasets.mnist_present():
        pytest.skip(f"no MNIST in {datasets.data_dir() / 'mnist'}; set KDENGINE_DATA_DIR")
    return datasets.load("mnist")


class Mirrors(ThreadingHTTPServer):
    """Mirrors on one port: the first part of the path says how each behaves."""

    daemon_threads = True

    def __init__(self):
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Mirror)

    def handle_error(self, request, client_address):
        """Stay silent when a client hangs up."""

    def base(self, behaviour: str) -> str:
        """Return the base address of one mirror."""
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"


class Mirror(BaseHTTPRequestHandler):
    """Answer as the first part of the path says."""

    def log_message(self, *arguments):
        """Stay silent."""

    def do_GET(self):
        """Send the file well, badly or not at all."""
        self.server.asked.append(self.path.strip("/"))
        _, behaviour, file_name = self.path.split("/")
        if behaviour == "gone":
            return self.send_error(404)
        body = gzip.compress(CONTENTS[file_name.removesuffix(".gz")])
        if behaviour == "corrupt":
            body = gzip.compress(b"<html>log in to this network first</html>")
        if behaviour == "endless":
            body = b"\x1f\x8b" + bytes(100_000_000)
        self.send_response(200)
        if behaviour != "unsized":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if behaviour == "truncated" else body)


@pytest.fixture
def mirrors():
    """Serve the mirrors from a thread."""
    with Mirrors() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refused() -> str:
    """Return the base address of a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def names_in(folder: Path) -> list[str]:
    """List a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


ALL_GZIP = sorted(f"{name}.gz" for name in CONTENTS)


# Loading


@pytest.mark.parametrize("plain", [(), (TEST_LABELS,), tuple(CONTENTS)])
def test_load_returns_what_the_files_hold_gzip_or_plain(filled, plain):
    for name in plain:
        (filled / f"{name}.gz").unlink()
        (filled / name).write_bytes(CONTENTS[name])

    assert datasets.mnist_present()
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
    with pytest.raises(datasets.DataCorrupt):
        datasets.load("mnist")
    (filled / TEST_LABELS).write_bytes(CONTENTS[TEST_LABELS])
    assert datasets.load("mnist").test_labels.tolist() == list(CONTENTS[TEST_LABELS][8:])


def test_both_bad_names_both_and_their_faults(filled):
    archive = filled / f"{TEST_LABELS}.gz"
    archive.write_bytes(archive.read_bytes()[:-12])
    (filled / TEST_LABELS).write_bytes(CONTENTS[TEST_LABELS][:-1])
    with pytest.raises(datasets.DataCorrupt) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert f"{archive}: cannot be decompressed" in message
    assert f"{filled / TEST_LABELS}: found 12 bytes" in message
    assert "expected 13 bytes" in message


def test_missing_names_each_file_and_what_to_do(filled):
    (filled / f"{TRAIN_IMAGES}.gz").unlink()
    (filled / f"{TEST_LABELS}.gz").unlink()
    assert not datasets.mnist_present()
    with pytest.raises(datasets.DataMissing) as caught:
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
    assert not datasets.mnist_present()
    with pytest.raises(datasets.DataMissing, match="python -m kdengine data"):
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
    with pytest.raises(datasets.DataCorrupt) as caught:
        datasets.load("mnist")
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert re.search(found, message)
    assert "Delete what is wrong" in message and "python -m kdengine data" in message
    assert ("it holds the contents of" in message) == ("contents" in found)


def test_damaged_bytes_of_the_wrong_hash_are_both_shown(filled):
    (filled / f"{TEST_LABELS}.gz").write_bytes(gzip.compress(flipped(TEST_LABELS)))
    with pytest.raises(datasets.DataCorrupt) as caught:
        datasets.load("mnist")
    for content in (flipped(TEST_LABELS), CONTENTS[TEST_LABELS]):
        assert hashlib.sha256(content).hexdigest() in str(caught.value)


def test_small_archive_that_unpacks_to_a_huge_file_is_not_unpacked(filled):
    bomb = gzip.compress(bytes(64_000_000))
    (filled / f"{TEST_LABELS}.gz").write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(datasets.DataCorrupt, match="found more than 13 bytes"):
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
    with pytest.raises(datasets.DataCorrupt, match=f"{fault}.*python -m kdengine data"):
        datasets.load("mnist")


def test_unknown_dataset_names_the_known_ones():
    with pytest.raises(ValueError, match="'cifar'.*choose one of mnist, digits"):
        datasets.load("cifar")


# Where the data lie


def test_data_dir_follows_the_environment_at_call_time(monkeypatch, tmp_path):
    monkeypatch.delenv("KDENGINE_DATA_DIR", raising=False)
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert datasets.data_dir() == ROOT / "cache" / "data"
    monkeypatch.setenv("KDENGINE_CACHE_DIR", "/elsewhere")
    assert datasets.data_dir() == Path("/elsewhere/data")
    monkeypatch.setenv("KDENGINE_DATA_DIR", "/given")
    assert datasets.data_dir() == Path("/given")
    monkeypatch.setenv("KDENGINE_DATA_DIR", "")
    assert datasets.data_dir() == Path("/elsewhere/data")


def test_mirrors_stand_in_the_order_of_the_design():
    hosts = [re.match(r"https?://([^/]+)/", mirror)[1] for mirror in datasets.MNIST_MIRRORS]
    assert hosts == [
        "ossci-datasets.s3.amazonaws.com",
        "storage.googleapis.com",
        "yann.lecun.com",
    ]


def test_import_loads_nothing_slow():
    code = "import sys, kdengine.data.datasets; print(*sys.modules, sep='\\n')"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    listed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(listed.stdout.split())
    assert "kdengine.data.datasets" in loaded and "numpy" in loaded
    assert not loaded & {"torch", "sklearn", "scipy", "requests", "pandas"}


# Fetching


def test_fetch_fills_an_empty_machine_and_reports_progress(folder, mirrors):
    folder.rmdir()
    seen = []
    datasets.fetch_mnist(lambda *report: seen.append(report), mirrors=[mirrors.base("good")])

    assert names_in(folder) == ALL_GZIP
    for name, content in CONTENTS.items():
        size = len((folder / f"{name}.gz").read_bytes())
        assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == content
        reports = [report for report in seen if report[0] == f"{name}.gz"]
        assert reports[-1] == (f"{name}.gz", size, size)
        assert [done for _, done, _ in reports] == sorted(done for _, done, _ in reports)


def test_unknown_length_is_reported_as_zero(folder, mirrors):
    seen = []
    datasets.fetch_mnist(lambda *report: seen.append(report), mirrors=[mirrors.base("unsized")])
    assert names_in(folder) == ALL_GZIP
    assert {total for _, _, total in seen} == {0}


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("corrupt", "corrupt/.*found (41|more than)"),
        ("truncated", r"IncompleteRead\(\d+ bytes read"),
        ("gone", "404"),
        ("endless", "longer than .*, stopped at"),
    ],
)
def test_bad_mirror_is_passed_over_file_by_file(folder, mirrors, caplog, behaviour, reason):
    datasets.fetch_mnist(mirrors=[mirrors.base(behaviour), mirrors.base("good")])

    assert mirrors.asked == [
        f"{mirror}/{name}.gz" for name in CONTENTS for mirror in (behaviour, "good")
    ]
    assert names_in(folder) == ALL_GZIP
    assert datasets.load("mnist").test_labels.tolist() == list(CONTENTS[TEST_LABELS][8:])
    assert len(re.findall(reason, caplog.text)) == len(CONTENTS)


def test_first_good_mirror_is_enough(folder, mirrors, monkeypatch):
    monkeypatch.setattr(datasets, "MNIST_MIRRORS", (mirrors.base("good"), mirrors.base("gone")))
    datasets.fetch_mnist()
    assert mirrors.asked == [f"good/{name}.gz" for name in CONTENTS]


def test_mirror_out_of_reach_is_asked_once(folder, mirrors, caplog):
    dead = refused()
    datasets.fetch_mnist(mirrors=[dead, mirrors.base("good")])
    assert names_in(folder) == ALL_GZIP
    assert len(re.findall("cannot be reached .*refused", caplog.text)) == 4
    assert caplog.text.count("not asked again") == 3


def test_silent_mirror_is_given_up_after_the_connect_time(folder, monkeypatch):
    """A listening socket whose queue is full never completes a connection."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        address = silent.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        started = time.monotonic()
        with pytest.raises(datasets.DataMissing, match="cannot be reached .*timed out"):
            datasets.fetch_mnist(connect_seconds=0.2, mirrors=[f"http://127.0.0.1:{address[1]}/"])
        elapsed = time.monotonic() - started
        for filler in fillers:
            filler.close()
    assert 0.2 <= elapsed < 3


def test_total_failure_lists_every_mirror_with_its_reason(folder, mirrors):
    dead = refused()
    bases = [mirrors.base(kind) for kind in ("gone", "truncated", "corrupt", "endless")]
    with pytest.raises(datasets.DataMissing) as caught:
        datasets.fetch_mnist(mirrors=[dead, *bases])

    lines = str(caught.value).splitlines()
    assert f"Could not fetch {TRAIN_IMAGES}.gz" in lines[0]
    reasons = ["refused", "404", "IncompleteRead", "found 41 bytes", "longer than"]
    for line, base, reason in zip(lines[1:6], [dead, *bases], reasons, strict=True):
        assert line.strip().startswith(f"{base}{TRAIN_IMAGES}.gz: ") and reason in line
    assert f"into {folder} by hand" in lines[-1] and "--dataset digits" in lines[-1]
    assert names_in(folder) == []


def test_failure_keeps_what_was_fetched_and_what_was_there(filled, mirrors):
    (filled / f"{TEST_LABELS}.gz").unlink()
    (filled / f"{TRAIN_LABELS}.gz").write_bytes(b"damaged")
    before = {path.name: path.read_bytes() for path in filled.iterdir()}
    with pytest.raises(datasets.DataMissing):
        datasets.fetch_mnist(mirrors=[mirrors.base("corrupt")])
    assert {path.name: path.read_bytes() for path in filled.iterdir()} == before


def test_only_missing_and_corrupt_files_are_fetched(filled, mirrors):
    (filled / f"{TEST_LABELS}.gz").unlink()
    (filled / f"{TRAIN_LABELS}.gz").write_bytes(gzip.compress(CONTENTS[TEST_LABELS]))
    datasets.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == [f"good/{TRAIN_LABELS}.gz", f"good/{TEST_LABELS}.gz"]
    assert datasets.load("mnist").train_labels.tolist() == list(CONTENTS[TRAIN_LABELS][8:])


def test_intact_files_ask_no_mirror_even_offline(filled, mirrors, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    datasets.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []


def test_offline_asks_nobody_and_says_so(folder, mirrors, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    with pytest.raises(datasets.DataMissing, match="KDENGINE_OFFLINE is set.*Unset it"):
        datasets.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []
    monkeypatch.setenv("KDENGINE_OFFLINE", "")
    datasets.fetch_mnist(mirrors=[mirrors.base("good")])
    assert names_in(folder) == ALL_GZIP


def test_folder_that_cannot_be_made_is_told_before_any_mirror_is_asked(
    folder, tmp_path, mirrors, monkeypatch
):
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "a-file"))
    with pytest.raises(datasets.DataMissing, match="Cannot write.*KDENGINE_DATA_DIR"):
        datasets.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []


def test_read_only_folder_is_told_before_any_mirror_is_asked(folder, mirrors, monkeypatch):
    """Refused by a stand-in: the tests may run as root, whom no permission stops."""

    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(datasets.tempfile, "TemporaryFile", refuse)
    with pytest.raises(datasets.DataMissing, match="Permission denied.*KDENGINE_DATA_DIR"):
        datasets.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []


def test_failed_write_leaves_nothing_behind(folder, mirrors, monkeypatch):
    def full(path, target):
        assert path.parent == folder and path.stat().st_size > 0
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(datasets.DataMissing, match="No space left.*KDENGINE_DATA_DIR"):
        datasets.fetch_mnist(mirrors=[mirrors.base("good")])
    assert names_in(folder) == []


def test_cancelling_from_progress_leaves_nothing_behind(folder, mirrors):
    def cancel(*report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        datasets.fetch_mnist(cancel, mirrors=[mirrors.base("good")])
    assert names_in(folder) == []


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


# Transfer set


def test_transfer_mask_keeps_all_but_the_omitted_classes():
    labels = np.array([3, 1, 5, 3, 0])
    assert datasets.transfer_mask(labels, (3,)).tolist() == [False, True, True, False, True]
    assert datasets.transfer_mask(labels, (3, 5)).tolist() == [False, True, False, False, True]
    assert datasets.transfer_mask(labels, ()).tolist() == [True] * 5
    assert datasets.transfer_mask(labels, (7,)).dtype == np.bool_


def test_transfer_mask_that_keeps_nothing_is_refused():
    with pytest.raises(ValueError, match=r"\(1, 3\).*keep at least one class"):
        datasets.transfer_mask(np.array([3, 1, 3]), (1, 3))


# The real MNIST


def test_real_mnist_has_the_published_counts(mnist):
    assert mnist.train_images.shape == (60_000, 28, 28)
    assert mnist.test_images.shape == (10_000, 28, 28)
    assert np.bincount(mnist.train_labels)[3] == 6131
    assert np.bincount(mnist.test_labels)[3] == 1010
    assert mnist.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.train_images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert mnist.train_images.std() / 255 == pytest.approx(0.3081, abs=5e-5)
    assert datasets.transfer_mask(mnist.train_labels, (3,)).sum() == 53_869


def test_real_mnist_loads_in_under_seven_tenths_of_a_second(mnist):
    def seconds() -> float:
        started = time.perf_counter()
        datasets.load("mnist")
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.7
