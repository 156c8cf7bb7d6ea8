"""The command `reproduce`: a published source, trained as it says and compared figure by figure."""

import argparse
from collections import Counter
from typing import Any

from kdengine.cli import study, terminal
from kdengine.cli.arguments import seed_range, usable
from kdengine.recipes import known
from kdengine.studies import needed


def add_to(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    words = "run a published recipe as its source says, and compare figure by figure"
    study.add(commands, "reproduce", _reproduce, words, ", ".join(known.SOURCES))


def _reproduce(options: argparse.Namespace) -> int:
    if options.name is None:
        for name, source in known.SOURCES.items():
            # seed 0 may have a control
            count = min(len(source.networks(seed)) for seed in source.seeds)
            seeds = ", ".join(map(str, source.seeds))
            print(f"{name:<16}{count:>3} networks a seed, seeds {seeds:<8} {source.title}")
        return 0
    with usable():
        own = known.source(options.name).seeds
        chosen = tuple(seed_range(options.seeds) or own)
        networks = needed.of_source(options.name, chosen)
    pool = study.workers(options)
    from kdengine.studies import reproduction_table

    made_by = study.made_by(options, options.seeds if chosen != own else None)
    return study.run(
        options,
        reproduction_table.table_of(options.name),
        **study.of_networks(options, networks, pool),
        make=lambda: reproduction_table.make(options.name, chosen, made_by=made_by),
        summary=_summary,
        lacking=_lacking,
    )


def _lacking(table: dict[str, Any], problems: dict[str, str]) -> str:
    missing = "; ".join(table["missing"])
    return f"not in it, for want of a run: {missing}" if missing else ""


def _summary(table: dict[str, Any]) -> str:
    """Return the table of figures, a line each, and how many have which verdict."""
    lines = [["quantity", "published", "ours", "difference", ""]]
    for row in table["figures"]:
        published, mean, sd, gap = (
            _shown(row[name], row["measure"]) for name in ("value", "mean", "sd", "difference")
        )
        ours = mean + (f" ± {sd.lstrip('+')}" if sd else "")
        lines.append([row["quantity"], published, ours, gap, f"{row['verdict'] or '':<11}"])
    counts = Counter(row["verdict"] or "without a verdict" for row in table["figures"])
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    total = f"{len(table['figures'])} figures: {verdicts}; seeds {table['seeds']}"
    return f"{terminal.aligned(lines)}\n{total}"


def _shown(value: float | None, measure: str) -> str:
    """Return a figure in its unit: images, per cent or logit units."""
    if value is None:
        return ""
    if measure == "errors":
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:+.2f}" if measure == "offset" else f"{100 * value:.2f} %"
