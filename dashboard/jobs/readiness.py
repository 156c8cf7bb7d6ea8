"""Whether a network can be trained here and now. Imports no torch: it may not be there."""

import importlib.util
from contextlib import suppress
from pathlib import Path

import psutil

from kdengine import files

# Bytes. Training processes were seen to hold 0.74 (recipe best) to 0.90 GiB (a sweep), on a CPU.
NEEDED = 1 << 30
_CONTAINER = Path("/sys/fs/cgroup")  # of Linux's control groups, version 2


def obstacle() -> str:
    """Return why no training can begin, and what to do; empty if one can."""
    if importlib.util.find_spec("torch") is None:
        return files.NO_TORCH
    if (free := free_memory()) < NEEDED:
        return (
            f"a training needs some {NEEDED >> 20:,} MiB of memory, and {max(0, free) >> 20:,} MiB "
            "are free here; end other programs and try again, or train on another machine and "
            "load its run from a file"
        )
    return ""


def free_memory() -> int:
    """Return how many bytes this process may still take, of its container where it is in one."""
    free = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # no container, or one without a limit ("max")
        limit, used = (int((_CONTAINER / f"memory.{of}").read_text()) for of in ("max", "current"))
        told = (_CONTAINER / "memory.stat").read_text().split()
        # Files that were read lie in memory, too, until somebody else needs it.
        free = min(free, limit - used + int(told[told.index("inactive_file") + 1]))
    return free
