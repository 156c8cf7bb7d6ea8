"""What every command line of the project has in common: its output, its ends, its exit codes.

0 done, 1 the work failed, 2 unusable arguments, 141 the reader of the output has gone (as a shell
counts a process that ended for it).
"""

import io
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from kdengine import files
from kdengine.cli.arguments import Unusable

_READER_GONE = 141
_OUTPUT = Path("the output")


def run(command: Callable[[], int]) -> int:
    """Do what *command* does and return its exit code, or that of the end which it came to."""
    _prepare_output()
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        code = command()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _fail("stopped; nothing half-finished is stored.", 1)
    except BrokenPipeError:
        return _READER_GONE
    except Unusable as error:
        return _fail(str(error), 2)
    except (ValueError, OSError, MemoryError, RuntimeError, ImportError) as error:
        is_told = files.is_out_of_memory(error) or files.lacks_torch(error)
        if isinstance(error, RuntimeError | ImportError) and not is_told:
            raise
        told = files.words_of(error)
        if isinstance(error, OSError) and error.filename == str(_OUTPUT):
            told = f"the output could not be written ({error.strerror})"
        return _fail(told, 1)
    finally:
        for stream in (sys.stdout, sys.stderr):
            if not _takes_more(stream):  # nor must it be asked to when Python ends
                with suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Output(io.TextIOWrapper):
    """The standard output; its errors name it, so that no file is blamed for them."""

    def write(self, text: str) -> int:
        """Write *text*."""
        with files.named(_OUTPUT):
            return super().write(text)

    def flush(self) -> None:
        """Let what has been written leave."""
        with files.named(_OUTPUT):
            super().flush()


def check_places() -> None:
    """Raise ValueError before any work if a variable names a folder that cannot be used."""
    if unusable := files.unusable():
        raise ValueError(unusable)


def is_terminal() -> bool:
    """Return whether somebody watches progress."""
    return sys.stderr is not None and sys.stderr.isatty()


def _prepare_output() -> None:
    """Let what cannot be written as text become question marks, and what is closed take it all."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # else a file that is stored would get a stream's number
    os.close(number)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if (out := sys.stdout) is sys.__stdout__ and isinstance(out, io.TextIOWrapper):
        sys.stdout = _Output(
            out.buffer, out.encoding, "replace", None, out.line_buffering, out.write_through
        )


def _takes_more(stream: TextIO) -> bool:
    """Return whether what has been written to *stream* could leave."""
    try:
        stream.flush()
    except OSError:
        return False
    return True


def _fail(message: str, code: int) -> int:
    """Print *message* where errors go, if they can go there, and return *code*."""
    with suppress(OSError):
        print(f"error: {message}", file=sys.stderr)
    return code
