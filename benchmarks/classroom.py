"""The recipe `classroom` through the engine, in an empty cache of its own.

    python -m benchmarks.classroom [--precision auto] [--seed N] [--quick]

Prints one line of JSON.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import OMITTED_CLASS
from kdengine import files, pipeline
from kdengine.cli import command_line
from kdengine.config import DATASETS, PRECISIONS
from kdengine.offsets import thresholds
from kdengine.recipes import plans
from kdengine.recipes.own import CLASSROOM
from kdengine.store import runs as store
from kdengine.training import openmp


def main() -> int:
    """Run it in an empty cache and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=DATASETS, default="mnist")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--quick", action="store_true", help="one epoch of each network")
    options = parser.parse_args()
    plan = experiment(options.dataset, options.seed, quick=options.quick)
    # The data lie in the cache by default, which is about to move.
    places = {"KDENGINE_DATA_DIR": str(files.data_dir().resolve())}
    with tempfile.TemporaryDirectory() as cache:
        with mock.patch.dict(os.environ, places | {"KDENGINE_CACHE_DIR": cache}):
            print(json.dumps(measure(plan, options.precision)))
    return 0


def experiment(dataset: str = "mnist", seed: int = 0, *, quick: bool = False) -> plans.Plan:
    """Return the recipe's plan; with *quick* each network trains one epoch."""
    epochs = 1 if quick else None
    return plans.experiment(
        CLASSROOM, dataset=dataset, seed=seed, teacher_epochs=epochs, student_epochs=epochs
    )


def measure(chosen: plans.Plan, precision: str = "auto") -> dict[str, Any]:
    """Train an experiment anew on the CPU and return its figures as JSON values.

    ``seconds_per_epoch`` is a stage's whole wall time over its epochs, whatever else the stage does
    (evaluation, saving): nothing hides outside it.
    """
    openmp.wait_briefly()
    from kdengine.training import fit  # noqa: F401  # torch is loaded before the clock starts

    began = time.perf_counter()
    result = pipeline.run(chosen, device="cpu", precision=precision, fresh=True)
    wall = {**result["wall_seconds"], "total": time.perf_counter() - began}
    teacher, student = (store.load(result["run_keys"][role]) for role in ("teacher", "student"))
    offset = result["offset"]["value"]
    epochs = {run.config.kind: len(run.metrics["history"]) for run in (teacher, student)}
    per_epoch = {role: wall[role] / epochs[role] for role in epochs}
    both = sum(wall[role] for role in epochs) / sum(epochs.values())
    logits = {
        "teacher": teacher.test_logits,
        "student_before": student.test_logits,
        "student_after": thresholds.apply_offsets(student.test_logits, (OMITTED_CLASS,), offset),
    }
    return {
        "epochs": epochs,
        "wall_seconds": wall,
        "seconds_per_epoch": {**per_epoch, "both": both},
        "figures": {role: error_counts(z, student.test_labels) for role, z in logits.items()},
        "offset": offset,
        "peak_memory_mib": peak_memory_mib(),
        "precision": result["environment"]["precision"],
    }


def error_counts(logits: NDArray[Any], labels: NDArray[Any]) -> dict[str, int]:
    """Return ``errors`` and ``errors_on_threes`` of (N, C) *logits*."""
    wrong = logits.argmax(axis=1) != labels
    return {
        "errors": int(wrong.sum()),
        "errors_on_threes": int(np.sum(wrong[labels == OMITTED_CLASS])),
    }


def peak_memory_mib() -> float | None:
    """Return the most memory this process has held, in MiB; None where that is not told."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # macOS counts bytes


if __name__ == "__main__":
    sys.exit(command_line.run(main))
