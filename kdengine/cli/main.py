"""The command line: which commands there are, and what their ends look like.

Exit codes: 0 done, 1 the work failed, 2 unusable arguments. Only this room prints. numpy and torch
are imported by the commands that need them, so that ``--help`` answers at once.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from kdengine import files
from kdengine.cli import reproduce, run, stored, sweep, synthetic
from kdengine.cli.arguments import Unusable
from kdengine.training import openmp

_DESCRIPTION = "Distil a student that never sees some digits, and find the offset it lacks."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    openmp.wait_briefly()
    options = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except KeyboardInterrupt:
        return _fail("stopped; nothing half-finished is stored.", 1)
    except BrokenPipeError:
        # The reader (head, less) has gone; so must our own attempt to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Unusable as error:
        return _fail(str(error), 2)
    except (ValueError, OSError) as error:
        return _fail(_message(error), 1)


def _parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m kdengine", description=_DESCRIPTION)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (run, sweep, reproduce, synthetic, stored):
        module.add_to(commands)
    return parser


def _message(error: Exception) -> str:
    """Return the error's own words, but for a full disk if they are no more than the system's."""
    if (
        isinstance(error, OSError)
        and error.errno in files.DISK_FULL
        and error.strerror == os.strerror(error.errno)
    ):
        return (
            f"the disk of {files.cache_dir()} is full; what is finished is stored. Free some "
            "space and start the same command again"
        )
    return files.words_of(error)


def _fail(message: str, code: int) -> int:
    """Print *message* where errors go and return *code*."""
    print(f"error: {message}", file=sys.stderr)
    return code
