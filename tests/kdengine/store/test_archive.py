"""Archives: what comes out goes in again; what is not right changes nothing."""

import errno
import io
import json
import os
import struct
import subprocess
import sys
import zipfile

import pytest

from kdengine import files
from kdengine.store import archive
from kdengine.store import runs as store
from kdengine.store.run_files import FILES, RunDamaged
from tests import hostile_runs
from tests.hostile_runs import BASELINE, STUDENT, TEACHER


@pytest.fixture
def whole_store(empty_store):
    """A cache with the digits experiment that ships, as if it were made here."""
    hostile_runs.put_whole()
    return empty_store


@pytest.fixture
def packed(whole_store) -> bytes:
    """The store's experiment as the bytes of an archive."""
    buffer = io.BytesIO()
    archive.export_runs(archive.experiment_keys(STUDENT), buffer)
    return buffer.getvalue()


@pytest.fixture
def elsewhere(packed, tmp_path, monkeypatch):
    """Another, empty cache to import into."""
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "elsewhere"))
    return tmp_path / "elsewhere"


def stored_names() -> set[str]:
    """Everything visible or hidden in the runs folder but the locks."""
    runs = files.runs_dir()
    return {p.name for p in runs.iterdir()} - {".locks"} if runs.is_dir() else set()


def outcomes(source) -> dict[str, str]:
    """Import and return what became of each run, with why it was skipped."""
    return {run.key: run.outcome + run.why for run in archive.import_runs(source)}


def rewritten(packed: bytes, change) -> io.BytesIO:
    """Return the archive with each (name, content) passed through *change*."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            for name, content in change(entry.filename, old.read(entry)):
                new.writestr(name, content)
    out.seek(0)
    return out


def deflated(source) -> bytes:
    """Return an archive with its files packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return out.getvalue()


def test_an_experiment_is_student_teacher_and_baseline(whole_store):
    kinds = {key.split("-")[0] for key in archive.experiment_keys(STUDENT)}
    assert kinds == {"student", "teacher", "baseline"}


def test_export_then_import_gives_the_same_files(packed, whole_store, elsewhere):
    before = {p.name: p.read_bytes() for p in (whole_store / "runs").rglob("*") if p.is_file()}
    assert outcomes(io.BytesIO(packed)) == dict.fromkeys(stored_names(), "stored")
    assert stored_names() == {STUDENT, TEACHER, BASELINE}
    for key in stored_names():
        for name in FILES:
            original = whole_store / "runs" / key / name
            imported = elsewhere / "runs" / key / name
            assert imported.is_file() == original.is_file()
            if original.is_file():
                assert imported.read_bytes() == original.read_bytes()
    assert before


def test_importing_what_is_there_changes_nothing(packed, whole_store):
    stamps = {p: p.stat().st_mtime_ns for p in (whole_store / "runs").rglob("*.json")}
    assert set(outcomes(io.BytesIO(packed)).values()) == {"already there"}
    assert {p: p.stat().st_mtime_ns for p in (whole_store / "runs").rglob("*.json")} == stamps


def test_export_to_a_path_leaves_no_temporary_file(whole_store, tmp_path):
    target = tmp_path / "run.zip"
    archive.export_runs([STUDENT], target)
    assert zipfile.ZipFile(target).testzip() is None
    assert not list(tmp_path.glob(".*.tmp"))


def test_export_of_an_unknown_run_says_so(whole_store):
    with pytest.raises(store.RunNotFound, match="python -m kdengine list"):
        archive.export_runs(["student-digits-omit3-seed9-00000000"], io.BytesIO())


def test_a_student_without_its_teacher_is_refused(packed, elsewhere):
    def only_the_student(name, content):
        return [(name, content)] if name.startswith("student") else []

    (told,) = outcomes(rewritten(packed, only_the_student)).values()
    assert told.startswith("skipped")
    assert "export the two together" in told
    assert stored_names() == set()


def flip_last_byte(suffix):
    def change(name, content):
        if name.startswith("student") and name.endswith(suffix):
            content = content[:-1] + bytes([content[-1] ^ 1])
        return [(name, content)]

    return change


def drop(suffix):
    return lambda name, content: (
        [] if name.startswith("student") and name.endswith(suffix) else [(name, content)]
    )


def add(name):
    added = []

    def change(old, content):
        extra = [] if added else [(name, b"x")]
        added.append(True)
        return [(old, content), *extra]

    return change


def another_history(name, content):
    if name.startswith("student") and name.endswith("metrics.json"):
        metrics = json.loads(content)
        metrics["confusion"][0][0] += 1
        content = json.dumps(metrics).encode()
    return [(name, content)]


def renamed_run(name, content):
    return [(name.replace("seed0", "seed1") if name.startswith("student") else name, content)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (flip_last_byte("weights.safetensors"), "SHA-256"),
        (flip_last_byte("logits.safetensors"), "SHA-256"),
        (flip_last_byte("replay.safetensors"), "SHA-256"),
        (drop("logits.safetensors"), "logits.safetensors cannot be read"),
        (drop("config.json"), "config.json"),
        (drop("metrics.json"), "metrics.json"),
        (another_history, "counts"),
        (renamed_run, "not student"),
    ],
)
def test_a_run_that_is_not_right_is_skipped_alone(packed, elsewhere, change, message):
    found = outcomes(rewritten(packed, change))
    assert found.pop(TEACHER) == found.pop(BASELINE) == "stored"
    (told,) = found.values()
    assert told.startswith("skipped")
    assert message in told
    assert stored_names() == {TEACHER, BASELINE}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (add("../../evil.json"), "may hold only"),
        (add("/etc/passwd"), "may hold only"),
        (add("teacher-mnist-all-seed0-00000000/../config.json"), "may hold only"),
        (add("notes.txt"), "may hold only"),
        (add("..-mnist-all-seed0-00000000/config.json"), "may hold only"),
    ],
)
def test_an_archive_that_is_not_right_stores_nothing(packed, elsewhere, change, message):
    with pytest.raises(RunDamaged, match=message):
        archive.import_runs(rewritten(packed, change))
    assert stored_names() == set()
    assert not list(elsewhere.parent.glob("evil*"))


@pytest.mark.parametrize("length", [0, 10, 5000, -1])
def test_a_truncated_archive_stores_nothing(packed, elsewhere, length):
    with pytest.raises(RunDamaged, match="zip"):
        archive.import_runs(io.BytesIO(packed[:length]))
    assert stored_names() == set()


def test_a_directory_that_points_before_the_file_is_told(packed, elsewhere):
    """The last record says where the directory starts; far too early, an entry lies below 0."""
    pointing = bytearray(packed)
    start = pointing.rindex(b"PK\x05\x06")
    struct.pack_into("<I", pointing, start + 16, 2**31)
    assert all("cannot be unpacked" in told for told in outcomes(io.BytesIO(pointing)).values())
    assert stored_names() == set()


def test_damage_inside_a_packed_file_is_noticed(packed, elsewhere):
    damaged = bytearray(packed)
    damaged[len(damaged) // 2] ^= 0xFF
    found = outcomes(io.BytesIO(damaged))
    assert stored_names() == {key for key, told in found.items() if told == "stored"} != set(found)


def test_damage_of_any_byte_of_a_deflated_file_is_told(packed, elsewhere):
    """Some damage breaks the stream (zlib.error), other ends in a wrong checksum."""
    packed = rewritten(packed, lambda *file: [file] if file[0].startswith("baseline") else [])
    made = deflated(packed)
    with zipfile.ZipFile(io.BytesIO(made)) as whole:
        entry = whole.getinfo(f"{BASELINE}/config.json")
    content = entry.header_offset + 30 + len(entry.filename)
    for place in range(content, content + entry.compress_size, 7):
        damaged = bytearray(made)
        damaged[place] ^= 0xFF
        assert "cannot be unpacked" in outcomes(io.BytesIO(damaged))[BASELINE]
    assert stored_names() == set()


def test_an_entry_without_a_name_is_refused(elsewhere):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as nameless:
        nameless.writestr(zipfile.ZipInfo(""), b"x")
    with pytest.raises(RunDamaged, match="may hold only"):
        archive.import_runs(out)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused_unread(packed, elsewhere, method):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w", method) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    with pytest.raises(RunDamaged, match="usual method, deflate"):
        archive.import_runs(out)
    assert stored_names() == set()


def test_an_archive_made_to_fill_the_disk_is_refused_unread(elsewhere):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("teacher-mnist-all-seed0-00000000/config.json", bytes(50 * 2**20))
    with pytest.raises(RunDamaged, match="unpacks to"):
        archive.import_runs(out)


def test_an_entry_that_lies_about_its_size_is_refused(packed, elsewhere):
    """The central directory announces 1 byte for a file that holds many."""
    lying = bytearray(packed)
    start = lying.rindex(b"PK\x01\x02")
    (size,) = struct.unpack_from("<I", lying, start + 24)
    assert size > 1
    struct.pack_into("<I", lying, start + 24, 1)
    assert sorted(told[:7] for told in outcomes(io.BytesIO(lying)).values()) == [
        "skipped",
        "stored",
        "stored",
    ]


def test_a_directory_of_a_million_names_is_refused_by_the_record_at_its_end(elsewhere, monkeypatch):
    """The directory itself is not read: `zipfile` would take half a minute and a gigabyte."""
    monkeypatch.setattr(zipfile, "ZipFile", lambda *args: pytest.fail("the directory was read"))
    end = struct.Struct("<4s4H2LH")
    for names, directory in ((0xFFFF, 80 * 2**20), (1, 80 * 2**20), (41, 2**16 + 1)):
        record = end.pack(b"PK\x05\x06", 0, 0, names, names, directory, 0, 0)
        with pytest.raises(RunDamaged, match=f"announces {names:,} entries"):
            archive.import_runs(io.BytesIO(b"PK\x01\x02" + bytes(100) + record))
    large = b"PK\x06\x07" + bytes(16) + end.pack(b"PK\x05\x06", 0, 0, 1, 1, 50, 0, 0)
    with pytest.raises(RunDamaged, match="of another kind"):
        archive.import_runs(io.BytesIO(bytes(100) + large))
    with pytest.raises(RunDamaged, match="cut off, or of another kind"):
        archive.import_runs(io.BytesIO(bytes(100) + record[:-2] + b"\x05\0hello"))


IMPORTING = """
import resource, sys
from pathlib import Path
from kdengine.store import archive
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told = archive.import_runs(Path(sys.argv[1]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) // 1024, [run.why for run in told])
"""


def test_a_file_that_unpacks_to_what_no_run_holds_costs_neither_disk_nor_memory(
    packed, elsewhere, tmp_path
):
    """A zip of 2 MB took 320 MB of disk and a gigabyte of memory."""

    def swollen(name, content):
        is_swollen = name == f"{STUDENT}/weights.safetensors"
        return [(name, bytes(150 * 2**20) if is_swollen else content)]

    (tmp_path / "runs.zip").write_bytes(deflated(rewritten(packed, swollen)))
    command = [sys.executable, "-c", IMPORTING, str(tmp_path / "runs.zip")]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "is larger than such a run's" in found
    assert int(found.split()[0]) < 80, found


def test_a_disk_that_fills_up_does_not_hide_what_is_stored(packed, elsewhere, monkeypatch):
    put, taken = store.put_in_place, []

    def put_first(folder, key):
        if taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(folder, key)
        taken.append(key)

    monkeypatch.setattr(store, "put_in_place", put_first)
    imported = archive.import_runs(io.BytesIO(packed))
    assert [run.outcome for run in imported] == ["stored", "skipped", "skipped"]
    assert stored_names() == {imported[0].key} == set(taken)
    assert "is full" in imported[1].why
