"""What is taken for what: confusion matrices, and the images behind them one by one.

Held-out images are those of the test set: no network was trained on any of them.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.charting import confusion
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, brief_percent, in_its_words, plural, signed, word
from dashboard.core.params import Refused
from dashboard.core.roles import NAMES, ROLES
from dashboard.figures import packing
from dashboard.figures.answers import answers, card, logits_of, networks
from kdengine.offsets import evaluation, thresholds

NUMBERS = {"counts": "Counts", "shares": "Row shares (%)"}
SORTS = {
    "flip": "Near misses first",
    "sure": "Surest first",
    "number": "By number",
}
GAME = 40  # pictures of a game
MISSED = ("rescued", "still-wrong")
_SHOWN = ("student", "student-offset", "teacher")
_BADGES = {
    "rescued": ("rescued", "good"),
    "still-wrong": ("still wrong", "bad"),
    "lost": ("lost", "bad"),
    "turned": ("turned", "bad"),
}


def counts(experiment: Experiment, network: str, offset: float) -> NDArray[np.int64]:
    """Return a network's confusion matrix on the test images: true class by row, (10, 10)."""
    labels = experiment.student.test_labels
    return evaluation.confusion_matrix(logits_of(experiment, network, offset), labels)


def wrong_answers(experiment: Experiment, network: str, offset: float) -> NDArray[np.int64]:
    """Return how many images of the omitted class the network calls each *other* class, (10,)."""
    row = counts(experiment, network, offset)[experiment.omitted_class].copy()
    row[experiment.omitted_class] = 0
    return row


def matrix(experiment: Experiment, network: str, offset: float) -> pd.DataFrame:
    """Return a confusion matrix, one row a cell: ``true``, ``called``, ``images``, ``share``."""
    return confusion.cells(counts(experiment, network, offset))


def matrix_title(experiment: Experiment, network: str, offset: float) -> str:
    """Return how many test images the network gets wrong, as a chart's title."""
    table = counts(experiment, network, offset)
    wrong, total = int(table.sum() - np.trace(table)), int(table.sum())
    who = ROLES[network].subject.removeprefix("The ").capitalize()
    return f"{who}: {wrong:,} of {total:,} wrong"


def contents(experiment: Experiment) -> dict[str, Any]:
    """Return what the browser needs to draw every network's matrix at any offset.

    Returns
    -------
    dict
        ``digit`` and ``things``; of every test image, packed: its ``labels``, what the student
        calls it up to its flip (``others``) and the number an offset must exceed (``flips``);
        ``networks``: dicts of ``name``, ``label`` and ``counts`` (100 of them, row by row, for
        those that no offset moves, else None).
    """
    omitted, logits = experiment.omitted_class, experiment.student.test_logits
    assert omitted is not None
    found = [
        (name, None if name.startswith("student") else counts(experiment, name, 0.0).ravel())
        for name in networks(experiment)
    ]
    return {
        "digit": omitted,
        "things": plural(omitted),
        "labels": packing.packed(experiment.student.test_labels, np.uint8),
        "others": packing.packed(thresholds.runner_up(logits, omitted), np.uint8),
        "flips": packing.packed(thresholds.strict_flips(logits, omitted), np.float64),
        "networks": [
            {
                "name": name,
                "label": ROLES[name].short,
                "counts": None if table is None else table.tolist(),
            }
            for name, table in found
        ],
    }


def called_instead(experiment: Experiment, offset: float) -> pd.DataFrame:
    """Return what the omitted class's images are called instead, before and after the offset.

    Returns
    -------
    DataFrame, one row per (called, network), largest confusion before the offset first
        ``called`` str, ``network`` str (a role of the charts), ``images`` int, ``rank`` int.
    """
    before, after = (wrong_answers(experiment, network, offset) for network in _SHOWN[:2])
    order = sorted(np.flatnonzero(before + after), key=lambda c: (-before[c], -after[c], c))
    rows = [
        (word(called), NAMES[network], int(images[called]), rank)
        for rank, called in enumerate(order)
        for network, images in (("student", before), ("student-offset", after))
    ]
    return pd.DataFrame(rows, columns=["called", "network", "images", "rank"])


def called_instead_title(experiment: Experiment, offset: float) -> str:
    """Return what the chart of `called_instead` shows."""
    assert experiment.omitted_class is not None
    before, after = (wrong_answers(experiment, name, offset).sum() for name in _SHOWN[:2])
    things = plural(experiment.omitted_class)
    return f"Held-out {things} called something else: {before:,} before the offset, {after:,} after"


def images(experiment: Experiment, offset: float) -> pd.DataFrame:
    """Return every test image with what happens to it.

    Returns
    -------
    DataFrame, one row an image, with the columns of `answers.answers` and
        ``flip_threshold`` : float, in logit units
        ``fate`` : str
            Images of the omitted class: ``rescued`` (wrong without the offset, right with it),
            ``still-wrong``, ``lost`` (right without it, wrong with it). Images of other classes:
            ``turned`` (into the omitted class, by the offset). Others: empty.
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
    return rows


def table(experiment: Experiment, offset: float) -> pd.DataFrame:
    """Return those of `images` that have a fate."""
    rows = images(experiment, offset)
    return rows[rows["fate"] != ""].reset_index(drop=True)


def filters(rows: pd.DataFrame, omitted: int, network: str, cell: str) -> dict[str, str]:
    """Return what can be shown of the `images` of this run, by name, with its count on its label.

    ``lost`` and ``called-5`` … appear only where there are such images.
    """
    missed = rows[rows["fate"].isin(MISSED)]
    called = sorted(missed["student"].value_counts().items(), key=lambda pair: (-pair[1], pair[0]))
    things, (true, said) = plural(omitted), digits_of(cell)
    names = {
        "cell": f"Cell: {word(true)} called {word(said)}",
        "all": f"{things.capitalize()} the student gets wrong",
        "rescued": "Rescued by the offset",
        "still-wrong": "Still wrong with the offset",
        "teacher-wrong": "Wrong for the teacher too",
        **{f"called-{digit}": f"{things.capitalize()} called {word(digit)}" for digit, _ in called},
        "lost": "Lost by the offset",
        "turned": f"Other digits turned into {word(omitted)}",
        "wrong": f"All digits wrong: {NAMES[network]}",
    }
    found = {name: len(filtered(rows, name, network, cell)) for name in names}
    if not found["lost"]:
        del names["lost"]
    return {name: in_its_words(f"{label} ({found[name]:,})") for name, label in names.items()}


def filtered(rows: pd.DataFrame, name: str, network: str, cell: str) -> pd.DataFrame:
    """Return the rows that the filter called *name* lets through."""
    missed = rows["fate"].isin(MISSED)
    if name == "cell":
        true, called = digits_of(cell)
        return rows[(rows["true"] == true) & (rows[network] == called)]
    if name == "wrong":
        return rows[rows[network] != rows["true"]]
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


def default_cell(experiment: Experiment) -> str:
    """Return the student's largest confusion of the omitted class; its right answers if none."""
    omitted, wrong = experiment.omitted_class, wrong_answers(experiment, "student", 0.0)
    return f"{omitted:d}-{wrong.argmax() if wrong.any() else omitted:d}"


def digits_of(cell: str) -> tuple[int, int]:
    """Return the true digit and the answer of a cell such as ``3-5``."""
    return int(cell[0]), int(cell[2])


def read_cell(text: str) -> str:
    """Return the cell that the address asks for."""
    if not re.fullmatch(r"[0-9]-[0-9]", text):
        raise Refused("a true digit and an answer, such as 3-5")
    return text


def cards(rows: pd.DataFrame, network: str) -> list[dict]:
    """Return the picture grid's cards for rows of `images`, *network* among those that answer."""
    shown = _SHOWN if network in _SHOWN else (network, *_SHOWN)
    made = []
    for row in rows.to_dict("records"):
        badge, tone = _BADGES.get(row["fate"], ("", ""))
        badge = f"{a_digit(row['true'])}, turned" if row["fate"] == "turned" else badge
        note = f"flips at {signed(row['flip_threshold'])}"
        made.append({**card(row, shown, badge, tone), "note": note})
    return made


def game(rows: pd.DataFrame, omitted: int) -> list[dict[str, Any]]:
    """Return what is guessed: images that the student gets wrong, half of the omitted class.

    They come in an order that tells nothing, the same for everybody.
    """
    wrong = rows[rows["student"] != rows["true"]].sample(frac=1.0, random_state=0)
    own = wrong["true"] == omitted
    chosen = pd.concat([wrong[own].head(GAME // 2), wrong[~own].head(GAME // 2)])
    return [
        {
            "image": int(row["image"]),
            "true": int(row["true"]),
            "said": int(row["student"]),
            "sure": brief_percent(row["student_sure"]),
        }
        for row in chosen.sample(frac=1.0, random_state=0).to_dict("records")
    ]
