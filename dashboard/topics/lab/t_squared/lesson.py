"""What the tab on T² asks, computed from the run shown."""

from typing import Any

from dashboard.classroom.lessons import Context, Lesson, aligned, number
from dashboard.core.numbers import percent
from dashboard.figures import temperatures
from dashboard.topics.lab.t_squared import figures


def shrinks(context: Context) -> str:
    """Answer by how much the soft gradient shrinks, with and without the factor."""
    learned = _learned(context)
    (soft, *_), (later, scaled, *_) = (_sizes(context, t) for t in (1.0, learned))
    return (
        f"As it is, from {figures.digits(soft)} to {figures.digits(later)}: to "
        f"**1/{number(soft / later)}** of it. Times T² = {learned**2:g} it is "
        f"**{figures.digits(scaled)}**, {number(scaled / soft)} times what it was at T = 1."
    )


def without_the_factor(context: Context) -> str:
    """Answer which term a student follows if T² is left out."""
    soft, scaled, hard, _ = _sizes(context, _learned(context))
    return (
        f"The hard labels pull {figures.digits(hard)} long, the soft targets without T² "
        f"{figures.digits(soft)}: **{figures.ratio(soft, hard)}** the hard ones. With T² it is "
        f"{figures.ratio(scaled, hard)}."
    )


def near_the_limit(context: Context) -> str:
    """Answer how near the soft gradient is to copying logits."""
    learned = _learned(context)
    (_, here, _, limit), (_, far, _, _) = (_sizes(context, t) for t in (learned, 200.0))
    return (
        f"Copying logits pulls {figures.digits(limit)} long. At T = {learned:g} the soft term is "
        f"at **{percent(here / limit)}** of that, at T = 200 at **{percent(far / limit)}**."
    )


def gradient(context: Context) -> tuple[str, str]:
    """Return the soft term's gradient, with its size at the student's temperature."""
    learned = _learned(context)
    soft, scaled, _, _ = _sizes(context, learned)
    return (
        aligned(
            r"T^2\,\frac{\partial\,\mathrm{KL}}{\partial z_i} &= T\left(\frac{e^{z_i/T}}"
            r"{\sum_j e^{z_j/T}}-\frac{e^{v_i/T}}{\sum_j e^{v_j/T}}\right)",
            rf"{learned:g}^2 \cdot {figures.digits(soft)} &= {figures.digits(scaled)}",
        ),
        "z are the student's logits and v the teacher's; the sizes are means over "
        f"{figures.sample_size(context.run):,} transfer images.",
    )


def run_and_temperature(context: Context) -> dict[str, Any]:
    """Return the student, its teacher, what it was not shown, and T."""
    asked = context.number("T", temperatures.LOWEST, temperatures.HIGHEST)
    return {
        "key": context.run.key,
        "temperature": _learned(context) if asked is None else asked,
        "images": figures.SAMPLE,
    }


def _learned(context: Context) -> float:
    """Return the temperature that the student learned at."""
    return float(context.run.student.config.temperature)


def _sizes(context: Context, temperature: float) -> list[float]:
    """Return the size of each of `figures.TERMS` at one temperature."""
    return list(figures.at(context.run, temperature)["size"])


LESSON = Lesson(
    __file__, (shrinks, without_the_factor, near_the_limit), gradient, run_and_temperature
)
