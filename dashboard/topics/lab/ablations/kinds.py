"""What the ablations over kinds of teachers and of images found; what is chance is called so."""

import pandas as pd

from dashboard.core.numbers import percent
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import AFTER, BEFORE


def teachers(frame: pd.DataFrame, things: str) -> str:
    """State whether the teacher with the fewest errors of its own teaches the digit best."""
    own = frame.groupby("x", sort=False)["teacher_errors"].mean()
    before = _by_seed(frame, BEFORE, "omitted")
    ablest, best = own.idxmin(), before.mean().idxmax()
    gap = before[best] - before[ablest]
    if ablest == best:
        answer = f"**The ablest teacher, {ablest}, teaches it best**"
    elif sweep_rows.told_apart(gap):
        answer = f"**No: the ablest teacher, {ablest}, does not teach it best**"
    else:
        answer = f"**No clear answer: the ablest teacher, {ablest}, does not stand out**"
    listed = ", ".join(f"{kind} {errors:,.0f}" for kind, errors in own.items())
    return f"{answer} (errors of their own: {listed}). {_ends(before, things)}"


def shifts(frame: pd.DataFrame, things: str) -> str:
    """State what shifting the student's images brings."""
    before = _by_seed(frame, BEFORE, "omitted")
    order = before.mean().sort_values()
    answer = (
        "**Before the offset it matters.**"
        if sweep_rows.told_apart(before[order.index[-1]] - before[order.index[0]])
        else "**It makes no difference that these seeds could tell.**"
    )
    return f"{answer} {_ends(before, things)}"


def _ends(by_seed: pd.DataFrame, things: str) -> str:
    """Return the kind with most of the digit right, and which others are clearly below it."""
    best = str(by_seed.mean().idxmax())
    most = sweep_rows.spread_of(by_seed[best], percent=True)
    below = _against(by_seed, best, percent=True)
    return f"Before the offset most {things} come with **{best}**, {most}; {below}."


def with_offset(frame: pd.DataFrame, things: str) -> str:
    """State what is left of it with the offset, and which kind leaves the fewest errors in all."""
    by_seed = _by_seed(frame, AFTER, "errors")
    shares = _by_seed(frame, AFTER, "omitted").mean()
    best = str(by_seed.mean().idxmin())
    fewest = sweep_rows.spread_of(by_seed[best], percent=False)
    return (
        f"**With the offset** {100 * shares.min():.1f} to {percent(shares.max())} of the "
        f"{things} are right. Of all digits, {best} leaves the fewest errors, {fewest}; "
        f"{_against(by_seed, best, percent=False)}."
    )


def _against(by_seed: pd.DataFrame, best: str, *, percent: bool) -> str:
    """Return which other kinds differ from the *best* beyond chance, and which may not."""
    clear, unclear = [], []
    for kind in by_seed.columns.drop(best):
        told = f"{kind} {sweep_rows.spread_of(by_seed[kind], percent=percent)}"
        apart = sweep_rows.told_apart(by_seed[kind] - by_seed[best])
        (clear if apart else unclear).append(told)
    parts = []
    if clear:
        parts.append(f"beyond chance {'fewer' if percent else 'more'}: {', '.join(clear)}")
    if unclear:
        seeds = f"{len(by_seed)} seed{'s' if len(by_seed) > 1 else ''}"
        parts.append(f"not told from it by {seeds}: {', '.join(unclear)}")
    return "; ".join(parts) or "there is no other"


def _by_seed(frame: pd.DataFrame, stage: str, measure: str) -> pd.DataFrame:
    """Return a measure by seed and kind, the kinds in their order."""
    own = frame[frame["stage"] == stage]
    return own.pivot_table(index="seed", columns="x", values=measure, sort=False).sort_index()
