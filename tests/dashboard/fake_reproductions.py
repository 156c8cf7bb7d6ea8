"""Tables of reproductions made of chosen numbers, in the form that the engine writes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kdengine.config import run_key, to_dict
from kdengine.recipes import known
from kdengine.recipes.source import Figure
from kdengine.store import tables
from kdengine.studies import reproduction_table

OFFSETS = np.round(np.arange(0.0, 5.001, 0.05), 2)


def table(
    name: str, ours: Callable[[Figure], list[float]] = lambda figure: [figure.value] * 2
) -> dict[str, Any]:
    """Return a table in which our numbers, one a seed, are what the function says of a figure."""
    configs = known.source(name).networks(0)
    rows = [reproduction_table._row(figure, ours(figure)) for figure in known.SOURCES[name].figures]
    seeds = len(rows[0]["ours"])
    lacks_three = any(
        c.kind == "student" and tuple(c.omitted_classes) == (3,) for c in configs.values()
    )
    return {
        "format": 1,
        "name": name,
        "title": known.source(name).title,
        "link": known.source(name).link,
        "choices": ["a choice"],
        "made_by": f"python -m kdengine reproduce {name}",
        "created": "2026-01-02",
        "seeds": list(range(seeds)),
        "environment": {"device": "cpu", "processor": "a test's", "precision": "bf16"},
        "figures": rows,
        "missing": [],
        "networks": {network: described(config, seeds) for network, config in configs.items()},
        "sweep": sweep() if lacks_three else None,
        "biases": biases() if lacks_three else None,
    }


def described(config, seeds: int) -> dict[str, Any]:
    """Return one network: its test loss is lowest after epoch 2, and it errs on 3 and on 5."""
    confusion = [[1000 if row == column else 0 for column in range(10)] for row in range(10)]
    confusion[3][5], confusion[5][3] = 20, 7
    omitted = 0.5 if config.omitted_classes else None
    history = [
        [0.5, 0.9, 0.90, omitted],
        [0.2, 0.4, 0.95, omitted],
        [0.1, 0.6, 0.96, omitted],
    ]
    return {
        "config": to_dict(config),
        "confusion": confusion,
        "history": history,
        "runs": [run_key(config)] * seeds,
        "wall_seconds": [30.0] * seeds,
    }


def sweep() -> dict[str, list[float]]:
    """Return curves that rise and fall in straight lines."""
    return {
        "offset": OFFSETS.tolist(),
        "all": (0.98 - 0.002 * np.abs(OFFSETS - 2.0)).tolist(),
        "omitted": (0.90 + 0.018 * OFFSETS).tolist(),
        "others": (0.99 - 0.003 * OFFSETS).tolist(),
        "mass": (0.08 + 0.01 * OFFSETS).tolist(),
    }


def biases() -> dict[str, Any]:
    """Return biases of which erasing costs 11 errors."""
    figures = {
        "none": (None, 120, 40),
        "plus": (3.5, 110, 15),
        "all-equal": (None, 131, 44),
        "all-equal-plus": (3.5, 118, 16),
        "frequency-all": (1.5, 101, 20),
        "frequency-probe": (2.7, 105, 17),
    }
    return {
        "learned": [0.1, -0.2, 0.0, -0.3, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0],
        "share": 0.1022,
        "probe_share": 0.0986,
        "treatments": [
            {"name": name, "offset": offset, "errors": errors, "omitted_errors": threes}
            for name, (offset, errors, threes) in figures.items()
        ],
    }


def install(made: dict[str, Any]) -> None:
    """Store a table in the cache in use, as the engine would."""
    path = tables.path_of(reproduction_table.table_of(made["name"]))
    tables.write(path, made)
    assert reproduction_table.load_table(made["name"]) == made


def scattered(figure):
    """Return three seeds' errors; figures on threes are far off, the others are not."""
    shift = 0.0 if figure.digit is None else 400.0
    return [figure.value + shift + extra for extra in (-9.0, 4.0, 11.0)]
