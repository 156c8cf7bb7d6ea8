"""What the variants of the leak page prove, in sentences computed from the sweep's table."""

from typing import Any

import pandas as pd

from dashboard.core.numbers import a_digit, percent, several, signed
from dashboard.core.sidebar import DATASET_NAMES
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import AFTER, BEFORE, Table
from dashboard.topics.leak.figures import CUT, FEWER, ROLES, VARIANTS, digit, means, variants
from kdengine.config import StudentConfig, run_key

NONE, MOST = 0.02, 0.9  # "none": at most 2 % right; "as much": 90 % of the reference or more


def lead(shown: pd.DataFrame, table: Table) -> str:
    """Answer the page's question from the table."""
    things, before = sweep_rows.omitted_name(table), _figure(shown, BEFORE)
    tested = sweep_rows.images(table, "omitted")
    cut = [before[name] for name in CUT if name in before]
    if not cut or not {"plain", "not-called-omitted", "top-tenth"} <= before.keys():
        return "The table lacks some of the variants that the answer needs."
    spared = min(before["not-called-omitted"], before["top-tenth"])
    clear = max(cut) <= NONE and spared >= MOST * before["plain"]
    answer = "**No leak.**" if clear else "**Not so clear.**"
    return (
        f"{answer} Cut off the teacher's mass on {digit(table)}, or give it to another image of "
        f"the same class, and a student recognises at most {percent(max(cut))} of the "
        f"{tested}held-out {things} before any offset, instead of {percent(before['plain'])}. "
        f"The tenth of the images with most of that mass is enough "
        f"({percent(before['top-tenth'])}), and no image that the teacher itself calls a "
        f"{digit(table)} is needed ({percent(before['not-called-omitted'])})."
    )


def whose(table: Table, student: StudentConfig | None) -> str:
    """State whose students the table holds; empty if the *student* shown is one of them."""
    if student is None or run_key(student) in {row["run_keys"]["student"] for row in table["rows"]}:
        return ""
    names = {name: text.partition(",")[0] for name, text in DATASET_NAMES.items()}
    seeds = sorted({row["seed"] for row in table["rows"]})
    told = table["experiment"]
    return (
        f"This page tells of {sweep_rows.omitted_name(table)} of "
        f"{names[told['student']['dataset']]}: of students of the recipe `{told['recipe']}`, seeds "
        f"{several(list(map(str, seeds)))}. The run chosen in the sidebar, `{run_key(student)}` "
        f"on {names[student.dataset]}, is none of them, and nothing here changes with it."
    )


def title(shown: pd.DataFrame, table: Table) -> list[str]:
    """Return the chart's finding in two lines."""
    before, things = _figure(shown, BEFORE), sweep_rows.omitted_name(table)
    cut = [value for name, value in before.items() if name in CUT]
    kept = [value for name, value in before.items() if name not in CUT]
    return [
        f"Before the offset: at most {percent(max(cut, default=0.0))} of the {things} where",
        f"the mass on {digit(table)} is cut off, at least {percent(min(kept, default=0.0))} where "
        "it is not",
    ]


def sentence(shown: pd.DataFrame, table: Table, name: str) -> str:
    """State what was done in one variant, what came out of it and what that proves."""
    before, after = _figure(shown, BEFORE)[name], _figure(shown, AFTER)[name]
    reference = _figure(shown, BEFORE)["plain"]
    things, own = sweep_rows.omitted_name(table), shown[shown["variant"] == name]
    deviation = own[own["stage"] == BEFORE]["deviation"].iloc[0]
    told = (
        f"{VARIANTS[name]['how'].format(digit=digit(table), things=things)} It recognises "
        f"{sweep_rows.spread(before, deviation, percent=True)} of the {things} before the offset. "
    )
    return (
        told
        + _proof(name, before, reference, table)
        + _beside_all(name, table)
        + _price(shown, name, after, things)
    )


def sentences(table: Table) -> dict[str, str]:
    """Return the `sentence` of every variant that the table has."""
    shown = means(table)
    return {name: sentence(shown, table, name) for name in variants(shown)}


def _proof(name: str, before: float, reference: float, table: Table) -> str:
    """Return what a variant's accuracy before the offset proves."""
    if name == "plain":
        return "All others are compared with this one."
    kept = "none" if before <= NONE else "most" if before >= MOST * reference else "part"
    proof = VARIANTS[name][kept]
    return f"**{proof.format(digit=digit(table), things=sweep_rows.omitted_name(table))}**"


def _beside_all(name: str, table: Table) -> str:
    """State whether some of the images teach more or less than all, if that is beyond chance."""
    frame = sweep_rows.rows(table)
    before = frame[frame["stage"] == BEFORE].pivot_table(
        index="seed", columns="setting", values="omitted"
    )
    own, plain = (before.get(ROLES[which]) for which in (name, "plain"))
    if name not in FEWER or own is None or plain is None:
        return ""
    gap = (own - plain).dropna()
    if not sweep_rows.told_apart(gap):
        return ""
    more = "even teaches more" if gap.mean() > 0 else "teaches less"
    return (
        f" What is left {more} of it than all images together, {percent(plain.mean())} "
        f"({sweep_rows.chance(gap)})."
    )


def _price(shown: pd.DataFrame, name: str, after: float, things: str) -> str:
    """Return what the offset brings, and what it costs the other digits."""
    own = shown[shown["variant"] == name].set_index("stage")
    others = own["others"]
    return (
        f" The offset, {signed(own['offset'][AFTER], 1)} logit units on average, makes that "
        f"{percent(after)} of the {things}, and takes the other digits from "
        f"{percent(others[BEFORE])} to {percent(others[AFTER])}."
    )


def surprise(shown: pd.DataFrame, table: Table) -> str:
    """State what the offset alone brings to students that recognise none before it."""
    before, after = _figure(shown, BEFORE), _figure(shown, AFTER)
    blind = [name for name in CUT if name in before and before[name] <= NONE]
    if not blind:
        return ""
    others = shown[shown["stage"] == AFTER].set_index("variant")["others"]
    best, worst = max(blind, key=after.__getitem__), min(blind, key=after.__getitem__)
    return (
        f"**Accuracy with the offset is no proof of knowledge.** Students that recognise none of "
        f"the {sweep_rows.omitted_name(table)} before it reach {percent(after[worst])} to "
        f"{percent(after[best])} with it: an offset that large makes a {digit(table)} of "
        f"whatever fits the other classes least. The price shows it: their other digits end at "
        f"{percent(min(others[blind]))} to {percent(max(others[blind]))}, the reference's at "
        f"{percent(others['plain'])}."
    )


def description(shown: pd.DataFrame, table: Table) -> str:
    """Return the chart's text alternative: every variant's figures."""
    after = _figure(shown, AFTER)
    parts = [
        f"{row.label}: {percent(row.mean)} before the offset, {percent(after[row.variant])} with it"
        for row in shown[shown["stage"] == BEFORE].itertuples()
    ]
    return f"Accuracy on held-out {sweep_rows.omitted_name(table)}. " + "; ".join(parts) + "."


def behind_sentence(images: pd.DataFrame, name: str, omitted: int, shown: int) -> str:
    """State which images the page shows, how many there are and what the teacher says of them."""
    if images.empty:
        return "There is no such image in this run."
    which = {
        "not-called-omitted": f"taken away, because the teacher calls them {a_digit(omitted)}",
        "top-tenth": "in the tenth that this student learns from",
        "other-nine-tenths": "in the nine tenths that this student learns from",
        "random-tenth": "in the random tenth that this student learns from",
    }.get(name, "in the transfer set")
    called = int((images["said"] == omitted).sum())
    above = int((images["mass"] > 0.01).sum())
    return (
        f"{len(images):,} images are {which}; the teacher calls {called:,} of them "
        f"{a_digit(omitted)} and gives {above:,} more than 1\u00a0% mass on it (T = 1, seed 0). "
        f"None is labelled {omitted}. The {min(shown, len(images))} with most mass:"
    )


def caption(row: Any, omitted: int) -> str:
    """Return what to write below one of those images."""
    return f"{a_digit(row.label)}: {percent(row.mass)} on {omitted}"


def alternative(row: Any, omitted: int) -> str:
    """Return the text alternative of one of those images."""
    return (
        f"training image {row.image:,}, labelled {row.label}; the teacher says {row.said} and "
        f"gives {percent(row.mass)} to {omitted}"
    )


def _figure(shown: pd.DataFrame, stage: str) -> dict[str, float]:
    """Return each variant's mean accuracy on the omitted class at one stage."""
    own = shown[shown["stage"] == stage]
    return dict(zip(own["variant"], own["mean"].astype(float), strict=True))
