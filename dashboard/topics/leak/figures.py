"""Could it be a leak? What is taken away from the student, and what it recognises then."""

import pandas as pd

from dashboard.core import prose
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import BEFORE, Table
from kdengine.studies import differences, sweeps
from kdengine.studies.differences import Verdict

SWEEP = "causality"
# By their names in the address; the reference comes first.
VARIANTS = prose.beside(__file__)["variants"]
# Those that cut the teacher's mass on the omitted class off, or off from its image.
CUT = (
    "hard-labels",
    "omitted-removed",
    "shuffled-in-class",
    "uniform-same-entropy",
    "teacher-without",
)
# What the page asks about, one after another, before it shows more.
FRONT = ("plain", "hard-labels", "not-called-omitted", "omitted-removed", "shuffled-in-class")
DEFAULT = "shuffled-in-class"
GUESSES = {"none": "None", "some": "Some", "most": "Most"}
NONE, MOST = 0.02, 0.9  # "none": at most 2 % right; "most": 90 % of the reference or more
ROLES = {name: sweep_rows.setting(changed) for name, changed in sweeps.CAUSALITY.items()}


def digit(table: Table) -> int:
    """Return the omitted class of the sweep."""
    return int((table["experiment"].get("student", {}).get("omitted_classes") or [3])[0])


def means(table: Table) -> pd.DataFrame:
    """Return what each variant recognises, over the seeds.

    Returns
    -------
    DataFrame, one row a variant and stage, in the order of `VARIANTS`
        ``variant``, ``label``, ``stage``, ``mean``, ``deviation``, ``low``, ``high`` (accuracy on
        the omitted class), ``count`` (seeds), ``others`` (mean accuracy on the other classes),
        ``offset`` (mean, logit units) and ``errors`` (mean, all test images).
    """
    frame = sweep_rows.rows(table)
    found = []
    for name, words in VARIANTS.items():
        own = frame[frame["setting"] == ROLES[name]]
        if own.empty:
            continue
        rest = own.groupby("stage")[["others", "offset", "errors"]].mean()
        over = sweep_rows.over_seeds(own, ["stage"], "omitted").join(rest, on="stage")
        label = words["label"].format(digit=digit(table))
        found.append(over.assign(variant=name, label=label))
    return pd.concat(found, ignore_index=True)


def compared(table: Table) -> dict[str, Verdict | None]:
    """Return the verdicts on every variant beside the reference, before any offset."""
    frame = sweep_rows.rows(table)
    names = {setting: name for name, setting in ROLES.items()}
    own = frame[(frame["stage"] == BEFORE) & frame["setting"].isin(names)]
    by_seed = own.assign(name=own["setting"].map(names)).pivot_table(
        index="seed", columns="name", values="omitted"
    )
    if "plain" not in by_seed:
        return {}
    found = differences.between(differences.pairs(by_seed, "plain"))
    return {name: verdict for (name, _), verdict in found.items()}


def variants(shown: pd.DataFrame) -> list[str]:
    """Return the variants that the table has, by their names in the address."""
    return list(dict.fromkeys(shown["variant"]))


def recognised(shown: pd.DataFrame, name: str, stage: str = BEFORE) -> float:
    """Return a variant's mean accuracy on the omitted class at one stage."""
    own = shown[(shown["variant"] == name) & (shown["stage"] == stage)]
    return float(own["mean"].iloc[0])


def outcome(shown: pd.DataFrame, name: str) -> str:
    """Return which of `GUESSES` is right: how many a variant recognises before the offset."""
    before = recognised(shown, name)
    reference = 1.0 if name == "plain" else recognised(shown, "plain")
    return "none" if before <= NONE else "most" if before >= MOST * reference else "some"


def seeds_table(table: Table) -> pd.DataFrame:
    """Return every seed's figures, one row an experiment and stage, for the download."""
    frame = sweep_rows.rows(table)
    names = {setting: name for name, setting in ROLES.items()}
    frame.insert(0, "variant", frame.pop("setting").map(names))
    return frame
