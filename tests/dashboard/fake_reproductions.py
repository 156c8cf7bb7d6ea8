"""Tables of reproductions made of chosen numbers, in the form that the engine writes."""

from collections.abc import Callable
from typing import Any

from kdengine.config import run_key, to_dict
from kdengine.recipes import known
from kdengine.recipes.source import Figure
from kdengine.store import tables
from kdengine.studies import reproduction_table


def table(
    name: str, ours: Callable[[Figure], list[float]] = lambda figure: [figure.value] * 3
) -> dict[str, Any]:
    """Return a table in which our numbers, one a seed, are what the function says of a figure."""
    configs = known.source(name).networks(0)
    rows = [reproduction_table._row(figure, ours(figure)) for figure in known.SOURCES[name].figures]
    seeds = len(rows[0]["ours"])
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
    }


def described(config, seeds: int) -> dict[str, Any]:
    """Return one network over so many seeds."""
    return {
        "config": to_dict(config),
        "runs": [run_key(config)] * seeds,
        "wall_seconds": [30.0] * seeds,
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
