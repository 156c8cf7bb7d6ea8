"""The command `sweep`: a named set of plans, trained side by side."""

import argparse
from typing import Any

from kdengine.cli import study, terminal
from kdengine.cli.arguments import seed_range, usable
from kdengine.studies import needed, sweeps


def add_sweep(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    words = "train what a named set of experiments lacks, side by side"
    study.add(commands, "sweep", _sweep, words, ", ".join(sweeps.SWEEPS))


def _sweep(options: argparse.Namespace) -> int:
    """List the sweeps, or run one."""
    if options.name is None:
        print(_listing())
        return 0
    with usable():
        seeds = seed_range(options.seeds)
        networks = needed.of_sweep(options.name, seeds)
    pool = study.workers(options)
    from kdengine.studies import sweep_table

    points = sweeps.points(options.name, seeds)
    made_by = study.made_by(options, options.seeds)
    described = study.Study(
        table=sweep_table.table_of(options.name),
        outlook=lambda with_time: study.outlook(networks, pool, with_time),
        train=lambda: study.train(options, networks, pool),
        make=lambda: sweep_table.make(options.name, points, pool, made_by=made_by),
        summary=lambda table: terminal.sweep_summary(table["rows"]),
        lacking=_lacking,
        stopped=lambda: study.stopped(networks),
    )
    return study.run(options, described)


def _lacking(table: dict[str, Any], problems: dict[str, str]) -> str:
    """Return which experiments have no figures, and why unless that has been told."""
    if not table["failed"]:
        return ""
    untold = [
        f"failed: {row['problem']}"
        for row in table["failed"]
        if not problems.keys() & row["run_keys"].values()
    ]
    failed = len(table["failed"])
    told = (
        f"error: {failed} of {failed + len(table['rows'])} experiments have no figures; the "
        "others are in the table."
    )
    return "\n".join([*untold, told])


def _listing() -> str:
    """Return the sweeps, a line each."""
    lines = []
    width = max(map(len, sweeps.SWEEPS))
    for name, sweep in sweeps.SWEEPS.items():
        networks = len(needed.of_sweep(name))
        seeds = ", ".join(map(str, sweep.seeds))
        lines.append(
            f"{name:<{width}}{networks:>4} networks  {sweep.title}; {sweep.recipe.name}, "
            f"seeds {seeds}"
        )
    return "\n".join(lines)
