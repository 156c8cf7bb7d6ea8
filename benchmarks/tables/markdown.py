"""Numbers, rows and conditions in Markdown: what all tables of the documents are made of."""

from collections.abc import Iterable, Sequence
from typing import Any

from kdengine.cli import terminal

Record = dict[str, Any]


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *told: str) -> list[str]:
    """Return the lines of a table, and what is *told* below it."""
    lines = [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]
    return [*lines, *(line for text in told for line in ("", text))]


def spread(values: Sequence[float], form: str = ".1f") -> str:
    """Return ``mean ± standard deviation``; the mean alone of a single value."""
    return terminal.spread(values, form).replace("-", "−")


def percent(shares: Sequence[float]) -> str:
    """Return the spread of shares from 0 to 1 in per cent."""
    return spread([100 * share for share in shares]) + " %"


def seconds(figure: Record) -> str:
    """Return a spread of seconds: its median, and its range if there is one."""
    digits = 1 if figure["median"] >= 1.0 else 2
    median, low, high = (f"{figure[name]:.{digits}f}" for name in ("median", "min", "max"))
    return f"{median} s" if low == high else f"{median} s ({low} to {high})"


def origin(record: Record, seeds: Iterable[int] = ()) -> str:
    """Return what made a record and when, and over which *seeds* its figures are means."""
    listed = ", ".join(str(seed) for seed in sorted(set(seeds)))
    over = f"Mean ± standard deviation over seeds {listed}. " if listed else ""
    return f"{over}`{record['made_by']}`, {record['created']}."


def conditions(record: Record) -> str:
    """Return on what machine and when a record was made."""
    machine = record["machine"]
    able = [name for name, there in machine["capabilities"].items() if there]
    parts = [
        machine["processor"],
        f"{machine['cores']} cores, {machine['thread_count']} threads",
        " and ".join(able) or "no bf16 instructions",
        f"{machine['system']}, Python {machine['python']}, torch {machine['torch']}, "
        f"numpy {machine['numpy']}",
    ]
    return f"{'; '.join(parts)}. {origin(record)}"
