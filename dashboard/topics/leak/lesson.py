"""What the page of causes asks, computed from the sweep that it shows."""

from typing import Any

from dashboard.classroom.lessons import Context, Lesson, Table, aligned
from dashboard.core.numbers import percent
from dashboard.topics.leak import figures


def hard_against_soft(context: Context) -> str:
    """Answer how many images soft targets bring that hard labels do not."""
    plain, hard = _before(context, "plain", "hard-labels")
    images = int(_table(context)["rows"][0].get("images", {}).get("omitted", 0))
    return (
        f"Hard labels: {percent(hard)} of {images:,}, about {hard * images:,.0f} images; soft "
        f"targets of the same images: {percent(plain)}, about {plain * images:,.0f}. So **"
        f"{(plain - hard) * images:,.0f}** come through the soft targets (means over the seeds, "
        "before any offset)."
    )


def left_at_one(context: Context) -> str:
    """Answer what share of the effect remains at T = 1."""
    plain, hard, one = _before(context, "plain", "hard-labels", "temperature-1")
    return (
        f"({percent(one)} − {percent(hard)}) / ({percent(plain)} − {percent(hard)}) = "
        f"**{percent((one - hard) / (plain - hard))}** of the effect is left at T = 1, before any "
        "offset."
        if plain > hard
        else "There is no effect in this table to take a share of."
    )


def offset_without_knowledge(context: Context) -> str:
    """Answer whether an offset helps where nothing was learned."""
    rates = [_rates(context, name) for name in ("hard-labels", "plain")]
    hard, soft = (f"from {percent(before)} to **{percent(after)}**" for before, after in rates)
    return (
        f"Hard labels: {hard}; the distilled student: {soft}. An offset lifts "
        "every image's logit alike; it can only bring out an order that the network has learned."
    )


def carried(context: Context) -> tuple[str, str]:
    """Return which share of the effect the mislabelled images could carry."""
    plain, hard, rest = _before(context, "plain", "hard-labels", "not-called-omitted")
    gap = plain - hard
    kept = (rest - hard) / gap if gap else float("nan")
    return (
        aligned(
            r"\text{share kept} &= \frac{a_\text{without} - a_\text{hard}}"
            r"{a_\text{plain} - a_\text{hard}}",
            rf"&= \frac{{{rest:.4f} - {hard:.4f}}}{{{plain:.4f} - {hard:.4f}}} = {kept:.3f}",
        ),
        "a is the accuracy on the omitted digit before any offset, the mean over the seeds: of "
        "the student without the images that the teacher itself calls that digit, of hard labels, "
        "and of the student as it is.",
    )


def variant_name(context: Context) -> dict[str, Any]:
    """Return the variant that the page shows."""
    name = context.address.get("variant", "")
    return {"variant": name if name in figures.VARIANTS else figures.DEFAULT}


def _table(context: Context) -> Table:
    """Return the table of the sweep that takes things away from the student."""
    return context.stored(figures.SWEEP, f"sweep {figures.SWEEP}")


def _rates(context: Context, variant: str) -> tuple[float, float]:
    """Return a variant's mean accuracy on the omitted class before the offset and with it."""
    means = figures.means(_table(context))
    own = means.loc[means["variant"] == variant, "mean"]
    if own.empty:
        raise ValueError(f"the table lacks the variant {variant!r}.")
    before, after = own
    return before, after


def _before(context: Context, *variants: str) -> list[float]:
    """Return the variants' mean accuracies on the omitted class, before any offset."""
    return [_rates(context, variant)[0] for variant in variants]


LESSON = Lesson(
    __file__, (hard_against_soft, left_at_one, offset_without_knowledge), carried, variant_name
)
