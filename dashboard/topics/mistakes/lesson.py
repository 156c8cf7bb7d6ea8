"""What the page of mistakes asks, computed from the run shown."""

from dashboard.classroom.lessons import Context, Lesson, aligned, count, run_and_digit
from dashboard.core.numbers import percent, signed
from kdengine.offsets import evaluation, thresholds


def precision(context: Context) -> str:
    """Answer how many of the images called the omitted class are of it."""
    right, own, called = _counts(context)
    if not called:
        return f"It calls no image {context.digit}, so there is no precision to speak of."
    return (
        f"Add up the column of {context.digit}: the student with the offset calls {called:,} test "
        f"images {context.digit}, and **{right:,}** of them are: precision "
        f"{percent(right / called)}. The row tells something else: of {own:,} {context.things} it "
        f"finds {right:,}, recall {percent(right / max(own, 1))}."
    )


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


def rates(context: Context) -> tuple[str, str]:
    """Return recall and precision of the omitted class from the confusion matrix."""
    digit = context.digit
    right, row, column = _counts(context)
    return (
        aligned(
            rf"\text{{recall}} &= \frac{{n_{{{digit}{digit}}}}}{{\sum_j n_{{{digit}j}}}} = "
            rf"\frac{{{count(right)}}}{{{count(row)}}} = {right / max(row, 1):.4f}",
            rf"\text{{precision}} &= \frac{{n_{{{digit}{digit}}}}}{{\sum_i n_{{i{digit}}}}} = "
            rf"\frac{{{count(right)}}}{{{count(column)}}} = {right / max(column, 1):.4f}",
        ),
        f"n counts test images by true digit (row) and answer (column), for the student with the "
        f"offset {signed(context.chosen)}.",
    )


def _counts(context: Context) -> tuple[int, int, int]:
    """Return the omitted class's right answers with the offset, its images and its answers."""
    student, digit = context.run.student, context.digit
    logits = thresholds.apply_offsets(student.test_logits, [digit], context.chosen)
    table = evaluation.confusion_matrix(logits, student.test_labels)
    return int(table[digit, digit]), int(table[digit].sum()), int(table[:, digit].sum())


LESSON = Lesson(__file__, (precision, rescue_all, second_choices), rates, run_and_digit)
