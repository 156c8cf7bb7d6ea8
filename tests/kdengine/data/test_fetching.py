"""MNIST from mirrors on this machine, good and bad."""

import gzip
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kdengine.data import datasets, fetching, mnist_files
from tests.kdengine.data.tiny_mnist import CONTENTS, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS


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


def test_mirrors_stand_in_the_order_of_the_design():
    hosts = [re.match(r"https?://([^/]+)/", mirror)[1] for mirror in fetching.MNIST_MIRRORS]
    assert hosts == [
        "ossci-datasets.s3.amazonaws.com",
        "storage.googleapis.com",
        "yann.lecun.com",
    ]


def test_fetch_fills_an_empty_machine_and_reports_progress(folder, mirrors):
    folder.rmdir()
    seen = []
    fetching.fetch_mnist(lambda *report: seen.append(report), mirrors=[mirrors.base("good")])

    assert names_in(folder) == ALL_GZIP
    for name, content in CONTENTS.items():
        size = len((folder / f"{name}.gz").read_bytes())
        assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == content
        reports = [report for report in seen if report[0] == f"{name}.gz"]
        assert reports[-1] == (f"{name}.gz", size, size)
        assert [done for _, done, _ in reports] == sorted(done for _, done, _ in reports)


def test_unknown_length_is_reported_as_zero(folder, mirrors):
    seen = []
    fetching.fetch_mnist(lambda *report: seen.append(report), mirrors=[mirrors.base("unsized")])
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
    fetching.fetch_mnist(mirrors=[mirrors.base(behaviour), mirrors.base("good")])

    assert mirrors.asked == [
        f"{mirror}/{name}.gz" for name in CONTENTS for mirror in (behaviour, "good")
    ]
    assert names_in(folder) == ALL_GZIP
    assert datasets.load("mnist").test_labels.tolist() == list(CONTENTS[TEST_LABELS][8:])
    assert len(re.findall(reason, caplog.text)) == len(CONTENTS)


def test_first_good_mirror_is_enough(folder, mirrors, monkeypatch):
    monkeypatch.setattr(fetching, "MNIST_MIRRORS", (mirrors.base("good"), mirrors.base("gone")))
    fetching.fetch_mnist()
    assert mirrors.asked == [f"good/{name}.gz" for name in CONTENTS]


def test_mirror_out_of_reach_is_asked_once(folder, mirrors, caplog):
    dead = refused()
    fetching.fetch_mnist(mirrors=[dead, mirrors.base("good")])
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
        with pytest.raises(mnist_files.DataMissing, match="cannot be reached .*timed out"):
            fetching.fetch_mnist(connect_seconds=0.2, mirrors=[f"http://127.0.0.1:{address[1]}/"])
        for filler in fillers:
            filler.close()


def test_total_failure_lists_every_mirror_with_its_reason(folder, mirrors):
    dead = refused()
    bases = [mirrors.base(kind) for kind in ("gone", "truncated", "corrupt", "endless")]
    with pytest.raises(mnist_files.DataMissing) as caught:
        fetching.fetch_mnist(mirrors=[dead, *bases])

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
    with pytest.raises(mnist_files.DataMissing):
        fetching.fetch_mnist(mirrors=[mirrors.base("corrupt")])
    assert {path.name: path.read_bytes() for path in filled.iterdir()} == before


def test_only_missing_and_corrupt_files_are_fetched(filled, mirrors):
    (filled / f"{TEST_LABELS}.gz").unlink()
    (filled / f"{TRAIN_LABELS}.gz").write_bytes(gzip.compress(CONTENTS[TEST_LABELS]))
    fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == [f"good/{TRAIN_LABELS}.gz", f"good/{TEST_LABELS}.gz"]
    assert datasets.load("mnist").train_labels.tolist() == list(CONTENTS[TRAIN_LABELS][8:])


def test_intact_files_ask_no_mirror_even_offline(filled, mirrors, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []


def test_offline_asks_nobody_and_says_so(folder, mirrors, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    with pytest.raises(mnist_files.DataMissing, match="KDENGINE_OFFLINE is set.*Unset it"):
        fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []
    monkeypatch.setenv("KDENGINE_OFFLINE", "")
    fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert names_in(folder) == ALL_GZIP


def test_folder_that_cannot_be_made_is_told_before_any_mirror_is_asked(
    folder, tmp_path, mirrors, monkeypatch
):
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "a-file"))
    with pytest.raises(mnist_files.DataMissing, match="Cannot write.*KDENGINE_DATA_DIR"):
        fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []


def test_read_only_folder_is_told_before_any_mirror_is_asked(folder, mirrors, monkeypatch):
    """Refused by a stand-in: the tests may run as root, whom no permission stops."""

    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(fetching.tempfile, "TemporaryFile", refuse)
    with pytest.raises(mnist_files.DataMissing, match="Permission denied.*KDENGINE_DATA_DIR"):
        fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []


def test_failed_write_leaves_nothing_behind(folder, mirrors, monkeypatch):
    def full(path, target):
        assert path.parent == folder and path.stat().st_size > 0
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(mnist_files.DataMissing, match="No space left.*KDENGINE_DATA_DIR"):
        fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert names_in(folder) == []


def test_cancelling_from_progress_leaves_nothing_behind(folder, mirrors):
    def cancel(*report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetching.fetch_mnist(cancel, mirrors=[mirrors.base("good")])
    assert names_in(folder) == []


def test_fetchers_at_once_do_not_get_into_each_others_way(folder, mirrors):
    """The dashboard's thread beside a command, say."""
    failures = []

    def fetch():
        try:
            fetching.fetch_mnist(mirrors=[mirrors.base("good")])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20.0)
    assert failures == []
    assert names_in(folder) == ALL_GZIP
    assert datasets.load("mnist").test_labels.tolist() == list(CONTENTS[TEST_LABELS][8:])
