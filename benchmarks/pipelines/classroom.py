"""The recipe `classroom` through the engine, in an empty cache of its own.

    python -m benchmarks.pipelines.classroom [--precision auto] [--seed N] [--quick]

Prints one line of JSON.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from benchmarks import measurement
from benchmarks.measurement import OMITTED_CLASS
from kdengine import files, pipeline
from kdengine.cli import command_line
from kdengine.config import PRECISIONS
from kdengine.offsets import thresholds
from kdengine.recipes import plans
from kdengine.recipes.own import CLASSROOM
from kdengine.store import runs as store
from kdengine.training import openmp


def experiment(dataset: str = "mnist", seed: int = 0, *, quick: bool = False) -> plans.Plan:
    """Return the recipe's plan; with *quick* each network trains one epoch."""
    epochs = 1 if quick else None
    return plans.experiment(
        CLASSROOM, dataset=dataset, seed=seed, teacher_epochs=epochs, student_epochs=epochs
    )


def measure(chosen: plans.Plan, precision: str = "auto") -> dict[str, Any]:
    """Train an experiment anew on the CPU and return its figures, as `measurement.record` does.

    Beside them stands ``precision``, as the engine chose it.
    """
    openmp.wait_briefly()
    from kdengine.training import fit  # noqa: F401  # torch is loaded before the clock starts

    began = time.perf_counter()
    result = pipeline.run(chosen, device="cpu", precision=precision, fresh=True)
    # By our own clock, as everywhere in this benchmark.
    wall = {**result["wall_seconds"], "total": time.perf_counter() - began}
    teacher, student = (store.load(result["run_keys"][role]) for role in ("teacher", "student"))
    offset = result["offset"]["value"]
    logits = {
        "teacher": teacher.test_logits,
        "student_before": student.test_logits,
        "student_after": thresholds.apply_offsets(student.test_logits, (OMITTED_CLASS,), offset),
    }
    found = measurement.record(
        epochs={run.config.kind: len(run.metrics["history"]) for run in (teacher, student)},
        wall_seconds=wall,
        logits=logits,
        labels=student.test_labels,
        offset=offset,
    )
    return {**found, "precision": result["environment"]["precision"]}


def main() -> int:
    """Run it in an empty cache and print the figures."""
    parser = measurement.parser(__doc__.splitlines()[0])
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    options = parser.parse_args()
    plan = experiment(options.dataset, options.seed, quick=options.quick)
    with empty_cache():
        print(json.dumps(measure(plan, options.precision)))
    return 0


@contextmanager
def empty_cache() -> Iterator[None]:
    """Let the engine find the data, and nothing that has been trained before."""
    # The data lie in the cache by default, which is about to move.
    places = {"KDENGINE_DATA_DIR": str(files.data_dir().resolve())}
    with tempfile.TemporaryDirectory() as cache:
        with mock.patch.dict(os.environ, places | {"KDENGINE_CACHE_DIR": cache}):
            yield


if __name__ == "__main__":
    sys.exit(command_line.run(main))
