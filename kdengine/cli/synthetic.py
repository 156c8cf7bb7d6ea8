"""The command `synthetic`: all networks on the nine synthetic data sets, a seed at once."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdengine import files
from kdengine.cli import study, terminal
from kdengine.cli.arguments import seed_range, usable

if TYPE_CHECKING:  # numpy would slow `--help` down
    from kdengine.synthetic.data import Settings

_SEEDS = range(3)
Seeds = dict[int, dict[str, Any]]


def add_synthetic(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    words = "teachers and students on nine synthetic data sets, trained side by side"
    one = study.add(commands, "synthetic", _synthetic, words, "")
    one.add_argument("--fresh", action="store_true", help="train even the seeds that are stored")


def _synthetic(options: argparse.Namespace) -> int:
    """Train the seeds that are missing; the table is written after each."""
    with usable():
        seeds = seed_range(options.seeds) or _SEEDS
    from kdengine.store import tables
    from kdengine.synthetic import table as synthetic_table

    settings = _settings()
    target = study.target_of(options, synthetic_table.TABLE)
    known = synthetic_table.stored_seeds(settings, target)
    missing = [seed for seed in seeds if options.fresh or seed not in known]

    def train() -> dict[str, str]:
        for seed in missing:
            known[seed] = _trained(options, settings, seed)
            if files.is_regular(target) and seed != missing[-1]:  # a pipe gets one table
                tables.write(target, _made(options, settings, known, target))
        return {}

    described = study.Study(
        table=synthetic_table.TABLE,
        outlook=lambda with_time: (
            f"{len(seeds)} seeds, {len(seeds) - len(missing)} of them in {target}"
        ),
        train=train,
        make=lambda: _made(options, settings, known, target),
        summary=lambda table: terminal.synthetic_summary(
            settings.temperatures, [known[seed] for seed in seeds if seed in known]
        ),
        lacking=lambda table, problems: "",
        stopped=lambda: f"{len(known)} seeds are in {target}",
    )
    return study.run(options, described)


def _settings() -> "Settings":
    """Return the published settings."""
    from kdengine.synthetic.data import Settings

    return Settings()


def _trained(options: argparse.Namespace, settings: "Settings", seed: int) -> dict[str, Any]:
    """Train one seed with its progress shown."""
    from kdengine.synthetic import experiment as synthetic

    progress = terminal.SeedProgress(seed, 2 * settings.epochs, quiet=options.quiet)
    try:
        trained = synthetic.run_seed(settings, seed, progress)
    finally:
        progress.close()
    wall = trained["wall_seconds"]
    parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in wall.items())
    study.say(options, f"seed {seed}: {sum(wall.values()):.0f} s ({parts})")
    return trained


def _made(
    options: argparse.Namespace, settings: "Settings", known: Seeds, target: Path
) -> dict[str, Any]:
    """Return the table of all *known* seeds."""
    from kdengine.store.runs import RunNotFound
    from kdengine.synthetic import experiment as synthetic
    from kdengine.synthetic import table as synthetic_table

    if not known:
        raise RunNotFound(f"no seed is in {target}; train some: python -m kdengine synthetic")
    numbers = sorted(known)
    return synthetic_table.make(
        settings,
        [known[number] for number in numbers],
        synthetic.pictures(settings, numbers[0]),
        made_by=_commands(options, numbers),
    )


def _commands(options: argparse.Namespace, numbers: list[int]) -> str:
    """Return what makes the table of these seeds: a command for each range without a gap."""
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    ranges = (f"{a}-{b}" if a < b else f"{a}" for a, b in zip(starts, ends, strict=True))
    return " && ".join(study.made_by(options, each) for each in ranges)
