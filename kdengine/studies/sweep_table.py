"""The table of a sweep: the figures of each of its experiments, from stored runs alone.

Pages read it; it holds no logits and needs no torch.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import joblib
import msgspec
from msgspec import Meta

from kdengine import pipeline
from kdengine.config import run_key
from kdengine.recipes import plans
from kdengine.store import experiments, run_files, runs, tables
from kdengine.store.shapes import Environment, Figures, Number, Plan, RunKey
from kdengine.store.tables import Table
from kdengine.studies import extras, sweeps, workers
from kdengine.studies.since_2015 import known
from kdengine.studies.sweeps import Point, Sweep
from kdengine.studies.workers import Workers


class _Point(msgspec.Struct):
    """Which experiment a row is of."""

    parameters: dict[str, Any]
    seed: int
    run_keys: dict[str, RunKey]

    def __post_init__(self) -> None:
        if self.run_keys.keys() != {"teacher", "student"}:
            raise ValueError("a row has the runs of a teacher and a student")


class _Offset(msgspec.Struct):
    """An offset that a criterion chose; several classes have several."""

    criterion: str
    value: Number | Annotated[list[Number], Meta(min_length=1)]


class _Row(_Point):
    teacher: Figures
    student_before: Figures
    student_after: Figures
    baseline: Figures | None
    offset: _Offset | None
    wall_seconds: dict[str, Number]
    environment: Environment
    # How many in the transfer and test sets, and of the latter omitted; old tables have none.
    images: dict[str, int] = {}
    # Where the sweep asks for them.
    probes: list[extras.Probes] = []
    details: extras.Details | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.wall_seconds.keys() != self.run_keys.keys():
            raise ValueError("every run of a row has its seconds")


class _Failed(_Point):
    problem: str


class _Sweep(tables.Shape):
    name: str
    experiment: Plan  # the recipe that the rows vary
    environment: Environment  # of the first row's student
    rows: Annotated[list[_Row], Meta(min_length=1)]  # in the order of the points
    failed: list[_Failed]  # points whose runs are not all stored or not usable


def table_of(name: str) -> Table:
    """Return which table the sweep called *name* has; ValueError if there is no such sweep."""
    if name in known.STUDIES:
        return known.table_of(name)
    sweeps.find(name)

    def size(content: dict[str, Any]) -> tuple[int, int]:
        return len({row["seed"] for row in content["rows"]}), len(content["rows"])

    return Table(f"sweep-{name}", name, _Sweep, size)


def make(name: str, points: Sequence[Point], pool: Workers, *, made_by: str) -> dict[str, Any]:
    """Evaluate the *points* of the sweep called *name* and return its table.

    It is as `_Sweep` and `_Row` say; a row is what `pipeline.evaluate` returns and more. The
    command *made_by* makes it. RunNotFound if there is no row at all.
    """
    sweep = sweeps.find(name)
    tasks = (joblib.delayed(_row)(i, point, sweep) for i, point in enumerate(points))
    results = dict(workers.results(Workers(pool.count, pool.threads), tasks))
    every = [results[i] for i in sorted(results)]
    rows = [row for row in every if "problem" not in row]
    if not rows:
        raise runs.RunNotFound(f"no experiment of the sweep {name} is stored, so it has no table.")
    return {
        **tables.header(made_by),
        "name": name,
        "experiment": plans.experiment(sweep.recipe, dataset=sweep.dataset).to_dict(),
        "environment": rows[0]["environment"],
        "rows": rows,
        "failed": [row for row in every if "problem" in row],
    }


def load_table(name: str) -> dict[str, Any] | None:
    """Return the table of a sweep that pages show, as `make` does; None if none can be used."""
    return tables.load(table_of(name))


def _row(index: int, point: Point, sweep: Sweep) -> tuple[int, dict[str, Any]]:
    """Return the row of one point with its index, or why there is none."""
    plan = point.plan
    keys = {"teacher": run_key(plan.teacher), "student": run_key(plan.student)}
    row = {"parameters": point.parameters, "seed": plan.student.seed, "run_keys": keys}
    try:
        stored = {role: runs.load(key) for role, key in keys.items()}
        teacher, student = stored["teacher"], stored["student"]
        figures = pipeline.evaluate(experiments.of_runs(student, teacher, None), plan.rule)
        if sweep.probe_sizes:
            (omitted,) = plan.student.omitted_classes
            figures["probes"] = extras.offsets_of_random_probes(
                teacher, student, omitted, sweep.probe_sizes
            )
        if sweep.with_details:
            figures["details"] = extras.details(student, figures["offset"])
    except (OSError, ValueError) as error:
        return index, {**row, "problem": str(error)}
    omitted_images = run_files.replayed_images(student.config, student.test_labels)
    return index, {
        **row,
        **figures,
        "wall_seconds": {role: run.metrics["wall_seconds"] for role, run in stored.items()},
        "environment": student.metrics["environment"],
        "images": {
            "transfer": student.metrics["split_sizes"]["transfer"],
            "test": len(student.test_labels),
            "omitted": int(omitted_images.sum()),
        },
    }
