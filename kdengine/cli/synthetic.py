"""The command `synthetic`: all networks on the nine synthetic data sets, a seed at once."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from kdengine.cli import study, terminal
from kdengine.cli.arguments import seed_range, usable

if TYPE_CHECKING:  # numpy would slow `--help` down
    from kdengine.synthetic.data import Settings

_SEEDS = range(3)


def add_to(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    words = "teachers and students on nine synthetic data sets, trained side by side"
    parser = study.add(commands, "synthetic", _synthetic, words)
    parser.add_argument("--fresh", action="store_true", help="train even the seeds that are stored")


def _synthetic(options: argparse.Namespace) -> int:
    with usable():
        seeds = seed_range(options.seeds) or _SEEDS
    from kdengine.synthetic import data, table

    settings, target = data.PUBLISHED_SETTINGS, study.target_of(options, table.TABLE)

    def make(trained: list[dict[str, Any]]) -> dict[str, Any]:
        from kdengine.synthetic import experiment

        numbers = [seed["seed"] for seed in trained]
        pictures = experiment.pictures(settings, numbers[0])
        return table.make(settings, trained, pictures, made_by=_commands(options, numbers))

    return study.of_seeds(
        options,
        table.TABLE,
        seeds,
        table.stored_seeds(settings, target),
        train=lambda missing: (_trained(options, settings, seed) for seed in missing),
        make=make,
        summary=lambda trained: summary(settings.temperatures, trained),
    )


def summary(temperatures: Sequence[float], seeds: Sequence[dict[str, Any]]) -> str:
    """Return the test errors by data set as an aligned table: mean ± standard deviation."""
    rows = [["separation, informative", "teacher", "hard labels"]]
    rows[0] += [f"T={temperature:g}" for temperature in temperatures]
    for sets in zip(*(seed["data_sets"] for seed in seeds), strict=True):
        place = f"{sets[0]['class_separation']:g}, {100 * sets[0]['informative_share']:.0f} %"
        counts = [[each["teacher"], each["hard_student"], *each["distilled"]] for each in sets]
        rows.append(
            [place, *(terminal.spread(column, ".0f") for column in zip(*counts, strict=True))]
        )
    return terminal.aligned(rows)


def _trained(options: argparse.Namespace, settings: "Settings", seed: int) -> dict[str, Any]:
    from kdengine.synthetic import experiment

    def show(who: str, epoch: int, epochs: int) -> None:
        is_told = epoch % 10 == 0 or epoch == epochs
        progress.step(f"seed {seed}: {who}, epoch {epoch}/{epochs}" if is_told else "", who)

    with closing(terminal.Progress(quiet=options.quiet)) as progress:
        progress.start(total=2 * settings.epochs, desc=f"seed {seed}", unit="epoch")
        trained = experiment.run_seed(settings, seed, show)
    wall = trained["wall_seconds"]
    parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in wall.items())
    study.say(options, f"seed {seed}: {sum(wall.values()):.0f} s ({parts})")
    return trained


def _commands(options: argparse.Namespace, numbers: list[int]) -> str:
    """Return what makes the table of these seeds: a command for each range without a gap."""
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    ranges = (f"{a}-{b}" if a < b else f"{a}" for a, b in zip(starts, ends, strict=True))
    return " && ".join(study.made_by(options, each) for each in ranges)
