"""Where the tasks of a sweep run: this process, processes beside it, or a Dask cluster.

Goes through joblib. Knows nothing of networks and runs.
"""

import asyncio
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import joblib

from kdengine import files

DASK_SECONDS = 5.0  # to connect, and again for a first worker; a cluster at rest needs far less
_WATCH_SECONDS = 1.0
_DASK_INSTALL = "pip install dask==2026.8.0 distributed==2026.8.0"


@dataclass(frozen=True)
class Workers:
    """How many tasks run at once, and where."""

    count: int  # processes on this machine; 1 means this process; a cluster brings its own number
    # Of torch, in each worker. Sums in another order round otherwise, so the same number
    # everywhere makes the results the same everywhere.
    threads: int = 1
    # Address of a Dask scheduler, such as ``tcp://127.0.0.1:8786``; None for this machine. Name
    # only one you trust: it and this process execute what they send each other.
    scheduler: str | None = None


def check_address(address: str) -> str:
    """Return *address* if it has the form of a Dask scheduler's; else raise ValueError."""
    if re.fullmatch(r"((tcp|tls)://)?[^\s/:]+:\d{1,5}", address):
        return address
    raise ValueError(
        f"{address!r} is not a scheduler's address; give what `dask scheduler` prints, such as "
        "tcp://127.0.0.1:8786."
    )


def cores() -> int:
    """Return how many cores this process may use."""
    return int(joblib.cpu_count())


def results(workers: Workers, tasks: Iterable[Any]) -> Generator[Any, None, None]:
    """Run *tasks* and yield their results as they come, in any order.

    They are `joblib.delayed` calls of functions that a worker can import. They start in their
    order, and the next one is asked for when a worker is free. Closing the generator, or any
    exception, ends the processes at once; what a cluster has begun it finishes. ConnectionError if
    the scheduler cannot be used, ChildProcessError if a worker ended in the middle of a task.
    """
    with _parallel(workers) as parallel:
        stream = parallel(tasks)
        try:
            # Not `yield from`: that would close it while joblib's warning is still heard.
            for result in stream:  # noqa: UP028
                yield result
        except BrokenExecutor as error:
            raise ChildProcessError(
                "a worker process ended suddenly, perhaps for lack of memory. What is finished "
                "is stored and the same command goes on from there; give it fewer --workers "
                f"(now {workers.count})."
            ) from error
        finally:
            with warnings.catch_warnings():  # joblib warns of tasks that nobody waits for
                warnings.simplefilter("ignore", UserWarning)
                stream.close()


@contextmanager
def _parallel(workers: Workers) -> Iterator[Any]:
    """Give the `joblib.Parallel` that *workers* describes."""
    options: dict[str, Any] = dict(batch_size=1, pre_dispatch="n_jobs", max_nbytes=None)
    options["return_as"] = "generator_unordered"
    if workers.scheduler is not None:
        with _client(workers.scheduler) as client:
            with joblib.parallel_config("dask", client=client):
                parallel = joblib.Parallel(**options)
            yield parallel
    elif workers.count == 1:
        yield joblib.Parallel(n_jobs=1, **options)
    else:
        # joblib keeps processes for later calls; those of another cache folder do not serve.
        places = (str(files.cache_dir().absolute()), str(files.data_dir().absolute()))
        with joblib.parallel_config(
            "loky",
            n_jobs=workers.count,
            inner_max_num_threads=workers.threads,
            initializer=_begin,
            initargs=(os.getpid(), *places),
        ):
            parallel = joblib.Parallel(**options)
        yield parallel


def _begin(parent: int, cache_dir: str, data_dir: str) -> None:
    """Prepare a worker process: it uses its parent's folders, and ends when its parent does."""
    os.environ |= {"KDENGINE_CACHE_DIR": cache_dir, "KDENGINE_DATA_DIR": data_dir}
    # Ctrl-C goes to every process of a terminal; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process soon after its *parent* has gone, killed perhaps."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """Connect to a Dask scheduler that has workers."""
    try:
        import distributed
    except ImportError as error:
        raise ConnectionError(
            f"--scheduler needs Dask, which is not installed; install it ({_DASK_INSTALL}), or "
            "leave --scheduler out to train on this machine."
        ) from error
    try:
        # In a thread of its own, since this one may be running an event loop already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _greet(address)).result()
    # Other servers' greetings read as absurd sizes (MemoryError); TLS may not be configured.
    except (OSError, ValueError, TypeError, MemoryError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {address} within {DASK_SECONDS:g} s; start one with "
            "`dask scheduler` and give the address it prints, or leave --scheduler out to train "
            "on this machine."
        ) from error
    with distributed.Client(address, timeout=DASK_SECONDS, set_as_default=False) as client:
        try:
            client.wait_for_workers(1, timeout=DASK_SECONDS)
        except TimeoutError as error:
            raise ConnectionError(
                f"the Dask scheduler at {address} has no workers; start some where this project "
                f"can be imported: `dask worker {address}`."
            ) from error
        yield client


async def _greet(address: str) -> None:
    """Shake hands with a scheduler; a `distributed.Client` may wait for ever for a silent one."""
    from distributed import Security
    from distributed.comm.core import connect

    secured = Security().get_connection_args("client")
    async with asyncio.timeout(DASK_SECONDS):
        comm = await connect(address, timeout=DASK_SECONDS, **secured)
    comm.abort()
