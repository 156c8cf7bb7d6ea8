"""What the page of the offset asks, computed from the run shown."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, aligned, count, number, run_and_digit
from dashboard.core import runs
from dashboard.core.numbers import percent, signed
from dashboard.figures.criteria import CRITERION_NAMES
from dashboard.topics.offset import figures
from kdengine.offsets import thresholds


def _shown(context: Context) -> Context:
    """Return the context of the student that the page shows: the run's, or that of one epoch."""
    keys = figures.students(context.run)
    name = context.address.get("student", "run")
    if name == "run" or name not in keys:
        return context
    other = runs.experiment(keys[name], context.digit)
    return replace(context, experiment=other, offset=runs.chosen_offset(other))


def half_right(context: Context) -> str:
    """Answer which offset makes half of the held-out images right."""
    context = _shown(context)
    student = context.run.student
    own = student.test_labels == context.digit
    if not own.any():
        raise ValueError(f"the test set of this run holds no {context.things}.")
    flips = np.sort(thresholds.flip_thresholds(student.test_logits[own], context.digit))
    needed = math.ceil(len(flips) / 2)
    return (
        f"An image turns right once the offset exceeds its flip threshold. So sort the "
        f"{len(flips):,} thresholds: the one in place {needed:,}, **{signed(flips[needed - 1])}** "
        f"logit units, is where half of the {context.things} are right."
        + (" That is below 0: they are right without any." if flips[needed - 1] < 0 else "")
    )


def odds_factor(context: Context) -> str:
    """Answer what the offset does to the odds and to the mean mass."""
    context = _shown(context)
    student, offset = context.run.student, context.chosen
    before, after = thresholds.mean_mass(student.train_logits, context.digit, [0.0, offset])
    return (
        f"Adding b to one logit multiplies that class's odds by e^b: here by e^{signed(offset)} = "
        f"**{number(math.exp(offset))}** for every image alike. The mean mass does not grow by "
        f"that factor, since most images are far from undecided: over "
        f"{len(student.train_labels):,} training images it goes from {percent(before, 2)} to "
        f"**{percent(after, 2)}**."
    )


def price(context: Context) -> str:
    """Answer how many other digits the offset costs for each image it gains."""
    context = _shown(context)
    student, digit = context.run.student, context.digit
    sweep = thresholds.offset_sweep(student.test_logits, student.test_labels, digit)
    before, after = thresholds.correct_at(sweep, [0.0, context.chosen])
    gained = int(after[digit] - before[digit])
    lost = int(before.sum() - before[digit] - after.sum() + after[digit])
    each = f", {number(lost / gained, 2)} for each" if gained > 0 and lost > 0 else ""
    return (
        f"With {signed(context.chosen)} the student gains **{gained:,}** {context.things} and "
        f"loses **{lost:,}** images of other digits{each}. The total is {gained - lost:+,} right "
        f"answers of {len(student.test_labels):,}.".replace("+-", "−")
    )


def mass_matching(context: Context) -> tuple[str, str]:
    """Return the frequency criterion with this run's offset, mass and frequency."""
    context = _shown(context)
    student, digit, offset = context.run.student, context.digit, context.chosen
    images = len(student.train_labels)
    before, after = thresholds.mean_mass(student.train_logits, digit, [0.0, offset])
    frequency = float(np.mean(student.train_labels == digit))
    return (
        aligned(
            rf"\frac1{{{count(images)}}}\sum_{{i=1}}^{{{count(images)}}} "
            rf"\frac{{e^{{z_{{i{digit}}} + b}}}}{{e^{{z_{{i{digit}}} + b}} + "
            rf"\sum_{{j\neq {digit}}} e^{{z_{{ij}}}}}} &= \pi_{{{digit}}}",
            rf"{after:.4f} &= {frequency:.4f}\quad\text{{at }} b = {offset:+.3f}",
        ),
        f"Left: the student's mean probability of {digit} over all {images:,} unlabelled training "
        f"images; without the offset it is {before:.4f}. Right: the share of {context.things} "
        "among them.",
    )


def offset_chooser(context: Context) -> dict[str, Any]:
    """Return who chooses the offset on the page: a criterion with its probe, or a hand."""
    context = _shown(context)
    criterion = context.address.get("criterion", "")
    probe = context.number("probe", 1, len(context.run.student.train_labels))
    return {
        **run_and_digit(context),
        "teacher": context.run.teacher.key,
        "criterion": criterion if criterion in CRITERION_NAMES else "frequency",
        "probe_size": None if probe is None else int(probe),
        "by_hand": context.number("offset", -100.0, 100.0),
    }


LESSON = Lesson(__file__, (half_right, odds_factor, price), mass_matching, offset_chooser)
