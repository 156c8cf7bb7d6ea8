"""Who is taken for whom: confusion matrices of an experiment's networks on the test images."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, several, signed
from dashboard.core.params import Refused
from dashboard.core.roles import NAMES, ROLES
from dashboard.figures.answers import answers, card, logits_of, networks
from kdengine.offsets import evaluation

NUMBERS = {"counts": "Counts", "shares": "Row shares (%)"}
ROW_GAP = 0.3  # of a row's height, around the omitted class's row


def counts(experiment: Experiment, network: str, offset: float) -> NDArray[np.int64]:
    """Return a network's confusion matrix on the test images: true class by row, (10, 10)."""
    labels = experiment.student.test_labels
    return evaluation.confusion_matrix(logits_of(experiment, network, offset), labels)


def wrong_answers(experiment: Experiment, network: str, offset: float) -> NDArray[np.int64]:
    """Return how many images of the omitted class the network calls each *other* class, (10,)."""
    row = counts(experiment, network, offset)[experiment.omitted_class].copy()
    row[experiment.omitted_class] = 0
    return row


def sentence(experiment: Experiment, offset: float) -> str:
    """State what the held-out images of the omitted class are called instead."""
    omitted = experiment.omitted_class
    assert omitted is not None
    held_out = int((experiment.student.test_labels == omitted).sum())
    things = plural(omitted)
    if not held_out:
        return f"The test set of this run holds no {things}, so nothing can be called wrongly."
    before = wrong_answers(experiment, "student", offset)
    after = wrong_answers(experiment, "student-offset", offset)
    wrong = f"{before.sum():,}" if before.sum() else "none"
    return (
        f"Before the offset the student calls {wrong} of {held_out:,} held-out {things} (test set) "
        f"something else{_most_often(before)}; with {signed(offset)} on the logit of {omitted} "
        f"it is {after.sum():,}{_most_often(after)}."
    )


def called_instead(experiment: Experiment, offset: float) -> pd.DataFrame:
    """Return what the omitted class's images are called instead, before and after the offset.

    Returns
    -------
    DataFrame, one row per (called, network), largest confusion before the offset first
        ``called`` str, ``network`` str (a role of the charts), ``images`` int, ``rank`` int.
    """
    before = wrong_answers(experiment, "student", offset)
    after = wrong_answers(experiment, "student-offset", offset)
    order = sorted(np.flatnonzero(before + after), key=lambda c: (-before[c], -after[c], c))
    rows = [
        (str(called), NAMES[network], int(images[called]), rank)
        for rank, called in enumerate(order)
        for network, images in (("student", before), ("student-offset", after))
    ]
    return pd.DataFrame(rows, columns=["called", "network", "images", "rank"])


def called_instead_title(experiment: Experiment, offset: float) -> str:
    """Return what the chart of `called_instead` shows."""
    assert experiment.omitted_class is not None
    before = wrong_answers(experiment, "student", offset).sum()
    after = wrong_answers(experiment, "student-offset", offset).sum()
    things = plural(experiment.omitted_class)
    return f"Held-out {things} called something else: {before:,} before the offset, {after:,} after"


def matrix(experiment: Experiment, network: str, offset: float, numbers: str) -> pd.DataFrame:
    """Return a confusion matrix, one row a cell.

    Parameters
    ----------
    numbers : str
        One of `NUMBERS`; what ``label`` says.

    Returns
    -------
    DataFrame
        ``true``, ``called``, ``images``, ``share`` (of the row), ``is_right``, ``label``
        (empty for an empty cell), ``top`` and ``bottom`` (the row's place, in rows, with the
        omitted class's row set apart).
    """
    table = counts(experiment, network, offset)
    totals = table.sum(axis=1)
    classes = len(table)
    true, called = np.divmod(np.arange(table.size), classes)
    share = table.ravel() / np.maximum(totals[true], 1)
    top = row_tops(experiment.omitted_class)[true]
    frame = pd.DataFrame(
        {
            "true": true,
            "called": called,
            "images": table.ravel(),
            "share": share,
            "is_right": true == called,
            "top": top,
            "bottom": top + 1.0,
        }
    )
    written = frame["images"].map(str) if numbers == "counts" else frame["share"].map(_short_share)
    frame["label"] = written.where(frame["images"] > 0, "")
    return frame


def row_tops(omitted_class: int | None, classes: int = 10) -> NDArray[np.float64]:
    """Return where each true class's row begins, in rows, with a gap around the omitted one."""
    tops = np.arange(classes, dtype=np.float64)
    if omitted_class is not None:
        tops[omitted_class:] += ROW_GAP
        tops[omitted_class + 1 :] += ROW_GAP
    return tops


def matrix_title(experiment: Experiment, network: str, offset: float) -> str:
    """Return how many test images the network gets wrong, as a chart's title."""
    table = counts(experiment, network, offset)
    wrong, total = int(table.sum() - np.trace(table)), int(table.sum())
    return (
        f"{ROLES[network].subject.removeprefix('The ').capitalize()}: {wrong:,} of {total:,} wrong"
    )


def default_cell(experiment: Experiment, offset: float) -> tuple[int, int]:
    """Return the student's largest confusion of the omitted class; its right answers if none."""
    omitted = experiment.omitted_class
    assert omitted is not None
    wrong = wrong_answers(experiment, "student", offset)
    return (omitted, int(wrong.argmax())) if wrong.any() else (omitted, omitted)


def cell(true: int, called: int) -> str:
    """Return a cell as the address writes it, such as ``3-5``."""
    return f"{true}-{called}"


def digits_of(cell: str) -> tuple[int, int]:
    """Return the true digit and the answer of a `cell`."""
    return int(cell[0]), int(cell[2])


def read_cell(text: str) -> str:
    """Return the cell that the address asks for."""
    if not re.fullmatch(r"[0-9]-[0-9]", text):
        raise Refused("a true digit and an answer, such as 3-5")
    return text


def cell_sentence(
    experiment: Experiment, network: str, offset: float, true: int, called: int
) -> str:
    """State how many images lie in a cell."""
    row = counts(experiment, network, offset)[true]
    total, images, things = int(row.sum()), int(row[called]), plural(true)
    subject = ROLES[network].subject
    if not images:
        who = subject.replace("The", "the", 1)
        return f"This cell is empty: {who} calls none of {total:,} {things} {called}."
    rightly = " rightly" if true == called else ""
    share = percent(images / total)
    return f"{subject}{rightly} calls **{images:,}** of {total:,} {things} **{called}** ({share})."


def cell_images(
    experiment: Experiment, network: str, offset: float, true: int, called: int
) -> pd.DataFrame:
    """Return the test images in a cell, least sure first, with what each network says."""
    table = answers(experiment, offset)
    chosen = table[(table["true"] == true) & (table[network] == called)]
    return chosen.sort_values([f"{network}_sure", "image"], ignore_index=True)


def cards(experiment: Experiment, images: pd.DataFrame) -> list[dict]:
    """Return the picture grid's cards for rows of `cell_images`."""
    available = networks(experiment)
    return [card(row, available) for row in images.to_dict("records")]


def _most_often(wrong: NDArray[np.int64]) -> str:
    """Return ``, most often 5 (14)``; the classes that share the first place are all named."""
    if not wrong.any():
        return ""
    most = int(wrong.max())
    first = [str(called) for called in np.flatnonzero(wrong == most)]
    return f", most often {several(first)} ({most:,}{' each' if len(first) > 1 else ''})"


def _short_share(share: float) -> str:
    """Return a share in percent in at most four characters, so that it fits a cell."""
    return "100" if share == 1 else f"{100 * share:.1f}" if share >= 0.0005 else "<0.1"
