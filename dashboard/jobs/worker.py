"""The process that serves one training: waits for its turn, trains, records what happens.

Started by `processes` as ``python -m dashboard.jobs.worker ID``. Imports nothing heavy before its
turn has come.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psutil
from filelock import FileLock, Timeout

from dashboard.jobs import job_files, readiness
from kdengine import files

_POLL_SECONDS = 0.2
_NICENESS = 10


def work(job_id: str) -> int:
    """Serve the job and return the exit status: 0 done, 1 failed, 2 cancelled or no such job."""
    folder = job_files.folder(job_id)
    request = job_files.read_json(folder / job_files.REQUEST)
    if request is None:
        return 2
    _lower_priority()
    with _turn(job_id), (folder / job_files.PROGRESS).open("a", encoding="utf-8") as progress:
        if (folder / job_files.CANCELLED).exists():
            return 2

        def on_event(event: Mapping[str, Any]) -> None:
            with files.named(files.jobs_dir()):
                progress.write(json.dumps({**event, "time": time.monotonic()}) + "\n")
                progress.flush()

        outcome = _train(request, on_event)
        job_files.write_outcome(job_id, outcome)
    return 0 if outcome["state"] == "done" else 1


def _train(
    request: dict[str, Any], on_event: Callable[[Mapping[str, Any]], None]
) -> dict[str, Any]:
    """Run the experiment; return what the outcome file says."""
    try:
        on_event({"event": "started"})
        if obstacle := readiness.obstacle():  # memory was free when it was asked for, maybe
            return {"state": "failed", "message": obstacle}
        from dashboard.jobs import processes
        from kdengine import pipeline  # imports numpy and scipy, and torch when it trains

        result = pipeline.run(
            processes.plan_of(request),
            with_baseline=bool(request.get("with_baseline")),
            fresh=bool(request.get("fresh")),
            on_event=on_event,
        )
    except (OSError, ValueError, RuntimeError, MemoryError, ImportError) as error:
        return {"state": "failed", "message": job_files.words_of(error)}
    return {"state": "done", "result": result}


@contextmanager
def _turn(job_id: str) -> Iterator[None]:
    """Wait until no earlier job is live and nothing else trains; hold that right meanwhile.

    The kernel frees the lock when its holder ends, in whatever way.
    """
    lock = FileLock(files.jobs_dir() / ".training.lock")
    while True:
        if not any(job_files.is_live(other) for other in job_files.ids() if other < job_id):
            with suppress(Timeout):
                lock.acquire(timeout=0)
                break
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _lower_priority() -> None:
    """Leave the processor to the pages when they need it."""
    with suppress(OSError, psutil.Error):
        if os.name == "posix":
            os.nice(_NICENESS)
        else:
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)


if __name__ == "__main__":
    sys.exit(work(sys.argv[1]))
