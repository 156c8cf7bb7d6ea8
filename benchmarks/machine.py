"""What this machine is and how fast it multiplies matrices; names no host, user or path.

    python -m benchmarks.machine

Prints one line of JSON.
"""

import json
import os
import platform
import statistics
import time
from importlib.metadata import version
from typing import Any

import torch

SIZE = 2048
REPEATS, LEAST_REPEATS = 30, 5
SECONDS = 3.0  # where a precision is only emulated, thirty products would take minutes
PRECISIONS = {"bf16": torch.bfloat16, "fp32": torch.float32}
CAPABILITIES = ("avx512_bf16", "amx_bf16")


def describe() -> dict[str, Any]:
    """Return processor, cores, threads, bf16 capabilities, kind of system and versions."""
    able = torch.cpu.get_capabilities()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": str(able.get("cpu_name") or platform.machine()),
        "cores": usable or 1,
        "thread_count": torch.get_num_threads(),
        "capabilities": {name: bool(able.get(name)) for name in CAPABILITIES},
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
    }


@torch.no_grad()
def product_rates(dtype: torch.dtype, size: int = SIZE) -> list[float]:
    """Return the operations a second of repeated (size, size) matrix products.

    At least `LEAST_REPEATS` and at most `REPEATS`, for about `SECONDS`; a first one warms up.
    """
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(2, size, size, generator=generator).to(dtype)
    out = torch.empty_like(left)
    torch.mm(left, right, out=out)
    rates: list[float] = []
    began = time.perf_counter()
    while len(rates) < (REPEATS if time.perf_counter() - began < SECONDS else LEAST_REPEATS):
        started = time.perf_counter()
        torch.mm(left, right, out=out)
        rates.append(2.0 * size**3 / (time.perf_counter() - started))
    return rates


if __name__ == "__main__":
    rates = {name: statistics.median(product_rates(dtype)) for name, dtype in PRECISIONS.items()}
    print(json.dumps({"machine": describe(), "peaks": rates}))
