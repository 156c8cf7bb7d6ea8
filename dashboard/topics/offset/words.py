"""What the offset page says: its sentence, its explanations."""

from dataclasses import dataclass

import numpy as np

from dashboard.core import prose
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, added, digits_in_words, percent, plural
from dashboard.figures import criteria
from kdengine.offsets import thresholds
from kdengine.offsets.criteria import PAPER_OFFSET


@dataclass(frozen=True)
class Words:
    """How the page names what it counts.

    Parameters
    ----------
    digit, name : int, str
        The omitted class and its plural, ``threes``.
    test_images : int
    probe : str
        ``all 60,000`` or ``the first 100``.
    frequency : float
        The class's share of all training images.
    """

    digit: int
    name: str
    test_images: int
    probe: str
    frequency: float


def words(experiment: Experiment, probe_size: int | None) -> Words:
    """Return the names and sizes that the page's texts need."""
    student, digit = experiment.student, experiment.omitted_class
    assert digit is not None
    return Words(
        digit=digit,
        name=plural(digit),
        test_images=len(student.test_labels),
        probe=criteria.probe_label(probe_size, experiment),
        frequency=float(np.mean(student.train_labels == digit)),
    )


def sentence(experiment: Experiment, offset: float, criterion: str | None) -> str:
    """Return what *offset* does to the test images, in one sentence of counts.

    Parameters
    ----------
    criterion : str or None
        Who chose the offset; None if a hand on the slider did.
    """
    student, omitted = experiment.student, experiment.omitted_class
    assert omitted is not None
    name = plural(omitted)
    sweep = thresholds.offset_sweep(student.test_logits, student.test_labels, omitted)
    before, after = thresholds.correct_at(sweep, [0.0, offset])
    others = int(after.sum() - after[omitted]) - int(before.sum() - before[omitted])
    chooser = prose.beside(__file__)["chooser"][criterion or "by-hand"]
    now, was = int(after[omitted]), int(before[omitted])
    makes = f"and makes it **{now:,}**" if now != was else "and leaves it there"
    digits = "other digit" if abs(others) == 1 else "other digits"
    if others < 0:
        price = f"at the price of {-others:,} {digits}"
    else:
        price = f"with {others:,} {digits} gained" if others else "at no cost to the other digits"
    return (
        f"With no offset the student calls **{was:,} of {int(sweep.class_counts[omitted]):,}** "
        f"held-out {name} right; {chooser} **{added(offset)}** {makes}, {price}."
    )


def explanation(criterion: str | None, named: Words) -> str:
    """Return what a criterion uses and what it does not."""
    words = prose.beside(__file__)["explanation"]
    names = {
        "digit": named.digit,
        "things": named.name,
        "probe": named.probe,
        "share": percent(named.frequency, 2),
        "paper": added(PAPER_OFFSET),
        "tests": f"{named.test_images:,}",
    }
    uses, answers = (words[name].format(**names) for name in ("uses", "answers"))
    return str(words[criterion or "by-hand"]).format(uses=uses, answers=answers, **names)


def scope(experiment: Experiment, named: Words) -> str:
    """Return what the page's numbers were measured on, and what else was left out."""
    omitted = experiment.student.config.omitted_classes
    words = prose.beside(__file__)["scope"]
    names = {
        "digit": named.digit,
        "a_digit": a_digit(named.digit),
        "omitted": digits_in_words(omitted),
        "tests": f"{named.test_images:,}",
    }
    told = (words["measured"], words["several"]) if len(omitted) > 1 else (words["measured"],)
    return " ".join(told).format(**names)
