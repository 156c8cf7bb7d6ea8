"""What the studies since 2015 ask, computed from their tables."""

from typing import Any

from dashboard.classroom.lessons import Answer, Context, Lesson, Table, number
from dashboard.core.numbers import percent
from dashboard.topics.lab.since_2015 import figures


def inherited(context: Context) -> str:
    """Answer how many mistakes two networks share by chance."""
    taught, said = (
        _mean(context, "inherited", "own", figure) for figure in ("teacher-wrong", "student-wrong")
    )
    shared = taught * said / 9 / 10_000
    found = _mean(context, "inherited", "own", "repeated")
    return (
        f"{taught:.1f} · {said:.1f} / 10,000 images are wrong in both, a ninth of them alike: "
        f"**{number(shared)}**. There are {found:.1f}."
    )


def noise(_: Context) -> str:
    """Answer how many answers stand against how many weights."""
    weights = 785 * 256 + 257 * 256 + 257 * 10
    each = number(6e6 / weights)
    return f"600,000 · 10 = 6,000,000 answers for {weights:,} weights: **{each}** each."


def pictures(context: Context) -> str:
    """Answer how far photographs lead beyond chance."""
    right = _mean(context, "pictures", "photographs", "right")
    return f"{percent(right)} / {percent(0.1)} = **{number(right / 0.1)}** times as many."


def smoothing(context: Context) -> str:
    """Answer what smoothing multiplies."""
    before, after = (_mean(context, "smoothing", f"warm-{p}", "missed") for p in (0, 10))
    return f"{after:.1f} / {before:.1f} = **{number(after / before)}** times as many."


def less_data(context: Context) -> str:
    """Answer what soft targets avoid on few images."""
    soft, hard = (_mean(context, "less-data", f"{t}-6000", "errors") for t in ("soft", "hard"))
    return f"1 − {soft:,.1f} / {hard:,.1f} = **{percent(1 - soft / hard)}**."


def specialists(context: Context) -> str:
    """Answer what specialists could win."""
    within, errors = (
        _mean(context, "specialists", "generalist", figure) for figure in ("within", "errors")
    )
    return f"{within:.1f} / {errors:.1f} = **{percent(within / errors)}**."


def label_shift(context: Context) -> str:
    """Answer what a wrong share costs."""
    right, high = (_mean(context, "label-shift", f"given-{s}", "errors") for s in (10, 12))
    return f"({high:.1f} − {right:.1f}) / 2 = **{number((high - right) / 2)}** errors a point."


def formula(context: Context) -> tuple[str, str]:
    """Return the formula of the study shown, with its table's numbers."""
    name = _shown(context)
    words, table = figures.told(name), context.stored(name, f"sweep {name}")
    return figures.filled(words["formula"], table).replace("%", r"\%"), words["formula_words"]


def study(context: Context) -> dict[str, Any]:
    """Return the study shown."""
    return {"name": _shown(context)}


def own(context: Context) -> list[Answer]:
    """Return the answer that bears the name of the study shown; others give its guess away."""
    return [each for each in _ANSWERS if each.__name__ == _shown(context).replace("-", "_")]


def _shown(context: Context) -> str:
    """Return the study in the address, else the first."""
    name = context.address.get("study", "")
    return name if name in figures.NAMES else figures.NAMES[0]


def _mean(context: Context, name: str, variant: str, figure: str) -> float:
    """Return a figure's mean over the seeds."""
    table: Table = context.stored(name, f"sweep {name}")
    return float(figures.values(table, variant, figure).mean())


_ANSWERS = (inherited, noise, pictures, smoothing, less_data, specialists, label_shift)
LESSON = Lesson(__file__, _ANSWERS, formula, study, own)
