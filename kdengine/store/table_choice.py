"""Which table counts where two can be used: the one made here or the shipped one.

One rule for sweeps, reproductions and the synthetic experiment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdengine.store.shapes import read_json


@dataclass(frozen=True)
class Chosen:
    """The table that pages show.

    Parameters
    ----------
    path : Path
        Where it lies.
    table : dict
    seeds : int
        Of how many seeds it holds figures.
    """

    path: Path
    table: dict[str, Any]
    seeds: int


def choose(
    paths: Iterable[Path],
    is_usable: Callable[[object], bool],
    size: Callable[[dict[str, Any]], tuple[int, int]],
) -> Chosen | None:
    """Return the usable table of most seeds, among those the fullest; on a tie the first.

    A table of one seed, or one that lacks some networks, so hides no figures that came with the
    project.

    Parameters
    ----------
    paths : iterable of Path
        Where tables may lie, the preferred one first.
    is_usable : callable
        Whether a file's content is a whole table of the kind.
    size : callable
        How many seeds a usable table has, and how many figures or rows.

    Returns
    -------
    Chosen or None
        None if there is no table that can be used.
    """
    found: list[tuple[tuple[int, int], Chosen]] = []
    for path in paths:
        try:
            table = read_json(path)
        except ValueError:
            continue
        if is_usable(table):
            found.append((size(table), Chosen(path, dict(table), size(table)[0])))
    return max(found, key=lambda one: one[0])[1] if found else None


def shown_instead(chosen: Chosen | None, written: Path) -> str:
    """Return which table the pages show now that one was written at *written*, in a sentence."""
    if chosen is None or chosen.path == written:
        return "the pages show this table"
    seeds = f"{chosen.seeds} seed{'s' if chosen.seeds > 1 else ''}"
    return f"the pages show {chosen.path} ({seeds}), not this table"
