"""What the page of reproductions asks, computed from the table that it shows."""

import math
from typing import Any

from dashboard.classroom.lessons import Context, Lesson, Table, aligned, number
from dashboard.topics.lab.reproductions import figures
from kdengine.recipes import known
from kdengine.recipes.source import ACCURACY, ERRORS
from kdengine.studies.reproduction_measures import (
    CLOSE,
    FAR,
    SPREAD_DEVIATIONS,
    counting_spread,
    prediction_half_width,
)

_IMAGES = 10_000  # of the whole test set


def one_more_run(context: Context) -> str:
    """Answer where one more run of ours is expected, and whether the published one is there."""
    row = _first_figure(context)
    half = prediction_half_width(_deviation(row), len(row["ours"]))
    low, high = (_shown(row, row["mean"] + side * half) for side in (-1, 1))
    gap, deviation = abs(row["value"] - row["mean"]), _deviation(row)
    ours = ", ".join(_shown(row, value) for value in row["ours"])
    told = "**inside**" if gap <= half else "**outside**"
    if SPREAD_DEVIATIONS * deviation < gap <= half:
        told += f", {gap / deviation:.1f} standard deviations from our mean: too few seeds to tell"
    return (
        f"“{row['quantity']}”: ours {ours}; mean {_shown(row, row['mean'])}, s = "
        f"{number(_scale(row) * deviation)}. One more run is expected from **{low}** to "
        f"**{high}**; the published {_shown(row, row['value'])} lies "
        f"{told}. With {len(row['ours'])} seeds that interval reaches "
        f"{prediction_half_width(1.0, len(row['ours'])):.1f} standard deviations either way, so "
        "that to be inside says little."
    )


def counting_noise(context: Context) -> str:
    """Answer how far two equally good networks may differ on the test set by chance."""
    row = _first_figure(context)
    wrong = row["value"] if row["measure"] == ERRORS else _IMAGES * (1.0 - row["value"])
    return (
        f"2·√(2·{_IMAGES:,}·p·(1 − p)) with p = {wrong:,.0f} / {_IMAGES:,} = "
        f"**{counting_spread(wrong / _IMAGES, _IMAGES):.0f} errors**: two standard deviations of "
        "the difference of two counts, each on test images of its own. On the same images "
        "networks err together, so that the difference is smaller."
    )


def outside_by_chance(context: Context) -> str:
    """Answer how many figures leave their interval though nothing differs."""
    rows = _table(context)["figures"]
    outside = sum(row["verdict"] in (CLOSE, FAR) for row in rows)
    return (
        f"One in twenty of {len(rows)}: **{len(rows) / 20:.1f}** figures. Here **{outside}** lie "
        "outside. The figures of one network go together, so that the number scatters more than "
        "coin tosses would."
    )


def interval_formula(context: Context) -> tuple[str, str]:
    """Return the interval for one more run, with the first figure's numbers."""
    row = _first_figure(context)
    seeds, scale = len(row["ours"]), _scale(row)
    mean, deviation = scale * row["mean"], scale * _deviation(row)
    half = prediction_half_width(deviation, seeds)
    quantile = prediction_half_width(1.0, seeds) / math.sqrt(1.0 + 1.0 / seeds)
    unit = r"\,\%" if scale != 1.0 else ""
    return (
        aligned(
            r"\bar x \pm t_{n-1}\, s \sqrt{1 + \tfrac{1}{n}} "
            rf"&= {mean:.2f} \pm {quantile:.3f} \cdot {deviation:.3f} \cdot "
            rf"\sqrt{{1 + \tfrac{{1}}{{{seeds}}}}}",
            rf"&= {mean:.2f} \pm {half:.2f}{unit}",
        ),
        f"x̄ and s are mean and standard deviation of “{row['quantity']}” over n = {seeds} seeds, "
        "t is the 97.5\u00a0% quantile of Student's t.",
    )


def source_shown(context: Context) -> dict[str, Any]:
    """Return the source that the page shows."""
    return {"name": _source(context)}


def _first_figure(context: Context) -> dict[str, Any]:
    """Return the table's row of the first figure that counts all test images: the teacher's."""
    counted = (ERRORS, ACCURACY)
    rows = _table(context)["figures"]
    return next(row for row in rows if row["measure"] in counted and row["digit"] is None)


def _deviation(row: dict[str, Any]) -> float:
    """Return a figure's standard deviation over seeds."""
    if row["sd"] is None:
        raise ValueError("with one seed there is no spread; run more with --seeds.")
    return float(row["sd"])


def _shown(row: dict[str, Any], value: float) -> str:
    """Return a value in its figure's unit."""
    return figures.in_units(value, row["measure"])


def _scale(row: dict[str, Any]) -> float:
    """Return what turns a figure's values into what is shown: per cent, or errors."""
    return 1.0 if row["measure"] == ERRORS else 100.0


def _source(context: Context) -> str:
    """Return the source in the address, else the first."""
    asked = context.address.get("source", "")
    return asked if asked in known.SOURCES else figures.FIRST_SOURCE


def _table(context: Context) -> Table:
    """Return the page's table."""
    source = _source(context)
    return context.stored(source, f"reproduce {source}")


LESSON = Lesson(
    __file__, (one_more_run, counting_noise, outside_by_chance), interval_formula, source_shown
)
