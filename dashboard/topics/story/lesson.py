"""What the first page asks, computed from the run shown."""

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, added, aligned, number, run_and_digit
from dashboard.core.numbers import percent
from kdengine.offsets import thresholds


def rescued(context: Context) -> str:
    """Answer how many of the misses the offset turns right."""
    before, after, total = _right(context)
    missed, gained = total - before, after - before
    if not missed:
        return f"The student misses none of {total:,} {context.things}: nothing is left to win."
    return (
        f"It misses {total:,} − {before:,} = {missed:,} of {total:,} without the offset and "
        f"{total:,} − {after:,} = {total - after:,} with it: the offset wins **{gained:,} of "
        f"{missed:,}**, {percent(gained / missed)} of what was missed."
    )


def parameters(context: Context) -> str:
    """Answer how many weights the two networks have."""
    counted = {}
    for role in ("teacher", "student"):
        sizes = [784, *getattr(context.run, role).config.hidden_sizes, 10]
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        written = " + ".join(f"{i:,}·{o:,} + {o:,}" for i, o in pairs)
        counted[role] = sum(i * o + o for i, o in pairs), written
    (teacher, how), (student, own) = counted["teacher"], counted["student"]
    return (
        f"Each layer has inputs·outputs weights and as many biases as outputs. Teacher: {how} = "
        f"**{teacher:,}**; student: {own} = **{student:,}**; {number(teacher / student)} times "
        "as many."
    )


def guessing(context: Context) -> str:
    """Answer how the student compares with guessing."""
    before, _, total = _right(context)
    chance = total / 10
    return (
        f"Guessing gets one in ten right, {number(chance)} of {total:,} on average. The student "
        f"gets **{before:,}**, {number(before / chance)} times as many: it cannot be guessing, "
        f"although no {context.digit} was among the images it learned from."
    )


def answer_rule(context: Context) -> tuple[str, str]:
    """Return how the offset turns one answer, with the image it only just rescues."""
    student, digit, offset = context.run.student, context.digit, context.chosen
    flips = thresholds.flip_thresholds(student.test_logits, digit)
    flips[student.test_labels != digit] = np.nan
    near = np.where((flips > 0) & (flips < offset), flips, -np.inf)
    turns = np.isfinite(near).any()
    image = int(near.argmax()) if turns else int(np.nanargmin(flips))
    z = student.test_logits[image].astype(np.float64)
    other = int(thresholds.runner_up(student.test_logits[[image]], digit)[0])
    sign = ">" if z[digit] + offset > z[other] else r"\leq"
    needs = (
        "of all that the offset turns right it needs the largest one."
        if turns
        else "the offset turns no answer in this run."
    )
    return (
        aligned(
            rf"\text{{answer}} &= \arg\max_j\,(z_j + b\,[j = {digit}])",
            rf"z_{{{digit}}} + b &= {z[digit]:.2f} {added(offset)} = {z[digit] + offset:.2f} "
            rf"{sign} {z[other]:.2f} = z_{{{other}}}",
        ),
        f"Test image {image:,}, one of the {context.things}: {needs}",
    )


def _right(context: Context) -> tuple[int, int, int]:
    """Return the omitted class's right answers before and after the offset, and its images."""
    student, digit = context.run.student, context.digit
    sweep = thresholds.offset_sweep(student.test_logits, student.test_labels, digit)
    before, after = thresholds.correct_at(sweep, [0.0, context.chosen])
    return int(before[digit]), int(after[digit]), int(sweep.class_counts[digit])


LESSON = Lesson(__file__, (rescued, parameters, guessing), answer_rule, run_and_digit)
