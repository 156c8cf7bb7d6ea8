"""Runs on disk: whole or not there at all, whatever happens while they are written."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kdengine import files
from kdengine.config import BaselineConfig, StudentConfig, TeacherConfig, run_key
from kdengine.store import run_files, shapes
from kdengine.store import runs as store
from tests.kdengine import tiny_runs
from tests.kdengine.tiny_runs import KEY, STUDENT

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = Path(__file__).parent / "fixtures" / "format1"
FIXTURE_KEY = "student-digits-omit3-seed0-37ca3c64"


class Killed(BaseException):
    """Stands for whatever ends a process between two operations."""


def names_in_runs() -> set[str]:
    """Return the names in the runs folder."""
    return {path.name for path in files.runs_dir().glob("*")}


def visible() -> set[str]:
    """Return the names in the runs folder that are not hidden."""
    return {name for name in names_in_runs() if not name.startswith(".")}


def hidden() -> set[str]:
    """Return the names of temporary folders."""
    return {name for name in names_in_runs() if name.startswith(".tmp-")}


def assert_whole(key: str, seed: int) -> None:
    """Every file of the run is there and belongs to the run that *seed* made."""
    run_files.check_run(store.find(key), key)
    expected = tiny_runs.parts(seed=seed)["logits"]["test_logits"]
    np.testing.assert_array_equal(store.load(key).test_logits, expected)


def test_an_empty_cache_has_no_runs(empty_store):
    assert store.list_runs() == []
    assert store.leftovers() == []
    assert not store.exists(KEY)
    assert not empty_store.exists()  # looking makes nothing
    with pytest.raises(store.RunNotFound, match="python -m kdengine run"):
        store.load(KEY)


def test_a_saved_run_is_found_listed_and_alone(empty_store):
    assert tiny_runs.save() == KEY
    assert store.exists(KEY)
    assert store.find(KEY) == empty_store / "runs" / KEY
    assert visible() == {KEY}
    assert not hidden()
    (entry,) = store.list_runs()
    assert (entry.key, entry.config, entry.problem) == (KEY, STUDENT, None)
    assert entry.metrics == store.load(KEY).metrics


def test_the_list_is_in_order_and_passes_over_what_is_no_run(empty_store):
    keys = sorted(tiny_runs.save(replace(STUDENT, seed=seed)) for seed in (2, 0, 1))
    (empty_store / "runs" / "notes").mkdir()
    (empty_store / "runs" / "student-digits-omit3-seed9-00000000").write_text("a file")
    assert [entry.key for entry in store.list_runs()] == keys


@pytest.mark.parametrize("key", ["../../etc", "", "..", "student", "/", None])
def test_what_is_no_key_is_not_found(small_key_store, key):
    with pytest.raises(store.RunNotFound, match="is not a run key"):
        store.find(key)
    assert not store.exists(key)


@pytest.fixture
def small_key_store(empty_store):
    """Return a cache with one tiny run."""
    tiny_runs.save()
    return empty_store


def test_saving_again_replaces(small_key_store):
    tiny_runs.save(seed=1)
    assert_whole(KEY, seed=1)
    assert visible() == {KEY}
    assert not hidden()


def test_shipped_runs_are_found_and_one_made_here_goes_before(small_key_store):
    (small_key_store / "shipped").mkdir()
    files.runs_dir().joinpath(KEY).rename(small_key_store / "shipped" / KEY)
    assert store.find(KEY) == small_key_store / "shipped" / KEY
    assert [entry.path for entry in store.list_runs()] == [small_key_store / "shipped" / KEY]
    tiny_runs.save(seed=1)
    assert store.find(KEY) == small_key_store / "runs" / KEY
    assert [entry.path for entry in store.list_runs()] == [small_key_store / "runs" / KEY]


def test_a_number_that_json_cannot_hold_is_never_written(empty_store):
    made = tiny_runs.parts()
    made["metrics"]["wall_seconds"] = float("nan")
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.save(STUDENT, made.pop("metrics"), **made)
    assert visible() == set()


# Killed between any two operations


@contextlib.contextmanager
def killed_at(number: int, when: str):
    """Raise `Killed` before or after the *number*-th write or rename; yield their count."""
    done = {"operations": 0}
    originals = {name: getattr(Path, name) for name in ("write_bytes", "rename", "mkdir")}

    def wrapped(name):
        def operation(self, *arguments, **options):
            done["operations"] += 1
            is_the_one = done["operations"] == number
            if is_the_one and when == "before":
                raise Killed
            result = originals[name](self, *arguments, **options)
            if is_the_one and when == "after":
                raise Killed
            return result

        return operation

    with pytest.MonkeyPatch.context() as patch:
        for name in originals:
            patch.setattr(Path, name, wrapped(name))
        yield done


def operations_of_a_save() -> int:
    """Return how many writes and renames a save makes."""
    with killed_at(0, "never") as done:
        tiny_runs.save(seed=1)
    return done["operations"]


def test_a_new_run_interrupted_anywhere_is_not_there_or_whole(empty_store):
    total = operations_of_a_save()
    assert total >= 6  # five files and the rename
    for number in range(1, total + 1):
        for when in ("before", "after"):
            shutil.rmtree(empty_store)
            with pytest.raises(Killed), killed_at(number, when):
                tiny_runs.save(seed=1)
            is_last = number == total and when == "after"
            assert store.exists(KEY) == is_last
            assert visible() == ({KEY} if is_last else set())
            assert [entry.problem for entry in store.list_runs()] == [None] * is_last
            assert not hidden()
            tiny_runs.save(seed=1)  # and nothing stands in the way of the next
            assert_whole(KEY, seed=1)


def test_a_run_interrupted_while_it_replaces_another_leaves_one_of_the_two(empty_store):
    tiny_runs.save(seed=0)
    total = operations_of_a_save()
    assert total >= 7  # the old run is set aside first
    replaced = 0
    for number in range(1, total + 1):
        for when in ("before", "after"):
            tiny_runs.save(seed=0)
            with pytest.raises(Killed), killed_at(number, when):
                tiny_runs.save(seed=1)
            is_last = number == total and when == "after"
            assert_whole(KEY, seed=1 if is_last else 0)
            assert visible() == {KEY}
            assert not hidden()
            replaced += is_last
    assert replaced == 1


KILLED_WRITERS = """
import os, signal, sys
from pathlib import Path
from tests.kdengine import tiny_runs

cache, replacing = Path(sys.argv[1]), sys.argv[2] == "replacing"
points = 0
while True:
    points += 1
    os.environ["KDENGINE_CACHE_DIR"] = str(cache / str(points))
    if replacing:
        tiny_runs.save(seed=0)
    child = os.fork()
    if child == 0:
        done = 0

        def wrapped(original):
            def operation(*arguments, **options):
                global done
                done += 1
                if done == points:
                    os.kill(os.getpid(), signal.SIGKILL)
                return original(*arguments, **options)
            return operation

        for name in ("write_bytes", "rename"):
            setattr(Path, name, wrapped(getattr(Path, name)))
        tiny_runs.save(seed=1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        break
print(points)
"""


@pytest.mark.parametrize("case", ["new", "replacing"])
def test_a_killed_writer_leaves_nothing_that_looks_finished(case, tmp_path, monkeypatch):
    """Real processes, each ended by SIGKILL just before its n-th write or rename."""
    found = subprocess.run(
        [sys.executable, "-c", KILLED_WRITERS, str(tmp_path), case],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    finished = int(found.stdout)
    assert finished == {"new": 7, "replacing": 8}[case]
    for point in range(1, finished + 1):
        monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / str(point)))
        if point == finished:
            assert_whole(KEY, seed=1)
        elif case == "replacing" and point < finished - 1:
            assert_whole(KEY, seed=0)
        else:  # in the instant between the two renames the name belongs to neither
            assert not store.exists(KEY)
        assert visible() == ({KEY} if store.exists(KEY) else set())
        assert all(entry.problem is None for entry in store.list_runs())
        assert bool(hidden()) == (point != finished)
        tiny_runs.save(seed=2)  # the next writer is not in its way
        assert_whole(KEY, seed=2)


def test_leftovers_are_told_from_writers_at_work_by_their_locks_not_by_clocks(empty_store):
    """Whatever the clock says: a writer's folder stays, a dead one's goes with the next save."""
    for moment in (0.0, 4e9):
        with store.temporary_folder() as folder:
            os.utime(folder, (moment, moment))
            assert store.leftovers() == []
            left = folder.with_name(f".tmp-{moment:.0f}")
            left.mkdir()
            os.utime(left, (moment, moment))
            assert store.leftovers() == [left]
            tiny_runs.save()
            assert folder.is_dir() and not left.exists()
    assert not hidden()
    assert [path.name for path in (files.runs_dir() / ".locks").iterdir()] == []


def test_a_writer_in_another_process_is_told_by_its_lock(empty_store):
    with process(HOLDER) as holder:
        held = files.runs_dir() / holder.stdout.readline().strip()
        assert held.is_dir() and store.leftovers() == []
        holder.kill()
        holder.wait()
        assert store.leftovers() == [held]


HOLDER = """
import sys
from kdengine.store import runs as store
with store.temporary_folder() as folder:
    print(folder.name, flush=True)
    sys.stdin.readline()
"""


def test_a_run_whose_writer_was_killed_while_replacing_it_comes_back(small_key_store):
    """In the instant between the two renames the old run is aside, and the new one not there."""
    aside = files.runs_dir() / f".tmp-{'0' * 16}{KEY}"
    (files.runs_dir() / KEY).rename(aside)
    (files.runs_dir() / f".tmp-{'1' * 16}").mkdir()
    tiny_runs.save(replace(STUDENT, seed=1))
    assert_whole(KEY, seed=0)
    assert not hidden()
    shutil.copytree(files.runs_dir() / KEY, aside)  # where a newer one has its place, it goes
    tiny_runs.save(seed=2)
    assert_whole(KEY, seed=2)
    assert not hidden()


# Places that cannot be written


@pytest.mark.parametrize("blocked", ["cache", "cache/runs"])
def test_an_unwritable_cache_is_named_with_the_cure(blocked, tmp_path, monkeypatch):
    """A file in the folder's place: permission bits would not stop root."""
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text("in the way")
    for use in (tiny_runs.save, lambda: store.writing(KEY).__enter__()):
        with pytest.raises(OSError, match=r"cannot be written .*KDENGINE_CACHE_DIR") as caught:
            use()
        assert str(tmp_path / "cache") in str(caught.value)
    assert (tmp_path / blocked).read_text() == "in the way"
    assert store.list_runs() == []
    assert not store.exists(KEY)


def test_a_disk_that_fills_up_keeps_the_old_run(small_key_store, monkeypatch):
    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        tiny_runs.save(seed=1)
    monkeypatch.undo()
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(small_key_store))
    assert_whole(KEY, seed=0)
    assert not hidden()


# Two writers


FIRST = """
import sys, time
from kdengine.store import runs as store
from tests.kdengine import tiny_runs
with store.writing(tiny_runs.KEY):
    print("held", flush=True)
    sys.stdin.readline()
    tiny_runs.save(seed=4)
"""
SECOND = """
from kdengine.store import runs as store
from tests.kdengine import tiny_runs
print("asking", flush=True)
with store.writing(tiny_runs.KEY):
    found = store.load(tiny_runs.KEY) if store.exists(tiny_runs.KEY) else None
print("nothing" if found is None else repr(float(found.test_logits.sum())), flush=True)
"""


@contextlib.contextmanager
def process(script: str):
    """Run *script* from the repository's root with pipes; it is gone afterwards."""
    started = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def test_the_second_writer_waits_and_loads_what_the_first_wrote(empty_store):
    with process(FIRST) as first:
        assert first.stdout.readline() == "held\n"
        answer = answer_of_a_second_writer(first)
    expected = float(tiny_runs.parts(seed=4)["logits"]["test_logits"].sum())
    assert answer == f"{expected!r}\n"


def answer_of_a_second_writer(first: subprocess.Popen) -> str:
    """Start another writer, let the first go on once it asks, and return what it found."""
    with process(SECOND) as second:
        assert second.stdout.readline() == "asking\n"
        # A writer that does not wait would answer at once that there is nothing.
        answered, _, _ = select.select([second.stdout], [], [], 0.3)
        early = second.stdout.readline() if answered else None
        first.stdin.write("go\n")
        first.stdin.flush()
        return early or second.stdout.readline()


def test_a_killed_holder_lets_the_next_in(empty_store):
    with process(FIRST) as first:
        assert first.stdout.readline() == "held\n"
        first.kill()
        first.wait()
    with store.writing(KEY):
        assert not store.exists(KEY)


def test_writers_of_different_keys_do_not_wait(empty_store):
    with store.writing(KEY), store.writing(run_key(replace(STUDENT, seed=1))):
        pass


def test_no_lock_outside_the_runs_folder(empty_store):
    with pytest.raises(ValueError, match="is not a run key"), store.writing("../../etc"):
        pass


# Deleting


def test_deleting_takes_a_run_made_here_and_no_other(small_key_store):
    other = tiny_runs.save(replace(STUDENT, seed=1))
    store.delete(KEY)
    assert visible() == {other}
    assert not hidden()
    with pytest.raises(store.RunNotFound, match="only runs made here"):
        store.delete(KEY)


def test_deleting_never_touches_what_came_with_the_project(small_key_store):
    (small_key_store / "shipped").mkdir()
    files.runs_dir().joinpath(KEY).rename(small_key_store / "shipped" / KEY)
    with pytest.raises(store.RunNotFound, match="only runs made here"):
        store.delete(KEY)
    assert store.exists(KEY)


@pytest.mark.parametrize("key", ["../../etc", "..", "", "."])
def test_deleting_what_is_no_key_deletes_nothing(small_key_store, key):
    with pytest.raises(ValueError, match="is not a run key"):
        store.delete(key)
    assert_whole(KEY, seed=0)


def test_a_damaged_run_can_be_deleted(small_key_store):
    (tiny_runs.folder_of() / "config.json").unlink()
    store.delete(KEY)
    assert visible() == set()


# Small things


def test_json_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "result.json"
    shapes.write_json(path, {"b": [1.5], "a": None})
    assert json.loads(path.read_text()) == {"a": None, "b": [1.5]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        shapes.write_json(path, {"a": float("inf")})
    assert json.loads(path.read_text())["b"] == [1.5]
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]


def test_replayed_images():
    labels = np.array([3, 1, 3, 5])
    assert run_files.replayed_images(STUDENT, labels).tolist() == [True, False, True, False]
    both = BaselineConfig(epochs=1, omitted_classes=(5, 3))
    assert run_files.replayed_images(both, labels).tolist() == [True, False, True, True]
    assert not run_files.replayed_images(TeacherConfig(epochs=1), labels).any()


# A run of format 1, which every later version must still find


@pytest.fixture
def format_1(empty_store):
    """Return a cache that holds the run stored when the format was 1."""
    shutil.copytree(FIXTURE / FIXTURE_KEY, empty_store / "runs" / FIXTURE_KEY)
    return empty_store


def test_a_run_of_format_1_is_found_by_its_configuration(format_1):
    config = StudentConfig(
        teacher="teacher-digits-all-seed0-0badcafe",
        dataset="digits",
        epochs=2,
        hidden_sizes=(4,),
        omitted_classes=(3,),
        temperature=8.0,
        schedule="one_cycle",
        batch_size=64,
    )
    assert run_key(config) == FIXTURE_KEY
    assert store.load(FIXTURE_KEY).config == config
    (entry,) = store.list_runs()
    assert (entry.key, entry.problem) == (FIXTURE_KEY, None)


def test_a_run_of_format_1_means_what_it_meant(format_1):
    run = store.load(FIXTURE_KEY)
    assert run.metrics["format"] == 1
    assert run.test_labels.tolist() == [3, 3, 0, 1, 2, 4, 5, 6, 7, 8, 9, 3]
    assert run.test_logits[1].tolist() == [
        0.5, 0.25, 0.0, -0.25, -0.5, 4.25, -1.0, -1.25, -1.5, -1.75
    ]  # fmt: skip
    assert len(run.train_logits) == 20
    assert run.test_logits.argmax(axis=1).tolist() == [5, 5, 0, 1, 2, 4, 5, 6, 7, 8, 9, 5]
    weights = store.load_weights(FIXTURE_KEY)
    assert {name: weight.shape for name, weight in weights.items()} == {
        "layers.0.weight": (4, 784),
        "layers.0.bias": (4,),
        "layers.2.weight": (10, 4),
        "layers.2.bias": (10,),
    }
    assert weights["layers.0.weight"][0, :3].tolist() == [-0.125, -0.109375, -0.09375]
    replay = store.load_replay(FIXTURE_KEY)
    assert replay.shape == (2, 3, 10)
    assert (replay[1] - replay[0] == 1.0).all()
