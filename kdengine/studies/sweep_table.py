"""The table of a sweep: the figures of each of its experiments, from stored runs alone.

Pages read it; it holds no logits and needs no torch.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib

from kdengine import files, pipeline
from kdengine.config import check_key, run_key
from kdengine.recipes import recipe as recipes
from kdengine.store import runs as store
from kdengine.store.run_files import StoredRun, is_number
from kdengine.store.table_choice import Chosen, choose
from kdengine.studies import ablations, omission_details, probes, sweeps, workers
from kdengine.studies.sweeps import Point, Sweep
from kdengine.studies.workers import Workers

FORMAT = 1
_FIGURES = ("teacher", "student_before", "student_after")


def path_of(name: str, *, shipped: bool = False) -> Path:
    """Return where the table of the sweep called *name* lies: made here, or shipped."""
    folder = files.shipped_dir() if shipped else files.cache_dir()
    return folder / f"sweep-{name}.json"


def make(name: str, points: Sequence[Point], pool: Workers, *, made_by: str) -> dict[str, Any]:
    """Evaluate *points* and return the table of their sweep.

    Parameters
    ----------
    name : str
        The sweep that they are of.
    made_by : str
        The command that makes the table.

    Returns
    -------
    dict
        ``format``, ``name``, ``made_by``, ``created``, ``experiment`` (the recipe that the rows
        vary), ``environment`` (of the first row's student), ``rows`` in the order of the points,
        and ``failed``, the points whose runs are not all stored or not usable. A row has
        ``parameters``, ``seed``, what `pipeline.evaluate` returns, ``run_keys`` and
        ``wall_seconds`` by role, ``environment``, ``images`` (how many in the ``transfer`` set,
        the ``test`` set and of the latter in the ``omitted`` classes) and, where the sweep asks
        for them, ``probes`` as `probes.offsets_of_random_probes` returns them, and ``details``.

    Raises
    ------
    store.RunNotFound
        If there is no row at all.
    """
    sweep = sweeps.find(name)
    tasks = (joblib.delayed(_row)(i, point, sweep) for i, point in enumerate(points))
    found = dict(workers.results(Workers(pool.count, pool.threads), tasks))
    rows = [found[i] for i in sorted(found) if "problem" not in found[i]]
    if not rows:
        raise store.RunNotFound(f"no experiment of the sweep {name} is stored, so it has no table.")
    return {
        "format": FORMAT,
        "name": name,
        "made_by": made_by,
        "created": datetime.now(UTC).date().isoformat(),
        "experiment": recipes.experiment(sweep.recipe, dataset=sweep.dataset).to_dict(),
        "environment": rows[0]["environment"],
        "rows": rows,
        "failed": [found[i] for i in sorted(found) if "problem" in found[i]],
    }


def load_table(name: str) -> dict[str, Any] | None:
    """Return the table of the sweep called *name* that pages show; see `choose_table`.

    Returns
    -------
    dict or None
        As `make` returns it; None if there is no table that can be used.

    Raises
    ------
    ValueError
        If there is no such sweep.
    """
    chosen = choose_table(name)
    return None if chosen is None else chosen.table


def choose_table(name: str) -> Chosen | None:
    """Return the table of the sweep called *name* made here or the shipped one, by `choose`.

    Raises
    ------
    ValueError
        If there is no such sweep.
    """
    sweeps.find(name)
    paths = (path_of(name, shipped=shipped) for shipped in (False, True))
    return choose(paths, lambda table: _is_table(table, name), _size)


def _size(table: dict[str, Any]) -> tuple[int, int]:
    """Return how many seeds and how many rows a table has."""
    return len({row["seed"] for row in table["rows"]}), len(table["rows"])


def _row(index: int, point: Point, sweep: Sweep) -> tuple[int, dict[str, Any]]:
    """Return the row of one point with its index, or why there is none."""
    made = point.experiment
    keys = {"teacher": run_key(made.teacher), "student": run_key(made.student)}
    if sweep.with_baseline:
        keys["baseline"] = run_key(made.baseline)
    row: dict[str, Any] = {"parameters": point.parameters, "seed": made.student.seed}
    try:
        runs = {role: store.load(key) for role, key in keys.items()}
        figures = pipeline.evaluate(
            runs["teacher"],
            runs["student"],
            runs.get("baseline"),
            made.rule,
        )
        if sweep.probe_sizes:
            (omitted,) = made.student.omitted_classes
            figures["probes"] = probes.offsets_of_random_probes(
                runs["teacher"], runs["student"], omitted, sweep.probe_sizes, ablations.PROBE_DRAWS
            )
        if sweep.with_details:
            figures["details"] = omission_details.details(runs["student"], figures["offset"])
    except (OSError, ValueError) as error:
        return index, {**row, "run_keys": keys, "problem": str(error)}
    return index, {
        **row,
        **figures,
        "run_keys": keys,
        "wall_seconds": {role: run.metrics["wall_seconds"] for role, run in runs.items()},
        "environment": runs["student"].metrics["environment"],
        "images": _images(runs["student"]),
    }


def _images(student: StoredRun) -> dict[str, int]:
    """Return how many images a student learnt from and is tested on."""
    omitted = store.replayed_images(student.config, student.test_labels)
    return {
        "transfer": student.metrics["split_sizes"]["transfer"],
        "test": len(student.test_labels),
        "omitted": int(omitted.sum()),
    }


def _is_table(table: object, name: str) -> bool:
    """Return whether *table* is a whole table of the sweep called *name*."""
    if not isinstance(table, dict) or table.get("format") != FORMAT or table.get("name") != name:
        return False
    rows, failed = table.get("rows"), table.get("failed")
    return (
        isinstance(rows, list)
        and isinstance(failed, list)
        and bool(rows)
        and all(_is_row(row) for row in rows)
        and all(_is_point(row) and isinstance(row.get("problem"), str) for row in failed)
        and all(isinstance(table.get(key), dict) for key in ("experiment", "environment"))
        and all(isinstance(table.get(key), str) for key in ("made_by", "created"))
    )


def _is_row(row: object) -> bool:
    """Return whether *row* holds the figures of one experiment."""
    return (
        isinstance(row, dict)
        and _is_point(row)
        and all(_is_figures(row.get(role)) for role in _FIGURES)
        and (row.get("baseline", 0) is None or _is_figures(row.get("baseline")))
        and (row.get("offset", 0) is None or _is_offset(row.get("offset")))
        and isinstance(row.get("images", {}), dict)  # tables of before have none
        and all(type(count) is int for count in row.get("images", {}).values())
        and isinstance(row.get("probes", []), list)
        and all(_is_probes(found) for found in row.get("probes", []))
        and ("details" not in row or omission_details.is_details(row["details"]))
        and _is_filled(row.get("wall_seconds"), is_number)
        and row["wall_seconds"].keys() == row["run_keys"].keys()
        and isinstance(row.get("environment"), dict)
    )


def _is_point(row: object) -> bool:
    """Return whether *row* says which experiment it is of."""
    return (
        isinstance(row, dict)
        and isinstance(row.get("parameters"), dict)
        and type(row.get("seed")) is int
        and _is_filled(row.get("run_keys"), _is_key)
        and {"teacher", "student"} <= row["run_keys"].keys() <= {"teacher", "student", "baseline"}
    )


def _is_figures(figures: object) -> bool:
    """Return whether *figures* are as `evaluation.summary` returns them."""
    if not isinstance(figures, dict) or type(figures.get("errors")) is not int:
        return False
    rates = [figures.get(name, -1.0) for name in ("omitted_accuracy", "other_accuracy")]
    per_class = figures.get("per_class_accuracy")
    return (
        _is_rate(figures.get("accuracy"))
        and isinstance(per_class, list)
        and len(per_class) == 10
        and all(rate is None or _is_rate(rate) for rate in [*rates, *per_class])
    )


def _is_offset(offset: object) -> bool:
    """Return whether *offset* is one that a criterion chose; several classes have several."""
    if not isinstance(offset, dict) or not isinstance(offset.get("criterion"), str):
        return False
    value = offset.get("value")
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(is_number(one) for one in values)


def _is_probes(found: object) -> bool:
    """Return whether *found* are the offsets of random probes of one size."""
    if not isinstance(found, dict) or not isinstance(found.get("criterion"), str):
        return False
    lists = [found.get(name) for name in ("offsets", "errors", "omitted_errors")]
    return (
        type(found.get("size")) is int
        and all(isinstance(one, list) and all(is_number(v) for v in one) for one in lists)
        and len({len(one) for one in lists if isinstance(one, list)}) == 1
    )


def _is_filled(record: object, check: Callable[[object], bool]) -> bool:
    """Return whether *record* is an object with entries, each of which passes *check*."""
    return isinstance(record, dict) and bool(record) and all(check(v) for v in record.values())


def _is_key(value: object) -> bool:
    """Return whether *value* has the form of a run's key."""
    try:
        check_key(value)
    except ValueError:
        return False
    return True


def _is_rate(value: object) -> bool:
    """Return whether *value* is a share."""
    return is_number(value) and 0.0 <= value <= 1.0  # type: ignore[operator]
