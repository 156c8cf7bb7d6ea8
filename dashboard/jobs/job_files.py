"""The files of live trainings: ids, folders, what is written there, whether a process lives.

Each file has one writer, so a job's state is read, never negotiated: any tab, any server and any
restart sees the same. Imports nothing heavy: waiting trainings stay small.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from kdengine import files

# Written by the server that starts a job, by its process, by that server again (how the process
# ended), and by any server.
REQUEST, PROCESS, LOG = "request.json", "process.json", "log.txt"
PROGRESS, OUTCOME = "progress.jsonl", "outcome.json"
ENDED, CANCELLED = "ended.json", "cancelled"
STARTING = ".starting.lock"  # held by the server that starts a job

_ID = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{4}")
_CLOCK_SECONDS = 1.0
_LARGEST_NUMBER = 1e15  # sums of such are finite, and whole ones exact
_RESERVED, _RESERVED_BYTES = "reserved", 1 << 15
words_of = files.words_of  # pages word their errors as the engine does


class JobNotFound(FileNotFoundError):
    """No job has that id."""


def check_id(job_id: object) -> str:
    """Return *job_id* if it has the form of one, which no path can have; else ValueError."""
    if isinstance(job_id, str) and _ID.fullmatch(job_id):
        return job_id
    raise ValueError(
        f"{str(job_id)[:60]!r} is not the id of a training, such as "
        "20260102-101500-000000-1f3a; the Train page lists them."
    )


def folder(job_id: str) -> Path:
    """Return the folder of a job; the id is checked."""
    return files.jobs_dir() / check_id(job_id)


def ids() -> list[str]:
    """Return the ids of all job folders, oldest first."""
    with suppress(OSError):
        return sorted(path.name for path in files.jobs_dir().iterdir() if _ID.fullmatch(path.name))
    return []


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in *path*, None if there is none that can be read."""
    try:
        record = _decoded(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _decoded(text: str) -> Any:
    """Return what JSON says if pages can compute with its numbers; else ValueError."""

    def real(digits: str) -> float:
        value = float(digits)
        if not abs(value) <= _LARGEST_NUMBER:
            raise ValueError(f"{digits[:30]} is no number of a training")
        return value

    def whole(digits: str) -> int:
        return int(real(digits))

    return json.loads(text, parse_float=real, parse_constant=real, parse_int=whole)


def write_json(path: Path, record: object) -> None:
    """Write a small file in one step."""
    from kdengine.store import shapes

    shapes.write_json(path, record)


def read_events(path: Path) -> list[dict[str, Any]]:
    """Return the events in *path*; lines that are not whole yet, or no events, are left out."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    events = []
    for line in lines:
        with suppress(ValueError, RecursionError):
            event = _decoded(line)
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                events.append(event)
    return events


def reserve(job_id: str) -> None:
    """Take the place that an outcome needs, so that a full disk can still say that it was full."""
    (folder(job_id) / _RESERVED).write_bytes(bytes(_RESERVED_BYTES))


def write_outcome(job_id: str, record: object) -> None:
    """Write how a job ended, in the place reserved for it if there is no other."""
    own = folder(job_id)
    try:
        write_json(own / OUTCOME, record)
    except (OSError, MemoryError, ImportError):  # without memory, no module can be loaded either
        with (own / _RESERVED).open("r+b") as file:
            file.write(json.dumps(record).encode())
            file.truncate()
        (own / _RESERVED).replace(own / OUTCOME)


def is_live(job_id: str) -> bool:
    """Return whether a job trains or waits for its turn."""
    own = folder(job_id)
    is_over = (own / OUTCOME).exists() or (own / CANCELLED).exists()
    return not is_over and has_process(job_id)


def state(job_id: str) -> tuple[str, str, dict[str, Any]]:
    """Return a job's state, why it failed (or nothing) and its result (or nothing)."""
    own = folder(job_id)
    # Looked at first: a process that ends now has written its outcome before.
    has_one = has_process(job_id)
    outcome = read_json(own / OUTCOME) or {}
    if outcome.get("state") == "done" and isinstance(outcome.get("result"), dict):
        return "done", "", outcome["result"]
    if outcome.get("state") == "failed":
        return "failed", str(outcome.get("message", "")), {}
    if (own / CANCELLED).exists():
        return "cancelled", "", {}
    if has_one:
        return ("running" if read_events(own / PROGRESS) else "queued"), "", {}
    return "failed", _ended_early(own), {}


def _ended_early(own: Path) -> str:
    """Return that a process ended without an outcome, in which epoch, and what ended it."""
    code = (read_json(own / ENDED) or {}).get("code")
    epochs = [event for event in read_events(own / PROGRESS) if event["event"] == "epoch"]
    known = [f"after epoch {e.get('epoch')} of the {e.get('role')}" for e in epochs[-1:]]
    if type(code) is int and code < 0:
        lack = ", perhaps because the machine had no memory left" if code == -9 else ""
        known.append(f"killed by signal {-code}{lack}")
    elif type(code) is int:
        known.append(f"exit code {code}, see {own / LOG}")
    told = f" ({'; '.join(known)})" if known else ""
    return f"The training process ended before it was finished{told}; its run was not stored."


def last_written(job_id: str) -> float:
    """Return when the last file of a job was written, in seconds since 1970; 0 if unknown."""
    with suppress(OSError):
        return max((path.stat().st_mtime for path in folder(job_id).iterdir()), default=0.0)
    return 0.0


def has_process(job_id: str) -> bool:
    """Return whether the job's process lives, or is being started."""
    if process(job_id) is not None:
        return True
    own = folder(job_id)
    if not own.is_dir() or (own / PROCESS).exists():
        return False
    try:
        with FileLock(files.jobs_dir() / STARTING, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def process(job_id: str) -> psutil.Process | None:
    """Return the job's process if it lives; neither a zombie nor a later one of its number does."""
    record = read_json(folder(job_id) / PROCESS) or {}
    pid, created = record.get("pid"), record.get("created")
    if type(pid) is not int or not 1 < pid < 2**31 or pid == os.getpid():
        return None
    try:
        found = psutil.Process(pid)
        if found.status() == psutil.STATUS_ZOMBIE:
            return None
        # The system's clock may be set, and a process has no command line in its first instant.
        is_same = type(created) is float and abs(found.create_time() - created) < _CLOCK_SECONDS
        return found if is_same or job_id in found.cmdline() else None
    except psutil.Error:
        return None


def process_record(pid: int) -> dict[str, Any]:
    """Return what `process` needs to know a process again."""
    with suppress(psutil.Error):
        return {"pid": pid, "created": psutil.Process(pid).create_time()}
    return {"pid": pid, "created": 0.0}
