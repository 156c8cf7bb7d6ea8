"""What the offset page says: its sentence, its explanations."""

from dataclasses import dataclass

import numpy as np

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, added, digits_in_words, percent, plural
from kdengine.offsets import thresholds as bias
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
        probe=f"the first {probe_size:,}" if probe_size else f"all {len(student.train_labels):,}",
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
    sweep = bias.offset_sweep(student.test_logits, student.test_labels, omitted)
    before, after = bias.correct_at(sweep, [0.0, offset])
    others = int(after.sum() - after[omitted]) - int(before.sum() - before[omitted])
    chooser = {
        None: "the offset on the slider is",
        "frequency": "the frequency criterion adds",
        "predicted-share": "the predicted share adds",
        "teacher-mass": "the teacher's mass adds",
        "teacher-agreement": "agreement with the teacher adds",
        "paper": "the paper's choice adds",
        "test-optimal": "the best choice in hindsight, chosen on the test set, adds",
    }[criterion]
    now, was = int(after[omitted]), int(before[omitted])
    makes = f"and makes it **{now:,}**" if now != was else "and leaves it there"
    return (
        f"With no offset the student calls **{was:,} of {int(sweep.class_counts[omitted]):,}** "
        f"held-out {name} right; {chooser} **{added(offset)}** {makes}, {_price(-others)}."
    )


def explanation(criterion: str | None, named: Words) -> str:
    """Return what a criterion uses and what it does not."""
    probe = f"{named.probe} unlabelled training images"
    number = f"the share of {named.name} among all training images, {percent(named.frequency, 2)}"
    uses = (
        f"It uses those images, unlabelled {named.name} among them, and that one number; "
        "no test image and no label of an image."
    )
    answers = (
        "It uses the teacher's answers to the training images; no label, no share of "
        f"{named.name}, no test image. (Unlabelled {named.name} are among those images, and the "
        "teacher itself learnt from labels.)"
    )
    return {
        None: "**Chosen by hand.** Whoever drags while watching these curves chooses on the test "
        "set. Pick a criterion above to go back to a rule.",
        "frequency": f"**Frequency criterion:** the mean softmax mass on {named.digit} (T = 1) "
        f"over {probe} becomes {number}. {uses}",
        "predicted-share": f"**Predicted share:** the share of {probe} called {named.digit} "
        f"becomes {number}. {uses}",
        "teacher-mass": f"**Teacher's mass:** the mean softmax mass on {named.digit} (T = 1) over "
        f"{probe} becomes the teacher's own mean mass over the same images. {answers}",
        "teacher-agreement": f"**Teacher's answers:** of {probe}, the student calls as many what "
        f"the teacher calls them as any offset can make it. {answers}",
        "paper": f"**The paper's {added(PAPER_OFFSET)}:** chosen by Hinton, Vinyals & Dean "
        "(2015) on the test set, for their network. It uses nothing of this run.",
        "test-optimal": f"**Chosen on the test set:** it looks at the labels of all "
        f"{named.test_images:,} test images, so it shows the best that an offset could do; "
        "it is no fair result.",
    }[criterion]


def scope(experiment: Experiment, named: Words) -> str:
    """Return what the page's numbers were measured on, and what else was left out."""
    omitted = experiment.student.config.omitted_classes
    measured = (
        f"Accuracy is counted on the {named.test_images:,} test images, exactly, for every "
        f"offset: an image turns into {a_digit(named.digit)} once the offset exceeds the gap "
        f"between its largest logit and its logit of {named.digit}. Nothing is trained again."
    )
    if len(omitted) < 2:
        return measured
    return (
        f"{measured} This student never saw {digits_in_words(omitted)}; here only "
        f"{named.digit} gets an offset, the others stay at 0."
    )


def _price(lost: int) -> str:
    """Return what the offset costs, or brings, among the other digits."""
    if lost == 0:
        return "at no cost to the other digits"
    digits = "other digit" if abs(lost) == 1 else "other digits"
    return f"at the price of {lost:,} {digits}" if lost > 0 else f"with {-lost:,} {digits} gained"
