"""Answers to the exercises of the pages that compare many students, from what they show."""

import math
import re

import numpy as np

from dashboard.core.experiment import plural
from dashboard.core.lessons import Context, Exercise, number
from dashboard.core.numbers import percent, signed
from dashboard.core.teaching_tables import (
    Group,
    ablation_shown,
    accuracy_of,
    by_errors,
    causality_table,
    groups,
    omitted_images,
)
from kdengine import config
from kdengine.config import omitted_classes
from kdengine.offsets import criteria


def unavoidable(context: Context) -> str:
    """Answer what a student that says only what it saw gets wrong at least."""
    labels, omitted = context.run.student.test_labels, lab_omitted(context)
    count = int(np.isin(labels, omitted).sum())
    return (
        f"All test images of {_listed(omitted)}: **{count:,}** of {len(labels):,}, "
        f"{percent(count / len(labels))}. A student of hard labels ends there, without an "
        "offset; what a distilled one gets right beyond it came through the soft targets."
    )


def twice_as_frequent(context: Context) -> str:
    """Answer how the offset changes if the omitted class is twice as frequent."""
    student, digit = context.run.student, context.digit
    share = float(np.mean(student.train_labels == digit))
    odds = math.log(2 * share / (1 - 2 * share)) - math.log(share / (1 - share))
    (offset,) = criteria.mass_matching_offsets(student.train_logits, [digit], [2 * share])
    return (
        f"The log odds of {context.things} rise from those of {percent(share, 2)} to those of "
        f"{percent(2 * share, 2)}, by {odds:.2f}; so the rule of thumb is "
        f"{signed(context.chosen)} + "
        f"{odds:.2f} = **{signed(context.chosen + odds)}**. The frequency criterion itself, shown "
        f"the same training images but told the new share, says {signed(offset)}: it wrongly looks "
        f"for {context.things} that these images do not hold."
    )


def how_many_students(context: Context) -> str:
    """Answer how many choices of digits there are, and how many images this one leaves."""
    labels, omitted = context.run.student.train_labels, lab_omitted(context)
    kept = int((~np.isin(labels, omitted)).sum())
    return (
        f"Each digit is in or out: 2¹⁰ = {2**10:,}, less the two choices of none and all, are "
        f"**{2**10 - 2:,}**; {math.comb(10, 2)} of them keep two. The choice on this page leaves "
        f"the student {10 - len(omitted)} of ten digits, **{kept:,}** of {len(labels):,} training "
        "images."
    )


def best_and_worst(context: Context) -> str:
    """Answer how far the best and the worst setting lie apart."""
    best, worst = by_errors(ablation_shown(context))
    if best == worst:
        return f"This sweep has one setting, with {_mean(best)} errors."
    gap = worst.mean - best.mean
    return (
        f"Fewest errors with the offset has {best.name}: {_mean(best)}; most has {worst.name}: "
        f"{_mean(worst)}. They differ by **{gap:,.0f} images** of {best.images:,}, "
        f"{number(100 * gap / best.images)} percentage points."
    )


def beyond_chance(context: Context) -> str:
    """Answer whether the difference exceeds what seeds do by themselves."""
    best, worst = by_errors(ablation_shown(context))
    spread = max(best.deviation, worst.deviation)
    gap = worst.mean - best.mean
    if best == worst or spread == 0:
        return "There is no spread to compare with: one setting, or one seed each."
    return (
        f"The seeds of one setting scatter by a standard deviation of {best.deviation:.1f} "
        f"(best) and {worst.deviation:.1f} (worst) images; the gap of {gap:,.0f} is "
        f"**{number(gap / spread)} times** the larger. Below about 2 it could be chance."
    )


def trained_in_all(context: Context) -> str:
    """Answer how many students a sweep takes."""
    table = ablation_shown(context)
    students = {row["run_keys"]["student"] for row in table["rows"]}
    seeds = {row["seed"] for row in table["rows"]}
    settings = groups(table)
    return (
        f"**{len(students):,} students**: {len(settings):,} settings, {len(seeds)} seeds. A single "
        "seed would show a difference wherever one looks."
    )


def hard_against_soft(context: Context) -> str:
    """Answer how many images soft targets bring that hard labels do not."""
    table = causality_table(context)
    plain, hard = (accuracy_of(table, name, "student_before") for name in ("plain", "hard-labels"))
    images = omitted_images(table)
    return (
        f"Hard labels: {percent(hard)} of {images:,}, about {hard * images:,.0f} images; soft "
        f"targets of the same images: {percent(plain)}, about {plain * images:,.0f}. So **"
        f"{(plain - hard) * images:,.0f}** come through the soft targets (means over the seeds, "
        "before any offset)."
    )


def left_at_one(context: Context) -> str:
    """Answer what share of the effect remains at T = 1."""
    table = causality_table(context)
    plain, hard, one = (
        accuracy_of(table, name, "student_before")
        for name in ("plain", "hard-labels", "temperature-1")
    )
    return (
        f"({percent(one)} − {percent(hard)}) / ({percent(plain)} − {percent(hard)}) = "
        f"**{percent((one - hard) / (plain - hard))}** of the effect is left at T = 1, before any "
        "offset."
        if plain > hard
        else "There is no effect in this table to take a share of."
    )


def offset_without_knowledge(context: Context) -> str:
    """Answer whether an offset helps where nothing was learned."""
    table = causality_table(context)
    told = []
    for name in ("hard-labels", "plain"):
        before, after = (accuracy_of(table, name, f"student_{w}") for w in ("before", "after"))
        told.append(f"{percent(before)} to **{percent(after)}**")
    return (
        f"Hard labels: from {told[0]}; the distilled student: from {told[1]}. An offset lifts "
        "every image's logit alike; it can only bring out an order that the network has learned."
    )


def lab_omitted(context: Context) -> tuple[int, ...]:
    """Return the digits that the page's choice leaves out, else those that the run leaves out."""
    kept = context.address.get("keep", "")
    if re.fullmatch(r"[0-9](,[0-9]){0,8}", kept):
        return tuple(config.other_classes(map(int, kept.split(","))))
    omitted = omitted_classes(context.run.student.config)
    if not omitted:
        raise ValueError("this student saw every digit; choose a run that leaves one out.")
    return omitted


def _mean(group: Group) -> str:
    """Return a setting's errors."""
    return f"{group.mean:,.0f} ± {group.deviation:,.0f}"


def _listed(digits: tuple[int, ...]) -> str:
    """Return ``threes and fives``."""
    names = [plural(digit) for digit in digits]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


EXERCISES = {
    "omission_lab": (
        Exercise(
            "A student that only ever says digits it has seen: how many test images does it get "
            "wrong at least?",
            unavoidable,
        ),
        Exercise(
            "How many choices of digits are there, and how many images does this one leave?",
            how_many_students,
        ),
        Exercise(
            "The run in the sidebar goes where {things} are twice as frequent. What should its "
            "offset be, without any new image?",
            twice_as_frequent,
        ),
    ),
    "ablations": (
        Exercise("How many images lie between the best setting and the worst?", best_and_worst),
        Exercise("Is that more than different seeds do by themselves?", beyond_chance),
        Exercise("How many students had to be trained for this picture?", trained_in_all),
    ),
    "leak": (
        Exercise(
            "How many held-out images of the omitted digit come through the soft targets, and how "
            "many through the hard labels of the same images?",
            hard_against_soft,
        ),
        Exercise("How much of the effect is left at T = 1?", left_at_one),
        Exercise(
            "Does an offset rescue a student that learned hard labels? Compare before and after.",
            offset_without_knowledge,
        ),
    ),
}
