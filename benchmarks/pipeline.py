"""How long the recipe `classroom` takes, beside another checkout's and another program's time.

    python -m benchmarks.pipeline [--repeats N] [--seed N] [--threads N] [--fp32]
        [--beside FOLDER] [--script COMMAND]

One process after another on the same threads, in turns, so that a slow minute of the machine meets
both of a pair: ratios are of the pairs. ``--beside`` is another checkout of this project, such as
a worktree of an earlier commit; ``--script`` a command that does the same experiment otherwise,
such as the script of the numpy reproduction hinton-problems. Prints what it finds and writes it to
benchmarks/results/pipeline.json.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
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
MODULES = ("benchmarks.classroom", "benchmarks.pipelines.classroom")  # the latter until it moved
CLOCK = (
    "Wall seconds without the start of the process: from after the imports of numpy and torch "
    "to the offset, the loading of the data included; of another program, with its start. Seconds "
    "an epoch are a network's whole stage over its epochs."
)


class Way(NamedTuple):
    """One way to do the experiment: a command and the folder in which it runs."""

    title: str
    command: list[str]
    folder: Path = ROOT


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=RESULTS / "pipeline.json")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="default: torch's own choice")
    parser.add_argument("--fp32", action="store_true", help="also with fp32 forced")
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout")
    parser.add_argument("--script", metavar="COMMAND", help="another program, timed as a whole")
    options = parser.parse_args(arguments)
    if min(options.repeats, options.threads or 1) < 1:
        parser.error("--repeats and --threads are at least 1")
    chosen, threads = ways(options), options.threads or machine()["thread_count"]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen}
    try:
        for name in list(chosen) * options.repeats:
            runs[name].append(measured(chosen[name], threads))
    except subprocess.CalledProcessError as error:
        print(f"{shlex.join(error.cmd)} failed; its message is above.", file=sys.stderr)
        return 1
    report = report_of(runs, {name: way.title for name, way in chosen.items()}, options.seed)
    print(json.dumps(report["ratios"], indent=1))
    write(options.json, "python -m benchmarks.pipeline", **report)
    return 0


def ways(options: argparse.Namespace) -> dict[str, Way]:
    """Return what is measured, `classroom` first."""
    own = own_command(ROOT, options.seed)
    found = {"classroom": Way("`classroom`", own)}
    if options.fp32:
        found["classroom-fp32"] = Way("`classroom`, fp32 forced", [*own, "--precision=fp32"])
    if options.beside:
        beside = own_command(options.beside, options.seed)
        found["beside"] = Way("`classroom` of another checkout", beside, options.beside)
    if options.script:
        found["script"] = Way("another program", shlex.split(options.script), Path.cwd())
    return found


def own_command(checkout: Path, seed: int) -> list[str]:
    """Return the command that measures `classroom` in a *checkout* of this project."""
    places = {name: checkout / f"{name.replace('.', '/')}.py" for name in MODULES}
    module = next((name for name, path in places.items() if path.exists()), MODULES[0])
    return [sys.executable, "-m", module, f"--seed={seed}"]


def measured(way: Way, threads: int) -> dict[str, Any]:
    """Run one way in a process of its own, print a line and return its record.

    Ours print theirs as JSON in their last line; of another program it is its wall seconds.
    """
    began = time.perf_counter()
    done = subprocess.run(
        way.command,
        cwd=way.folder,
        env=environment(dict(os.environ), threads),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    record: dict[str, Any] = {"wall_seconds": {"total": time.perf_counter() - began}}
    errors = ""
    if not set(MODULES).isdisjoint(way.command):
        record = json.loads(done.stdout.splitlines()[-1])
        after = record["figures"]["student_after"]
        errors = f"{after['errors']} errors, {after['errors_on_threes']} on threes"
    print(f"{way.title:<32}{record['wall_seconds']['total']:8.1f} s  {errors}", flush=True)
    return record


def environment(inherited: dict[str, str], threads: int) -> dict[str, str]:
    """Return the variables of a measured process: no handicaps, one thread count for all."""
    kept = {name: value for name, value in inherited.items() if name not in HANDICAPS}
    counts = dict.fromkeys(THREAD_COUNTS, str(threads))
    # A measured process runs in another folder than this one.
    return {**kept, **counts, "KDENGINE_DATA_DIR": str(files.data_dir().resolve())}


def report_of(
    runs: dict[str, list[dict[str, Any]]], titles: dict[str, str], seed: int
) -> dict[str, Any]:
    """Return everything as JSON values: the runs, their spreads and the ratios of their pairs."""
    return {
        "clock": CLOCK,
        "seed": seed,
        "pipelines": {
            name: {"title": titles[name], "spread": spreads(records), "runs": records}
            for name, records in runs.items()
        },
        "ratios": {
            f"{name}/classroom": spreads(list(map(ratio, records, runs["classroom"])))
            for name, records in runs.items()
            if name != "classroom"
        },
    }


def ratio(other: dict[str, Any], own: dict[str, Any]) -> dict[str, float]:
    """Return how many times as long one run takes as another.

    Beside the wall seconds of the whole stand those of an epoch, so that training less does not
    pass for training faster.
    """
    found = {"total": other["wall_seconds"]["total"] / own["wall_seconds"]["total"]}
    for stage, seconds in other.get("seconds_per_epoch", {}).items():
        found[f"{stage}_epoch"] = seconds / own["seconds_per_epoch"][stage]
    return found


if __name__ == "__main__":
    sys.exit(command_line.run(main))
