"""What the page of training asks, computed from the run shown."""

import math
from typing import Any

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, aligned, number
from dashboard.core.numbers import percent
from kdengine.offsets import evaluation


def steps(context: Context) -> str:
    """Answer how many steps the student made."""
    student = context.run.student
    if student.config.source:
        raise ValueError("this student came in a file: how it was trained is not known.")
    images, size = student.metrics["split_sizes"]["transfer"], student.config.batch_size
    epochs, batches = len(student.metrics["history"]), math.ceil(images / size)
    return (
        f"{images:,} images in batches of {size:,} are {batches:,} batches, the last one smaller; "
        f"{epochs} epochs make **{epochs * batches:,} steps**."
    )


def left_out(context: Context) -> str:
    """Answer which share of the training images is left out."""
    labels = context.run.student.train_labels
    omitted = context.run.student.config.omitted_classes
    count = int(np.isin(labels, omitted).sum())
    return (
        f"**{count:,}** of {len(labels):,} training images, {percent(count / len(labels), 2)}. The "
        "test set keeps all its images: only what the student learns from is thinned out."
    )


def scaled_loss(context: Context) -> str:
    """Answer how large the soft loss is with and without T²."""
    divergence, temperature = _soft_loss(context)
    return (
        f"The mean KL divergence is {number(divergence)} nats at T = {temperature:g}. Times T² = "
        f"{temperature**2:g} it is **{number(temperature**2 * divergence)}**. Its gradient shrinks "
        "as 1/T², so without the factor a loss with hard labels in it would hardly notice the "
        "teacher."
    )


def loss(context: Context) -> tuple[str, str]:
    """Return the loss with the run's weights and temperature, and its value at the end."""
    config = context.run.student.config
    divergence, temperature = _soft_loss(context)
    student = context.run.student
    hard = evaluation.cross_entropy(student.test_logits, student.test_labels)
    scale = temperature**2 if config.scale_soft_by_t2 else 1.0
    total = config.soft_weight * scale * divergence + config.hard_weight * hard
    factor = rf"{temperature:g}^2" if config.scale_soft_by_t2 else "1"
    return (
        aligned(
            rf"L &= w_\text{{soft}}\,{'T^2' if config.scale_soft_by_t2 else ''}\,"
            r"\mathrm{KL}_T + w_\text{hard}\,\mathrm{CE}",
            rf"&= {config.soft_weight:g}\cdot {factor}\cdot {number(divergence)} + "
            rf"{config.hard_weight:g}\cdot {number(hard)} = {number(total)}",
        ),
        f"The finished student's loss in nats, the mean over {len(student.test_labels):,} test "
        f"images: KL is its divergence from the teacher at T = {temperature:g}, CE its "
        "cross-entropy with the labels.",
    )


def run_and_focus(context: Context) -> dict[str, Any]:
    """Return the run shown and its omitted class in focus, None if it saw all."""
    return {"key": context.run.key, "digit": context.run.omitted_class}


def _soft_loss(context: Context) -> tuple[float, float]:
    """Return the student's mean KL divergence from its teacher at its T over the test images."""
    temperature = context.run.student.config.temperature
    taught, said = (
        evaluation.softmax(getattr(context.run, role).test_logits, temperature)
        for role in ("teacher", "student")
    )
    tiny = np.finfo(np.float64).tiny
    terms = taught * (np.log(np.maximum(taught, tiny)) - np.log(np.maximum(said, tiny)))
    return float(terms.sum(axis=1).mean()), temperature


LESSON = Lesson(__file__, (steps, left_out, scaled_loss), loss, run_and_focus)
