"""A stored run as a hand-out: one HTML page that needs no server and no network, and its parts.

``python -m dashboard.handout KEY --out DIR`` writes report.html, results.json, a PNG of every
chart, the replay as a GIF and a CSV of every table.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.handout import files
from kdengine.cli import arguments, command_line
from kdengine.store import runs as store


def experiment(key: str, focus: int | None = None) -> Experiment:
    """Return the stored experiment *key*; *focus* picks one of several omitted classes.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If it, or its teacher, cannot be had, or they do not belong together.
    ValueError
        If *focus* is not one of its omitted classes.
    """
    shown = runs.experiment(key, focus)
    omitted = shown.omitted_classes
    if focus is not None and focus not in omitted:
        raise ValueError(
            f"--focus {focus}: this run omits {omitted or 'no class'}; choose of those"
        )
    return shown


def main(words: list[str] | None = None) -> int:
    """Run the command; return its exit status, as `command_line` tells them."""
    return command_line.run(lambda: _main(words))


def _main(words: list[str] | None) -> int:
    """Make the hand-out that *words* ask for."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.handout", description=__doc__)
    parser.add_argument(
        "key", type=arguments.a_key, help="a student's run; `python -m kdengine list` shows them"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--focus", type=int, help="the omitted class, if the run has several")
    options = parser.parse_args(words)
    command_line.check_places()
    try:
        shown = experiment(options.key, options.focus)
    except (store.RunNotFound, store.RunDamaged) as error:
        return _failed(str(error), 1)
    except ValueError as error:
        return _failed(str(error), 2)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=options.out):
            pass  # it can be written: found out before anything is computed
    except OSError as error:
        return _unwritable(options.out, error)
    made = files.make(shown, runs.test_images(shown.dataset))
    try:
        files.write(made, options.out)
    except OSError as error:
        return _unwritable(options.out, error)
    for reason in made.left_out:
        print(f"left out {reason}", file=sys.stderr)
    print(f"{len(made.files)} files in {options.out}; open {options.out / 'report.html'}")
    return 0


def _unwritable(folder: Path, error: OSError) -> int:
    """Say that nothing can be written there and return the exit status."""
    reason = error.strerror or error
    return _failed(f"{folder} cannot be written ({reason}); name another folder with --out", 2)


def _failed(message: str, status: int) -> int:
    """Say what went wrong and return the exit status."""
    print(f"error: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
