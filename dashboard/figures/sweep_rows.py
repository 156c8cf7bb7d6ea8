"""The table of a sweep as frames: one row an experiment and stage, and means over seeds.

Shared by the topics that read sweeps.
"""

import io
import json
from typing import Any

import pandas as pd

from dashboard.core.numbers import plural
from dashboard.core.presenter import public
from dashboard.core.show import told

Table = dict[str, Any]
BEFORE, AFTER = "before the offset", "with the offset"
STAGES = (BEFORE, AFTER)
_FIGURES = {BEFORE: "student_before", AFTER: "student_after"}


def rows(table: Table) -> pd.DataFrame:
    """Return the figures of every experiment of a sweep, before and with the offset.

    Returns
    -------
    DataFrame, one row an experiment and stage
        ``setting`` (its parameters as JSON, the same for all its seeds), ``seed``, ``stage`` (of
        `STAGES`), ``errors`` (test images), ``omitted`` and ``others`` (accuracy on the omitted
        classes and on the rest, 0 to 1), ``offset`` (logit units; 0 before), ``teacher_omitted``,
        ``teacher_errors``.
    """
    found = []
    for row in table["rows"]:
        value = (row["offset"] or {}).get("value")
        for stage, figures in _FIGURES.items():
            found.append(
                {
                    "setting": setting(row["parameters"]),
                    "seed": row["seed"],
                    "stage": stage,
                    "errors": row[figures]["errors"],
                    "omitted": row[figures].get("omitted_accuracy"),
                    "others": row[figures].get("other_accuracy"),
                    "offset": value if stage == AFTER and isinstance(value, float) else 0.0,
                    "teacher_omitted": row["teacher"].get("omitted_accuracy"),
                    "teacher_errors": row["teacher"]["errors"],
                }
            )
    return pd.DataFrame(found)


def setting(parameters: dict[str, Any]) -> str:
    """Return *parameters* as text that is the same for the same parameters."""
    return json.dumps(parameters, sort_keys=True)


def over_seeds(frame: pd.DataFrame, by: list[str], measure: str) -> pd.DataFrame:
    """Return mean and standard deviation of *measure* over the seeds of each group.

    Returns
    -------
    DataFrame
        *by*, ``mean``, ``deviation`` (of a sample; 0 for a single one), ``low``, ``high`` (one
        deviation either way) and ``count``, in the order in which the groups come.
    """
    groups = frame.groupby(by, sort=False)[measure]
    found = groups.agg(mean="mean", deviation="std", count="count").reset_index()
    found["deviation"] = found["deviation"].fillna(0.0)
    found["low"] = found["mean"] - found["deviation"]
    found["high"] = found["mean"] + found["deviation"]
    return found


def csv(frame: pd.DataFrame) -> str:
    """Return *frame* as CSV, rates to five digits."""
    text = io.StringIO()
    frame.to_csv(text, index=False, float_format="%.5g")
    return text.getvalue()


def omitted_name(table: Table) -> str:
    """Return what the omitted class's images are called, such as ``threes``."""
    omitted = table["experiment"].get("student", {}).get("omitted_classes") or [3]
    return " and ".join(plural(digit) for digit in omitted)


def images(table: Table, which: str) -> str:
    """Return a count of images for a sentence, such as ``1,010 ``; empty if it is not stored.

    Parameters
    ----------
    which : str
        ``"test"`` or ``"omitted"``.
    """
    count = table["rows"][0].get("images", {}).get(which)
    return "" if count is None else f"{count:,} "


def origin(table: Table) -> str:
    """Return which command made the table, when, with which seeds and where."""
    seeds = sorted({row["seed"] for row in table["rows"]})
    recipe = table["experiment"].get("recipe", "?")
    students = len({row["run_keys"]["student"] for row in table["rows"]})
    failed = f" {len(table['failed'])} more have no figures." if table["failed"] else ""
    where = table["environment"].get("processor") or table["environment"].get("device", "?")
    return public(
        f"{students} students of the recipe `{recipe}`, seeds {', '.join(map(str, seeds))}, "
        f"{table['created']}, on {told(where)}, {threads(table)}.{failed} Made by "
        f"`{table['made_by']}`."
    )


def threads(table: Table) -> str:
    """Return on how many threads the students were trained: another number rounds otherwise."""
    counts = {row["environment"].get("thread_count") for row in table["rows"]}
    known = sorted(count for count in counts if count is not None)
    return f"threads a network: {' or '.join(map(str, known)) or 'not recorded'}"


def spread_of(values: pd.Series, *, percent: bool) -> str:
    """Return a mean over seeds with its deviation, 0 for a single one."""
    return spread(values.mean(), values.std(ddof=min(1, len(values) - 1)), percent=percent)


def spread(mean: float, deviation: float, *, percent: bool) -> str:
    """Return ``98.5 ± 0.4 %`` or ``135 ± 6``."""
    if percent:
        return f"{100 * mean:.1f} ± {100 * deviation:.1f}\u00a0%"
    return f"{mean:,.0f} ± {deviation:,.0f}"
