"""MNIST from mirrors on this machine, good and bad."""

import functools
import gzip
import hashlib
import os
import re
import socket
import stat
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from kdengine.cli import main as cli
from kdengine.data import datasets, fetching, mnist_files, own
from tests.kdengine.data import tiny_set
from tests.kdengine.data.tiny_mnist import (
    CONTENTS,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    numbers,
)


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
        ("corrupt", "corrupt/.*no IDX file; expected"),
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
    reasons = ["refused", "404", "IncompleteRead", "no IDX file", "longer than"]
    for line, base, reason in zip(lines[1:6], [dead, *bases], reasons, strict=True):
        assert line.strip().startswith(f"{base}{TRAIN_IMAGES}.gz: ") and reason in line
    assert f"mnist.npz, to {folder}" in lines[-1] and "--dataset digits" in lines[-1]
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
    (filled / f"{TRAIN_LABELS}.gz").write_bytes(b"damaged")
    fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == [f"good/{TRAIN_LABELS}.gz", f"good/{TEST_LABELS}.gz"]
    assert datasets.load("mnist").train_labels.tolist() == list(CONTENTS[TRAIN_LABELS][8:])
    assert (filled / f"{TRAIN_LABELS}.gz").read_bytes() == b"damaged"
    assert sorted(ALL_GZIP + [f"{TRAIN_LABELS}.fetched.gz"]) == names_in(filled)


def test_intact_files_ask_no_mirror_even_offline(filled, mirrors, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert mirrors.asked == []


def test_offline_asks_nobody_and_says_so(folder, mirrors, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    with pytest.raises(mnist_files.DataMissing, match="KDENGINE_OFFLINE is set(?s:.*)Copy the"):
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
    opened = Path.open

    def full(path, mode="r"):
        file = opened(path, mode)
        if path.parent == folder:
            file.write(b"a part")
            file.flush()
            raise OSError(28, "No space left on device")
        return file

    monkeypatch.setattr(Path, "open", full)
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


# Nothing of a user's is ever replaced or deleted


def identity(folder: Path) -> dict[str, tuple]:
    """Return what every entry below a folder is, to the byte, the inode and the time."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else None
        is_folder = stat.S_ISDIR(about.st_mode)
        found[str(path)] = (about.st_ino, is_folder or about.st_mtime_ns, about.st_mode, content)
    return found


def of_a_user(folder: Path, kind: str, tmp_path: Path) -> None:
    """Put something at each of the four usual names."""
    for name, content in CONTENTS.items():
        other = content[: 4 + 4 * content[3]] + numbers(len(content) - 4 - 4 * content[3], 99)
        path = folder / f"{name}.gz"
        match kind:
            case "another set":
                path.write_bytes(gzip.compress(other))
            case "another set, plain":
                (folder / name).write_bytes(other)
            case "cut off":
                path.write_bytes(gzip.compress(content)[:-5])
            case "empty":
                path.touch()
            case "a folder":
                path.mkdir()
                (path / "inside").write_text("mine")
            case "a link":
                target = tmp_path / "elsewhere" / name
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(other)
                path.symlink_to(target)
            case "a broken link":
                path.symlink_to(tmp_path / "nowhere" / name)
            case "a pipe":
                os.mkfifo(path)
            case "taken twice":
                path.write_bytes(other)
                (folder / f"{name}.fetched.gz").write_bytes(other)


KINDS = ("another set", "another set, plain", "cut off", "empty", "a folder", "a link")
KINDS += ("a broken link", "a pipe", "taken twice")


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_user_put_there_stays_and_mnist_comes_beside_it(
    folder, tmp_path, mirrors, monkeypatch, capsys, kind
):
    of_a_user(folder, kind, tmp_path)
    before = identity(tmp_path)
    monkeypatch.setattr(fetching, "MNIST_MIRRORS", (mirrors.base("good"),))

    assert cli.main(["data"]) == 0
    told = capsys.readouterr().out
    assert "MNIST is complete" in told and "verified" in told
    if kind.startswith("another set"):
        assert "an IDX file, 12 × 28 × 28, SHA-256" in told and "not MNIST's, left as it is" in told
    after = identity(tmp_path)
    assert {path: after.get(path) for path in before} == before
    new = {"another set, plain": ".gz", "taken twice": ".fetched-2.gz"}.get(kind, ".fetched.gz")
    assert set(after) - set(before) == {str(folder / f"{name}{new}") for name in CONTENTS}
    assert datasets.load("mnist").train_images.tobytes() == CONTENTS[TRAIN_IMAGES][16:]
    assert cli.main(["data"]) == 0
    assert identity(tmp_path) == after and len(mirrors.asked) == 4


def test_other_commands_leave_another_set_alone(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "cache"))
    of_a_user(folder, "another set", tmp_path)
    before = identity(folder)
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    for command in (["data"], ["run", "--quiet"], ["sweep", "transfer-size"]):
        assert cli.main(command) == 1
        told = capsys.readouterr().err
        assert f"{folder / TRAIN_IMAGES}.gz: an IDX file, 12 × 28 × 28, SHA-256" in told
        assert "Copy the four files" in told and "python -m kdengine data" not in told
    assert cli.main(["prune", "--damaged"]) == 0
    assert identity(folder) == before


def test_nine_names_taken_end_with_words(folder, mirrors):
    for name in CONTENTS:
        for suffix in ("", ".fetched", *(f".fetched-{n}" for n in range(2, 9))):
            (folder / f"{name}{suffix}.gz").write_bytes(b"mine")
    before = identity(folder)
    with pytest.raises(mnist_files.DataMissing, match="up to .*fetched-8.gz are taken"):
        fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert identity(folder) == before


def test_a_file_that_arrives_while_fetching_stays(folder, mirrors):
    """As late as it can: between the search and the name that the fetched file is given."""

    def put(name, *rest):
        if not (folder / name).exists():
            (folder / name).write_bytes(b"mine")

    fetching.fetch_mnist(put, mirrors=[mirrors.base("good")])
    assert [(folder / name).read_bytes() for name in ALL_GZIP] == [b"mine"] * 4
    assert datasets.load("mnist").train_images.tobytes() == CONTENTS[TRAIN_IMAGES][16:]


def test_a_disk_without_links_replaces_nothing_either(folder, mirrors, monkeypatch):
    def refuse(source, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(fetching.os, "link", refuse)
    (folder / f"{TRAIN_IMAGES}.gz").write_bytes(b"mine")
    fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    assert (folder / f"{TRAIN_IMAGES}.gz").read_bytes() == b"mine"
    assert names_in(folder) == sorted([*ALL_GZIP, f"{TRAIN_IMAGES}.fetched.gz"])
    assert datasets.load("mnist").train_images.tobytes() == CONTENTS[TRAIN_IMAGES][16:]


def test_a_room_without_a_network_is_not_sent_online_again(folder):
    with pytest.raises(mnist_files.DataMissing) as caught:
        fetching.fetch_mnist(mirrors=[refused()])
    assert str(caught.value).splitlines()[-1].startswith("Copy the four files")
    assert "python -m kdengine data" not in str(caught.value)


def test_a_fetched_file_is_as_readable_as_any(folder, mirrors):
    fetching.fetch_mnist(mirrors=[mirrors.base("good")])
    (folder / "other").touch()
    assert {path.stat().st_mode for path in folder.iterdir()} == {(folder / "other").stat().st_mode}


# Other sets that are known by name


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Serve the four files of a tiny set, and a zip of them; return what is known of it."""
    folder = tmp_path / "published"
    tiny_set.write_idx(folder, tiny_set.arrays())
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for name in tiny_set.NAMES:
            archive.write(folder / f"{name}.gz", f"gzip/{name}.gz")
    md5 = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    handler = functools.partial(SilentFiles, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        mirrors = [f"http://{refused()}/", f"http://127.0.0.1:{server.server_port}/"]
        whole = own.Fetched(mirrors[1:], {"all.zip": md5.pop("all.zip")})
        members = [f"gzip/{name}.gz" for name in tiny_set.NAMES]
        known = {
            "little": own.Description(fetched=own.Fetched(mirrors, md5)),
            "packed": own.Description(fetched=msgspec.structs.replace(whole, members=members)),
        }
        monkeypatch.setattr(own, "known", lambda: known)
        yield folder
        server.shutdown()
        thread.join()


class SilentFiles(SimpleHTTPRequestHandler):
    """Serve files and say nothing of it."""

    def log_message(self, *arguments):
        """Stay silent."""


@pytest.mark.parametrize("name", ["little", "packed"])
def test_a_known_set_is_fetched_and_nothing_that_is_there_replaced(folder, published, name, capsys):
    there = folder.parent / name / f"{tiny_set.NAMES[3]}.gz"
    there.parent.mkdir()
    there.write_bytes(own_labels := (published / there.name).read_bytes() + b"left over")
    assert cli.main(["data", name]) == 0
    assert f"{name} is complete" in capsys.readouterr().out
    assert there.read_bytes() == own_labels
    assert sorted(path.name for path in there.parent.iterdir()) == sorted(
        f"{each}.gz" for each in tiny_set.NAMES
    )
    made = tiny_set.arrays()["x_test"]
    assert datasets.load(name).test_images.tobytes() == made.tobytes()


def test_what_is_not_as_published_is_not_kept(folder, published, capsys):
    path = published / f"{tiny_set.NAMES[0]}.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert cli.main(["data", "little"]) == 1
    told = capsys.readouterr().err
    assert "Tried:" in told and "of MD5" in told and "is published" in told
    assert not list((folder.parent / "little").glob("train-images*"))


@pytest.mark.parametrize("packed", [True, False])
def test_what_is_there_is_not_asked_for(folder, published, packed, monkeypatch, capsys):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    place = folder.parent / "little"
    tiny_set.write_idx(place, tiny_set.arrays(), packed=packed)
    there = sorted(place.iterdir())
    assert cli.main(["data", "little"]) == 0
    assert "little is complete: " in capsys.readouterr().out
    there[0].write_bytes(b"<html>")
    monkeypatch.delenv("KDENGINE_OFFLINE")
    assert cli.main(["data", "little"]) == 1
    assert "no file has the test images" in capsys.readouterr().err
    assert sorted(place.iterdir()) == there


def test_a_set_is_not_fetched_offline(folder, published, monkeypatch):
    monkeypatch.setenv("KDENGINE_OFFLINE", "1")
    with pytest.raises(mnist_files.DataMissing, match="little is not fetched: KDENGINE_OFFLINE"):
        fetching.fetch("little")


def test_the_known_sets_have_four_files_by_their_md5_and_ten_names():
    for name, about in own.known().items():
        assert len(set(about.classes)) == len(set(about.plurals)) == 10
        if name not in ("mnist", "digits"):
            assert len(about.fetched.members or about.fetched.md5) == 4
            assert all(re.fullmatch("[0-9a-f]{32}", md5) for md5 in about.fetched.md5.values())
