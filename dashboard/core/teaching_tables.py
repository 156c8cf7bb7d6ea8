"""The figures of the sweep that a page shows, as the teaching material needs them."""

import json
import statistics
from dataclasses import dataclass
from typing import Any

from dashboard.core.lessons import Context
from kdengine.studies import ablations

FIRST_ABLATION = "temperature-by-size"
Table = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """One setting's errors on the test images with the offset, over its seeds.

    Parameters
    ----------
    name : str
        What the setting changes, such as ``temperature 4``.
    mean, deviation : float
        Errors; the deviation is a sample's, 0 for a single seed.
    images : int
        Test images; what the errors are counted on.
    """

    name: str
    mean: float
    deviation: float
    images: int


def ablation_shown(context: Context) -> Table:
    """Return the table of the ablation that the page shows."""
    name = context.address.get("ablation", FIRST_ABLATION)
    return _needed(context, name if name in ablations.SWEEPS else FIRST_ABLATION)


def causality_table(context: Context) -> Table:
    """Return the table of the sweep that takes things away from the student."""
    return _needed(context, "causality")


def groups(table: Table) -> list[Group]:
    """Return each setting of a table, in the order in which they come."""
    found: dict[str, list[int]] = {}
    parameters: dict[str, dict[str, Any]] = {}
    for row in table["rows"]:
        key = json.dumps(row["parameters"], sort_keys=True)
        parameters[key] = row["parameters"]
        found.setdefault(key, []).append(row["student_after"]["errors"])
    return [
        Group(
            setting_name(parameters[key]),
            statistics.mean(errors),
            statistics.stdev(errors) if len(errors) > 1 else 0.0,
            test_images(table),
        )
        for key, errors in found.items()
    ]


def by_errors(table: Table) -> tuple[Group, Group]:
    """Return the settings with the fewest and with the most errors."""
    every = groups(table)
    return min(every, key=lambda g: g.mean), max(every, key=lambda g: g.mean)


def accuracy_of(table: Table, variant: str, stage: str) -> float:
    """Return a variant's mean accuracy on the omitted class.

    Parameters
    ----------
    variant : str
        One of `ablations.CAUSALITY`.
    stage : str
        ``student_before`` or ``student_after``.
    """
    rates = [
        row[stage]["omitted_accuracy"]
        for row in table["rows"]
        if row["parameters"] == ablations.CAUSALITY[variant]
    ]
    if not rates:
        raise ValueError(f"the table lacks the variant {variant!r}.")
    return statistics.mean(rates)


def omitted_images(table: Table) -> int:
    """Return on how many images the accuracy on the omitted class is counted."""
    return int(table["rows"][0].get("images", {}).get("omitted", 0))


def test_images(table: Table) -> int:
    """Return on how many images errors are counted."""
    row = table["rows"][0]
    counted = row.get("images", {}).get("test")
    if counted:
        return int(counted)
    figures = row["student_after"]
    return round(figures["errors"] / (1 - figures["accuracy"])) if figures["errors"] else 0


def setting_name(parameters: dict[str, Any]) -> str:
    """Return what a setting changes, in words."""
    if not parameters:
        return "the recipe as it is"
    return ", ".join(f"{_words(name)} {_value(value)}" for name, value in parameters.items())


def _words(name: str) -> str:
    """Return a field's name as words."""
    return name.replace("teacher.", "teacher's ").replace("_", " ")


def _value(value: Any) -> str:
    """Return a field's value as it is written in a sentence."""
    if isinstance(value, list | tuple):
        return "-".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _needed(context: Context, name: str) -> Table:
    """Return a sweep's table."""
    table = context.table(name)
    if table is None:
        raise ValueError(
            f"the table of the sweep {name} is not stored here: python -m kdengine sweep {name}"
        )
    return table
