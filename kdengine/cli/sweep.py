"""The command `sweep`: a named set of plans, trained side by side."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Any

from kdengine.cli import study, terminal
from kdengine.cli.arguments import Unusable, seed_range, usable
from kdengine.studies import needed, sweeps
from kdengine.studies.since_2015 import known

_ROLES = ("teacher", "student_before", "student_after")


def add_to(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    words = "train what a named set of experiments lacks, side by side"
    study.add(commands, "sweep", _sweep, words, _names())


def _names() -> str:
    return ", ".join([*sweeps.SWEEPS, *known.STUDIES])


def _sweep(options: argparse.Namespace) -> int:
    name = options.name
    if name is None:
        width = max(map(len, sweeps.SWEEPS))
        for name, sweep in sweeps.SWEEPS.items():
            count, seeds = len(needed.of_sweep(name)), ", ".join(map(str, sweep.seeds))
            print(
                f"{name:<{width}}{count:>4} networks  {sweep.title}; {sweep.recipe.name}, "
                f"seeds {seeds}"
            )
        for name, each in known.STUDIES.items():
            print(f"{name:<{width}}{len(each.seeds):>4} seeds     {each.title}")
        return 0
    if name in known.STUDIES:
        return _since_2015(options)
    if name not in sweeps.SWEEPS:
        raise Unusable(f"unknown sweep {name[:60]!r}; the sweeps are {_names()}.")
    with usable():
        own_seeds = seed_range(options.seeds)
        networks = needed.of_sweep(name, own_seeds)
    pool = study.workers(options)
    from kdengine.studies import sweep_table

    points, made_by = sweeps.points(name, own_seeds), study.made_by(options, options.seeds)
    return study.run(
        options,
        sweep_table.table_of(name),
        **study.of_networks(options, networks, pool),
        make=lambda: sweep_table.make(name, points, pool, made_by=made_by),
        summary=summary,
        lacking=_lacking,
    )


def _since_2015(options: argparse.Namespace) -> int:
    """Measure the seeds that a study of `known.STUDIES` lacks."""
    name = options.name
    with usable():
        seeds = seed_range(options.seeds) or known.STUDIES[name].seeds
    if options.device not in ("auto", "cpu"):
        raise Unusable(f"{name} trains its small networks on the CPU; leave out --device.")
    pool, table = study.workers(options), known.table_of(name)
    made_by = study.made_by(options, options.seeds)

    def train(missing: list[int]) -> Iterator[dict[str, Any]]:
        import joblib

        from kdengine.data import datasets
        from kdengine.studies import workers
        from kdengine.studies.since_2015 import measuring

        if missing:
            datasets.load("mnist")  # says what is missing before a worker does
        tasks = [(name, seed, pool.threads, options.precision) for seed in missing]
        for done in workers.results(pool, starmap(joblib.delayed(measuring.of_seed), tasks)):
            study.say(options, f"seed {done['seed']}: {done['wall_seconds']:.0f} s")
            yield done

    return study.of_seeds(
        options,
        table,
        seeds,
        known.stored(name, study.target_of(options, table)),
        train=train,
        make=lambda measured: known.make(name, measured, made_by=made_by),
        summary=lambda measured: figures_of(known.STUDIES[name].figures, measured),
        pool=pool,
        networks=lambda missing: needed.of_study(name, missing),
    )


def figures_of(names: Sequence[str], seeds: Sequence[dict[str, Any]]) -> str:
    """Return a study's figures by variant as aligned lines: mean ± standard deviation."""
    lines = [["", *names]]
    for variant in seeds[0]["rows"] if seeds else ():
        values = [[seed["rows"][variant][name] for seed in seeds] for name in names]
        lines.append([variant, *(terminal.spread(column, ".4g") for column in values)])
    return terminal.aligned(lines)


def summary(table: dict[str, Any]) -> str:
    """Return a sweep's table as aligned lines: mean ± standard deviation over the seeds."""
    settings: dict[str, list[dict[str, Any]]] = {}
    for row in table["rows"]:
        named = [f"{name}={_plain(value)}" for name, value in row["parameters"].items()]
        settings.setdefault(", ".join(named) or "the recipe", []).append(row)
    lines = [["", "seeds", "teacher", "student", "with offset", "on omitted", "offset"]]
    for name, rows in settings.items():
        rates = [[row[r]["accuracy"] for row in rows] for r in _ROLES]
        rates.append([row["student_after"]["omitted_accuracy"] for row in rows])
        offsets = [row["offset"] and row["offset"]["value"] for row in rows]
        cells = [terminal.spread(values, ".2f", scale=100.0, unit=" %") for values in rates]
        lines.append([name, str(len(rows)), *cells, terminal.spread(offsets, "+.2f")])
    return terminal.aligned(lines)


def _plain(value: object) -> str:
    """Return a parameter's value in few characters."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _lacking(table: dict[str, Any], problems: dict[str, str]) -> str:
    """Return which experiments have no figures, and why unless that has been told."""
    failed = table["failed"]
    if not failed:
        return ""
    untold = [row for row in failed if not problems.keys() & row["run_keys"].values()]
    lines = [f"failed: {row['problem']}" for row in untold]
    count = f"{len(failed)} of {len(failed) + len(table['rows'])} experiments"
    lines.append(f"error: {count} have no figures; the others are in the table.")
    return "\n".join(lines)
