"""What the page of synthetic data sets asks, computed from its table."""

from typing import Any, NamedTuple

from dashboard.classroom.lessons import SYNTHETIC, Context, Lesson, Table, aligned, number
from dashboard.core.numbers import percent
from dashboard.topics.lab.synthetic import figures


class Means(NamedTuple):
    """Mean test errors of ``tested`` samples on the data set shown; distilled at its best T."""

    teacher: float
    hard: float
    distilled: float
    temperature: float
    tested: int


def avoided(context: Context) -> str:
    """Answer how many of the hard-label student's errors distilling avoids."""
    means = _means(context)
    less = means.hard - means.distilled
    return (
        f"On hard labels {means.hard:,.1f} of {means.tested:,} test samples are wrong, distilled "
        f"at T = {means.temperature:g} {means.distilled:,.1f}: **{less:,.1f}** fewer, "
        f"{percent(less / max(means.hard, 1))} of them (means over the seeds)."
    )


def gap_closed(context: Context) -> str:
    """Answer how much of the way from the hard-label student to the teacher it makes."""
    means = _means(context)
    gap = means.hard - means.teacher
    if gap <= 0:
        return "The hard-label student is no worse than the teacher here: there is no gap."
    return (
        f"({means.hard:,.1f} − {means.distilled:,.1f}) / ({means.hard:,.1f} − "
        f"{means.teacher:,.1f}) = **{percent((means.hard - means.distilled) / gap)}** of the gap. "
        "T was picked by these very errors, so this is the best case."
    )


def networks(context: Context) -> str:
    """Answer how many networks were trained."""
    table = _table(context)
    sets, seeds = len(figures.places(table)), len(table["seeds"])
    temperatures = len(table["settings"]["temperatures"])
    each = temperatures + 2
    return (
        f"For each of {sets} data sets and {seeds} seeds a teacher, a hard-label student and "
        f"{temperatures} distilled ones: {sets}·{seeds}·{each} = **{sets * seeds * each:,}**."
    )


def share_closed(context: Context) -> tuple[str, str]:
    """Return the share of the gap that distilling closes."""
    means = _means(context)
    gap = means.hard - means.teacher
    closed = (means.hard - means.distilled) / gap if gap else 0.0
    return (
        aligned(
            r"\text{share closed} &= \frac{e_\text{hard} - e_\text{distilled}}"
            r"{e_\text{hard} - e_\text{teacher}}",
            rf"&= \frac{{{means.hard:.1f} - {means.distilled:.1f}}}"
            rf"{{{means.hard:.1f} - {means.teacher:.1f}}} = {number(closed)}",
        ),
        f"e are mean errors of {means.tested:,} test samples over the seeds, distilled at T = "
        f"{means.temperature:g}.",
    )


def data_set(context: Context) -> dict[str, Any]:
    """Return what tells the data set that the page shows."""
    place = figures.places(_table(context))[_shown(context)]
    return {"separation": place.class_separation, "informative": place.informative_share}


def _shown(context: Context) -> str:
    """Return the data set in the address, else the first."""
    places = figures.places(_table(context))
    asked = context.address.get("data", "")
    return asked if asked in places else next(iter(places))


def _table(context: Context) -> Table:
    """Return the page's table."""
    return context.stored(SYNTHETIC, "synthetic")


def _means(context: Context) -> Means:
    """Return the mean errors on the data set that the page shows."""
    table = _table(context)
    shown = figures.figures(table, _shown(context))
    distilled = shown["distilled"]["mean"]
    return Means(
        teacher=float(shown["teacher"]["mean"]),
        hard=float(shown["hard"]["mean"]),
        distilled=float(distilled.min()),
        temperature=float(distilled.idxmin()),
        tested=int(table["settings"]["test_samples"]),
    )


LESSON = Lesson(__file__, (avoided, gap_closed, networks), share_closed, data_set)
