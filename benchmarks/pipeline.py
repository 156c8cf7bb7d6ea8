"""The whole experiment, two ways: plain numpy, and the engine's `classroom`.

    python -m benchmarks.pipeline [--only numpy …] [--repeats N] [--seed N] [--threads N]

One process after another on the same data and threads, so that none warms another. Prints what
it finds and writes it to benchmarks/results/pipeline.json.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measurement import RESULTS, machine, spreads, write
from kdengine import files
from kdengine.cli import command_line

ROOT = Path(__file__).resolve().parents[1]
# They force OpenBLAS to kernels or blocks of another processor than this one: a handicap of
# plain numpy, which would flatter the ratio.
HANDICAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CLOCK = (
    "Wall seconds without the start of the process: from after the imports of numpy and torch "
    "to the offset, the loading of the data included. Seconds an epoch are a network's whole "
    "stage over its epochs."
)


class Pipeline(NamedTuple):
    """One way to run the experiment: title, usual repeats, module of `pipelines/`, arguments."""

    title: str
    repeats: int
    module: str
    arguments: tuple[str, ...] = ()


PIPELINES = {
    "numpy": Pipeline("plain numpy", 1, "plain_numpy"),
    "classroom": Pipeline("`classroom`", 3, "classroom"),
    "classroom-fp32": Pipeline("`classroom`, fp32 forced", 3, "classroom", ("--precision=fp32",)),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=RESULTS / "pipeline.json")
    parser.add_argument("--only", nargs="+", choices=PIPELINES, default=list(PIPELINES))
    parser.add_argument("--repeats", type=int, help="default: 1 of plain numpy, 3 of ours")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="default: torch's own choice")
    parser.add_argument("--quick", action="store_true", help="one epoch each; no document takes it")
    options = parser.parse_args(arguments)
    if min(options.repeats or 1, options.threads or 1) < 1:
        parser.error("--repeats and --threads are at least 1")
    try:
        report = measure(options)
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd[1:])} failed; its message is above.", file=sys.stderr)
        return 1
    print(json.dumps(report["ratios"], indent=1))
    write(options.json, "python -m benchmarks.pipeline", **report)
    return 0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run the chosen pipelines round by round and return the report."""
    repeats = {name: options.repeats or PIPELINES[name].repeats for name in options.only}
    threads = options.threads or machine()["thread_count"]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in options.only}
    for turn in range(max(repeats.values())):
        for name in (name for name in options.only if turn < repeats[name]):
            runs[name].append(told(name, options, threads))
    return report_of(runs, options)


def told(name: str, options: argparse.Namespace, threads: int) -> dict[str, Any]:
    """Run one pipeline and print a line."""
    pipeline = PIPELINES[name]
    arguments = (*pipeline.arguments, f"--seed={options.seed}", *["--quick"] * options.quick)
    record = in_a_process(f"benchmarks.pipelines.{pipeline.module}", arguments, threads)
    total, after = record["wall_seconds"]["total"], record["figures"]["student_after"]
    errors = f"{after['errors']} errors, {after['errors_on_threes']} on threes"
    print(f"{pipeline.title:<26}{total:8.1f} s  after the offset {errors}", flush=True)
    return record


def in_a_process(module: str, arguments: tuple[str, ...], threads: int) -> dict[str, Any]:
    """Run a module of this benchmark and return the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment(dict(os.environ), threads),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def environment(inherited: dict[str, str], threads: int) -> dict[str, str]:
    """Return the variables of a measured process: no handicaps, one thread count for all."""
    kept = {name: value for name, value in inherited.items() if name not in HANDICAPS}
    counts = dict.fromkeys(THREAD_COUNTS, str(threads))
    # A measured process runs in the project's folder, wherever this one does.
    return {**kept, **counts, "KDENGINE_DATA_DIR": str(files.data_dir().resolve())}


def report_of(runs: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> dict[str, Any]:
    """Return everything as JSON values: the runs, their spreads and ratios."""
    measured = {name: spreads(records) for name, records in runs.items()}
    return {
        "clock": CLOCK,
        "quick": options.quick,
        "seed": options.seed,
        "pipelines": {
            name: {"title": PIPELINES[name].title, "spread": measured[name], "runs": records}
            for name, records in runs.items()
        },
        "ratios": ratios(measured),
    }


def ratios(measured: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return how many times as long plain numpy takes as ours: ratios of medians.

    Beside the wall seconds of the whole stand those of an epoch, so that training less does not
    pass for training faster.
    """
    seconds = {}
    for name, figures in measured.items():
        seconds[name] = {"total": figures["wall_seconds"]["total"]["median"]}
        for stage, each in figures["seconds_per_epoch"].items():
            seconds[name][f"{stage}_epoch"] = each["median"]
    return {
        f"numpy/{own}": {name: slow / figures[name] for name, slow in seconds["numpy"].items()}
        for own, figures in seconds.items()
        if own != "numpy" and "numpy" in seconds
    }


if __name__ == "__main__":
    sys.exit(command_line.run(main))
