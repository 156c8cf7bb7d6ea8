"""The whole experiment, three ways: plain numpy, plain torch, the engine's `classroom`.

    python -m benchmarks.pipeline [--only a,b,c,c32] [--repeats N] [--seed N] [--threads N]

One process after another on the same data and threads, so that none warms another. Prints what
it finds and writes it to benchmarks/results/pipeline.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks.measurement import spread, spreads
from benchmarks.pipelines.operations import bound_seconds
from kdengine import files
from kdengine.store import shapes

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "pipeline.json"
# They force OpenBLAS to kernels or blocks of another processor than this one: a handicap of
# plain numpy, which would flatter the ratio.
HANDICAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CLOCK = (
    "Wall seconds without the start of the process: from after the imports of numpy and torch "
    "to the offset, the loading of the data included. Seconds an epoch are a network's whole "
    "stage over its epochs."
)
STAGES = ("teacher", "student", "both")


class Pipeline(NamedTuple):
    """One way to run the experiment: its title, its module, its arguments, its usual repeats."""

    title: str
    module: str
    arguments: tuple[str, ...]
    repeats: int


PIPELINES = {
    "a": Pipeline("plain numpy", "benchmarks.pipelines.plain_numpy", (), 1),
    "b": Pipeline("plain torch", "benchmarks.pipelines.plain_torch", (), 1),
    "c": Pipeline("`classroom`", "benchmarks.pipelines.classroom", ("--precision", "auto"), 3),
    "c32": Pipeline(
        "`classroom`, fp32 forced", "benchmarks.pipelines.classroom", ("--precision", "fp32"), 3
    ),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=RESULT)
    parser.add_argument("--only", type=names, default=list(PIPELINES), help="such as a,c")
    parser.add_argument("--repeats", type=positive, help="default: 1 of a and b, 3 of c and c32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=positive, help="default: torch's own choice")
    parser.add_argument("--quick", action="store_true", help="one epoch each; not for the README")
    options = parser.parse_args(arguments)
    try:
        report = measure(options)
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd[1:])} failed; its message is above.", file=sys.stderr)
        return 1
    options.json.parent.mkdir(parents=True, exist_ok=True)
    shapes.write_json(options.json, report)
    print(json.dumps({name: report[name] for name in ("ratios", "bounds")}, indent=1))
    print(f"wrote {options.json}")
    return 0


def names(text: str) -> list[str]:
    """Return the pipelines that a comma-separated *text* names, in their order."""
    wanted = text.split(",")
    unknown = sorted(set(wanted) - set(PIPELINES))
    if unknown:
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown)}: not one of {', '.join(PIPELINES)}; give such as a,c"
        )
    return [name for name in PIPELINES if name in wanted]


def positive(text: str) -> int:
    """Return *text* as a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is below 1; give 1 or more")
    return number


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run the chosen pipelines round by round and return the report.

    The peaks are measured at the start of each round, since a processor does not always run at
    the same speed.
    """
    repeats = {name: options.repeats or PIPELINES[name].repeats for name in options.only}
    threads = options.threads
    machines, runs = [], {name: [] for name in options.only}
    for turn in range(max(repeats.values())):
        machines.append(in_a_process("benchmarks.machine", (), threads))
        threads = threads or machines[0]["machine"]["thread_count"]
        for name in (name for name in options.only if turn < repeats[name]):
            runs[name].append(watched(name, options, threads))
    return report_of(runs, machines, options)


def watched(name: str, options: argparse.Namespace, threads: int) -> dict[str, Any]:
    """Run one pipeline, print a line, and note how busy others kept the machine meanwhile."""
    pipeline = PIPELINES[name]
    arguments = (*pipeline.arguments, "--seed", str(options.seed))
    before = psutil.cpu_times()
    record = in_a_process(
        pipeline.module, (*arguments, "--quick") if options.quick else arguments, threads
    )
    record["others_share"] = others_share(before, psutil.cpu_times(), record["cpu_seconds"])
    wall, after = record["wall_seconds"], record["figures"]["student_after"]
    print(
        f"{name:<4}{pipeline.title:<26}{wall['total']:8.1f} s  "
        f"after the offset {after['errors']} errors, {after['errors_on_threes']} on threes  "
        f"(others had {record['others_share']:.0%} of the machine)",
        flush=True,
    )
    return record


def in_a_process(module: str, arguments: tuple[str, ...], threads: int | None) -> dict[str, Any]:
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


def environment(inherited: dict[str, str], threads: int | None) -> dict[str, str]:
    """Return the variables of a measured process: no handicaps, one thread count for all."""
    kept = {name: value for name, value in inherited.items() if name not in HANDICAPS}
    counts = {} if threads is None else dict.fromkeys(THREAD_COUNTS, str(threads))
    # A measured process runs in the project's folder, wherever this one does.
    return {**kept, **counts, "KDENGINE_DATA_DIR": str(files.data_dir().resolve())}


def others_share(before: Any, after: Any, own_seconds: float) -> float:
    """Return the share of the machine's time that went to other processes, in [0, 1].

    Parameters
    ----------
    before, after : as `psutil.cpu_times` returns them
    own_seconds : float
        Processor time of the measured process.
    """
    spent = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    # Linux counts a guest's time a second time, as its host's user time.
    total = sum(seconds for name, seconds in spent.items() if not name.startswith("guest"))
    idle = spent["idle"] + spent.get("iowait", 0.0)
    return min(1.0, max(0.0, (total - idle - own_seconds) / total)) if total > 0.0 else 0.0


def report_of(
    runs: dict[str, list[dict[str, Any]]],
    machines: list[dict[str, Any]],
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Return everything as JSON values: the runs, their spreads, ratios and bounds."""
    peaks = {
        precision: spread([machine["peaks"][precision] for machine in machines])
        for precision in machines[0]["peaks"]
    }
    return {
        "format": 1,
        "made_by": "python -m benchmarks.pipeline",
        "created": datetime.now(UTC).date().isoformat(),
        "clock": CLOCK,
        "quick": options.quick,
        "seed": options.seed,
        "machine": machines[-1]["machine"],
        "peaks": peaks,
        "pipelines": {
            name: {
                "title": PIPELINES[name].title,
                "repeats": len(records),
                "spread": spreads(records),
                "runs": records,
            }
            for name, records in runs.items()
        },
        "ratios": ratios(runs),
        "bounds": {
            name: bound(records, {p: rate["median"] for p, rate in peaks.items()})
            for name, records in runs.items()
            if "operations" in records[0]
        },
    }


def ratios(runs: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """Return how many times as long a and b take as c and c32: ratios of medians.

    Beside the wall seconds of the whole stand those of an epoch, so that training less does not
    pass for training faster.
    """
    found = {}
    for plain in ("a", "b"):
        for own in ("c", "c32"):
            if plain in runs and own in runs:
                slow, fast = _medians(runs[plain]), _medians(runs[own])
                found[f"{plain}/{own}"] = {name: slow[name] / fast[name] for name in slow}
    return found


def bound(records: list[dict[str, Any]], peaks: dict[str, float]) -> dict[str, Any]:
    """Return the operations of one run, the least seconds they take, and the wall's multiple."""
    counts = records[0]["operations"]
    seconds = bound_seconds(counts, peaks)
    wall = _medians(records)["total"]
    return {"operations": counts, "seconds": seconds, "wall_over_bound": wall / seconds}


def _medians(records: list[dict[str, Any]]) -> dict[str, float]:
    """Return the median seconds of the whole and of an epoch."""
    whole = {"total": statistics.median(r["wall_seconds"]["total"] for r in records)}
    epochs = {
        f"{stage}_epoch": statistics.median(r["seconds_per_epoch"][stage] for r in records)
        for stage in STAGES
    }
    return whole | epochs


if __name__ == "__main__":
    sys.exit(main())
