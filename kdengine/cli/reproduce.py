"""The command `reproduce`: train what a published reproduction lacks and write its table."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from kdengine import config
from kdengine.cli import networks as cli_networks
from kdengine.cli.arguments import Unusable, check_device, check_writable, seed_range, whole
from kdengine.recipes import known
from kdengine.studies import needed
from kdengine.studies.needed import Network

_DEFAULT_TABLE = "default"


def add_reproduce(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    one = commands.add_parser(
        "reproduce",
        help="run a published recipe as its source says, and compare figure by figure",
        description="Without a name: list the recipes. Safe to stop and start again.",
    )
    add = one.add_argument
    names = ", ".join(known.SOURCES)
    add("name", metavar="NAME", nargs="?", help=f"one of {names}")
    add("--seeds", metavar="A-B", help="such as 0-2 (default: the recipe's own)")
    add("--dry-run", action="store_true", help="only say what is missing and how long it takes")
    add("--workers", type=whole, default=1, metavar="N", help="networks at once (default: 1)")
    add("--threads", type=whole, default=1, metavar="N", help="threads a network (default: 1)")
    add("--device", default="auto", choices=config.DEVICES, help="where to train")
    add("--precision", default="auto", choices=config.PRECISIONS, help="of matrix products")
    place = one.add_mutually_exclusive_group()
    place.add_argument(
        "--json",
        default=_DEFAULT_TABLE,
        metavar="PATH",
        help="where the table goes (default: reproduction-NAME.json in the cache folder)",
    )
    place.add_argument("--write", action="store_true", help="store the table in cache/shipped")
    add("--stored", action="store_true", help="train nothing; use the runs that are stored")
    add("--quiet", action="store_true", help="print nothing but errors")
    one.set_defaults(command=_reproduce)


def _reproduce(options: argparse.Namespace) -> int:
    """List the reproductions, or run one."""
    if options.name is None:
        print(_listing())
        return 0
    try:
        own = known.source(options.name).seeds
        chosen = tuple(seed_range(options.seeds) or own)
        networks = needed.of_source(options.name, chosen)
    except ValueError as error:
        raise Unusable(str(error)) from error
    if not 1 <= options.workers <= 64 or not 1 <= options.threads <= 64:
        raise Unusable("--workers and --threads are whole numbers from 1 to 64.")
    check_device(options.device)
    if options.dry_run:
        from kdengine.studies.workers import Workers

        print(cli_networks.forecast(networks, Workers(options.workers, options.threads)))
        return 0
    target = _target(options)
    return cli_networks.until_stopped(networks, lambda: _run(options, networks, chosen, target))


def _run(
    options: argparse.Namespace, networks: list[Network], chosen: tuple[int, ...], target: Path
) -> int:
    """Train, measure and write the table."""
    from kdengine.store import tables
    from kdengine.studies import reproduction_table
    from kdengine.studies.workers import Workers

    pool = Workers(options.workers, options.threads)
    problems = {} if options.stored else cli_networks.train(options, networks, pool)
    others = chosen != known.source(options.name).seeds
    made_by = cli_networks.command(options, "reproduce", options.seeds if others else None)
    table = reproduction_table.make(options.name, chosen, made_by=made_by)
    tables.write(target, table)
    if not options.quiet:
        print(_summary(table))
        print(f"wrote {target}")
        if _is_shown(options):
            print(cli_networks.shown_instead(reproduction_table.table_of(options.name), target))
    if table["missing"]:
        print(f"not in it, for want of a run: {'; '.join(table['missing'])}", file=sys.stderr)
    return 1 if problems else 0


def _is_shown(options: argparse.Namespace) -> bool:
    """Return whether the table goes where pages look for it."""
    return bool(options.write) or options.json == _DEFAULT_TABLE


def _target(options: argparse.Namespace) -> Path:
    """Return where the table goes; refuse a place that cannot be written before any training."""
    from kdengine.store import runs as store
    from kdengine.store import tables
    from kdengine.studies import reproduction_table

    if _is_shown(options):
        store.writable_runs_dir()
        return tables.path_of(reproduction_table.table_of(options.name), shipped=options.write)
    check_writable(Path(options.json))
    return Path(options.json)


def _listing() -> str:
    """Return the reproductions, a line each."""
    lines = []
    for name, one in known.SOURCES.items():
        count = min(len(one.networks(seed)) for seed in one.seeds)  # seed 0 may have a control
        listed = ", ".join(map(str, one.seeds))
        lines.append(f"{name:<16}{count:>3} networks a seed, seeds {listed:<8} {one.title}")
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
