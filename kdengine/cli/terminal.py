"""How progress and figures look on a terminal; used by the commands alone."""

import statistics
from collections.abc import Sequence
from typing import Any

from kdengine.cli import command_line


class Progress:
    """A bar where somebody watches, lines elsewhere, nothing if quiet; to be closed."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.bar: Any = None

    def start(self, **options: Any) -> None:
        """Begin a bar with tqdm's *options*; it takes the place of the one before."""
        self.close()
        if not self.quiet and command_line.is_terminal():
            from tqdm import tqdm

            self.bar = tqdm(**options)

    def step(self, line: str, note: str = "", *, by: int = 1) -> None:
        """Move the bar on with *note* beside it, or print *line* if there is one."""
        if self.bar is not None:
            self.bar.set_postfix_str(note)
            self.bar.update(by)
        elif line:
            self.say(line)

    def say(self, line: str) -> None:
        """Print *line* unless asked to be quiet."""
        if not self.quiet:
            print(line, flush=True)

    def close(self) -> None:
        """End the bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return *rows* as lines: the first column flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(row: Sequence[str]) -> str:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        return "   ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip()

    return "\n".join(map(line, rows))


def spread(values: Sequence[Any], form: str, *, scale: float = 1.0, unit: str = "") -> str:
    """Return mean ± standard deviation in the format *form*; a dash unless all are numbers."""
    if not all(isinstance(value, int | float) for value in values):
        return "–"
    scaled = [scale * value for value in values]
    deviation = f" ± {statistics.stdev(scaled):{form.lstrip('+')}}" if len(scaled) > 1 else ""
    return f"{statistics.mean(scaled):{form}}{deviation}{unit}"


def duration(seconds: float) -> str:
    """Return about how long something takes."""
    if seconds < 90.0:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60.0:.1f} h"
