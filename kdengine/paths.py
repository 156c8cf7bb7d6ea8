"""Where things lie on disk: the cache folder and what is in it. Standard library only."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """Return KDENGINE_CACHE_DIR, or ``cache`` beside the package, whatever the working folder."""
    chosen = os.environ.get("KDENGINE_CACHE_DIR")
    return Path(chosen).expanduser() if chosen else Path(__file__).resolve().parent.parent / "cache"


def data_dir() -> Path:
    """Return KDENGINE_DATA_DIR, or ``data`` in the cache folder."""
    chosen = os.environ.get("KDENGINE_DATA_DIR")
    return Path(chosen).expanduser() if chosen else cache_dir() / "data"


def runs_dir() -> Path:
    """Return the folder that new runs go to."""
    return cache_dir() / "runs"


def shipped_dir() -> Path:
    """Return the folder of the runs that came with the project; nothing is written there."""
    return cache_dir() / "shipped"


def jobs_dir() -> Path:
    """Return the folder of live trainings."""
    return cache_dir() / "jobs"
