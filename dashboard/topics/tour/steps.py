"""The tour's steps: those of `words.toml` that a run has the numbers for, in order.

Every number is the run's. What a question asks is not told on any page before it.
"""

import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dashboard.core import prose
from dashboard.core.numbers import a_digit, fine_percent, percent, plural, signed
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import BEFORE, Table
from dashboard.topics.lab.omission import cases
from dashboard.topics.lab.omission import figures as omission
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
    "percent2": lambda share: percent(share, 2),
    "plural": plural,
    "signed": signed,
}


@dataclass(frozen=True)
class Step:
    """One step of the tour."""

    page: str  # The topic whose page is shown; `PAGE` for a question to the class
    # A few words; what the audience reads (Markdown); what the speaker may add
    title: str
    text: str
    note: str
    # The query parameters that set the page's controls
    state: Mapping[str, str] = field(default_factory=dict)
    look: str = ""  # What to look at there
    # How the key of the container begins that is brought into view; empty for the page's top
    spot: str = ""
    question: str = ""  # The question that is asked; empty for a step that shows a page


def steps(
    found: Facts,
    pages: Collection[str],
    load: Callable[[str], Table | None] = lambda name: None,
) -> list[Step]:
    """Return the steps in order; where several pages would do, the first among *pages*.

    Parameters
    ----------
    load : function of str, optional
        Gives the table of a sweep's name; without one the steps that tell of it are left out.
    """
    numbers = _numbers(found, load)
    made: dict[str, Step] = {}
    for name, words in prose.beside(__file__).items():
        if words["page"] in pages and words.get("instead_of") not in made:
            try:
                made[name] = _step(words, numbers)
            except _Unknown:
                continue
    return list(made.values())


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

    def written(name: str) -> str:
        return _Writer().vformat(words.get(name, ""), (), numbers)

    text = written("text")
    try:
        text = f"{text} {written('more')}".rstrip()
    except _Unknown:
        pass
    return Step(
        page=words["page"],
        title=written("title"),
        text=text,
        note=written("note"),
        state={
            name: _Writer().vformat(value, (), numbers)
            for name, value in words.get("state", {}).items()
        },
        look=written("look"),
        spot=words.get("spot", ""),
        question=words.get("question", ""),
    )


def _numbers(found: Facts, load: Callable[[str], Table | None]) -> dict[str, Any]:
    """Return what the steps are told with, by the names in the words; None for what is not had."""
    cut, mixed, whole = _leaks(found, load(LEAKS))
    kept = TWO_DIGITS["kept"]
    pair = cases.students(cases.cases_of_table(load(PAIR)), cases.others(kept))
    return asdict(found) | {
        "wrong": found.held_out - found.before if found.called else None,
        "still_wrong": found.held_out - found.after,
        "taken_for": found.called[0] if found.called else found.omitted,
        "cut": cut,
        "mixed": mixed,
        "whole": whole,
        "two_digits": omission.lead(pair) if pair else None,
        "paper_kept": ",".join(map(str, kept)),
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
    if table is not None and leak.digit(table) == found.omitted:
        rows = sweep_rows.rows(table)
        means = rows[rows["stage"] == BEFORE].groupby("setting")["omitted"].mean()
        if set(keys) <= set(means.index):
            return [float(means[key]) for key in keys]
    return [None, None, None]
