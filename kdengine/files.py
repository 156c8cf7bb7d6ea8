"""Where things lie on disk, and how a file is written in one step.

Never in the place of a device or link; knows nothing of what is written.
"""

import errno
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_DESCRIPTOR = re.compile(r"(?:/dev|/proc/self)/fd/(\d+)")
_NAMED_DESCRIPTORS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


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


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write to; *path* holds what was written when the block ends without error.

    A regular file changes in one step: it is written under a temporary name beside it and renamed.
    A link stays, and the file that it leads to changes. A device, a pipe or an open file such as
    ``/dev/stdout`` is written straight into. OSError if it cannot be written; a regular file is
    then what it was before.
    """
    if not is_regular(path):
        with _opened(path) as file:
            yield file
        return
    target = _led_to(path)
    writer = f"{os.getpid()}-{threading.get_ident()}"  # two threads may write one file
    temporary = target.with_name(f".{target.name}.{writer}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def is_regular(path: Path) -> bool:
    """Return whether *path* is, or would become, a file of its own on a disk."""
    return _descriptor(path) is None and (path.is_file() or not path.exists())


def is_writable(path: Path) -> bool:
    """Return whether `written` could write *path*, as far as can be told without doing it."""
    if path.is_dir():
        return False
    if not is_regular(path):
        return _descriptor(path) is not None or os.access(path, os.W_OK)
    try:
        return os.access(_led_to(path).parent, os.W_OK)
    except OSError:
        return False


def words_of(error: BaseException) -> str:
    """Return what an error says to a reader, without the system's number."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (f": {error.filename}" if error.filename else "")
    return str(error) or type(error).__name__


def _led_to(path: Path) -> Path:
    """Return what links lead to from *path*; OSError if they lead in a circle."""
    try:
        target = path.resolve()
    except RuntimeError:  # so a circle ends before Python 3.13
        target = path
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def _opened(path: Path) -> IO[bytes]:
    """Open a device or a pipe; of an open file, share the place up to which it is written."""
    number = _descriptor(path)
    if number is None:
        return path.open("wb")
    return os.fdopen(os.dup(number), "wb")


def _descriptor(path: Path) -> int | None:
    """Return the number of the open file that *path* stands for, None for every other path."""
    numbered = _DESCRIPTOR.fullmatch(str(path))
    return int(numbered[1]) if numbered else _NAMED_DESCRIPTORS.get(str(path))
