"""Many networks -> the runs that are missing from the store, trained side by side.

Each run depends on its configuration, the precision and the number of threads, not on where it
was trained or beside what.
"""

import errno
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import joblib

from kdengine import files, pipeline
from kdengine.config import run_key
from kdengine.data import datasets
from kdengine.store import runs
from kdengine.studies import workers
from kdengine.studies.needed import Network
from kdengine.studies.workers import Workers
from kdengine.training import openmp


@dataclass(frozen=True)
class Outcome:
    """What became of one network: how long it trained, or why it is not stored.

    It has no seconds if it was stored, or trained by another process meanwhile; *disk_full* is a
    problem that all networks share.
    """

    key: str
    seconds: float | None = None
    problem: str | None = None
    disk_full: bool = False


def missing(networks: Sequence[Network]) -> list[Network]:
    """Return those of *networks* that the store lacks, in their order."""
    return [network for network in networks if not runs.exists(network.key)]


def trained_otherwise(networks: Sequence[Network], threads: int) -> list[Network]:
    """Return those of *networks* that are stored as trained on another number of *threads*."""
    counts = {
        entry.key: entry.metrics["environment"].get("thread_count", threads)
        for entry in runs.list_runs()
        if entry.config is not None
    }
    return [network for network in networks if counts.get(network.key, threads) != threads]


def train(
    networks: Sequence[Network], pool: Workers, *, device: str = "auto", precision: str = "auto"
) -> Generator[Outcome, None, None]:
    """Train what is missing of *networks* and yield the outcome of each that was, as it comes.

    A network that fails does not stop the others. Stopped in whatever way, what is finished is
    stored, and the next call goes on from there. Sets torch's number of threads in the processes
    that train; with one worker, that is this one.

    Teachers come before their students, as `needed` orders them; *device* and *precision* are of
    `config.DEVICES` and `config.PRECISIONS`. DataMissing and DataCorrupt as from `datasets.load`,
    ConnectionError and ChildProcessError as from `workers.results`, OSError if the cache cannot be
    written or its disk is full.
    """
    todo = missing(networks)
    if not todo:
        return
    runs.writable_runs_dir()
    for dataset in {network.config.dataset for network in todo}:
        datasets.load(dataset)
    outcomes: dict[str, Outcome] = {}

    cache = None if pool.scheduler is None else str(files.cache_dir().absolute())
    # Asked for one by one, when a worker is free: by then a student's teacher may have failed.
    tasks = (
        joblib.delayed(_train_one)(network, pool.threads, device, precision, cache)
        for network in todo
        if _failed_teacher(network, outcomes) is None
    )
    with closing(workers.results(pool, tasks)) as results:
        for outcome in results:
            outcomes[outcome.key] = _confirmed(outcome)
            yield outcomes[outcome.key]
            if outcome.disk_full:
                raise OSError(
                    errno.ENOSPC,
                    f"the disk of {files.cache_dir()} is full; {len(todo) - len(missing(todo))} "
                    f"of {len(todo)} networks are stored. Free some space and start the same "
                    "command again, it goes on from there",
                )
    for network in todo:
        if (failed := _failed_teacher(network, outcomes)) and network.key not in outcomes:
            outcomes[network.key] = Outcome(network.key, problem=f"its teacher {failed} failed")
            yield outcomes[network.key]


def _train_one(
    network: Network, threads: int, device: str, precision: str, cache: str | None
) -> Outcome:
    """Train one network in a worker; its problems are part of the outcome."""
    here = str(files.cache_dir().absolute())
    if cache is not None and here != cache:
        return Outcome(
            network.key,
            problem=f"a worker stores in {here}, this sweep in {cache}; start the workers with "
            f"KDENGINE_CACHE_DIR={cache}, a folder that all machines share.",
        )
    options: dict[str, Any] = {"recipe": network.recipe, "device": device, "precision": precision}
    whose = ""
    try:
        openmp.wait_briefly()
        from kdengine.training import devices  # imports torch

        devices.use_threads(threads)
        # Usually stored by now. If not, whoever comes first trains it and the others wait.
        if network.teacher is not None:
            whose = f"its teacher {run_key(network.teacher)}: "
            pipeline.train_missing(network.teacher, **options)
            whose = ""
        began = time.perf_counter()
        trained = pipeline.train_missing(network.config, **options)
    except (OSError, ValueError, RuntimeError, MemoryError, ImportError) as error:
        is_full = isinstance(error, OSError) and error.errno in files.DISK_FULL
        return Outcome(network.key, problem=whose + files.words_of(error), disk_full=is_full)
    return Outcome(network.key, seconds=time.perf_counter() - began if trained else None)


def _confirmed(outcome: Outcome) -> Outcome:
    """Return *outcome*, or a failed one if its run is not in this store."""
    if outcome.problem is not None or runs.exists(outcome.key):
        return outcome
    return Outcome(
        outcome.key,
        problem=f"a worker trained it, but it is not in {files.cache_dir()}; the machines of a "
        "cluster must share that folder.",
    )


def _failed_teacher(network: Network, outcomes: dict[str, Outcome]) -> str | None:
    key = None if network.teacher is None else run_key(network.teacher)
    outcome = None if key is None else outcomes.get(key)
    return None if outcome is None or outcome.problem is None else key
