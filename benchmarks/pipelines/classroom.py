"""The recipe `classroom` through the engine, in an empty cache of its own.

    python -m benchmarks.pipelines.classroom [--precision auto] [--seed N] [--quick]

Prints one line of JSON.
"""

import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from typing import Any

from benchmarks import measurement
from benchmarks.measurement import OMITTED_CLASS
from benchmarks.pipelines import operations
from kdengine import files, pipeline
from kdengine.config import PRECISIONS, run_key
from kdengine.offsets import thresholds as bias
from kdengine.recipes import recipe as recipes
from kdengine.store import runs as store
from kdengine.training import openmp


def experiment(seed: int = 0, *, quick: bool = False) -> recipes.Plan:
    """Return the recipe's experiment on MNIST; with *quick* each network trains one epoch."""
    made = recipes.experiment("classroom", seed=seed)
    if not quick:
        return made
    teacher = replace(made.teacher, epochs=1, minimum_steps=0)
    student = replace(made.student, epochs=1, minimum_steps=0, teacher=run_key(teacher))
    return replace(made, teacher=teacher, student=student)


def measure(chosen: recipes.Plan, precision: str = "auto") -> dict[str, Any]:
    """Train an experiment anew on the CPU and return its figures.

    Returns
    -------
    dict
        What `measurement.record` returns, with ``precision`` as the engine chose it and
        ``operations`` by precision.
    """
    openmp.wait_briefly()
    from kdengine.training import fit  # noqa: F401  # torch is loaded before the clock starts

    epochs = {"teacher": 0, "student": 0}

    def count(event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            epochs[event["role"]] += 1

    began = time.perf_counter()
    result = pipeline.run(chosen, device="cpu", precision=precision, fresh=True, on_event=count)
    # By our own clock, as everywhere in this benchmark.
    wall = {**result["wall_seconds"], "total": time.perf_counter() - began}
    teacher, student = (store.load(result["run_keys"][role]) for role in epochs)
    offset = result["offset"]["value"]
    logits = {
        "teacher": teacher.test_logits,
        "student_before": student.test_logits,
        "student_after": bias.apply_offsets(student.test_logits, (OMITTED_CLASS,), offset),
    }
    used = result["environment"]["precision"]
    sizes = {f"{split}_images": n for split, n in student.metrics["split_sizes"].items()}
    return {
        **measurement.record(
            epochs=epochs,
            wall_seconds=wall,
            logits=logits,
            labels=student.test_labels,
            offset=offset,
        ),
        "precision": used,
        "operations": operations.of_experiment(chosen, used, **sizes),
    }


def main() -> int:
    """Run it in an empty cache and print the figures."""
    parser = measurement.parser(__doc__.splitlines()[0])
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    options = parser.parse_args()
    data = str(files.data_dir())  # lies in the cache by default, which is about to move
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update(KDENGINE_DATA_DIR=data, KDENGINE_CACHE_DIR=cache)
        print(json.dumps(measure(experiment(options.seed, quick=options.quick), options.precision)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
