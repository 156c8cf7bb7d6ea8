"""What the page of misclassified images asks, computed from the run shown."""

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, added, aligned, run_and_digit
from dashboard.core.numbers import percent, signed
from kdengine.offsets import evaluation, thresholds


def rescue_all(context: Context) -> str:
    """Answer what it would cost to rescue every miss."""
    student, digit = context.run.student, context.digit
    flips = thresholds.flip_thresholds(student.test_logits, digit)
    own = student.test_labels == digit
    if not own.any():
        return f"The test set holds no {context.things}."
    needed = float(flips[own].max())
    turned = int((flips[~own] < needed).sum())
    return (
        f"The offset has to exceed the largest flip threshold, **{signed(needed)}**. By then "
        f"**{turned:,}** of {int((~own).sum()):,} images of other digits are called {digit} too. "
        f"The criterion stops at {signed(context.chosen)}."
    )


def shared_misses(context: Context) -> str:
    """Answer how many misses teacher and student share."""
    labels = context.run.student.test_labels
    own = labels == context.digit
    student = evaluation.predictions(context.run.student.test_logits)[own] != context.digit
    teacher = evaluation.predictions(context.run.teacher.test_logits)[own] != context.digit
    both = int((student & teacher).sum())
    rate = f" ({percent(both / student.sum())} of the student's)" if student.any() else ""
    return (
        f"Without the offset the student misses {int(student.sum()):,} of {int(own.sum()):,} "
        f"{context.things}, the teacher {int(teacher.sum()):,}, both **{both:,}**{rate}. The "
        "others the student lost on the way from its teacher."
    )


def second_choices(context: Context) -> str:
    """Answer for how many misses the right answer is the student's second choice."""
    student, digit = context.run.student, context.digit
    logits = student.test_logits[student.test_labels == digit]
    missed = logits[evaluation.predictions(logits) != digit]
    above = (missed > missed[:, [digit]]).sum(axis=1)
    if not len(missed):
        return f"The student misses none of the {context.things}."
    second = int((above == 1).sum())
    return (
        f"For **{second:,}** of {len(missed):,} missed {context.things} "
        f"({percent(second / len(missed))}) only one logit is larger than that of {digit}. One "
        "number can bring these back, because they lost by one place."
    )


def flip_threshold(context: Context) -> tuple[str, str]:
    """Return the flip threshold of the image that needs the largest offset."""
    student, digit = context.run.student, context.digit
    flips = thresholds.flip_thresholds(student.test_logits, digit)
    flips[student.test_labels != digit] = -np.inf
    image = int(flips.argmax())
    z = student.test_logits[image].astype(np.float64)
    other = int(thresholds.runner_up(student.test_logits[[image]], digit)[0])
    return (
        aligned(
            rf"b &> \max_{{j\neq {digit}}} z_j - z_{{{digit}}} = z_{{{other}}} - z_{{{digit}}}",
            rf"&= {z[other]:.2f} {added(-z[digit])} = {z[other] - z[digit]:.2f}",
        ),
        f"The offset that test image {image:,} needs, the most of all held-out {context.things}; "
        f"the student says {other if z[other] >= z[digit] else digit} without one.",
    )


LESSON = Lesson(
    __file__, (rescue_all, shared_misses, second_choices), flip_threshold, run_and_digit
)
