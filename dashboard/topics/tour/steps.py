"""The tour's steps: those of `words.toml` that a run has the numbers for, in order.

Every number is the run's. What a question asks is not told on any page before it. A step where
something moves has two beats, each with a place of its own: the picture before, then the motion.
"""

import string
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from dashboard.core import prose
from dashboard.core.numbers import (
    a_digit,
    digits_in_words,
    fine_percent,
    percent,
    percent_or_none,
    plural,
    signed,
    spoken,
)
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import BEFORE, Table
from dashboard.topics.lab.omission import cases
from dashboard.topics.leak import figures as leak
from dashboard.topics.tour.facts import Facts
from kdengine.recipes.sources.hinton2015 import TWO_DIGITS
from kdengine.studies.sweeps import CAUSALITY

PAGE, VOTE_PAGE = "tour", "vote"
LEAKS, PAIR = leak.SWEEP, "paper-pair"  # sweeps that steps tell of
_FORMS: dict[str, Callable[[Any], str]] = {
    "a": a_digit,
    "address": lambda offset: f"{round(offset, 2):g}",
    "fine": fine_percent,
    "none": lambda count: f"{count:,}" if count else "none",
    "percent": percent,
    "percent_or_none": percent_or_none,
    "percent2": lambda share: percent(share, 2),
    "plural": plural,
    "signed": signed,
}


@dataclass(frozen=True)
class Step:
    """One step of the tour, or one of its two beats."""

    page: str  # The topic whose page is shown; `PAGE` for a question to the class and for the end
    # A few words; what the audience reads (Markdown); what the speaker may add
    title: str
    text: str
    note: str
    minutes: float  # How long the whole step takes
    number: int = 0  # From 1 on; both beats have the same
    # The query parameters that set the page's controls
    state: Mapping[str, str] = field(default_factory=dict)
    # How the key of the container begins that is brought into view; empty for the page's top
    spot: str = ""
    question: str = ""  # The question that is asked; empty for a step that shows a page
    points: Sequence[str] = ()  # What the end leaves the audience with
    moves: bool = False  # Whether this is the beat of the motion
    # The control in the spot (CSS) that is pressed when this beat comes after or before the other,
    # or the slider that glides to where `to` says
    control: str = ""
    to: str = ""

    @property
    def place(self) -> str:
        """What the address calls it."""
        return f"{self.number}b" if self.moves else str(self.number)


def steps(
    found: Facts,
    pages: Collection[str],
    load: Callable[[str], Table | None] = lambda name: None,
) -> list[Step]:
    """Return the steps, both beats of each, in order: those whose page is among *pages*.

    Parameters
    ----------
    load : function of str, optional
        Gives the table of a sweep's name; without one the steps that tell of it are left out.
    """
    numbers = _numbers(found, load)
    made: list[Step] = []
    number = 1
    for words in prose.beside(__file__).values():
        if words["page"] not in pages:
            continue
        beats = [words]
        if then := words.get("then"):
            state = {**words.get("state", {}), **then.get("state", {})}
            state = {name: value for name, value in state.items() if value}
            beats.append({**words, **then, "state": state, "moves": True})
        try:
            made += [replace(_step(beat, numbers), number=number) for beat in beats]
        except _Unknown:
            continue
        number += 1
    return made


class _Unknown(LookupError):
    """A number that this run does not have."""


class _Writer(string.Formatter):
    """Writes numbers in the forms that the words ask for."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        """Return a number; `_Unknown` if this run does not have it."""
        value = super().get_value(key, args, kwargs)
        if value is None:
            raise _Unknown(key)
        return value

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a number as it is to be written."""
        form = _FORMS.get(format_spec)
        return form(value) if form else super().format_field(value, format_spec)


def _step(words: Mapping[str, Any], numbers: Mapping[str, Any]) -> Step:
    """Return a step with the run's numbers in it; `_Unknown` if it lacks one."""

    def written(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: written(each) for name, each in value.items()}
        if isinstance(value, list):
            return [written(each) for each in value]
        return _Writer().vformat(value, (), numbers) if isinstance(value, str) else value

    told = {name: written(each) for name, each in words.items() if name not in ("more", "then")}
    try:
        told["text"] = f"{told['text']} {written(words.get('more', ''))}".rstrip()
    except _Unknown:
        pass
    return Step(**told)


def _numbers(found: Facts, load: Callable[[str], Table | None]) -> dict[str, Any]:
    """Return what the steps are told with, by the names in the words; None for what is not had."""
    cut, mixed, whole = _leaks(found, load(LEAKS))
    kept = TWO_DIGITS["kept"]
    # The paper tells of digits.
    pair = spoken().has_digits and cases.students(
        cases.cases_of_table(load(PAIR)), cases.others(kept)
    )
    own = found.brief or found  # the student that the offset is told with
    return asdict(found) | {
        **{f"own_{name}": value for name, value in asdict(own).items()},
        "student": "one-epoch" if found.brief else "run",
        "wrong": found.held_out - found.before if found.called else None,
        "cut": cut,
        "mixed": mixed,
        "whole": whole,
        **{
            f"pair_{stage}": float(np.mean(cases.omitted_rates(pair, role))) if pair else None
            for stage, role in (("before", cases.BEFORE), ("after", cases.AFTER))
        },
        "paper_kept": ",".join(map(str, kept)),
        "paper_kept_words": digits_in_words(kept),
        "paper_before": TWO_DIGITS["before"],
        "paper_after": TWO_DIGITS["after"],
        "paper_offset": TWO_DIGITS["offset"],
    }


def _leaks(found: Facts, table: Table | None) -> list[float | None]:
    """Return what students know with the omitted class taken out, shuffled, and as it is.

    Nothing if the sweep has not all of them, or is about another class.
    """
    keys = [
        sweep_rows.setting(CAUSALITY[name])
        for name in ("omitted-removed", "shuffled-in-class", "plain")
    ]
    if spoken().has_digits and table is not None and leak.digit(table) == found.omitted:
        rows = sweep_rows.rows(table)
        means = rows[rows["stage"] == BEFORE].groupby("setting")["omitted"].mean()
        if set(keys) <= set(means.index):
            return [float(means[key]) for key in keys]
    return [None, None, None]
