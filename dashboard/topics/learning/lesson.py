"""What the page of the student's epochs asks, computed from the run shown."""

import numpy as np
from numpy.typing import NDArray

from dashboard.classroom.lessons import Context, Lesson, aligned, count, number, run_and_digit
from kdengine.offsets import evaluation


def steepest_epoch(context: Context) -> str:
    """Answer in which epoch the most images turned right."""
    right = _right_after(context).sum(axis=1)
    images = _right_after(context).shape[1]
    if len(right) < 2:
        return f"There is only one epoch, after which {right[0]:,} of {images:,} are right."
    gains = np.diff(right)
    epoch = int(gains.argmax()) + 2
    return (
        f"After epoch {epoch - 1} {right[epoch - 2]:,} of {images:,} {context.things} are right, "
        f"after epoch {epoch} {right[epoch - 1]:,}: **{gains.max():+,}**, the largest step after "
        f"the first epoch. (The first alone brings {right[0]:,}.)"
    )


def forgotten(context: Context) -> str:
    """Answer how many images were right once and are wrong at the end."""
    right = _right_after(context)
    lost = int((right.any(axis=0) & ~right[-1]).sum())
    never = int((~right.any(axis=0)).sum())
    return (
        f"No: **{lost:,}** of {right.shape[1]:,} were right after an earlier epoch and are wrong "
        f"after the last one; {never:,} were never right. The loss is counted on "
        f"images of other digits, so nothing guards a single one of the {context.things}."
        if lost
        else f"In this run, yes: none of {right.shape[1]:,} is lost again by the last epoch; "
        f"**{never:,}** were never right."
    )


def soon_enough(context: Context) -> str:
    """Answer after which epoch the student is as good as at the end, nearly."""
    right = _right_after(context).sum(axis=1)
    enough = int((right >= 0.99 * right[-1]).argmax()) + 1
    return (
        f"99\u00a0% of {right[-1]:,} is {number(0.99 * right[-1], 4)}. The first epoch after "
        f"which as many are right is **epoch {enough}** of {len(right)} ({right[enough - 1]:,})."
    )


def share_right(context: Context) -> tuple[str, str]:
    """Return the accuracy on the omitted class after the first epoch and the last."""
    digit = context.digit
    right = _right_after(context).sum(axis=1)
    images = int((context.run.student.test_labels == context.digit).sum())
    terms = [
        rf"a_{{{epoch}}} &= \frac{{{count(right[epoch - 1])}}}{{{count(images)}}} = "
        rf"{right[epoch - 1] / images:.4f}"
        for epoch in sorted({1, len(right)})
    ]
    return (
        aligned(rf"a_t &= \frac{{\#\{{i : \arg\max_j z^{{(t)}}_{{ij}} = {digit}\}}}}{{N}}", *terms),
        f"z⁽ᵗ⁾ are the student's logits after epoch t, N = {images:,} held-out {context.things}.",
    )


def _right_after(context: Context) -> NDArray[np.bool_]:
    """Return which held-out images are right after each epoch, (epochs, images)."""
    right = evaluation.predictions(context.replay()) == context.digit
    student = context.run.student
    own = student.test_logits[student.test_labels == context.digit]
    # The stored network is the last epoch's; the replay holds its logits rounded.
    right[-1] = evaluation.predictions(own) == context.digit
    return right


LESSON = Lesson(__file__, (steepest_epoch, forgotten, soon_enough), share_right, run_and_digit)
