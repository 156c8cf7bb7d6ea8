"""Archives: what comes out goes in again; what is not right changes nothing."""

import io
import json
import struct
import zipfile
from dataclasses import replace

import pytest

from kdengine import files
from kdengine.config import NetworkConfig, StudentConfig, TeacherConfig, on_hard_labels, run_key
from kdengine.store import archive
from kdengine.store import runs as store
from kdengine.store.run_files import FILES, RunDamaged
from tests.kdengine import tiny_runs


def student_key() -> str:
    return next(e.key for e in store.list_runs() if isinstance(e.config, StudentConfig))


@pytest.fixture
def packed(small_store) -> bytes:
    """The small store's experiment as the bytes of an archive."""
    buffer = io.BytesIO()
    archive.export_runs(archive.experiment_keys(student_key()), buffer)
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


def rewritten(packed: bytes, change) -> io.BytesIO:
    """Return the archive with each (name, content) passed through *change*."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            for name, content in change(entry.filename, old.read(entry)):
                new.writestr(name, content)
    out.seek(0)
    return out


def test_an_experiment_is_student_teacher_and_baseline(small_store):
    kinds = {key.split("-")[0] for key in archive.experiment_keys(student_key())}
    assert kinds == {"student", "teacher", "baseline"}


def test_export_then_import_gives_the_same_files(packed, small_store, elsewhere):
    before = {p.name: p.read_bytes() for p in (small_store / "runs").rglob("*") if p.is_file()}
    keys = archive.import_runs(io.BytesIO(packed))
    assert set(keys) == stored_names()
    for key in keys:
        for name in FILES:
            original = small_store / "runs" / key / name
            imported = elsewhere / "runs" / key / name
            assert imported.is_file() == original.is_file()
            if original.is_file():
                assert imported.read_bytes() == original.read_bytes()
    assert before


def test_importing_what_is_there_changes_nothing(packed, small_store):
    stamps = {p: p.stat().st_mtime_ns for p in (small_store / "runs").rglob("*.json")}
    archive.import_runs(io.BytesIO(packed))
    assert {p: p.stat().st_mtime_ns for p in (small_store / "runs").rglob("*.json")} == stamps


def test_export_to_a_path_leaves_no_temporary_file(small_store, tmp_path):
    target = tmp_path / "run.zip"
    archive.export_runs([student_key()], target)
    assert zipfile.ZipFile(target).testzip() is None
    assert not list(tmp_path.glob(".*.tmp"))


def test_export_of_an_unknown_run_says_so(small_store):
    with pytest.raises(store.RunNotFound, match="python -m kdengine list"):
        archive.export_runs(["student-digits-omit3-seed9-00000000"], io.BytesIO())


def test_a_student_without_its_teacher_is_refused(packed, elsewhere):
    def only_the_student(name, content):
        return [(name, content)] if name.startswith("student") else []

    with pytest.raises(RunDamaged, match="export the two together"):
        archive.import_runs(rewritten(packed, only_the_student))
    assert stored_names() == set()


TEACHER = TeacherConfig(dataset="digits", epochs=2, hidden_sizes=(4,))


def packed_pair(student, other) -> io.BytesIO:
    """Return an archive of two tiny runs, whatever they are, and empty the store."""
    keys = [tiny_runs.save(other), tiny_runs.save(student)]
    packed = io.BytesIO()
    archive.export_runs(keys, packed)
    for key in keys:
        store.delete(key)
    return packed


def test_a_pair_that_belongs_together_is_stored(empty_store):
    student = replace(tiny_runs.STUDENT, teacher=run_key(TEACHER))
    keys = archive.import_runs(packed_pair(student, TEACHER))
    assert set(keys) == stored_names() == {run_key(student), run_key(TEACHER)}


@pytest.mark.parametrize(
    "other",
    [
        tiny_runs.STUDENT,
        on_hard_labels(tiny_runs.STUDENT),
        TeacherConfig(dataset="mnist", epochs=2, hidden_sizes=(4,)),
    ],
    ids=["a student", "a baseline", "of another dataset"],
)
def test_a_student_whose_teacher_is_none_of_its_own_is_refused(empty_store, monkeypatch, other):
    with monkeypatch.context() as patch:
        patch.setattr(StudentConfig, "__post_init__", NetworkConfig.__post_init__)
        student = replace(tiny_runs.STUDENT, teacher=run_key(other), temperature=3.0)
        packed = packed_pair(student, other)
    with pytest.raises(RunDamaged, match="whose key starts with teacher-digits-"):
        archive.import_runs(packed)
    assert stored_names() == set()


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_teacher_of_other_images_is_refused(empty_store, monkeypatch, is_stored):
    student = replace(tiny_runs.STUDENT, teacher=run_key(TEACHER))
    parts = tiny_runs.parts

    def turned(config, seed):
        made = parts(config, seed)
        if config == TEACHER:
            made["logits"]["train_labels"] = made["logits"]["train_labels"][::-1]
        return made

    with monkeypatch.context() as patch:
        patch.setattr(tiny_runs, "parts", turned)
        packed = packed_pair(student, TEACHER)
        if is_stored:
            tiny_runs.save(TEACHER)
    before = stored_names()
    with pytest.raises(RunDamaged, match="their train_labels differ"):
        archive.import_runs(packed)
    assert stored_names() == before


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
        (add("../../evil.json"), "may hold only"),
        (add("/etc/passwd"), "may hold only"),
        (add("teacher-mnist-all-seed0-00000000/../config.json"), "may hold only"),
        (add("notes.txt"), "may hold only"),
        (add("..-mnist-all-seed0-00000000/config.json"), "not a run key"),
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
    with pytest.raises(RunDamaged, match="transfer the file again"):
        archive.import_runs(io.BytesIO(bytes(pointing)))
    assert stored_names() == set()


def test_damage_inside_a_packed_file_is_noticed(packed, elsewhere):
    damaged = bytearray(packed)
    damaged[len(damaged) // 2] ^= 0xFF
    with pytest.raises(RunDamaged):
        archive.import_runs(io.BytesIO(bytes(damaged)))
    assert stored_names() == set()


def test_damage_of_any_byte_of_a_deflated_file_is_told(packed, elsewhere):
    """Some damage breaks the stream (zlib.error), other ends in a wrong checksum."""
    with zipfile.ZipFile(io.BytesIO(packed)) as whole:
        entry = next(e for e in whole.infolist() if e.filename.endswith("/config.json"))
    content = entry.header_offset + 30 + len(entry.filename)
    for place in range(content, content + entry.compress_size, 7):
        damaged = bytearray(packed)
        damaged[place] ^= 0xFF
        with pytest.raises(RunDamaged, match="transfer the file again"):
            archive.import_runs(io.BytesIO(bytes(damaged)))
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
    with pytest.raises(RunDamaged):
        archive.import_runs(io.BytesIO(bytes(lying)))
    assert stored_names() == set()
