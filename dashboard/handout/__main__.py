"""A stored run as a small site that needs no server and no network: the dashboard's own parts.

``python -m dashboard.handout [KEY] --out DIR`` writes index.html and the scripts of its parts, a
PNG of every chart, the replay as a GIF, a CSV of every table and results.json.
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.core import numbers, runs
from dashboard.handout import files
from kdengine.cli import arguments, command_line
from kdengine.store import runs as store

_BARE = "streamlit.runtime.scriptrunner_utils.script_run_context"


def main(words: list[str] | None = None) -> int:
    """Run the command; return its exit status, as `command_line` tells them."""
    return command_line.run(lambda: _main(words))


def _main(words: list[str] | None) -> int:
    """Make the hand-out that *words* ask for."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.handout", description=__doc__)
    parser.add_argument(
        "key",
        type=arguments.a_key,
        nargs="?",
        help="a student's run; `python -m kdengine list` shows them (default: the pages' own)",
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    options = parser.parse_args(words)
    command_line.check_places()
    # What pages keep is kept here too, and Streamlit would say of each that no page asks for it.
    logging.getLogger(_BARE).disabled = True  # a level would be set anew
    shown = runs.experiment(options.key or _usual())
    out = options.out.resolve()
    with _writing(options.out):  # whether it can be written is found out before any work
        files.check_free(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    numbers.speak(numbers.described(shown.dataset))
    made = files.make(shown, runs.test_images(shown.dataset))
    with _writing(options.out):
        files.write(made, out)
    for reason in made.left_out:
        print(f"left out {reason}", file=sys.stderr)
    print(f"{len(made.files)} files in {options.out}; open {options.out / 'index.html'}")
    return 0


def _usual() -> str:
    """Return the run that the dashboard opens with."""
    for entry in runs.students():
        if runs.is_readable(entry):
            return entry.key
    raise store.RunNotFound("no run is stored; make one: python -m kdengine run")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say of what cannot be written which folder it is and what to do."""
    try:
        yield
    except OSError as error:
        told = f"{folder} cannot be written ({error.strerror or error}); name another folder"
        raise arguments.Unusable(f"{told} with --out") from error


if __name__ == "__main__":
    sys.exit(main())
