"""The images of the omitted class that the student gets wrong, one by one, and the offset's price.

Held-out images are those of the test set: no network was trained on any of them.
"""

import pandas as pd

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import plural, signed
from dashboard.figures.answers import answers, card
from kdengine.offsets import thresholds

SORTS = {
    "flip": "By flip threshold",
    "sure": "By student's confidence",
    "number": "By number in test set",
}
_MISSED = ("rescued", "still-wrong")
_SHOWN = ("student", "student-offset", "teacher")
_BADGES = {
    "rescued": ("rescued", "good"),
    "still-wrong": ("still wrong", "bad"),
    "lost": ("lost", "bad"),
    "turned": ("turned", "bad"),
}


def table(experiment: Experiment, offset: float) -> pd.DataFrame:
    """Return the images this topic is about, with what happens to each.

    Returns
    -------
    DataFrame, one row an image, with the columns of `answers.answers` and
        ``flip_threshold`` : float, in logit units
        ``fate`` : str
            Images of the omitted class: ``rescued`` (wrong without the offset, right with it),
            ``still-wrong``, ``lost`` (right without it, wrong with it). Images of other classes:
            ``turned`` (into the omitted class, by the offset).
        ``teacher_wrong`` : bool
    """
    omitted = experiment.omitted_class
    assert omitted is not None
    rows = answers(experiment, offset)
    logits = experiment.student.test_logits
    rows["flip_threshold"] = thresholds.flip_thresholds(logits, omitted)
    rows["teacher_wrong"] = rows["teacher"] != rows["true"]
    own = rows["true"] == omitted
    before, after = rows["student"] == omitted, rows["student-offset"] == omitted
    rows["fate"] = ""
    rows.loc[own & ~before & after, "fate"] = "rescued"
    rows.loc[own & ~before & ~after, "fate"] = "still-wrong"
    rows.loc[own & before & ~after, "fate"] = "lost"
    rows.loc[~own & ~before & after, "fate"] = "turned"
    return rows[rows["fate"] != ""].reset_index(drop=True)


def sentence(experiment: Experiment, offset: float, rows: pd.DataFrame) -> str:
    """State how many held-out images are misclassified and what the offset does for them."""
    omitted = experiment.omitted_class
    assert omitted is not None
    held_out = int((experiment.student.test_labels == omitted).sum())
    things = plural(omitted)
    missed = rows[rows["fate"].isin(_MISSED)]
    lost = int((rows["fate"] == "lost").sum())
    if missed.empty:
        told = f"The student misclassifies none of {held_out:,} held-out {things} (test set)"
        return f"{told}; the offset {signed(offset)} {_loses(lost)}."
    wrong = missed[missed["fate"] == "still-wrong"]
    rescued = len(missed) - len(wrong)
    too = int(wrong["teacher_wrong"].sum())
    told = (
        f"The student misclassifies {len(missed):,} of {held_out:,} held-out {things} (test set); "
        f"the offset {signed(offset)} rescues {rescued:,}, {len(wrong):,} "
        f"{'stays' if len(wrong) == 1 else 'stay'} wrong"
    )
    if len(wrong):
        told += f", and {too or 'none'} of those the teacher misses too"
    return told + (f"; it {_loses(lost)}." if lost else ".")


def filters(rows: pd.DataFrame, omitted: int) -> dict[str, str]:
    """Return the filters that this run has, by name, each with its count on its label.

    ``lost`` and ``called-5`` … appear only where there are such images.
    """
    missed = rows[rows["fate"].isin(_MISSED)]
    called = sorted(missed["student"].value_counts().items(), key=lambda pair: (-pair[1], pair[0]))
    names = {
        "all": "All misclassified",
        "rescued": "Rescued by the offset",
        "still-wrong": "Still wrong",
        "teacher-wrong": "Wrong for the teacher too",
        **{f"called-{digit}": f"Called {digit}" for digit, _ in called},
        "lost": "Lost by the offset",
        "turned": f"Other digits turned into {omitted}",
    }
    counts = {name: len(filtered(rows, name)) for name in names}
    if not counts["lost"]:
        del names["lost"]
    return {name: f"{label} ({counts[name]:,})" for name, label in names.items()}


def filtered(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows that the filter called *name* lets through."""
    missed = rows["fate"].isin(_MISSED)
    if name == "all":
        return rows[missed]
    if name == "teacher-wrong":
        return rows[missed & rows["teacher_wrong"]]
    if name.startswith("called-"):
        return rows[missed & (rows["student"] == int(name.removeprefix("called-")))]
    return rows[rows["fate"] == name]


def sort(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return *rows* in one of the orders of `SORTS`; equals by their number."""
    columns = {"flip": ["flip_threshold", "image"], "sure": ["student_sure", "image"]}
    by_columns = columns.get(by, ["image"])
    ascending = [by != "sure"] + [True] * (len(by_columns) - 1)
    return rows.sort_values(by_columns, ascending=ascending, ignore_index=True)


def filter_sentence(rows: pd.DataFrame, name: str, omitted: int) -> str:
    """State what the chosen filter shows, in plain words."""
    part, things = filtered(rows, name), plural(omitted)
    flips = (
        f"*Flips at* is the flip threshold: an offset above it makes the student say {omitted}. "
        "Percentages are probabilities at T=1."
    )
    if name == "turned":
        right = int((part["student"] == part["true"]).sum())
        return (
            f"The price: {len(part):,} test image{'' if len(part) == 1 else 's'} of other digits "
            f"that the offset turns into {things}; {right:,} of them the student had right "
            f"without it. {flips}"
        )
    if part.empty:
        return f"No held-out {things} of this kind in this run."
    return flips


def cards(rows: pd.DataFrame) -> list[dict]:
    """Return the picture grid's cards for rows of `table`."""
    made = []
    for row in rows.to_dict("records"):
        badge, tone = _BADGES[row["fate"]]
        if row["fate"] == "turned":
            badge = f"a {row['true']}"
        shown = card(row, _SHOWN, badge, tone)
        made.append({**shown, "note": f"flips at {signed(row['flip_threshold'])}"})
    return made


def _loses(lost: int) -> str:
    """Return what the offset costs among the omitted class's own images."""
    return f"loses {lost:,} that {'was' if lost == 1 else 'were'} right" if lost else "changes none"
