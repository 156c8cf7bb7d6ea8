"""What measurements have in common: spreads, how records are written, a pipeline's figures."""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdengine.config import DATASETS

RESULTS = Path(__file__).resolve().parent / "results"

OMITTED_CLASS = 3
ROLES = ("teacher", "student_before", "student_after")


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every pipeline has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--dataset", choices=DATASETS, default="mnist")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--quick", action="store_true", help="one epoch of each network")
    return made


def options_of(
    name: str, description: str, arguments: Sequence[str] | None = None, **usual: float
) -> dict[str, Any]:
    """Return the options of the benchmark *name*: each of *usual*, and ``json``, where it writes.

    A figure of *usual* is an option's value if it is not given, and says of which type it is; no
    number may be negative. One that is False is a switch.
    """
    made = argparse.ArgumentParser(description=description.splitlines()[0])
    for option, value in usual.items():
        if value is False:
            made.add_argument(f"--{option}", action="store_true")
        else:
            made.add_argument(
                f"--{option}", type=type(value), default=value, help="usual: %(default)s"
            )
    made.add_argument("--json", type=Path, default=RESULTS / f"{name}.json")
    given = vars(made.parse_args(arguments))
    for option in usual:
        if not 0 <= given[option] < float("inf"):  # nor no number at all
            made.error(f"--{option} {given[option]:g}: give a number from 0 up")
    return given


def write(path: Path, command: str, **fields: Any) -> None:
    """Write *fields* as a record, with what made it, the day and the machine."""
    from kdengine.store import shapes, tables  # must not weigh on what is measured, nor torch

    path.parent.mkdir(parents=True, exist_ok=True)
    shapes.write_json(path, {**tables.header(command), "machine": machine(), **fields})
    print(f"wrote {path}")


def machine() -> dict[str, Any]:
    """Return processor, cores, threads, bf16 capabilities, kind of system and versions.

    Names no host, user or path.
    """
    import torch

    able = torch.cpu.get_capabilities()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": str(able.get("cpu_name") or platform.machine()),
        "cores": usable or 1,
        "thread_count": torch.get_num_threads(),
        "capabilities": {name: bool(able.get(name)) for name in ("avx512_bf16", "amx_bf16")},
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


@contextmanager
def timed(wall_seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Note in *wall_seconds* how long the block took."""
    began = time.perf_counter()
    yield
    wall_seconds[stage] = time.perf_counter() - began


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return float(np.percentile(values, 95))


def median_and_p95(name: str, values: Sequence[float]) -> dict[str, float]:
    """Return median and 95th percentile of milliseconds, by names that begin with *name*."""
    return {f"{name}_median_ms": statistics.median(values), f"{name}_p95_ms": p95(values)}


def record(
    *,
    epochs: dict[str, int],
    wall_seconds: dict[str, float],
    logits: Mapping[str, NDArray[Any]],
    labels: NDArray[Any],
    offset: float,
) -> dict[str, Any]:
    """Return one pipeline's figures as JSON values.

    *epochs* and *wall_seconds* are of ``teacher`` and ``student``, the seconds also of ``load``,
    ``offset`` and ``total``. ``seconds_per_epoch`` is a stage's whole wall time over its epochs,
    whatever else the stage does (evaluation, saving): nothing hides outside it. *logits* (N, C) are
    by `ROLES` the answers to the test images, whose *labels* have the shape (N,).
    """
    per_epoch = {role: wall_seconds[role] / epochs[role] for role in epochs}
    both = sum(wall_seconds[role] for role in epochs) / sum(epochs.values())
    return {
        "epochs": epochs,
        "wall_seconds": wall_seconds,
        "seconds_per_epoch": {**per_epoch, "both": both},
        "figures": {role: error_counts(logits[role], labels) for role in ROLES},
        "offset": offset,
        "peak_memory_mib": peak_memory_mib(),
    }


def error_counts(logits: NDArray[Any], labels: NDArray[Any]) -> dict[str, int]:
    """Return ``errors`` and ``errors_on_threes`` of (N, C) *logits*."""
    wrong = logits.argmax(axis=1) != labels
    on_threes = wrong[labels == OMITTED_CLASS]
    return {"errors": int(wrong.sum()), "errors_on_threes": int(on_threes.sum())}


def peak_memory_mib() -> float | None:
    """Return the most memory this process has held, in MiB; None where that is not told."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # macOS counts bytes


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return ``median``, ``min`` and ``max`` of *values*."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def spreads(records: Sequence[Any]) -> Any:
    """Return records of one form as one, with a `spread` in the place of every number.

    Entries that are neither numbers nor dicts of them are left out; so is a number that one of
    the records lacks.
    """
    first = records[0]
    if isinstance(first, dict):
        merged = {name: spreads([record[name] for record in records]) for name in first}
        return {name: value for name, value in merged.items() if value is not None}
    if all(isinstance(value, int | float) for value in records):
        return spread(records)
    return None
