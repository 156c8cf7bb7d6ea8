"""What the commands `sweep` and `reproduce` share: they train networks and write a table."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kdengine.cli import terminal
from kdengine.store import tables
from kdengine.studies.needed import Network

if TYPE_CHECKING:
    from kdengine.studies.workers import Workers


def plan(networks: Sequence[Network]) -> str:
    """Return how many networks there are and how many are missing, by kind."""
    from kdengine.studies import runner as sweep

    todo = sweep.missing(networks)
    return (
        f"{len(networks)} networks{_by_kind(networks)}, {len(networks) - len(todo)} stored, "
        f"{len(todo)} missing{_by_kind(todo)}"
    )


def forecast(networks: Sequence[Network], pool: "Workers") -> str:
    """Return the `plan` and, if something is missing, about how long training it takes."""
    from kdengine.studies import estimate
    from kdengine.studies import runner as sweep

    todo = sweep.missing(networks)
    if not todo:
        return plan(networks)
    seconds = estimate.seconds(todo, pool)
    duration = "unknown" if seconds is None else f"about {terminal.duration(seconds)}"
    return f"{plan(networks)}\ntime: {duration}"


def _by_kind(networks: Sequence[Network]) -> str:
    """Return the numbers of *networks* in brackets, nothing for none."""
    kinds = Counter(network.config.kind for network in networks)
    parts = [f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items()]
    return f" ({', '.join(parts)})" if parts else ""


def train(
    options: argparse.Namespace, networks: Sequence[Network], pool: "Workers"
) -> dict[str, str]:
    """Train what is missing of *networks*, with its progress shown.

    Returns
    -------
    dict of str
        Why a network could not be trained, by its key; each has been told.
    """
    from kdengine.studies import runner as sweep

    stored = len(networks) - len(sweep.missing(networks))
    progress = terminal.SweepProgress(stored=stored, total=len(networks), quiet=options.quiet)
    try:
        outcomes = sweep.train(
            networks,
            pool,
            device=options.device,
            precision=options.precision,
            on_outcome=lambda outcome: progress(outcome.key, outcome.seconds, outcome.problem),
        )
    finally:
        progress.close()
    problems = {outcome.key: outcome.problem for outcome in outcomes if outcome.problem}
    for key, problem in problems.items():
        print(f"failed: {key}: {problem}", file=sys.stderr)
    return problems


def until_stopped(networks: Sequence[Network], work: Callable[[], int]) -> int:
    """Return what *work* returns; stopped by Ctrl-C, say what is stored and return 1."""
    from kdengine.studies import runner as sweep

    try:
        return work()
    except KeyboardInterrupt:
        done = len(networks) - len(sweep.missing(networks))
        message = f"{done} of {len(networks)} networks are stored; the same command goes on"
        print(f"\nstopped: {message} from there.", file=sys.stderr)
        return 1


def shown_instead(table: tables.Table, written: Path) -> str:
    """Return which table the pages show now that one was written at *written*, in a sentence."""
    shown = tables.shown(table)
    if shown is None or shown.path == written:
        return "the pages show this table"
    seeds = f"{shown.seeds} seed{'s' if shown.seeds > 1 else ''}"
    return f"the pages show {shown.path} ({seeds}), not this table"


def command(options: argparse.Namespace, name: str, seeds: str | None) -> str:
    """Return the command called *name* that makes the same table on another machine."""
    words = ["python -m kdengine", name, options.name]
    words += [f"--seeds {seeds}"] if seeds else []
    words += [f"--threads {options.threads}"] if options.threads != 1 else []
    for flag in ("device", "precision"):
        value = getattr(options, flag)
        words += [f"--{flag} {value}"] if value != "auto" else []
    return " ".join([*words, *(["--write"] if options.write else [])])
