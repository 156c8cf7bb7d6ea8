"""Tables of sweeps made of chosen numbers, in the form that the engine writes."""

import functools
from collections.abc import Callable
from typing import Any

from kdengine.config import run_key
from kdengine.recipes import plans
from kdengine.store import tables
from kdengine.studies import sweep_table, sweeps

# (point, stage "before" or "after") -> accuracy on the omitted class, accuracy on the others
Figures = Callable[[sweeps.Point, str], tuple[float, float]]
OMITTED, TEST = 1000, 10_000


@functools.cache
def points(name: str, seeds: tuple[int, ...] | None) -> list[tuple[sweeps.Point, dict[str, str]]]:
    """Return a sweep's points with the keys of their networks, planned once for all tests."""
    return [
        (each, {"teacher": run_key(each.plan.teacher), "student": run_key(each.plan.student)})
        for each in sweeps.points(name, seeds)
    ]


def table(name: str, figures: Figures, offset: float = 2.0, seeds=None) -> dict[str, Any]:
    """Return a table of the sweep called *name* with these figures."""
    rows = []
    for point, keys in points(name, None if seeds is None else tuple(seeds)):
        made, keys = point.plan, dict(keys)
        rows.append(
            {
                "parameters": dict(point.parameters),
                "seed": made.student.seed,
                "teacher": summary(0.99, 0.99),
                "student_before": summary(*figures(point, "before")),
                "student_after": summary(*figures(point, "after")),
                "baseline": None,
                "offset": {"criterion": "frequency", "value": offset},
                "run_keys": keys,
                "wall_seconds": dict.fromkeys(keys, 1.0),
                "environment": {"device": "cpu"},
                "images": {
                    "transfer": made.student.transfer_size or 53_869,
                    "test": TEST,
                    "omitted": OMITTED,
                },
            }
        )
    return {
        "format": 1,
        "name": name,
        "made_by": f"python -m kdengine sweep {name}",
        "created": "2026-01-02",
        "experiment": plans.experiment().to_dict(),
        "environment": {"device": "cpu", "processor": "a test's"},
        "rows": rows,
        "failed": [],
    }


def summary(omitted: float, others: float) -> dict[str, Any]:
    """Return figures as `evaluation.summary` does."""
    errors = round((1 - omitted) * OMITTED + (1 - others) * (TEST - OMITTED))
    return {
        "errors": errors,
        "accuracy": 1.0 - errors / TEST,
        "omitted_accuracy": omitted,
        "other_accuracy": others,
        "per_class_accuracy": [others] * 3 + [omitted] + [others] * 6,
    }


def install(made: dict[str, Any], *, shipped: bool = False) -> None:
    """Store a table in the cache in use, as the engine would."""
    path = tables.path_of(sweep_table.table_of(made["name"]), shipped=shipped)
    tables.write(path, made)
    assert sweep_table.load_table(made["name"]) == made
