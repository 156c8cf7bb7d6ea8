"""Where things lie on disk, and how a file is written in one step.

Never in the place of a device or link; knows nothing of what is written.
"""

import errno
import os
import re
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
# A zip's last record, which ends in the length of a comment, and what precedes it at 4 GB
_ZIP_END, _LOCATOR_BYTES = struct.Struct("<4s4H2LH"), 20
_ROOM = 1 << 16  # bytes; more than a result takes
_NO_MEMORY = re.compile("allocate memory|out of memory|failed to map segment", re.IGNORECASE)
NO_TORCH = (
    "PyTorch is not installed here, and training needs it, though no page does; install it (`pip "
    "install -r requirements.txt`), or train on another machine and load its run from a file "
    "(`python -m kdengine export` and `import`)"
)
_OUTPUT = Path("/dev/stdout")  # shared with what is printed, up to where that has come


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
    A link stays, and the file that it leads to changes. A device, a pipe or ``/dev/stdout`` is
    written straight into. OSError if it cannot be written; a regular file is then what it was.
    """
    if not is_regular(path):
        with os.fdopen(os.dup(1), "wb") if path == _OUTPUT else path.open("wb") as file:
            yield file
        return
    target = _led_to(path)
    writer = f"{os.getpid()}-{threading.get_ident()}"  # two threads may write one file
    temporary = target.with_name(f".{target.name}.{writer}.tmp")
    try:
        with named(path), temporary.open("wb") as file:
            yield file
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let an error of the system that names no file, and a full disk's, name *path*."""
    try:
        yield
    except OSError as error:
        if error.errno and (error.filename is None or error.errno in DISK_FULL):
            error.filename = str(path)
        raise


def is_regular(path: Path) -> bool:
    """Return whether *path* is, or would become, a file of its own on a disk."""
    return path != _OUTPUT and (path.is_file() or not path.exists())


def is_writable(path: Path) -> bool:
    """Return whether `written` can write *path*, as far as can be told now."""
    if path.is_dir():
        return False
    if not is_regular(path):
        return path == _OUTPUT or os.access(path, os.W_OK)
    try:
        with tempfile.TemporaryFile(dir=_led_to(path).parent) as file:
            file.write(bytes(_ROOM))  # a full disk still makes empty files
    except OSError:
        return False
    return True


def writable_folder(folder: Path, room: int = 0) -> Path:
    """Return a *folder* of the cache, made if need be; OSError without *room* for so many bytes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(room))  # a full disk still takes empty files
    except OSError as error:
        raise OSError(
            error.errno,
            f"the folder {folder} cannot be written ({error.strerror}); free it, or point "
            "KDENGINE_CACHE_DIR at one that can",
        ) from error
    return folder


def zip_directory(file: IO[bytes]) -> tuple[int, int]:
    """Return how many entries and bytes a zip's directory has, as the record at its end says.

    It is looked for where `zipfile` looks first, which would read a directory of any size.
    ValueError if there is no such record: the file is cut off, has a comment, or 4 GB.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - _ZIP_END.size - _LOCATOR_BYTES))
    end = file.read()
    record = end[-_ZIP_END.size :]
    if not (record.startswith(b"PK\x05\x06") and record.endswith(b"\0\0")) or (
        end.startswith(b"PK\x06\x07")
    ):
        raise ValueError("it is cut off, or of another kind")
    *_, entries, size, _, _ = _ZIP_END.unpack(record)
    return entries, size


def words_of(error: BaseException) -> str:
    """Return what an error says to a reader, without the system's number."""
    if is_out_of_memory(error):
        told = str(error).partition("\n")[0] or type(error).__name__
        return f"there is not enough memory ({told}); end other programs, or take smaller networks"
    if lacks_torch(error):
        return NO_TORCH
    if isinstance(error, OSError) and error.strerror:
        if error.errno in DISK_FULL and error.strerror == os.strerror(error.errno):
            return (
                f"the disk of {error.filename or cache_dir()} is full; what is finished is stored. "
                "Free some space and start the same again"
            )
        return error.strerror + (f": {error.filename}" if error.filename else "")
    return str(error) or type(error).__name__


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether it was memory that lacked; torch and the loader of libraries have no type."""
    return isinstance(error, MemoryError) or bool(_NO_MEMORY.search(str(error)))


def lacks_torch(error: BaseException) -> bool:
    """Return whether it was torch that an import did not find."""
    return isinstance(error, ModuleNotFoundError) and error.name == "torch"


def unusable() -> str:
    """Return which of the two variables names no folder that can be used; empty if both do.

    A folder that is not there yet can: it is made when something is stored.
    """
    for variable, folder in (("KDENGINE_CACHE_DIR", cache_dir), ("KDENGINE_DATA_DIR", data_dir)):
        try:
            next(folder().iterdir(), None)
        except FileNotFoundError:
            continue
        except (OSError, RuntimeError) as error:  # RuntimeError: there is no home to put for ~
            told = os.environ.get(variable) or folder()
            return (
                f"{variable} is {told}, which is no folder that can be used ({words_of(error)}); "
                "name another, or unset it"
            )
    return ""


def _led_to(path: Path) -> Path:
    """Return what links lead to from *path*; OSError if they lead in a circle."""
    try:
        target = path.resolve()
    except RuntimeError:  # so a circle ends before Python 3.13
        target = path
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target
