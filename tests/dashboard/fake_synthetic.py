"""A table of the synthetic experiment made of chosen numbers, as the engine writes it."""

import math
from collections.abc import Callable
from dataclasses import replace

from kdengine.store import tables
from kdengine.synthetic import data as synthetic_data
from kdengine.synthetic import table as synthetic_table
from kdengine.synthetic.data import Place, Settings

SETTINGS = replace(Settings(), samples=2_000, test_samples=1_000)
# (place, temperature or None for hard labels, seed) -> test errors
Errors = Callable[[Place, float | None, int], int]


def usual(place: Place, temperature: float | None, seed: int) -> int:
    """Return more errors where classes are close; T = 3 is best, hard labels are worst."""
    base = 60 + round(100 * place.informative_share / (place.class_separation + 1.0))
    if temperature is None:
        return 3 * base + seed
    return base + round(20 * math.log(temperature / 3.0) ** 2) + seed


def table(errors: Errors = usual, *, seeds=(0, 1, 2), settings: Settings = SETTINGS) -> dict:
    """Return a table with these errors; a teacher makes half those of the hard-label student."""
    places = synthetic_data.places(settings)
    return synthetic_table.make(
        settings,
        [
            {
                "seed": seed,
                "environment": {"device": "cpu", "processor": "a test's", "thread_count": 1},
                "wall_seconds": {"data": 1.0, "teachers": 60.0, "students": 119.0},
                "data_sets": [
                    {
                        **place._asdict(),
                        "teacher": errors(place, None, seed) // 2,
                        "hard_student": errors(place, None, seed),
                        "distilled": [errors(place, t, seed) for t in settings.temperatures],
                    }
                    for place in places
                ],
            }
            for seed in seeds
        ],
        [{**place._asdict(), **points()} for place in places],
        made_by="python -m kdengine synthetic --seeds 0-2",
    )


def points() -> dict[str, list]:
    """Return four points: two classes, one sample of which lies with the other class."""
    return {"x": [0.0, 0.0, 4.0, 0.5], "y": [0.0, 1.0, 0.5, 0.5], "label": [0, 0, 1, 1]}


def install(made: dict, *, shipped: bool = False) -> None:
    """Store a table in the cache in use, as the engine would."""
    path = tables.path_of(synthetic_table.TABLE, shipped=shipped)
    tables.write(path, made)
    assert synthetic_table.load_table() == made
