"""Live training: starts a training process, follows it through its files, cancels it. No maths.

One job trains at a time, whatever the number of tabs and servers; the others wait as light
processes, first come first served. A job outlives the tab and the server that started it.
"""

import errno
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from dashboard.core import presenter
from dashboard.jobs import job_files, readiness
from dashboard.jobs.job_files import JobNotFound
from kdengine import config, files
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM

MOST_WAITING = 8
KEPT_JOBS = 20
MOST_BYTES = 4 << 30  # of the runs made here, above which no other is trained from the dashboard

_ROOT = Path(__file__).resolve().parents[2]
_TERM_SECONDS = 0.5
_OWN_FIELDS = ("with_baseline", "fresh")
Request = Mapping[str, Any]


class QueueFull(RuntimeError):
    """So many trainings wait already that no other is taken."""


@dataclass(frozen=True)
class Job:
    """A training as its files tell it now."""

    id: str  # Ids sort by the time of their making
    state: str  # ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``
    message: str  # Why it failed; else empty
    # What was asked for: a recipe's name, arguments of `plans.experiment`, ``with_baseline``,
    # ``fresh``
    request: dict[str, Any]
    plan: plans.Plan  # What that request describes
    # What `pipeline.run` reported, each with ``time`` (seconds of `time.monotonic`) added
    events: list[dict[str, Any]]
    result: dict[str, Any]  # What `pipeline.run` returned, once it is done; else empty

    @property
    def seconds_since_last_event(self) -> float:
        """Seconds since the process last reported anything; 0 if it never did."""
        moment = self.events[-1].get("time") if self.events else None
        return max(0.0, time.monotonic() - moment) if isinstance(moment, int | float) else 0.0

    @property
    def with_baseline(self) -> bool:
        """Whether the student on hard labels is trained too."""
        return self.request.get("with_baseline") is True

    @property
    def is_live(self) -> bool:
        """Whether it trains or waits for its turn."""
        return self.state in ("queued", "running")


def plan_of(request: Request) -> plans.Plan:
    """Return what *request* asks to be trained.

    ValueError if a value is outside its limits, or a name is unknown.
    """
    values = {name: value for name, value in request.items() if name not in _OWN_FIELDS}
    recipe = known.recipe(values.pop("recipe", CLASSROOM.name))
    if "teacher" in values:
        values["teacher"] = config.from_dict(values["teacher"])
    try:
        return plans.experiment(recipe, **values)
    except TypeError as error:
        raise ValueError(f"this request describes no training ({error}).") from error


def start(request: Request) -> str:
    """Start a training process for *request* and return the job's id.

    The same training, if it is under way or waits already, is not started twice. A request holds
    JSON values: a recipe's name, arguments of `plans.experiment` (a teacher as
    `config.to_dict` tells it), ``with_baseline``, ``fresh``.

    ValueError if it describes no experiment, QueueFull if `MOST_WAITING` wait already, OSError if
    nothing can be trained here now, the cache cannot be written or its runs take `MOST_BYTES`
    already, PermissionError if this
    session may not train.
    """
    presenter.require("train")
    plan_of(request)
    wanted = json.loads(json.dumps(dict(request)))
    jobs_dir = _writable_jobs_dir()
    with FileLock(jobs_dir / job_files.STARTING):
        _remove_unstarted()
        others = live()
        for job in others:
            if job.request == wanted:
                return job.id
        if len(others) > MOST_WAITING:
            raise QueueFull(
                f"{len(others) - 1} trainings wait already, and no more than {MOST_WAITING} may; "
                "cancel one, or try again when one has finished."
            )
        if obstacle := readiness.obstacle():
            raise OSError(errno.ENOTSUP, obstacle)
        _check_room()
        _remove_old()
        return _start_worker(jobs_dir, wanted)


def trouble(step: Callable[[Any], object], about: Any) -> str:
    """Take a *step* of a page, `start` or `cancel`; return what is in the way of it, or nothing."""
    try:
        step(about)
    except (ValueError, OSError, QueueFull) as error:
        return job_files.words_of(error)
    return ""


def read(job_id: str) -> Job:
    """Return the job as it is now.

    ValueError if *job_id* cannot be one, JobNotFound if there is none, or its request is no use.
    """
    folder = job_files.folder(job_id)
    request = job_files.read_json(folder / job_files.REQUEST)
    try:
        plan = plan_of(request or {"recipe": ""})
    except ValueError as error:
        raise JobNotFound(f"no readable training {job_id} in {folder.parent}.") from error
    # First the state: a process writes its outcome last, so what is done has all its events.
    state, message, result = job_files.state(job_id)
    events = job_files.read_events(folder / job_files.PROGRESS)
    return Job(job_id, state, message, request or {}, plan, events, result)


def live() -> list[Job]:
    """Return the jobs that train or wait, in the order of their turns."""
    found = _readable([job_id for job_id in job_files.ids() if job_files.is_live(job_id)])
    return sorted(
        (job for job in found if job.is_live), key=lambda job: (job.state != "running", job.id)
    )


def last_finished() -> Job | None:
    """Return the job that ended last, in whatever way; None if none has."""
    over = [job_id for job_id in job_files.ids() if not job_files.is_live(job_id)]
    for job_id in sorted(over, key=job_files.last_written, reverse=True):
        for job in _readable([job_id]):
            return job
    return None


def cancel(job_id: str) -> None:
    """Stop a job and every process of its group, in about half a second at most.

    ValueError and JobNotFound as from `read`; OSError if the job's folder cannot be written,
    PermissionError if this session may not train.
    """
    presenter.require("cancel a training")
    job, folder = read(job_id), job_files.folder(job_id)
    if not job.is_live:
        return
    (folder / job_files.CANCELLED).touch()
    leader = job_files.process(job_id)
    if leader is None:
        return
    members = [leader]
    with suppress(psutil.Error):
        members += leader.children(recursive=True)
    _end(members, forcibly=False)
    _, alive = psutil.wait_procs(members, timeout=_TERM_SECONDS)
    if alive:
        _end(alive, forcibly=True)
        psutil.wait_procs(alive, timeout=_TERM_SECONDS)


def _readable(job_ids: list[str]) -> list[Job]:
    """Return those of the jobs whose files can be read."""
    jobs = []
    for job_id in job_ids:
        with suppress(JobNotFound):
            jobs.append(read(job_id))
    return jobs


def _start_worker(jobs_dir: Path, request: dict[str, Any]) -> str:
    """Write the request and start the process that serves it, in a session of its own."""
    job_id = _next_id()
    folder = jobs_dir / job_id
    folder.mkdir()
    try:
        with files.named(jobs_dir):
            job_files.reserve(job_id)
            job_files.write_json(folder / job_files.REQUEST, request)
        process = _launched(job_id)
        job_files.write_json(folder / job_files.PROCESS, job_files.process_record(process.pid))
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)  # a process that has started finds no request
        raise
    # Somebody must take note of a child's end, or a zombie remains.
    threading.Thread(target=_wait, args=(process, folder), daemon=True, name=job_id).start()
    return job_id


def _next_id() -> str:
    """Return a job's id: of this moment, but after those of all others, whatever the clock says."""
    last = int("".join(max(job_files.ids(), default="0").split("-")[:3]))
    stamp = f"{max(int(f'{datetime.now(UTC):%Y%m%d%H%M%S%f}'), last + 1):020}"
    return f"{stamp[:8]}-{stamp[8:14]}-{stamp[14:]}-{secrets.token_hex(2)}"


def _launched(job_id: str) -> subprocess.Popen[bytes]:
    """Start a job's process."""
    # The worker runs in another folder, so relative paths must be settled here.
    environment = os.environ | {
        "KDENGINE_CACHE_DIR": str(files.cache_dir().resolve()),
        "KDENGINE_DATA_DIR": str(files.data_dir().resolve()),
    }
    with (job_files.folder(job_id) / job_files.LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dashboard.jobs.worker", job_id],
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # POSIX; the next line is the nearest thing on Windows
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait for the end of a process and note what ended it, unless it said so itself."""
    code = process.wait()
    if code and not (folder / job_files.OUTCOME).exists():
        with suppress(OSError):  # the folder has gone, or the disk is full
            job_files.write_json(folder / job_files.ENDED, {"code": code})


def _check_room() -> None:
    """Raise OSError if the runs made here take as much as the dashboard may fill."""
    from kdengine.store import runs as store

    if (taken := store.stored_bytes()) > MOST_BYTES:
        raise OSError(
            errno.EDQUOT,
            f"the runs made here take {taken / 2**30:.1f} GiB, and above {MOST_BYTES / 2**30:g} "
            "GiB no other is trained from the dashboard; they all stay. Remove some: "
            "`python -m kdengine prune KEY`",
        )


def _remove_unstarted() -> None:
    """Delete what a server left that died while it started a job; this one alone starts any now."""
    for job_id in job_files.ids():
        if not (job_files.folder(job_id) / job_files.PROCESS).exists():
            shutil.rmtree(job_files.folder(job_id), ignore_errors=True)


def _writable_jobs_dir() -> Path:
    """Return the folder of the jobs, made if need be; OSError says what to do if it cannot be."""
    from kdengine.store import runs as store  # imports numpy, which a waiting process does not need

    store.writable_runs_dir()  # a training whose run cannot be stored is of no use
    return files.writable_folder(files.jobs_dir())


def _remove_old() -> None:
    """Delete finished jobs so that with the one to come `KEPT_JOBS` remain."""
    job_ids = job_files.ids()
    for job_id in job_ids[: max(0, len(job_ids) - KEPT_JOBS + 1)]:
        if not job_files.is_live(job_id):
            shutil.rmtree(job_files.folder(job_id), ignore_errors=True)


def _end(members: list[psutil.Process], *, forcibly: bool) -> None:
    """Ask processes to end, or end them; on POSIX their whole groups."""
    if os.name == "posix":
        groups = set()
        for member in members:
            with suppress(OSError):  # it is gone
                groups.add(os.getpgid(member.pid))
        for group in groups - {os.getpgrp()}:
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL if forcibly else signal.SIGTERM)
    for member in members:
        with suppress(psutil.Error):
            member.kill() if forcibly else member.terminate()
