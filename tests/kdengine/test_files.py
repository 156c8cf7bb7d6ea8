"""Files that somebody names: links, pipes and devices stay what they are."""

import io
import json
import os
import stat
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kdengine import files
from kdengine.cli import arguments
from kdengine.cli import main as cli
from kdengine.config import StudentConfig
from kdengine.store import runs as store
from kdengine.store import shapes

ROOT = Path(__file__).resolve().parents[2]


def student_key() -> str:
    return next(e.key for e in store.list_runs() if isinstance(e.config, StudentConfig))


@pytest.fixture
def pipe(tmp_path):
    """A named pipe with a reader, who is waited for; gives its path and what came."""
    path, found = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()), daemon=True)
    reader.start()

    def came() -> bytes:
        reader.join(timeout=30)
        return found[0]

    return path, came


def test_a_file_changes_in_one_step(tmp_path):
    path = tmp_path / "table.json"
    path.write_text("before")
    inode = path.stat().st_ino
    with files.written(path) as file:
        file.write(b"half ")
        file.flush()
        assert path.read_text() == "before"
        file.write(b"and half")
    assert path.read_text() == "half and half"
    assert path.stat().st_ino != inode
    assert [one.name for one in tmp_path.iterdir()] == ["table.json"]


def test_threads_may_write_one_file(tmp_path):
    """Each of 400 writes is whole; with one temporary name for all, some found it gone."""
    path = tmp_path / "table.json"

    def write(number: int) -> None:
        with files.written(path) as file:
            file.write(bytes([number]) * 1000)
            time.sleep(0)  # let another thread in

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, [number % 8 for number in range(400)]))
    content = path.read_bytes()
    assert len(content) == 1000 and len(set(content)) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["table.json"]


def test_a_failure_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "table.json"
    path.write_text("before")
    with pytest.raises(OSError, match="full"), files.written(path) as file:
        file.write(b"half")
        raise OSError("full")
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["table.json"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_its_file_changes(tmp_path, exists):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "table.json", tmp_path / "link.json"
    if exists:
        target.write_text("before")
    link.symlink_to(target)
    arguments.check_writable(link)
    shapes.write_json(link, {"a": 1})
    assert link.is_symlink()
    assert json.loads(target.read_text()) == {"a": 1}
    assert [one.name for one in target.parent.iterdir()] == ["table.json"]


def test_a_link_into_a_folder_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere" / "table.json")
    with pytest.raises(arguments.Unusable, match="cannot be written"):
        arguments.check_writable(tmp_path / "link.json")


def test_links_in_a_circle_are_refused_and_stay(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(arguments.Unusable, match="cannot be written"):
        arguments.check_writable(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links"):
        shapes.write_json(tmp_path / "a", {"a": 1})
    assert (tmp_path / "a").is_symlink()


def test_json_goes_into_a_pipe_that_stays_one(pipe):
    path, came = pipe
    arguments.check_writable(path)
    shapes.write_json(path, {"a": 1})
    assert json.loads(came()) == {"a": 1}
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_an_export_goes_into_a_pipe_that_stays_one(small_store, pipe, capsys):
    path, came = pipe
    assert cli.main(["export", student_key(), str(path)]) == 0
    assert zipfile.ZipFile(io.BytesIO(came())).testzip() is None
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert capsys.readouterr() == ("", "")


def test_a_device_stays_one(tmp_path):
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        device.read_bytes()
    except PermissionError:
        device = Path(os.devnull)
        if os.access(device.parent, os.W_OK):
            pytest.skip("would replace the machine's own device if it failed")
    arguments.check_writable(device)
    shapes.write_json(device, {"a": 1})
    assert stat.S_ISCHR(device.stat().st_mode)


def test_the_standard_output_keeps_what_was_there(tmp_path):
    """Into a file too: what comes before and after is neither cut off nor written over."""
    lines = [
        "from pathlib import Path",
        "from kdengine.cli import arguments",
        "from kdengine.store import shapes",
        "print('before', flush=True)",
        "arguments.check_writable(Path('/dev/stdout'))",
        "shapes.write_json(Path('/dev/stdout'), {'a': 1}, compact=True)",
        "print('after')",
    ]
    out = tmp_path / "out.txt"
    with out.open("wb") as file:
        command = [sys.executable, "-c", "\n".join(lines)]
        subprocess.run(command, cwd=ROOT, stdout=file, check=True)
    assert out.read_text().split("\n") == ["before", '{"a":1}', "after", ""]


def test_data_dir_follows_the_environment_at_call_time(monkeypatch, tmp_path):
    monkeypatch.delenv("KDENGINE_DATA_DIR", raising=False)
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert files.data_dir() == ROOT / "cache" / "data"
    monkeypatch.setenv("KDENGINE_CACHE_DIR", "/elsewhere")
    assert files.data_dir() == Path("/elsewhere/data")
    monkeypatch.setenv("KDENGINE_DATA_DIR", "/given")
    assert files.data_dir() == Path("/given")
    monkeypatch.setenv("KDENGINE_DATA_DIR", "")
    assert files.data_dir() == Path("/elsewhere/data")
