"""Real worker processes in a cache of their own: tiny trainings on the digits."""

import errno
import json
import os
import signal
import subprocess
import time

import psutil
import pytest
from filelock import FileLock

from dashboard.jobs import job_files, processes, worker
from kdengine import files
from kdengine.config import run_key
from kdengine.recipes import plans
from kdengine.store import runs as store

SMALL = {
    "recipe": "classroom",
    "dataset": "digits",
    "omitted_classes": [3],
    "teacher_epochs": 1,
    "student_epochs": 1,
}
LONG = {**SMALL, "teacher_epochs": 9000, "student_epochs": 9000}


@pytest.fixture(autouse=True)
def own_cache(empty_store):
    """A cache that no worker outlives."""
    yield empty_store
    for job in processes.live():
        processes.cancel(job.id)


def wait_until(condition, seconds=300.0):
    """Return what *condition* returns once it is true; fail after *seconds*."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    return pytest.fail(f"did not come about within {seconds:g} s")


def epochs_of(job_id):
    return [event for event in processes.read(job_id).events if event["event"] == "epoch"]


def make_job(job_id, request=SMALL, **contents):
    """Write the folder of a job that has no process."""
    folder = files.jobs_dir() / job_id
    folder.mkdir(parents=True)
    (folder / job_files.REQUEST).write_text(json.dumps(request))
    (folder / job_files.PROCESS).write_text(json.dumps({"pid": 2**30}))
    for name, content in contents.items():
        (folder / getattr(job_files, name)).write_text(content)
    return job_id


def test_a_killed_training_makes_room_for_the_next_which_ends_as_a_stored_run():
    first = processes.start({**LONG, "seed": 1})
    second = processes.start({**SMALL, "with_baseline": True, "seed": 2})
    wait_until(lambda: epochs_of(first))
    assert [job.id for job in processes.live()] == [first, second]
    assert [job.state for job in processes.live()] == ["running", "queued"]
    waiting = job_files.process(second)
    assert waiting.memory_info().rss < 80 * 2**20  # torch alone takes more than twice as much
    os.killpg(job_files.process(first).pid, signal.SIGKILL)
    wait_until(lambda: processes.read(second).state == "running")
    wait_until(lambda: "killed by signal 9" in processes.read(first).message)
    killed = processes.read(first)
    assert killed.state == "failed"
    epoch = f"after epoch {epochs_of(first)[-1]['epoch']} of the teacher"
    assert f"ended before it was finished ({epoch}; killed by" in killed.message
    assert "the machine had no memory left" in killed.message
    job = wait_until(lambda: (now := processes.read(second)).state == "done" and now)
    assert all("seed2" in entry.key for entry in store.list_runs())
    kinds = [event["event"] for event in job.events]
    assert kinds[:2] == ["started", "plan"]
    assert {event["role"] for event in job.events if event["event"] == "epoch"} == {
        "teacher",
        "student",
        "baseline",
    }
    stored = store.load(run_key(job.plan.student))
    of_student = [e for e in job.events if e["event"] == "epoch" and e["role"] == "student"]
    assert [e["accuracy"] for e in of_student] == [
        record["accuracy"] for record in stored.metrics["history"]
    ]
    right = (stored.test_logits.argmax(axis=1) == stored.test_labels)[stored.test_labels == 3]
    assert job.result["student_before"]["omitted_accuracy"] == pytest.approx(right.mean())
    assert processes.last_finished() == job and processes.live() == []


def test_cancel_ends_every_process_of_the_group():
    """When it comes back they have ended: the training would take hours more."""
    job_id = processes.start(LONG)
    waiting = processes.start({**LONG, "seed": 4})
    wait_until(lambda: epochs_of(job_id))
    group = job_files.process(job_id).pid
    assert group != os.getpgrp()
    for cancelled in (waiting, job_id):
        processes.cancel(cancelled)
        assert processes.read(cancelled).state == "cancelled"
    assert not [process for process in psutil.process_iter() if _group(process) == group]
    assert processes.live() == [] and store.list_runs() == []


def _group(process):
    try:
        alive = process.status() != psutil.STATUS_ZOMBIE
        return os.getpgid(process.pid) if alive else None
    except (OSError, psutil.Error):
        return None


def test_a_process_that_ignores_the_request_to_end_is_killed():
    job_id = processes.start(LONG)
    wait_until(lambda: job_files.process(job_id))
    process = job_files.process(job_id)
    process.suspend()  # a stopped process takes SIGTERM only when it goes on
    processes.cancel(job_id)
    wait_until(lambda: job_files.process(job_id) is None)


def test_what_fails_in_the_worker_is_told_in_words(no_mnist):
    job_id = processes.start({**SMALL, "dataset": "mnist"})
    job = wait_until(lambda: not (now := processes.read(job_id)).is_live and now)
    assert job.state == "failed"
    assert "--dataset digits, which needs none" in job.message
    assert "Traceback" not in job.message


def test_the_same_training_is_not_started_twice_and_the_queue_has_an_end(monkeypatch):
    monkeypatch.setattr(processes, "MOST_WAITING", 2)
    ids = [processes.start({**LONG, "seed": seed}) for seed in (0, 1, 2)]
    assert processes.start({**LONG, "seed": 1}) == ids[1]
    with pytest.raises(processes.QueueFull, match="cancel one, or try again"):
        processes.start({**LONG, "seed": 3})
    assert [job.id for job in processes.live()] == ids


def test_last_finished_is_the_one_that_ended_last_not_the_one_asked_for_last():
    assert processes.last_finished() is None
    first = make_job("20200101-000000-000000-aaaa")
    second = make_job("20200101-000001-000000-bbbb")
    ended = files.jobs_dir() / first / job_files.OUTCOME
    ended.write_text('{"state": "failed", "message": "no"}')
    os.utime(ended, (2e9, 2e9))
    assert processes.last_finished().id == first
    os.utime(files.jobs_dir() / second / job_files.REQUEST, (2.1e9, 2.1e9))
    assert processes.last_finished().id == second


def test_old_jobs_go_and_live_ones_stay(monkeypatch):
    monkeypatch.setattr(processes, "KEPT_JOBS", 3)
    old = [make_job(f"20200101-00000{n}-000000-abcd") for n in range(6)]
    new = processes.start(LONG)
    assert job_files.ids() == [*old[-2:], new]


@pytest.mark.parametrize("moment", [0.0, 4e9])
def test_a_folder_without_a_process_lives_while_its_server_starts_it(moment):
    """Whatever the clock says: the lock of the server tells."""
    dead = make_job("20990101-000000-000000-abcd")
    (files.jobs_dir() / dead / job_files.PROCESS).unlink()
    os.utime(files.jobs_dir() / dead, (moment, moment))
    assert not job_files.is_live(dead)
    with FileLock(files.jobs_dir() / job_files.STARTING):
        assert job_files.is_live(dead)
        assert not job_files.is_live("20990101-000000-000000-0000")  # there is no such folder
    assert processes.live() == []


def test_a_server_that_died_while_it_started_a_job_is_cleared_up_after(launched_none):
    dead = make_job("20990101-000000-000000-abcd")
    (files.jobs_dir() / dead / job_files.PROCESS).unlink()
    started = processes.start(SMALL)
    assert job_files.ids() == [started]


@pytest.fixture
def launched_none(monkeypatch):
    """Processes that train nothing and end at once."""
    monkeypatch.setattr(
        processes, "_launched", lambda job_id: subprocess.Popen(["true"], stdin=subprocess.DEVNULL)
    )


def test_ids_follow_each_other_though_the_clock_is_set_back(launched_none):
    first = make_job("20990101-000000-999999-abcd")
    second = processes.start(SMALL)
    third = processes.start(SMALL | {"seed": 1})
    assert job_files.ids() == [first, second, third]
    assert second.startswith("20990101-000001-000000-")


def test_a_process_that_cannot_be_started_leaves_nothing(monkeypatch):
    def fail(job_id):
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(processes, "_launched", fail)
    with pytest.raises(OSError) as caught:
        processes.start(SMALL)
    assert "there is not enough memory" in job_files.words_of(caught.value)
    assert job_files.ids() == []


def test_the_dashboard_fills_no_disk_and_what_is_there_stays(small_store, monkeypatch):
    before = store.stored_bytes()
    on_disk = [p.stat().st_size for p in files.runs_dir().rglob("*") if p.is_file()]
    assert before >= sum(on_disk) > 0
    monkeypatch.setattr(processes, "MOST_BYTES", before - 1)
    with pytest.raises(OSError, match="no other is trained from the dashboard") as caught:
        processes.start(SMALL)
    assert "python -m kdengine prune KEY" in job_files.words_of(caught.value)
    assert job_files.ids() == []
    assert len(store.list_runs()) == 3


def test_a_full_disk_is_told_in_the_place_reserved_for_it(monkeypatch):
    """The disk takes nothing more when the training reports its first event."""
    job_id = make_job("20200101-000000-000000-aaaa")
    job_files.reserve(job_id)

    def full(path, record):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(job_files, "write_json", full)
    monkeypatch.setattr(worker, "_lower_priority", lambda: None)
    monkeypatch.setattr(json, "dumps", full_of_events(json.dumps))
    assert worker.work(job_id) == 1
    job = processes.read(job_id)
    assert job.state == "failed"
    assert f"the disk of {files.jobs_dir()} is full" in job.message


def full_of_events(dumps):
    """Return *dumps*, but let an event meet a full disk."""

    def full(record, *arguments, **options):
        if "event" in record:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return dumps(record, *arguments, **options)

    return full


@pytest.mark.parametrize("bad", ["", "../../etc", "x", None, 7, "20260101-000000-000000-abcd/.."])
def test_an_id_that_is_none_is_refused(bad):
    for function in (processes.read, processes.cancel):
        with pytest.raises(ValueError, match="is not the id of a training"):
            function(bad)


def test_an_unknown_id_is_not_found():
    with pytest.raises(processes.JobNotFound):
        processes.read("20200101-000000-000000-abcd")


@pytest.mark.parametrize(
    "request_text", ["", "{", "[]", '{"recipe": "nonsense"}', '{"surprise": 1}', '{"seed": -1}']
)
def test_a_job_with_a_damaged_request_is_passed_over(request_text):
    kept = make_job("20200101-000000-000000-aaaa")
    make_job("20200101-000001-000000-bbbb", REQUEST=request_text)
    assert processes.last_finished().id == kept
    assert processes.live() == []


def test_a_training_that_ends_while_it_is_read_has_all_its_events(monkeypatch):
    job_id = make_job("20200101-000000-000000-aaaa", PROGRESS='{"event": "started"}\n')
    before = job_files.state

    def state_of_one_that_ends_now(job_id):
        with (job_files.folder(job_id) / job_files.PROGRESS).open("a") as progress:
            progress.write('{"event": "ready"}\n')
        (job_files.folder(job_id) / job_files.OUTCOME).write_text('{"state": "done", "result": {}}')
        return before(job_id)

    monkeypatch.setattr(job_files, "state", state_of_one_that_ends_now)
    job = processes.read(job_id)
    assert job.state == "done"
    assert [event["event"] for event in job.events] == ["started", "ready"]


@pytest.mark.parametrize("outcome", ["", "{", "[]", '{"state": 3}', '{"state": "done"}'])
def test_a_damaged_outcome_counts_as_none(outcome):
    job = processes.read(make_job("20200101-000000-000000-aaaa", OUTCOME=outcome))
    assert (job.state, job.result) == ("failed", {})
    assert "ended before it was finished" in job.message


def test_lines_that_are_no_events_are_left_out():
    progress = '{"event": "started"}\nnonsense\n[1]\n{"event": 4}\n{"event": "epoch", "ep'
    job = processes.read(make_job("20200101-000000-000000-aaaa", PROGRESS=progress))
    assert job.events == [{"event": "started"}]


@pytest.mark.parametrize("record", ["{}", '{"pid": "1"}', '{"pid": 1}', '{"pid": 1e99}', "["])
def test_a_damaged_process_file_means_no_process(record):
    job_id = make_job("20200101-000000-000000-aaaa", PROCESS=record)
    assert job_files.process(job_id) is None


def test_another_process_of_that_number_is_not_taken_for_the_job():
    other = psutil.Process().ppid()
    record = job_files.process_record(other)
    record["created"] -= 3600.0
    job_id = make_job("20200101-000000-000000-aaaa", PROCESS=json.dumps(record))
    assert processes.read(job_id).state == "failed"
    processes.cancel(job_id)
    assert psutil.pid_exists(other)


@pytest.mark.parametrize(
    "change", [{"recipe": "x"}, {"temperature": 0.0}, {"omitted_classes": [12]}, {"shell": "rm"}]
)
def test_a_request_that_describes_no_experiment_starts_nothing(change):
    with pytest.raises(ValueError):
        processes.start({**SMALL, **change})
    assert job_files.ids() == []


@pytest.mark.parametrize("blocked", ["", "jobs"])
def test_an_unwritable_cache_is_told_with_what_to_do(own_cache, blocked):
    obstacle = own_cache / blocked
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_text("a file where a folder should be")
    with pytest.raises(OSError, match="KDENGINE_CACHE_DIR") as caught:
        processes.start(SMALL)
    assert caught.value.errno in (errno.ENOTDIR, errno.EEXIST)
    assert "[Errno" not in job_files.words_of(caught.value)


def test_job_experiment_is_the_one_asked_for():
    job = processes.read(make_job("20200101-000000-000000-aaaa"))
    assert job.plan == plans.experiment(dataset="digits", teacher_epochs=1, student_epochs=1)


@pytest.mark.parametrize("lack", [MemoryError(), ImportError("failed to map segment")])
def test_a_lack_of_memory_is_told_in_the_place_reserved_for_it(lack, monkeypatch):
    """Without memory no module can be loaded, not even the one that writes files."""
    job_id = make_job("20200101-000000-000000-aaaa")
    job_files.reserve(job_id)

    def none_left(*arguments):
        raise lack

    monkeypatch.setattr(job_files, "write_json", none_left)
    monkeypatch.setattr(processes, "plan_of", none_left)
    monkeypatch.setattr(worker, "_lower_priority", lambda: None)
    assert worker.work(job_id) == 1
    outcome = job_files.read_json(job_files.folder(job_id) / job_files.OUTCOME)
    assert outcome["state"] == "failed"
    assert "not enough memory" in outcome["message"]


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e308", "-1e16", "NaN", "Infinity"])
def test_numbers_that_pages_cannot_compute_with_are_damage(number):
    progress = f'{{"event": "started"}}\n{{"event": "epoch", "seconds": {number}}}'
    outcome = f'{{"state": "done", "result": {{"wall_seconds": {{"total": {number}}}}}}}'
    job_id = make_job("20200101-000000-000000-aaaa", PROGRESS=progress, OUTCOME=outcome)
    job = processes.read(job_id)
    assert (job.state, job.result) == ("failed", {})
    assert job.events == [{"event": "started"}]
