"""The command `synthetic`: train all networks on the nine synthetic data sets, write the table."""

import argparse
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdengine import files
from kdengine.cli.arguments import Unusable, check_writable, seed_range

if TYPE_CHECKING:  # numpy would slow `--help` down
    from kdengine.synthetic.data import Settings

_TABLE = "default"


def add_synthetic(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    one = commands.add_parser(
        "synthetic",
        help="teachers and students on nine synthetic data sets, trained side by side",
        description="Safe to stop and start again: the table keeps every finished seed.",
    )
    add = one.add_argument
    add("--seeds", metavar="A-B", default="0-2", help="such as 0-2, or 3 (default: 0-2)")
    add("--fresh", action="store_true", help="train even the seeds that the table has")
    place = one.add_mutually_exclusive_group()
    place.add_argument(
        "--table",
        default=_TABLE,
        metavar="PATH",
        help="where the table goes (default: synthetic.json in the cache folder)",
    )
    place.add_argument("--write", action="store_true", help="store the table in cache/shipped")
    add("--quiet", action="store_true", help="print nothing but errors")
    one.set_defaults(command=_synthetic)


def _synthetic(options: argparse.Namespace) -> int:
    """Train the seeds that are missing; the table is written after each."""
    seeds = _seeds(options.seeds)
    from kdengine.cli.networks import shown_instead
    from kdengine.store import tables
    from kdengine.synthetic import table as synthetic_table

    is_shown = options.write or options.table == _TABLE
    if is_shown:
        target = tables.path_of(synthetic_table.TABLE, shipped=options.write)
    else:
        target = Path(options.table)
        check_writable(target)
    settings = _settings()
    known = synthetic_table.stored_seeds(settings, target)
    missing = [seed for seed in seeds if options.fresh or seed not in known]
    _say(options, f"{len(seeds)} seeds, {len(seeds) - len(missing)} of them in {target}")
    try:
        for seed in missing:
            known[seed] = _trained(options, settings, seed)
            if files.is_regular(target) or seed == missing[-1]:  # a pipe gets one table
                _write(settings, known, target, options.write)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on after the last seed.", file=sys.stderr)
        return 1
    if not missing and target.exists():
        _write(settings, known, target, options.write)
    _say(options, summary(settings, [known[seed] for seed in seeds]))
    _say(options, f"wrote {target}")
    if is_shown:
        _say(options, shown_instead(synthetic_table.TABLE, target))
    return 0


def _settings() -> "Settings":
    """Return the published settings."""
    from kdengine.synthetic.data import Settings

    return Settings()


def _trained(options: argparse.Namespace, settings: "Settings", seed: int) -> dict[str, Any]:
    """Train one seed with its progress shown."""
    from kdengine.synthetic import experiment as synthetic

    progress = _Progress(seed, 2 * settings.epochs, quiet=options.quiet)
    try:
        found = synthetic.run_seed(settings, seed, progress)
    finally:
        progress.close()
    wall = found["wall_seconds"]
    parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in wall.items())
    _say(options, f"seed {seed}: {sum(wall.values()):.0f} s ({parts})")
    return found


def _write(
    settings: "Settings", known: dict[int, dict[str, Any]], target: Path, shipped: bool
) -> None:
    """Write the table of all *known* seeds."""
    from kdengine.store import tables
    from kdengine.synthetic import experiment as synthetic
    from kdengine.synthetic import table as synthetic_table

    numbers = sorted(known)
    table = synthetic_table.make(
        settings,
        [known[number] for number in numbers],
        synthetic.pictures(settings, numbers[0]),
        made_by=_commands(numbers, shipped),
    )
    tables.write(target, table)


def _commands(numbers: list[int], shipped: bool) -> str:
    """Return what makes the table of these seeds: a command for each range without a gap."""
    starts = [one for one in numbers if one - 1 not in numbers]
    ends = [one for one in numbers if one + 1 not in numbers]
    ranges = (f"{a}-{b}" if a < b else f"{a}" for a, b in zip(starts, ends, strict=True))
    suffix = " --write" if shipped else ""
    return " && ".join(f"python -m kdengine synthetic --seeds {one}{suffix}" for one in ranges)


class _Progress:
    """Epochs of one seed: a bar on a terminal, a line every ten epochs elsewhere."""

    def __init__(self, seed: int, epochs: int, *, quiet: bool) -> None:
        self.seed, self.quiet, self.bar = seed, quiet, None
        if sys.stderr.isatty() and not quiet:
            from tqdm import tqdm

            self.bar = tqdm(total=epochs, desc=f"seed {seed}", unit="epoch")

    def __call__(self, who: str, epoch: int, epochs: int) -> None:
        """Show one epoch of all that train side by side."""
        if self.bar is not None:
            self.bar.set_postfix_str(who)
            self.bar.update()
        elif not self.quiet and (epoch % 10 == 0 or epoch == epochs):
            print(f"seed {self.seed}: {who}, epoch {epoch}/{epochs}", flush=True)

    def close(self) -> None:
        """End the bar."""
        if self.bar is not None:
            self.bar.close()


def summary(settings: "Settings", seeds: list[dict[str, Any]]) -> str:
    """Return the test errors by data set as an aligned table: mean ± standard deviation."""
    titles = ["teacher", "hard labels", *(f"T={t:g}" for t in settings.temperatures)]
    lines = [f"{'separation, informative':<24}" + "".join(f"{title:>14}" for title in titles)]
    for index, place in enumerate(seeds[0]["data_sets"]):
        records = [seed["data_sets"][index] for seed in seeds]
        columns = [[one["teacher"] for one in records], [one["hard_student"] for one in records]]
        columns += [list(c) for c in zip(*(one["distilled"] for one in records), strict=True)]
        name = f"{place['class_separation']:g}, {100 * place['informative_share']:.0f} %"
        lines.append(f"{name:<24}" + "".join(f"{_spread(column):>14}" for column in columns))
    return "\n".join(lines)


def _spread(counts: list[int]) -> str:
    """Return mean ± standard deviation of *counts*."""
    deviation = f" ± {statistics.stdev(counts):.0f}" if len(counts) > 1 else ""
    return f"{statistics.mean(counts):.0f}{deviation}"


def _seeds(text: str) -> range:
    """Return the seeds of ``0-2`` or ``3``."""
    try:
        seeds = seed_range(text)
    except ValueError as error:
        raise Unusable(str(error)) from error
    assert seeds is not None  # there is a default
    return seeds


def _say(options: argparse.Namespace, line: str) -> None:
    """Print *line* unless asked to be quiet."""
    if not options.quiet:
        print(line, flush=True)
