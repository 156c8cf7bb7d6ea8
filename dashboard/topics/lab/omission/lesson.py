"""What the lab of omitted digits asks, computed from the digits chosen."""

import math
from typing import Any

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, aligned
from dashboard.core.numbers import digits_in_words, percent, signed
from dashboard.topics.lab.omission import figures
from kdengine import config
from kdengine.offsets import criteria


def unavoidable(context: Context) -> str:
    """Answer what a student that says only what it saw gets wrong at least."""
    labels, omitted = context.run.student.test_labels, _omitted(context)
    count = int(np.isin(labels, omitted).sum())
    return (
        f"All test images of {digits_in_words(omitted)}: **{count:,}** of {len(labels):,}, "
        f"{percent(count / len(labels))}. A student of hard labels ends there, without an "
        "offset; what a distilled one gets right beyond it came through the soft targets."
    )


def how_many_students(context: Context) -> str:
    """Answer how many choices of digits there are, and how many images this one leaves."""
    labels, omitted = context.run.student.train_labels, _omitted(context)
    kept = int((~np.isin(labels, omitted)).sum())
    return (
        f"Each digit is in or out: 2¹⁰ = {2**10:,}, less the two choices of none and all, are "
        f"**{2**10 - 2:,}**; {math.comb(10, 2)} of them keep two. The choice on this page leaves "
        f"the student {10 - len(omitted)} of ten digits, **{kept:,}** of {len(labels):,} training "
        "images."
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


def several_offsets(context: Context) -> tuple[str, str]:
    """Return how many equations the frequency criterion solves for the digits left out."""
    omitted = _omitted(context)
    labels = context.run.student.train_labels
    shares = [rf"\pi_{{{k}}} = {float(np.mean(labels == k)):.4f}" for k in omitted[:3]]
    frequencies = r",\; ".join(shares).replace("=", "&=", 1)
    frequencies += r",\;\ldots" if len(omitted) > 3 else ""
    return (
        aligned(
            r"\frac1N\sum_i \frac{e^{z_{ik} + b_k}}{\sum_j e^{z_{ij} + b_j}} &= \pi_k",
            rf"k &\in \{{{', '.join(map(str, omitted))}\}}",
            frequencies,
        ),
        f"One equation for each of the {len(omitted)} digits left out, one offset each: the mean "
        f"probability over N = {len(labels):,} unlabelled training images becomes the digit's "
        "share. Where more than half of the digits are left out all ten get an offset.",
    )


def kept_digits(context: Context) -> dict[str, Any]:
    """Return the digits left out on the page, and the run in the sidebar."""
    return {"omitted": list(_omitted(context)), "key": context.run.key}


def _omitted(context: Context) -> tuple[int, ...]:
    """Return the digits that the page's choice leaves out, else those that the run leaves out."""
    kept = figures.parse_keep(context.address.get("keep", ""))
    if kept is not None:
        return tuple(config.other_classes(kept))
    omitted = context.run.student.config.omitted_classes
    if not omitted:
        raise ValueError("this student saw every digit; choose a run that leaves one out.")
    return omitted


LESSON = Lesson(
    __file__, (unavoidable, how_many_students, twice_as_frequent), several_offsets, kept_digits
)
