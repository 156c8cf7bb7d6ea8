"""What has been found since 2015 and is studied here: data, and the one table that all share.

A study measures named figures of each of its variants, a seed at once; its module beside this one
does, and `measuring` knows which. Needs no torch.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kdengine.config import run_key
from kdengine.recipes import plans
from kdengine.recipes.recipe import Setting
from kdengine.store import tables
from kdengine.store.shapes import Environment, Name, Number, RunKey, Seconds
from kdengine.store.tables import Table

Rows = dict[str, dict[str, float]]  # a seed's figures, by variant
# A seed's figures, and what pages draw besides.
Measured = tuple[Rows, dict[str, list[float]]]


@dataclass(frozen=True)
class Study:
    """One study: its variants by name, with their places on an axis, and their figures."""

    title: str  # one line for the list of sweeps
    variants: dict[str, Setting]
    figures: tuple[str, ...]
    seeds: tuple[int, ...] = tuple(range(8))
    # What pages draw besides, by name: lists of whole numbers below this, or of any for 0.
    lists: dict[str, int] = field(default_factory=dict)

    def holds(self, seed: "_Seed") -> bool:
        """Return whether a seed has all that this study measures, and nothing else."""
        figures = {variant: set(of) for variant, of in seed.rows.items()}
        return (
            figures == dict.fromkeys(self.variants, set(self.figures))
            and seed.lists.keys() == self.lists.keys()
            and all(
                value == int(value) and 0 <= value < self.lists[name]
                for name, values in seed.lists.items()
                for value in (values if self.lists[name] else ())
            )
        )


class _Seed(msgspec.Struct):
    """One seed: a figure of each variant, and what pages draw besides, by name."""

    seed: Annotated[int, Meta(ge=0)]
    environment: Environment
    wall_seconds: Seconds
    rows: dict[Name, dict[Name, Number]]
    lists: dict[Name, list[Number]]


class _Study(tables.Shape):
    name: Name
    recipe: RunKey  # of the recipe's student of seed 0: with another one every figure is another
    seeds: Annotated[list[_Seed], Meta(min_length=1)]

    def __post_init__(self) -> None:
        study, numbers = STUDIES.get(self.name), {seed.seed for seed in self.seeds}
        if study is None or not all(map(study.holds, self.seeds)) or len(numbers) < len(self.seeds):
            raise ValueError(
                "a variant or a figure is missing or too many, or a seed is there twice"
            )


def table_of(name: str) -> Table:
    """Return which table the study called *name* has."""

    def size(content: dict[str, Any]) -> tuple[int, int]:
        return (len(content["seeds"]),) * 2

    return Table(f"sweep-{name}", name, _Study, size)


def recipe() -> str:
    """Return what tells the recipe of the networks from that of another day."""
    return run_key(plans.experiment().student)


def make(name: str, seeds: list[dict[str, Any]], *, made_by: str) -> dict[str, Any]:
    """Return the table of *seeds*, which are as `measuring.of_seed` returns them."""
    ordered = sorted(seeds, key=lambda seed: int(seed["seed"]))
    return {**tables.header(made_by), "name": name, "recipe": recipe(), "seeds": ordered}


def stored(name: str, path: Path) -> dict[int, dict[str, Any]]:
    """Return the seeds that the table in *path* holds of the same recipe, by number."""
    table = tables.read(table_of(name), path)
    own = table is not None and table["recipe"] == recipe()
    return {seed["seed"]: seed for seed in table["seeds"]} if table and own else {}


def neighbour(seed: int) -> int:
    """Return the seed whose student is another teacher's: the next, the first eight in a circle."""
    return (seed + 1) % 8 if seed < 8 else seed + 1


def _each(*names: str) -> dict[str, Setting]:
    """Return variants that lie on no axis."""
    return {name: {} for name in names}


STUDIES = {
    "inherited": Study(
        "which of a teacher's mistakes its own student repeats, and another teacher's student",
        _each("own", "other"),
        ("agree", "teacher-wrong", "student-wrong", "repeated"),
        lists={"wrong": 10_000},
    ),
    "noise": Study(
        "students that see nothing but noise: ordinary and meaningless outputs, both starts",
        _each(
            *("teacher", "ordinary-own", "ordinary-other", "meaningless-own", "meaningless-other"),
            "three-own",
        ),
        ("right", "threes-right"),
        tuple(range(10)),
    ),
    "pictures": Study(
        "noise of another range, other pictures, softened probabilities, a big network",
        _each(
            *("ordinary-other", "softened", "shuffled", "photographs", "dark", "dark-softened"),
            *("big-teacher", "big"),
        ),
        ("right", "threes-right"),
        (0, 1, 2),
    ),
    "label-shift": Study(
        "the offset as prior correction: other ways to it, and how wrong the given share may be",
        {
            **_each(
                *("none", "frequency", "predicted-share", "teacher-mass", "hindsight"),
                *("em", "em-calibrated", "black-box", "aligned"),
            ),
            **{
                f"given-{share:g}": {"given": share / 100}
                for share in (1, 2, 4, 6, 8, 10, 12, 15, 20, 30)
            },
        },
        ("share", "errors", "threes"),
    ),
    "smoothing": Study(
        "labels smoothed while the teacher trains: its errors and what its student misses",
        {
            f"{temper}-{percent}": {"smoothing": percent / 100, "temperature": temperature}
            for temper, temperature, percents in (
                ("warm", 20.0, (0, 2, 5, 10)),
                ("cool", 2.0, (0, 10)),
            )
            for percent in percents
        },
        ("teacher", "missed", "after", "errors"),
        (0, 1, 2),
        {"missed-warm-0": 1010, "missed-warm-10": 1010, "points-warm-0": 0, "points-warm-10": 0},
    ),
    "less-data": Study(
        "soft targets and hard labels on 1 to 100 % of the images, and at higher rates",
        {
            f"{targets}-{round(value, 3):g}".replace(".", "-"): {name: value}
            for targets in ("soft", "hard")
            for name, values in (
                ("images", (600, 1800, 6000, 18_000, 60_000)),
                ("rate", (0.003, 0.01, 0.03, 0.1)),
            )
            for value in values
        },
        ("errors", "noise"),
        (0, 1, 2),
    ),
    "specialists": Study(
        "a generalist, specialists on the digits it confuses, and an ensemble",
        _each("generalist", "longer", "specialists", "ensemble"),
        ("errors", "within"),
        lists={"groups": 11},
    ),
}
