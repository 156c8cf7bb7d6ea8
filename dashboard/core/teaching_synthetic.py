"""Teaching material of the page of synthetic data sets, computed from its table."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.core.lessons import Context, Exercise, number
from dashboard.core.numbers import percent
from dashboard.topics.lab.synthetic import figures as synthetic
from kdengine.synthetic.data import Place

TABLE = "synthetic"  # what `Context.table` calls it


@dataclass(frozen=True)
class Means:
    """Mean test errors over the seeds on the data set that the page shows.

    Parameters
    ----------
    teacher, hard, distilled : float
        The distilled student's at its best T, ``temperature``.
    temperature : float
    tested : int
        Test samples.
    """

    teacher: float
    hard: float
    distilled: float
    temperature: float
    tested: int


def avoided(context: Context) -> str:
    """Answer how many of the hard-label student's errors distilling avoids."""
    found = means(context)
    less = found.hard - found.distilled
    return (
        f"On hard labels {found.hard:,.1f} of {found.tested:,} test samples are wrong, distilled "
        f"at T = {found.temperature:g} {found.distilled:,.1f}: **{less:,.1f}** fewer, "
        f"{percent(less / max(found.hard, 1))} of them (means over the seeds)."
    )


def gap_closed(context: Context) -> str:
    """Answer how much of the way from the hard-label student to the teacher it makes."""
    found = means(context)
    gap = found.hard - found.teacher
    if gap <= 0:
        return "The hard-label student is no worse than the teacher here: there is no gap."
    return (
        f"({found.hard:,.1f} − {found.distilled:,.1f}) / ({found.hard:,.1f} − "
        f"{found.teacher:,.1f}) = **{percent((found.hard - found.distilled) / gap)}** of the gap. "
        "T was picked by these very errors, so this is the best case."
    )


def networks(context: Context) -> str:
    """Answer how many networks were trained."""
    table = _table(context)
    sets, seeds = len(synthetic.places(table)), len(table["seeds"])
    temperatures = len(table["settings"]["temperatures"])
    each = temperatures + 2
    return (
        f"For each of {sets} data sets and {seeds} seeds a teacher, a hard-label student and "
        f"{temperatures} distilled ones: {sets}·{seeds}·{each} = **{sets * seeds * each:,}**."
    )


def share_formula(context: Context) -> tuple[str, str]:
    """Return the share of the gap that distilling closes."""
    found = means(context)
    gap = found.hard - found.teacher
    closed = (found.hard - found.distilled) / gap if gap else 0.0
    return (
        r"\begin{aligned}\text{share closed} &= \frac{e_\text{hard} - e_\text{distilled}}"
        r"{e_\text{hard} - e_\text{teacher}} \\[4pt] "
        rf"&= \frac{{{found.hard:.1f} - {found.distilled:.1f}}}"
        rf"{{{found.hard:.1f} - {found.teacher:.1f}}} = {number(closed)}\end{{aligned}}",
        f"e are mean errors of {found.tested:,} test samples over the seeds, distilled at T = "
        f"{found.temperature:g}.",
    )


def data_set(context: Context) -> dict[str, Any]:
    """Return what tells the data set that the page shows."""
    place = _place(context)
    return {"separation": place.class_separation, "informative": place.informative_share}


def means(context: Context) -> Means:
    """Return the mean errors on the data set that the page shows."""
    table, place = _table(context), _place(context)
    own = [
        record
        for seed in table["seeds"]
        for record in seed["data_sets"]
        if (record["class_separation"], record["informative_share"]) == place
    ]
    distilled = np.mean([record["distilled"] for record in own], axis=0)
    return Means(
        teacher=float(np.mean([record["teacher"] for record in own])),
        hard=float(np.mean([record["hard_student"] for record in own])),
        distilled=float(distilled.min()),
        temperature=float(table["settings"]["temperatures"][int(distilled.argmin())]),
        tested=int(table["settings"]["test_samples"]),
    )


def _place(context: Context) -> Place:
    """Return the data set in the address, else the first."""
    places = synthetic.places(_table(context))
    return places.get(context.address.get("data", ""), next(iter(places.values())))


def _table(context: Context) -> dict[str, Any]:
    """Return the page's table."""
    table = context.table(TABLE)
    if table is None:
        raise ValueError("its table is not stored here: python -m kdengine synthetic")
    return table


EXERCISES = {
    "synthetic": (
        Exercise("How many errors on this data set does distilling avoid, at its best T?", avoided),
        Exercise("How much of the gap between hard labels and teacher does it close?", gap_closed),
        Exercise("How many networks had to be trained for this page?", networks),
    ),
}
