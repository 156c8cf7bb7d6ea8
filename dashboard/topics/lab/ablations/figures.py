"""The ablations: what each one varies, and its figures as one tidy frame."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.core import prose
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import AFTER, Table
from kdengine.studies import sweeps

PROBE = "probe-size"
BY_SIZE = "temperature-by-size"
CRITERIA = {"frequency": "frequency criterion", "teacher-mass": "teacher's mass"}


@dataclass(frozen=True)
class Ablation:
    """What one ablation varies.

    Parameters
    ----------
    label, question : str
        For the menu and above the chart.
    x_title : str
        Of the axis, with its unit.
    field : str
        The varied parameter, as a sweep's table calls it; empty if the names of *groups* are
        the axis.
    log : bool
        Whether the axis is logarithmic.
    groups : dict
        Settings of the engine by name, for an axis of names.
    names : dict
        What those are called on the axis.
    measure : str
        What is drawn: ``omitted``, the accuracy on the omitted digit, or ``errors``, of all.
    """

    label: str
    question: str
    x_title: str
    field: str = ""
    log: bool = False
    groups: dict[str, dict[str, Any]] | None = None
    names: dict[str, str] | None = None
    measure: str = "omitted"


_OPTIONS: dict[str, dict[str, Any]] = {
    BY_SIZE: {"field": "temperature", "log": True, "measure": "errors"},
    "student-size": {"field": "hidden_sizes", "log": True},
    "soft-weight": {"field": "soft_weight"},
    "teacher-architecture": {"groups": sweeps.TEACHER_ARCHITECTURE},
    "teacher-regularisation": {"groups": sweeps.TEACHER_REGULARISATION},
    "teacher-epochs": {"field": "teacher.epochs", "log": True},
    "transfer-size": {"field": "transfer_size", "log": True},
    "transfer-shift": {"groups": sweeps.SHIFTS},
    PROBE: {"log": True, "measure": "errors"},
}
ABLATIONS = {
    name: Ablation(**prose.beside(__file__)["ablations"][name], **options)
    for name, options in _OPTIONS.items()
}


def points(table: Table, name: str) -> pd.DataFrame:
    """Return the figures behind an ablation, one row a seed, stage and place on the axis.

    Returns
    -------
    DataFrame
        ``x`` (number, or a name), ``series`` (of several curves; else empty), ``seed``, ``stage``,
        ``errors``, ``omitted`` (accuracy), ``offset``, ``is_recipe`` (nothing is changed there);
        for the probes a row for each probe.
    """
    if name == PROBE:
        return _probe_points(table)
    frame = sweep_rows.rows(table)
    for column, read in (("x", _place), ("series", _series), ("is_recipe", _is_recipe)):
        of_setting = {
            sweep_rows.setting(row["parameters"]): read(table, row, name) for row in table["rows"]
        }
        frame[column] = frame["setting"].map(of_setting)
    frame = frame[frame["x"].notna()].drop(columns="setting")
    if ABLATIONS[name].names:
        order = list(ABLATIONS[name].names.values())  # that of the menu
        return frame.sort_values("x", key=lambda x: x.map(order.index), kind="stable")
    return frame.sort_values("x", kind="stable").reset_index(drop=True)


def means(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return `sweep_rows.over_seeds` of a measure by ``x``, ``series`` and ``stage``."""
    return sweep_rows.over_seeds(frame.dropna(subset=[measure]), ["x", "series", "stage"], measure)


def _place(table: Table, row: dict[str, Any], name: str) -> Any:
    """Return where a row lies on the axis; None if the ablation does not know it."""
    ablation = ABLATIONS[name]
    if ablation.groups is not None:
        own = sweep_rows.setting(row["parameters"])
        for group, changed in ablation.groups.items():
            if sweep_rows.setting(changed) == own:
                return (ablation.names or {})[group]
        return None
    if name == "transfer-size":
        return float(row.get("images", {}).get("transfer") or row["parameters"]["transfer_size"])
    value = _value(table, row, ablation.field)
    return float(value[0] if isinstance(value, list) else value)


def _series(table: Table, row: dict[str, Any], name: str) -> str:
    """Return which curve a row is of."""
    if name == BY_SIZE:
        return f"{_value(table, row, 'hidden_sizes')[0]} units"
    if name == "soft-weight":
        return "with T²" if _value(table, row, "scale_soft_by_t2") else "without T²"
    return ""


def _is_recipe(table: Table, row: dict[str, Any], name: str) -> bool:
    """Return whether a row's setting is the recipe's own."""
    changed = row["parameters"].items()
    return all(value == _value(table, {"parameters": {}}, field) for field, value in changed)


def _value(table: Table, row: dict[str, Any], field: str) -> Any:
    """Return a parameter of a row: what the setting changes, else the recipe's own."""
    if field in row["parameters"]:
        return row["parameters"][field]
    whose = "teacher" if field.startswith("teacher.") else "student"
    return table["experiment"][whose][field.removeprefix("teacher.")]


def _probe_points(table: Table) -> pd.DataFrame:
    """Return one row a random probe."""
    found = []
    for row in table["rows"]:
        omitted = row.get("images", {}).get("omitted")
        for probes in row.get("probes", []):
            series = CRITERIA.get(probes["criterion"], probes["criterion"])
            counts = zip(probes["offsets"], probes["errors"], probes["omitted_errors"], strict=True)
            found += [
                {
                    "x": float(probes["size"]),
                    "series": series,
                    "seed": row["seed"],
                    "stage": AFTER,
                    "errors": errors,
                    "omitted": None if not omitted else 1.0 - wrong / omitted,
                    "offset": offset,
                }
                for offset, errors, wrong in counts
            ]
    columns = ["x", "series", "seed", "stage", "errors", "omitted", "offset"]
    return pd.DataFrame(found, columns=columns).sort_values("x", kind="stable")
