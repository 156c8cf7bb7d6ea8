"""What the page of confusions asks, computed from the run shown."""

import numpy as np
from numpy.typing import NDArray

from dashboard.classroom.lessons import Context, Lesson, aligned, count, run_and_digit
from dashboard.core.numbers import percent, plural, signed
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


def teachers_pair(context: Context) -> str:
    """Answer which two digits the teacher mixes up most."""
    teacher = context.run.teacher
    table = evaluation.confusion_matrix(teacher.test_logits, teacher.test_labels)
    both = np.triu(table + table.T, k=1)
    low, high = divmod(int(both.argmax()), len(both))
    if not both.any():
        return "None: the teacher makes no mistake on the test images."
    return (
        f"Add each cell to its mirror image: **{low} and {high}**, {both[low, high]:,} test images "
        f"({table[low, high]:,} {plural(low)} called {high} and {table[high, low]:,} "
        f"{plural(high)} called {low})."
    )


def errors_elsewhere(context: Context) -> str:
    """Answer how many errors are on other digits."""
    tables = [_confusion(context, offset) for offset in (0.0, context.chosen)]
    before, after = (
        np.delete(table.sum(axis=1) - table.diagonal(), context.digit).sum() for table in tables
    )
    total = np.delete(tables[0], context.digit, axis=0).sum()
    return (
        f"Leave out the row of {context.digit}: of {total:,} images of the other nine digits "
        f"**{before:,}** are wrong before the offset and **{after:,}** with it. The difference is "
        f"what the {context.things} cost."
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
    table, digit = _confusion(context, context.chosen), context.digit
    return int(table[digit, digit]), int(table[digit].sum()), int(table[:, digit].sum())


def _confusion(context: Context, offset: float) -> NDArray[np.int64]:
    """Return the student's confusion matrix at an offset."""
    student = context.run.student
    logits = thresholds.apply_offsets(student.test_logits, [context.digit], offset)
    return evaluation.confusion_matrix(logits, student.test_labels)


LESSON = Lesson(__file__, (precision, teachers_pair, errors_elsewhere), rates, run_and_digit)
