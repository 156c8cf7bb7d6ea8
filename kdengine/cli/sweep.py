"""The command `sweep`: train what a named set of experiments lacks, and write its table."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdengine import config
from kdengine.cli import networks as cli_networks
from kdengine.cli import terminal
from kdengine.cli.arguments import Unusable, check_device, check_writable, seed_range, whole
from kdengine.studies import needed, sweeps
from kdengine.studies.needed import Network

if TYPE_CHECKING:
    from kdengine.studies.workers import Workers

_MOST = 256  # workers and threads; more is a slip of the finger
_DEFAULT_TABLE = "default"


def add_sweep(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    one = commands.add_parser(
        "sweep",
        help="train what a named set of experiments lacks, side by side",
        description="Without a name: list the sweeps. Safe to stop and start again.",
    )
    add = one.add_argument
    add("name", metavar="NAME", nargs="?", help=f"one of {', '.join(sweeps.SWEEPS)}")
    add("--seeds", metavar="A-B", help="such as 0-2 (default: the sweep's own)")
    add("--dry-run", action="store_true", help="only say what is missing and how long it takes")
    add("--workers", type=whole, metavar="N", help="networks at once (default: cores / threads)")
    add("--threads", type=whole, metavar="N", default=1, help="threads a network (default: 1)")
    add("--scheduler", metavar="ADDRESS", help="train on a Dask cluster that you trust")
    add("--device", default="auto", choices=config.DEVICES, help="where to train")
    add("--precision", default="auto", choices=config.PRECISIONS, help="of matrix products")
    place = one.add_mutually_exclusive_group()
    place.add_argument(
        "--table",
        default=_DEFAULT_TABLE,
        metavar="PATH",
        help="where the table goes (default: sweep-NAME.json in the cache folder)",
    )
    place.add_argument("--write", action="store_true", help="store the table in cache/shipped")
    add("--quiet", action="store_true", help="print nothing but errors")
    one.set_defaults(command=_sweep)


def _sweep(options: argparse.Namespace) -> int:
    """List the sweeps, or run one."""
    if options.name is None:
        print(_listing())
        return 0
    try:
        networks = needed.of_sweep(options.name, seed_range(options.seeds))
    except ValueError as error:
        raise Unusable(str(error)) from error
    pool = _workers(options)
    target = _target(options)
    if options.dry_run:
        print(cli_networks.forecast(networks, pool))
        return 0
    if not options.quiet:
        print(cli_networks.plan(networks))
    return cli_networks.until_stopped(networks, lambda: _run(options, networks, pool, target))


def _run(
    options: argparse.Namespace, networks: Sequence[Network], pool: "Workers", target: Path
) -> int:
    """Train, evaluate, write the table and report what failed."""
    from kdengine.store import tables
    from kdengine.studies import sweep_table

    problems = cli_networks.train(options, networks, pool)
    made_by = cli_networks.command(options, "sweep", options.seeds)
    points = sweeps.points(options.name, seed_range(options.seeds))
    table = sweep_table.make(options.name, points, pool, made_by=made_by)
    tables.write(target, table)
    if not options.quiet:
        print(terminal.sweep_summary(table["rows"]))
        print(f"wrote {target}")
        if _is_shown(options):
            print(cli_networks.shown_instead(sweep_table.table_of(options.name), target))
    for row in table["failed"]:
        if not problems.keys() & row["run_keys"].values():  # not said yet
            print(f"failed: {row['problem']}", file=sys.stderr)
    if problems or table["failed"]:
        print(
            f"error: {len(table['failed'])} of {len(points)} experiments have no figures; the "
            "others are in the table.",
            file=sys.stderr,
        )
        return 1
    return 0


def _listing() -> str:
    """Return the sweeps, a line each."""
    lines = []
    width = max(map(len, sweeps.SWEEPS))
    for name, one in sweeps.SWEEPS.items():
        networks = len(needed.of_sweep(name))
        seeds = ", ".join(map(str, one.seeds))
        lines.append(
            f"{name:<{width}}{networks:>4} networks  {one.title}; {one.recipe.name}, seeds {seeds}"
        )
    return "\n".join(lines)


def _workers(options: argparse.Namespace) -> "Workers":
    """Return the workers that the options ask for."""
    for flag, value in (("--workers", options.workers), ("--threads", options.threads)):
        if value is not None and not 1 <= value <= _MOST:
            raise Unusable(f"{flag} {value} is outside 1 to {_MOST}; leave it out for the default.")
    from kdengine.studies import workers

    if options.scheduler is None:
        check_device(options.device)
    else:
        if options.workers is not None:
            raise Unusable(
                "--workers counts processes on this machine, a cluster has its own number; "
                "leave out --workers or --scheduler."
            )
        try:
            workers.check_address(options.scheduler)
        except ValueError as error:
            raise Unusable(str(error)) from error
    count = options.workers or max(1, workers.cores() // options.threads)
    return workers.Workers(count, options.threads, options.scheduler)


def _is_shown(options: argparse.Namespace) -> bool:
    """Return whether the table goes where pages look for it."""
    return bool(options.write) or options.table == _DEFAULT_TABLE


def _target(options: argparse.Namespace) -> Path:
    """Return where the table goes."""
    from kdengine.store import tables
    from kdengine.studies import sweep_table

    if _is_shown(options):
        return tables.path_of(sweep_table.table_of(options.name), shipped=options.write)
    check_writable(Path(options.table))
    return Path(options.table)
