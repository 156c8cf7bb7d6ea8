"""What the page of mistakes says, in sentences computed from the run shown."""

import pandas as pd

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, several, signed, word
from dashboard.core.roles import ROLES
from dashboard.topics.mistakes import figures


def lead(experiment: Experiment) -> str:
    """State how many held-out images are called something else, and what most often."""
    omitted = experiment.omitted_class
    assert omitted is not None
    held_out, things = int((experiment.student.test_labels == omitted).sum()), plural(omitted)
    if not held_out:
        return f"The test set of this run holds no {things}, so nothing can be called wrongly."
    wrong = figures.wrong_answers(experiment, "student", 0.0)
    if not wrong.any():
        return f"The student calls none of {held_out:,} held-out {things} anything else."
    first = [word(called) for called in (wrong == wrong.max()).nonzero()[0]]
    return (
        f"The student calls {wrong.sum():,} of {held_out:,} held-out {things} something else, "
        f"most often {several(first)}."
    )


def sentence(experiment: Experiment, offset: float, rows: pd.DataFrame) -> str:
    """State how many held-out images are misclassified and what the offset does for them."""
    omitted = experiment.omitted_class
    assert omitted is not None
    held_out = int((experiment.student.test_labels == omitted).sum())
    fates = rows["fate"].value_counts()
    rescued, wrong, lost = (int(fates.get(f, 0)) for f in ("rescued", "still-wrong", "lost"))
    told = (
        f"The student misclassifies {rescued + wrong or 'none'} of {held_out:,} held-out "
        f"{plural(omitted)} (test set); the offset {signed(offset)} "
    )
    if not rescued + wrong:
        return f"{told}{_loses(lost)}."
    told += f"rescues {rescued:,}, {wrong:,} {'stays' if wrong == 1 else 'stay'} wrong"
    if wrong:
        too = int((rows["teacher_wrong"] & (rows["fate"] == "still-wrong")).sum())
        told += f", and {too or 'none'} of those the teacher misses too"
    return told + (f"; it {_loses(lost)}." if lost else ".")


def shown(rows: pd.DataFrame, name: str, network: str, cell: str, omitted: int) -> str:
    """State what the chosen pictures are."""
    part = figures.filtered(rows, name, network, cell)
    if name == "cell":
        true, called = figures.digits_of(cell)
        total, things = int((rows["true"] == true).sum()), plural(true)
        subject, rightly = ROLES[network].subject, " rightly" if true == called else ""
        if part.empty:
            who = subject.replace("The", "the", 1)
            return f"This cell is empty: {who} calls none of {total:,} {things} {word(called)}."
        share = percent(len(part) / total)
        return (
            f"{subject}{rightly} calls **{len(part):,}** of {total:,} {things} **{word(called)}** "
            f"({share})."
        )
    if part.empty:
        return f"No image of this kind in this run at this offset ({plural(omitted)})."
    if name == "turned":
        right = int((part["student"] == part["true"]).sum())
        return f"The price of the offset; {right:,} of them the student had right without it."
    return ""


def _loses(lost: int) -> str:
    """Return what the offset costs among the omitted class's own images."""
    return f"loses {lost:,} that {'was' if lost == 1 else 'were'} right" if lost else "changes none"
