"""Students of any digits: what they recognise of those they never saw, in frames and sentences.

Several seeds of one transfer set become their mean.
"""

import re
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.core import prose
from dashboard.core.numbers import digits_in_words, percent, plural, signed
from dashboard.core.presenter import public
from dashboard.topics.lab.omission.cases import (
    AFTER,
    BEFORE,
    TABLES,
    Case,
    confusion,
    error_rates,
    omitted_rates,
    others,
)
from kdengine.config import CLASSES
from kdengine.offsets import evaluation
from kdengine.recipes.sources.hinton2015 import TWO_DIGITS

DIGITS = tuple(range(CLASSES))
START = TWO_DIGITS["kept"]


def parse_keep(text: str) -> tuple[int, ...] | None:
    """Return the digits of ``7,8``; None if it is no list of one to nine different digits."""
    if not re.fullmatch(r"[0-9](,[0-9])*", text):
        return None
    digits = tuple(sorted({int(digit) for digit in text.split(",")}))
    return digits if keep_problem(digits) == "" else None


def keep_problem(kept: Sequence[int]) -> str:
    """Return why no student can be shown that sees *kept* alone; empty if one can."""
    problems = prose.beside(__file__)["keep"]
    return problems["none"] if not kept else problems["all"] if len(set(kept)) == CLASSES else ""


def transfer_words(omitted: Sequence[int]) -> str:
    """Return who such a student is: that never saw a few digits, or that saw only a few."""
    if len(omitted) > CLASSES // 2:
        return f"A student that saw nothing but {digits_in_words(others(omitted))}"
    return f"A student that saw no {digits_in_words(omitted).replace(' and ', ' and no ')}"


def lead(cases: Sequence[Case]) -> str:
    """State what the students recognise of the digits that they never saw."""
    omitted = cases[0].omitted
    images = int(cases[0].before[list(omitted)].sum())
    what = (
        f"the {images:,} test {plural(omitted[0])}"
        if len(omitted) == 1
        else f"the {images:,} test images of the digits it never saw"
    )
    number = len(cases[0].classes)
    offsets = "its offset" if number == 1 else f"{number} offsets"
    rates = (omitted_rates(cases, role) for role in (BEFORE, AFTER))
    before, after = (percent(statistics.mean(of), 0) for of in rates)
    return (
        f"{transfer_words(omitted)} recognises **{before}** of {what}; with {offsets} **{after}**."
    )


def exact(cases: Sequence[Case]) -> str:
    """State the same with its spread over the seeds."""
    before, after = (spread(omitted_rates(cases, role)) for role in (BEFORE, AFTER))
    return (
        f"Of the digits it never saw, this student recognises {before}, and with offsets chosen "
        f"without a test image {after} ({_seeds(cases)})."
    )


def per_class(cases: Sequence[Case]) -> pd.DataFrame:
    """Return what share of each digit is missed, the mean over the seeds.

    Returns
    -------
    DataFrame, one row per (digit, role)
        ``digit`` str, ``role`` (of the charts), ``missed`` float, ``seen`` bool, ``images`` int.
    """
    rows = []
    for role in (BEFORE, AFTER):
        rates = [evaluation.per_class_accuracy(confusion(case, role)) for case in cases]
        images = cases[0].before.sum(axis=1)
        for digit, rate in enumerate(np.mean(rates, axis=0)):
            seen = digit not in cases[0].omitted
            rows.append((str(digit), role, 1.0 - float(rate), seen, int(images[digit])))
    return pd.DataFrame(rows, columns=["digit", "role", "missed", "seen", "images"])


def per_class_title(cases: Sequence[Case]) -> str:
    """Return which digit that was never seen is missed most, as a chart's title."""
    table = per_class(cases)
    unseen = table[(table["role"] == AFTER) & ~table["seen"]]
    if len(unseen) == 1:
        before = table[(table["role"] == BEFORE) & ~table["seen"]]["missed"].iloc[0]
        after = unseen["missed"].iloc[0]
        name = plural(cases[0].omitted[0]).capitalize()
        return f"{name} missed: {percent(before)} before the offset, {percent(after)} after"
    worst = unseen.loc[unseen["missed"].idxmax()]
    return f"Most missed of the digits never seen: {worst['digit']} ({percent(worst['missed'])})"


def offsets(cases: Sequence[Case]) -> pd.DataFrame:
    """Return each class's offset, mean and standard deviation over the seeds.

    Returns
    -------
    DataFrame, one row a class
        ``digit`` str, ``offset`` float in logit units (0 where a class has none), ``seen`` bool,
        ``label`` str.
    """
    found = np.zeros((len(cases), CLASSES))
    for row, case in zip(found, cases, strict=True):
        row[list(case.classes)] = case.offsets
    mean, moved = found.mean(axis=0), set(cases[0].classes)
    return pd.DataFrame(
        {
            "digit": [str(digit) for digit in DIGITS],
            "offset": mean,
            "seen": [digit not in cases[0].omitted for digit in DIGITS],
            "label": [signed(mean[digit]) if digit in moved else "" for digit in DIGITS],
        }
    )


def offsets_title(cases: Sequence[Case]) -> str:
    """Return the largest offset, as a chart's title."""
    table = offsets(cases)
    largest = table.loc[table["offset"].idxmax()]
    number = len(cases[0].classes)
    what = "One offset" if number == 1 else f"{number} offsets"
    return f"{what}, the largest {signed(largest['offset'])} on class {largest['digit']}"


def matrix_title(cases: Sequence[Case], role: str) -> str:
    """Return the largest confusion, as a chart's title."""
    table = confusion(cases[0], role).copy()
    total, wrong = int(table.sum()), int(table.sum() - np.trace(table))
    np.fill_diagonal(table, 0)
    true, called = np.unravel_index(int(table.argmax()), table.shape)
    most = f"; most often {true} called {called} ({table[true, called]:,})" if wrong else ""
    return f"Seed {cases[0].seed}: {wrong:,} of {total:,} wrong{most}"


def paper_figures(cases: Sequence[Case]) -> list[tuple[str, str, str, str]]:
    """Return the paper's error rates and ours: value, label, detail and role of each."""
    paper = TWO_DIGITS
    before, after = (statistics.mean(error_rates(cases, role)) for role in (BEFORE, AFTER))
    change = f"{signed(paper['offset'], 1)} on the biases of 7 and 8, chosen on the test set"
    ours = f"{len(cases[0].classes)} offsets, by the digits' shares alone"
    return [
        (percent(paper["before"]), "errors in the paper", "as trained", ""),
        (percent(paper["after"]), "errors in the paper", change, ""),
        (percent(before), "errors here", "as trained", BEFORE),
        (percent(after), "errors here", ours, AFTER),
    ]


def sources(load: Callable[[str], dict[str, Any] | None]) -> str:
    """Return the commands that made the tables, with their dates."""
    tables = [table for table in map(load, TABLES) if table is not None]
    if not tables:
        return "No sweep over omitted classes is stored."
    made = "; ".join(f"`{table['made_by']}` ({table['created']})" for table in tables)
    return public(f"Shares of the 10,000 MNIST test images. Made by {made}.")


def not_stored(omitted: tuple[int, ...], swept: Sequence[Case]) -> str:
    """Return what to do where no such student is stored."""
    took = ""
    if swept:
        seconds = statistics.median(case.seconds for case in swept)
        took = f" The sweeps' students took {seconds:.0f} s each (median)."
    return public(
        f"{transfer_words(omitted)} is not stored yet. Trained here, it appears as soon as it is "
        f"ready. In a terminal `{command(omitted)}` makes it.{took}"
    )


def command(omitted: tuple[int, ...]) -> str:
    """Return the command that makes such a student."""
    return f"python -m kdengine run --keep {','.join(map(str, others(omitted)))}"


def spread(rates: Sequence[float]) -> str:
    """Return a mean in percent, with the standard deviation if there are several."""
    mean = f"{100 * statistics.mean(rates):.1f}"
    return f"{mean} ± {percent(statistics.stdev(rates))}" if len(rates) > 1 else f"{mean}\u00a0%"


def _seeds(cases: Sequence[Case]) -> str:
    """Return ``seed 0`` or ``3 seeds``."""
    return f"seed {cases[0].seed}" if len(cases) == 1 else f"{len(cases)} seeds"
