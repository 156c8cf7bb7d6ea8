"""The one path of `sweep`, `reproduce` and `synthetic`: train what is missing, write a table.

Options, limits, progress and endings are the same; each says what its study is.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdengine import config, files
from kdengine.cli import terminal
from kdengine.cli.arguments import Unusable, check_device, check_writable, usable, whole
from kdengine.store import tables
from kdengine.store.tables import Table
from kdengine.studies.needed import Network

if TYPE_CHECKING:
    from kdengine.studies.workers import Workers

_MOST = 256  # workers and threads; more is a slip of the finger
Content = dict[str, Any]
Command = Callable[[argparse.Namespace], int]


def add(
    commands: Any, name: str, command: Command, words: str, names: str = ""
) -> argparse.ArgumentParser:
    """Add a command to the parser's *commands* and return its own parser.

    *names* is what can be named, for the help; empty for a command that trains all at once.
    """
    hint = "Without a name: list them. " if names else ""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=f"{hint}Safe to stop and start again."
    )
    option = parser.add_argument
    if names:
        workers_help, threads_help = "networks at once (usually cores/threads)", "threads a network"
        option("name", metavar="NAME", nargs="?", help=f"one of {names}")
        option("--workers", type=whole, metavar="N", help=workers_help)
        option("--threads", type=whole, default=1, metavar="N", help=f"{threads_help} (usually 1)")
        option("--scheduler", metavar="ADDRESS", help="train on a Dask cluster that you trust")
        option("--device", default="auto", choices=config.DEVICES, help="where to train")
        option("--precision", default="auto", choices=config.PRECISIONS, help="of matrix products")
    option("--seeds", metavar="A-B", help="such as 0-2, or 3; its own if not given")
    option("--dry-run", action="store_true", help="only say what is missing and how long it takes")
    option("--stored", action="store_true", help="train nothing; make the table of what is stored")
    place = parser.add_mutually_exclusive_group().add_argument
    file = f"{name}-NAME.json" if names else f"{name}.json"
    to = f"where the table goes; {file} in the cache folder if not given"
    place("--table", type=Path, metavar="PATH", help=to)
    place("--write", action="store_true", help="store the table in cache/shipped")
    option("--quiet", action="store_true", help="print nothing but errors")
    parser.set_defaults(command=command, study=name)
    return parser


def run(
    options: argparse.Namespace,
    table: Table,
    *,
    outlook: Callable[[bool], str],  # what is stored and missing; with True also how long it takes
    train: Callable[[], dict[str, str]],  # what is missing; why something failed, by its key
    make: Callable[[], Content],  # the table of what is stored
    summary: Callable[[Content], str],  # the table on a terminal
    stopped: Callable[[], str],  # what is stored when the command is stopped
    # What the table lacks, given the problems that have been told; nothing if it is whole.
    lacking: Callable[[Content, dict[str, str]], str] = lambda content, problems: "",
) -> int:
    """Train what is missing, write the table and say what it lacks."""
    from kdengine.store import runs  # imports numpy, which would slow `--help` down

    target = target_of(options, table)
    if options.dry_run:
        print(outlook(True))
        return 0
    if options.table is None:
        runs.writable_runs_dir()
        target.parent.mkdir(exist_ok=True)
        check_writable(target)
    say(options, outlook(False))
    try:
        problems = {} if options.stored else train()
        content = make()
    except KeyboardInterrupt:
        print(f"\nstopped: {stopped()}; the same command goes on from there.", file=sys.stderr)
        return 1
    tables.write(target, content)
    say(options, f"{summary(content)}\nwrote {target}")
    if options.table is None and (shown := tables.shown(table)):
        why = "" if shown[0] == target else ", which has more seeds or figures"
        say(options, f"the pages show {shown[0]}{why}")
    lack = lacking(content, problems)
    if lack:
        print(lack, file=sys.stderr)
    return 1 if problems or content.get("failed") else 0


def of_networks(
    options: argparse.Namespace, networks: Sequence[Network], pool: "Workers"
) -> dict[str, Any]:
    """Return what `run` is told of *networks* that *pool* trains: outlook, train and stopped."""
    from kdengine.studies import estimate, runner

    total, seeds = len(networks), len({network.config.seed for network in networks})

    def outlook(with_time: bool) -> str:
        todo = runner.missing(networks)
        line = f"{total} networks, {total - len(todo)} stored, {len(todo)} missing"
        if other := runner.trained_otherwise(networks, pool.threads):
            line += (
                f"; {len(other)} of them trained on another number of threads, which rounds sums "
                "otherwise (an empty KDENGINE_CACHE_DIR trains all alike)"
            )
        line += _too_few(seeds)
        return line + (_time(estimate.seconds(todo, pool)) if todo and with_time else "")

    def train() -> dict[str, str]:
        problems: dict[str, str] = {}
        done = total - len(runner.missing(networks))
        progress = terminal.Progress(quiet=options.quiet)
        training = runner.train(networks, pool, device=options.device, precision=options.precision)
        with closing(progress), closing(training) as outcomes:
            progress.start(initial=done, total=total, desc="networks", unit="network")
            for outcome in outcomes:
                key, problem, seconds = outcome.key, outcome.problem, outcome.seconds
                if problem is None:
                    done += 1
                    text = note = "already there" if seconds is None else f"{seconds:.1f} s"
                else:
                    problems[key], text, note = problem, f"failed: {problem}", "failed"
                line = f"{done:>4}/{total}  {key:<44} {text}"
                progress.step(line, f"{key} {note}", by=int(problem is None))
        for key, problem in problems.items():
            print(f"failed: {key}: {problem}", file=sys.stderr)
        return problems

    def stopped() -> str:
        return f"{total - len(runner.missing(networks))} of {total} networks are stored"

    return {"outlook": outlook, "train": train, "stopped": stopped}


def _too_few(seeds: int) -> str:
    """Return that a table of so many seeds tells no verdict, if it does not."""
    from kdengine.studies.differences import FEWEST_SEEDS

    few = seeds < FEWEST_SEEDS
    return f"; fewer than {FEWEST_SEEDS} seeds: numbers without a verdict" if few else ""


def _time(seconds: float | None) -> str:
    """Return the line that says how long something takes."""
    told = "unknown" if seconds is None else f"about {terminal.duration(seconds)}"
    return f"\ntime: {told}"


def of_seeds(
    options: argparse.Namespace,
    table: Table,
    seeds: Iterable[int],
    stored: dict[int, Content],
    *,
    train: Callable[[list[int]], Iterable[Content]],
    make: Callable[[list[Content]], Content],
    summary: Callable[[list[Content]], str],
    pool: "Workers | None" = None,
    networks: Callable[[list[int]], Sequence[Network]] = lambda missing: (),
) -> int:
    """Train those of *seeds* that are not *stored* in the table; it is written after each.

    What is trained comes in any order and names its ``seed``; *make* and *summary* get the seeds
    in their order, the latter those that were asked for. A *pool* trains several at once; the
    stored *networks* are those that seeds look at, if they train none of their own.
    """
    from kdengine.store import runs

    wanted, target = list(seeds), target_of(options, table)
    missing = wanted if getattr(options, "fresh", False) else [s for s in wanted if s not in stored]

    def made() -> Content:
        if not stored:
            command = made_by(options, None)
            raise runs.RunNotFound(f"no seed is in {target}; train some: {command}")
        return make([stored[seed] for seed in sorted(stored)])

    def trained() -> dict[str, str]:
        for count, done in enumerate(train(missing), start=1):
            stored[done["seed"]] = done
            if files.is_regular(target) and count < len(missing):  # a pipe gets one table
                tables.write(target, made())
        return {}

    def outlook(with_time: bool) -> str:
        from kdengine.studies import estimate
        from kdengine.studies.workers import Workers

        line = f"{len(wanted)} seeds, {len(wanted) - len(missing)} of them in {target}"
        line += _too_few(len({*wanted, *stored}))
        if not missing or not with_time:
            return line
        own, looked_at = pool or Workers(1, 1), networks(missing)
        return line + _time(estimate.seeds_seconds(table, len(missing), own, looked_at))

    return run(
        options,
        table,
        outlook=outlook,
        train=trained,
        make=made,
        summary=lambda _: summary([stored[seed] for seed in wanted if seed in stored]),
        stopped=lambda: f"{len(stored)} seeds are in {target}",
    )


def target_of(options: argparse.Namespace, table: Table) -> Path:
    """Return where the table goes; refuse what cannot be written before any training."""
    check_writable(options.table)
    given: Path | None = options.table
    return tables.path_of(table, shipped=options.write) if given is None else given


def say(options: argparse.Namespace, line: str) -> None:
    """Print *line* unless asked to be quiet."""
    terminal.Progress(quiet=options.quiet).say(line)


def workers(options: argparse.Namespace) -> "Workers":
    """Return the workers that the options ask for."""
    for flag, value in (("--workers", options.workers), ("--threads", options.threads)):
        if value is not None and not 1 <= value <= _MOST:
            raise Unusable(f"{flag} {value} is outside 1 to {_MOST}; leave it out for the default.")
    from kdengine.studies import workers

    if options.scheduler is None:
        check_device(options.device)
    elif options.workers is not None:
        raise Unusable(
            "--workers counts processes on this machine, a cluster has its own number; "
            "leave out --workers or --scheduler."
        )
    else:
        with usable():
            workers.check_address(options.scheduler)
    count = options.workers or max(1, workers.cores() // options.threads)
    return workers.Workers(count, options.threads, options.scheduler)


def made_by(options: argparse.Namespace, seeds: str | None) -> str:
    """Return the command that makes the same table on another machine."""
    given = vars(options)
    words = ["python -m kdengine", options.study, given.get("name")]
    words += [f"--seeds {seeds}" if seeds else None]
    for flag, usual in (("threads", 1), ("device", "auto"), ("precision", "auto")):
        words += [f"--{flag} {given[flag]}"] if given.get(flag, usual) != usual else []
    return " ".join(filter(None, [*words, "--write" if options.write else None]))
