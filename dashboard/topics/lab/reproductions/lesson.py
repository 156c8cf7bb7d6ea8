"""What the page of reproductions asks, computed from the table that it shows."""

import math
from typing import Any

from dashboard.classroom.lessons import Context, Lesson, Table, aligned
from dashboard.figures import verdicts
from dashboard.topics.lab.reproductions import figures
from kdengine.recipes import known
from kdengine.recipes.source import ACCURACY, ERRORS
from kdengine.studies import differences, reproduction_table
from kdengine.studies.differences import Verdict

_IMAGES = 10_000  # of the whole test set


def one_more_run(context: Context) -> str:
    """Answer where one more run of ours is expected, and whether the published one is there."""
    row = _first_figure(context)
    half = _half(row)
    low, high = (_shown(row, row["mean"] + side * half) for side in (-1, 1))
    ours = ", ".join(_shown(row, value) for value in row["ours"])
    return (
        f"“{row['quantity']}”: ours {ours}; mean {_shown(row, row['mean'])}. One more run is "
        f"expected from **{low}** to **{high}**; the published one is {_shown(row, row['value'])}: "
        f"**{reproduction_table.judged(row)}**."
    )


def counting_noise(context: Context) -> str:
    """Answer how far a count of errors scatters by nothing but which images are counted."""
    _, wrong = reproduction_table.counted(_first_figure(context))
    return (
        f"√({_IMAGES:,}·p·(1 − p)) with p = {wrong:,.0f} / {_IMAGES:,} = "
        f"**{differences.counting_error(wrong, _IMAGES):.1f} errors**, one standard deviation. "
        "Whatever our seeds do, we do not take the spread to be smaller than that."
    )


def outside_by_chance(context: Context) -> str:
    """Answer how many figures differ though nothing does."""
    found = [reproduction_table.judged(row) for row in _table(context)["figures"]]
    judged = [verdict for verdict in found if verdict is not None]
    return (
        f"One in twenty of the {len(judged)} that are judged: "
        f"**{differences.LEVEL * len(judged):.1f}** figures. Here it {Verdict.DIFFERS} in "
        f"**{judged.count(Verdict.DIFFERS)}**. The figures of one network go together, so that the "
        "number scatters wider than coin tosses would."
    )


def interval_formula(context: Context) -> tuple[str, str]:
    """Return the interval for one more run, with the first figure's numbers."""
    row = _first_figure(context)
    seeds, scale = len(row["ours"]), _scale(row)
    half = scale * _half(row)
    spread = half / (differences.quantile(seeds) * math.sqrt(1.0 + 1.0 / seeds))
    unit = r"\,\%" if scale != 1.0 else ""
    return (
        aligned(
            r"\bar x \pm t_{n-1}\, s \sqrt{1 + \tfrac{1}{n}} "
            rf"&= {scale * row['mean']:.2f} \pm {differences.quantile(seeds):.3f} \cdot "
            rf"{spread:.3f} \cdot \sqrt{{1 + \tfrac{{1}}{{{seeds}}}}}",
            rf"&= {scale * row['mean']:.2f} \pm {half:.2f}{unit}",
        ),
        f"x̄ is the mean of “{row['quantity']}” over n = {seeds} seeds, s their standard deviation, "
        "but at least the counting error; t is the 97.5\u00a0% quantile of Student's t.",
    )


def source_shown(context: Context) -> dict[str, Any]:
    """Return the source that the page shows."""
    return {"name": _source(context)}


def _first_figure(context: Context) -> dict[str, Any]:
    """Return the table's row of the first figure that counts all test images: the teacher's."""
    counted = (ERRORS, ACCURACY)
    rows = _table(context)["figures"]
    return next(row for row in rows if row["measure"] in counted and row["digit"] is None)


def _half(row: dict[str, Any]) -> float:
    """Return how far one more run may lie from our mean, in the figure's own unit."""
    half = differences.half_width(*reproduction_table.counted(row), _IMAGES)
    if math.isnan(half):
        raise ValueError(f"{verdicts.NO_VERDICT}; run more with --seeds.")
    return half if row["measure"] == ERRORS else half / _IMAGES


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
