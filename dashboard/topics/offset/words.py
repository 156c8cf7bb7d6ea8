"""What the offset page says: its sentence, its explanations."""

from dataclasses import dataclass

import numpy as np

from dashboard.core import prose
from dashboard.core.experiment import Experiment, offset_of
from dashboard.core.numbers import a_digit, added, digits_in_words, percent, plural, signed
from dashboard.figures import criteria
from kdengine.offsets import thresholds
from kdengine.offsets.criteria import PAPER_OFFSET, teacher_mass_offsets


@dataclass(frozen=True)
class Words:
    """How the page names what it counts."""

    digit: int  # The omitted class
    name: str  # Its plural, ``threes``
    test_images: int
    probe: str  # ``all 60,000`` or ``the first 100``
    frequency: float  # The class's share of all training images


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


def sentence(experiment: Experiment, offset: float) -> str:
    """Return what *offset* does to the held-out images of the omitted class."""
    sweep = experiment.sweep
    omitted = sweep.omitted_class
    was, now = thresholds.correct_at(sweep, [0.0, offset])[:, omitted].tolist()
    name = plural(omitted)
    if not offset:
        images = int(sweep.class_counts[omitted])
        return f"With nothing added the student recognises **{was:,}** of {images:,} {name}."
    start = f"Add **{offset:.2f}** to" if offset > 0 else f"Take **{-offset:.2f}** from"
    change = f"**{now:,}** {name}, not {was:,}" if now != was else f"**{now:,}** {name}, as before"
    return f"{start} the student's score for “{omitted}” and it recognises {change}."


def told(experiment: Experiment, percentage: int, right: float) -> str:
    """Return what the frequency criterion does if told that the omitted class has another share.

    Parameters
    ----------
    percentage : int
    right : float
        The offset that it chooses by the true share.

    Raises
    ------
    ValueError
        If it finds no offset.
    """
    sweep = experiment.sweep
    frequencies = ((sweep.omitted_class, percentage / 100.0),)
    offsets = [offset_of(experiment, "frequency", None, frequencies), right, 0.0]
    wrong = sweep.class_counts.sum() - thresholds.correct_at(sweep, offsets).sum(axis=1)
    misled, led, alone = (f"{int(errors):,}" for errors in wrong)
    return (
        f"Told **{percentage}\u00a0%**, it adds {signed(offsets[0])} and makes **{misled}** "
        f"errors; with no offset it makes {alone}, told the truth {led}."
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


def taught_alone(experiment: Experiment) -> str:
    """Return what the teacher's mass says of the transfer images alone, without unlabelled ones."""
    student, digit = experiment.student, experiment.omitted_class
    kept = ~np.isin(student.train_labels, student.config.omitted_classes)
    taught = experiment.teacher.train_logits[kept]
    (alone,) = teacher_mass_offsets(student.train_logits[kept], taught, [digit])
    return str(prose.beside(__file__)["taught"]["alone"]).format(
        things=plural(digit), offset=signed(alone, 3)
    )


def cost(named: Words) -> str:
    """Return what the frequency criterion needs from outside."""
    text = str(prose.beside(__file__)["cost"]["text"])
    share = percent(named.frequency, 2)
    return text.format(digit=named.digit, things=named.name, share=share)


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
