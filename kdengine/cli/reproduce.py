"""The command `reproduce`: a published source, trained as it says and compared figure by figure."""

import argparse
from collections import Counter
from typing import Any

from kdengine.cli import study
from kdengine.cli.arguments import seed_range, usable
from kdengine.recipes import known
from kdengine.studies import needed


def add_reproduce(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    words = "run a published recipe as its source says, and compare figure by figure"
    study.add(commands, "reproduce", _reproduce, words, ", ".join(known.SOURCES))


def _reproduce(options: argparse.Namespace) -> int:
    """List the reproductions, or run one."""
    if options.name is None:
        print(_listing())
        return 0
    with usable():
        own = known.source(options.name).seeds
        seeds = tuple(seed_range(options.seeds) or own)
        networks = needed.of_source(options.name, seeds)
    pool = study.workers(options)
    from kdengine.studies import reproduction_table

    made_by = study.made_by(options, options.seeds if seeds != own else None)
    described = study.Study(
        table=reproduction_table.table_of(options.name),
        outlook=lambda with_time: study.outlook(networks, pool, with_time),
        train=lambda: study.train(options, networks, pool),
        make=lambda: reproduction_table.make(options.name, seeds, made_by=made_by),
        summary=_summary,
        lacking=_lacking,
        stopped=lambda: study.stopped(networks),
    )
    return study.run(options, described)


def _lacking(table: dict[str, Any], problems: dict[str, str]) -> str:
    """Return which published figures have no run."""
    missing = "; ".join(table["missing"])
    return f"not in it, for want of a run: {missing}" if missing else ""


def _listing() -> str:
    """Return the reproductions, a line each."""
    lines = []
    for name, source in known.SOURCES.items():
        count = min(
            len(source.networks(seed)) for seed in source.seeds
        )  # seed 0 may have a control
        listed = ", ".join(map(str, source.seeds))
        lines.append(f"{name:<16}{count:>3} networks a seed, seeds {listed:<8} {source.title}")
    return "\n".join(lines)


def _summary(table: dict[str, Any]) -> str:
    """Return the table of figures, a line each, and how many agree."""
    lines = [f"{'quantity':<58}{'published':>11}{'ours':>20}{'difference':>12}"]
    for row in table["figures"]:
        published, mean, sd, gap = (
            _shown(row[name], row["measure"]) for name in ("value", "mean", "sd", "difference")
        )
        ours = mean + (f" ± {sd.lstrip('+')}" if sd else "")
        lines.append(f"{row['quantity']:<58}{published:>11}{ours:>20}{gap:>12}  {row['verdict']}")
    counts = Counter(row["verdict"] for row in table["figures"])
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    lines.append(f"{len(table['figures'])} figures: {told}; seeds {table['seeds']}")
    return "\n".join(lines)


def _shown(value: float | None, measure: str) -> str:
    """Return a figure in its unit: images, per cent or logit units."""
    if value is None:
        return ""
    if measure == "errors":
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:+.2f}" if measure == "offset" else f"{100 * value:.2f} %"
