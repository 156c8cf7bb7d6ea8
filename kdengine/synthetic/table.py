"""The table of the synthetic experiment: made, written, read back and checked.

Pages read it; reading needs no torch.
"""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kdengine.store import tables
from kdengine.store.shapes import Count, Environment, Number
from kdengine.store.tables import Table
from kdengine.synthetic import data
from kdengine.synthetic.data import Settings

Content = dict[str, Any]


class _Place(msgspec.Struct):
    """Which data set something is of."""

    class_separation: float
    informative_share: float


class _DataSet(_Place):
    """The test errors of one data set's networks; distilled ones in the order of their T."""

    teacher: Count
    hard_student: Count
    distilled: list[Count]


class _Picture(_Place):
    """Some of a data set's test samples, with their labels."""

    x: Annotated[list[Number], Meta(min_length=1)]
    y: list[Number]
    label: list[Count]


class _Seed(msgspec.Struct):
    """The figures of one seed; the seconds are of ``data``, ``teachers`` and ``students``."""

    seed: int
    environment: Environment
    wall_seconds: Annotated[dict[str, Number], Meta(min_length=1)]
    data_sets: list[_DataSet]


class _Synthetic(tables.Shape):
    """A whole table: every seed has all data sets in their order."""

    name: str
    settings: Settings
    seeds: Annotated[list[_Seed], Meta(min_length=1)]
    pictures: list[_Picture]

    def __post_init__(self) -> None:
        settings, seeds, pictures = self.settings, self.seeds, self.pictures
        sets = [each for seed in seeds for each in seed.data_sets]
        counts = [[each.teacher, each.hard_student, *each.distilled] for each in sets]
        wanted = data.places(settings)
        places = [(each.class_separation, each.informative_share) for each in (*pictures, *sets)]
        is_whole = (
            {len(pictures), *(len(seed.data_sets) for seed in seeds)} == {len(wanted)}
            and places == wanted * (1 + len(seeds))
            and len({seed.seed for seed in seeds}) == len(seeds)
            and {*map(len, counts)} == {2 + len(settings.temperatures)}
            and max(map(max, counts)) <= settings.test_samples
            and all(len(each.x) == len(each.y) == len(each.label) for each in pictures)
            and all(max(each.label) < settings.classes for each in pictures)
        )
        if not is_whole:
            raise ValueError("a seed, a data set, a network or a point is missing or cannot be")


TABLE = Table(
    "synthetic",
    "synthetic",
    _Synthetic,
    size=lambda content: (len(content["seeds"]),) * 2,  # each seed has all figures
)


def make(
    settings: Settings, seeds: list[Content], pictures: list[Content], *, made_by: str
) -> Content:
    """Return the table, which is as `_Synthetic` says; the command *made_by* makes it.

    *seeds* and *pictures* are as `experiment.run_seed` and `experiment.pictures` return them.
    """
    return {
        **tables.header(made_by),
        "name": TABLE.name,
        "settings": data.to_dict(settings),
        "seeds": seeds,
        "pictures": pictures,
    }


def load_table() -> dict[str, Any] | None:
    """Return the table that pages show; None if none can be used."""
    return tables.load(TABLE)


def stored_seeds(settings: Settings, path: Path) -> dict[int, dict[str, Any]]:
    """Return the seeds that the table in *path* holds of the same settings, by number."""
    table = tables.read(TABLE, path)
    if table is None or table["settings"] != data.to_dict(settings):
        return {}
    return {seed["seed"]: seed for seed in table["seeds"]}
