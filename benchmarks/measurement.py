"""What measurements have in common: their options, spreads, and how records are written."""

import argparse
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).resolve().parent / "results"

OMITTED_CLASS = 3
ROLES = ("teacher", "student_before", "student_after")


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


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return float(np.percentile(values, 95))


def median_and_p95(name: str, values: Sequence[float]) -> dict[str, float]:
    """Return median and 95th percentile of milliseconds, by names that begin with *name*."""
    return {f"{name}_median_ms": statistics.median(values), f"{name}_p95_ms": p95(values)}


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
