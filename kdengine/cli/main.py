"""The command line: which commands there are; `command_line` says what their ends look like.

numpy and torch are imported by the commands that need them, so that ``--help`` answers at once.
"""

import argparse
from collections.abc import Sequence

from kdengine.cli import command_line, noise_teacher, reproduce, run, stored, sweep, synthetic
from kdengine.training import openmp

_DESCRIPTION = "Distil a student that never sees some digits, and find the offset it lacks."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""

    def command() -> int:
        openmp.wait_briefly()
        options = _parser().parse_args(arguments)
        command_line.check_places()
        code: int = options.command(options)
        return code

    return command_line.run(command)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kdengine", description=_DESCRIPTION)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (run, sweep, reproduce, synthetic, noise_teacher, stored):
        module.add_to(commands)
    return parser
