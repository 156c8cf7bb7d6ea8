"""What the variants of the leak page prove, in sentences computed from the sweep's table."""

import html

import pandas as pd

from dashboard.charting import theme
from dashboard.core import prose
from dashboard.core.numbers import described, percent, percent_or_none, signed
from dashboard.figures import sweep_rows, verdicts
from dashboard.figures.sweep_rows import AFTER, BEFORE, Table
from dashboard.topics.leak.figures import (
    CUT,
    GUESSES,
    MOST,
    NONE,
    VARIANTS,
    compared,
    digit,
    outcome,
    recognised,
    variants,
)
from kdengine.studies.differences import Verdict

_WORDS = prose.beside(__file__)


def lead(table: Table) -> str:
    """Ask the page's question."""
    count = sweep_rows.images(table, "omitted")
    return str(_WORDS["lead"]).format(count=count, things=sweep_rows.omitted_name(table))


def answer(shown: pd.DataFrame, table: Table) -> str:
    """Answer the page's question from the table; nothing if it lacks what that needs."""
    names = {*CUT, "not-called-omitted", "top-tenth"}
    if not names <= set(variants(shown)):
        return ""
    clear = all(outcome(shown, name) == ("none" if name in CUT else "most") for name in names)
    found = compared(table)
    beside = verdicts.listed((f"{len(of)} of {len(CUT)}", verdict) for verdict, of in _cut(found))
    return str(_WORDS["clear" if clear else "unclear"]).format(
        digit=digit(table), things=sweep_rows.omitted_name(table), verdicts=beside
    )


def _cut(found: dict[str, Verdict | None]) -> list[tuple[Verdict | None, list[str]]]:
    """Return those variants that cut the teacher's number off, by their verdict."""
    by = {verdict: [n for n in CUT if found.get(n) == verdict] for verdict in (*Verdict, None)}
    return [(verdict, names) for verdict, names in by.items() if names]


def score(shown: pd.DataFrame, guesses: dict[str, str]) -> str:
    """Return how many of the *guesses*, by variant, are right; nothing without any."""
    right = sum(outcome(shown, name) == guess for name, guess in guesses.items())
    return f"You guessed {right} of {len(guesses)}. " if guesses else ""


def how(table: Table, name: str) -> str:
    """Return what was done in one variant."""
    things = sweep_rows.omitted_name(table)
    return str(VARIANTS[name]["how"].format(digit=digit(table), things=things))


def proof(shown: pd.DataFrame, table: Table, name: str) -> str:
    """Return what a variant's accuracy before the offset proves."""
    told = VARIANTS[name][outcome(shown, name)]
    return str(told.format(digit=digit(table), things=sweep_rows.omitted_name(table)))


def result(shown: pd.DataFrame, table: Table, name: str, guess: str | None) -> str:
    """Return one variant's bar as HTML, with its number, what it proves and what was guessed."""
    share = recognised(shown, name)
    number = percent_or_none(share)
    said = ""
    if guess is not None:
        mark = "✓" if guess == outcome(shown, name) else "✗"
        said = f" You\u00a0said:\u00a0{GUESSES[guess].lower()}\u00a0{mark}"
    return (
        '<div style="display:flex;align-items:center;gap:0.7rem">'
        '<div style="flex:1;height:1.5rem;background:#8884">'
        f'<div style="width:calc({share:.3f} * 100%);height:100%;background:{theme.STUDENT}">'
        "</div></div>"
        f'<strong style="font-size:1.3rem;min-width:5.2rem">{number}</strong></div>'
        f"<div><strong>{html.escape(proof(shown, table, name))}</strong>{said}</div>"
    )


def source(table: Table) -> str:
    """Return what the figures are, of which data, and how they were made."""
    data = described(table["experiment"]["student"]["dataset"]).title
    return (
        f"{data}. Bars: mean over the seeds; thin lines: one standard deviation. None: at most "
        f"{percent(NONE, 0)} right; most: at least {percent(MOST, 0)} of what the reference gets "
        f"right. {sweep_rows.origin(table)}"
    )


def sentence(shown: pd.DataFrame, table: Table, name: str) -> str:
    """State what was done in one variant, what came out of it and what that proves."""
    things, own = sweep_rows.omitted_name(table), shown[shown["variant"] == name]
    deviation = own[own["stage"] == BEFORE]["deviation"].iloc[0]
    spread = sweep_rows.spread(recognised(shown, name), deviation, percent=True)
    return (
        f"{how(table, name)} It recognises {spread} of the {things} before the offset"
        f"{_beside(table, name)}. **{proof(shown, table, name)}**" + _price(shown, name, things)
    )


def _beside(table: Table, name: str) -> str:
    """Return the verdict on a variant beside the reference; nothing of the reference itself."""
    found = compared(table)
    if name not in found:
        return ""
    return f" (beside the reference, {found[name] or verdicts.NO_VERDICT})"


def _price(shown: pd.DataFrame, name: str, things: str) -> str:
    """Return what the offset brings, and what it costs the other digits."""
    own = shown[shown["variant"] == name].set_index("stage")
    others = own["others"]
    return (
        f" The offset, {signed(own['offset'][AFTER], 1)} logit units on average, makes that "
        f"{percent(own['mean'][AFTER])} of the {things}, and takes the other digits from "
        f"{percent(others[BEFORE])} to {percent(others[AFTER])}."
    )


def surprise(shown: pd.DataFrame, table: Table) -> str:
    """State what the offset alone brings to students that recognise none before it."""
    had = set(variants(shown))
    blind = [name for name in CUT if name in had and outcome(shown, name) == "none"]
    if not blind or "plain" not in had:
        return ""
    others = shown[shown["stage"] == AFTER].set_index("variant")["others"]
    after = [recognised(shown, name, AFTER) for name in blind]
    return (
        f"**Accuracy with the offset is no proof of knowledge.** Students that recognise none of "
        f"the {sweep_rows.omitted_name(table)} before it reach {percent(min(after))} to "
        f"{percent(max(after))} with it: an offset that large makes a {digit(table)} of "
        f"whatever fits the other classes least. The price shows it: their other digits end at "
        f"{percent(min(others[blind]))} to {percent(max(others[blind]))}, the reference's at "
        f"{percent(others['plain'])}."
    )


def description(shown: pd.DataFrame, table: Table) -> str:
    """Return the chart's text alternative: every variant's figures."""
    parts = [
        f"{row.label}: {percent(row.mean)} before the offset, "
        f"{percent(recognised(shown, row.variant, AFTER))} with it"
        for row in shown[shown["stage"] == BEFORE].itertuples()
    ]
    return f"Accuracy on held-out {sweep_rows.omitted_name(table)}. " + "; ".join(parts) + "."
