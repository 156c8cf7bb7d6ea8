"""The table of the synthetic experiment: made, written, read back and checked.

Pages read it; reading needs no torch.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kdengine.store import tables
from kdengine.store.shapes import Count, Number
from kdengine.store.tables import Table
from kdengine.synthetic import data
from kdengine.synthetic.data import Place, Settings

Content = dict[str, Any]


class _Place(msgspec.Struct):
    """Which data set something is of."""

    class_separation: float
    informative_share: float


class _DataSet(_Place):
    """The test errors of one data set's networks."""

    teacher: Count
    hard_student: Count
    distilled: list[Count]


class _Picture(_Place):
    """Some of a data set's test samples, with their labels."""

    x: Annotated[list[Number], Meta(min_length=1)]
    y: list[Number]
    label: list[Count]


class _Seed(msgspec.Struct):
    """The figures of one seed."""

    seed: int
    environment: dict[str, Any]
    wall_seconds: Annotated[dict[str, Number], Meta(min_length=1)]
    data_sets: list[_DataSet]


class _Synthetic(tables.Shape):
    """A whole table: every seed has all data sets in their order."""

    name: str
    settings: Settings
    seeds: Annotated[list[_Seed], Meta(min_length=1)]
    pictures: list[_Picture]

    def __post_init__(self) -> None:
        per_seed: list[Sequence[_Place]] = [seed.data_sets for seed in self.seeds]
        for records in (self.pictures, *per_seed):
            places = [Place(each.class_separation, each.informative_share) for each in records]
            _require(places == data.places(self.settings), "the data sets differ")
        numbers = [seed.seed for seed in self.seeds]
        _require(len(set(numbers)) == len(numbers), "a seed is there twice")
        for data_set in chain.from_iterable(seed.data_sets for seed in self.seeds):
            counts = [data_set.teacher, data_set.hard_student, *data_set.distilled]
            _require(len(counts) == 2 + len(self.settings.temperatures), "a student is missing")
            _require(max(counts) <= self.settings.test_samples, "more errors than samples")
        for shown in self.pictures:
            _require(len(shown.x) == len(shown.y) == len(shown.label), "a point lacks something")
            _require(max(shown.label) < self.settings.classes, "a label is of no class")


def _names_all_settings(content: dict[str, Any]) -> bool:
    """Return whether the settings are all there; no default may stand in for one."""
    record = content["settings"]
    return bool(record == data.to_dict(data.from_dict(record)))


TABLE = Table(
    "synthetic",
    "synthetic",
    _Synthetic,
    size=lambda content: (len(content["seeds"]),) * 2,  # each seed has all figures
    fits=_names_all_settings,
)


def make(
    settings: Settings, seeds: list[Content], pictures: list[Content], *, made_by: str
) -> Content[str, Any]:
    """Return the table.

    Parameters
    ----------
    seeds, pictures : list of dict
        As `experiment.run_seed` and `experiment.pictures` return them.
    made_by : str
        The command that makes the table.

    Returns
    -------
    dict
        As `_Synthetic` says.
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


def _require(holds: bool, problem: str) -> None:
    """Raise ValueError with *problem* unless a condition holds."""
    if not holds:
        raise ValueError(problem)
