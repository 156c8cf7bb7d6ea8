"""Answers to the exercises of the pages that go further, each computed from what they show."""

import math

import numpy as np
from numpy.typing import NDArray

from dashboard.core.experiment import plural
from dashboard.core.lessons import Context, Exercise, number
from dashboard.core.numbers import percent
from kdengine.config import omitted_classes
from kdengine.data import datasets
from kdengine.nets import forward
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


def built_in(context: Context) -> str:
    """Answer which parameter the offset can be built into."""
    weights = context.weights("student")
    name = max((n for n in weights if n.endswith(".bias")), key=lambda n: int(n.split(".")[-2]))
    bias = forward.output_biases(weights)[context.digit]
    return (
        f"The last layer's bias of class {context.digit} (`{name}[{context.digit}]`): a logit is "
        f"a weighted sum plus that bias, so raising the one raises the other. It is "
        f"{bias:+.3f} and becomes **{bias + context.chosen:+.3f}**; none of the other "
        f"{sum(w.size for w in weights.values()) - 1:,} numbers changes.".replace("-", "−")
    )


def empty_pad(context: Context) -> str:
    """Answer what the networks would say to a picture without a stroke."""
    told = []
    if not forward.is_dense(context.weights("teacher")):
        return "This run's teacher has convolutions, which the pad does not know."
    for role in ("teacher", "student"):
        logits = forward.logits(context.weights(role), np.zeros((1, 28, 28)))[0]
        best = int(logits.argmax())
        told.append(f"the {role} **{best}** ({percent(evaluation.softmax(logits)[best])})")
    return (
        f"It would answer all the same, from its biases alone: {' and '.join(told)}, at T = 1. A "
        "network can only choose among ten; none of them means “nothing”. So the page asks "
        "nobody about an empty pad."
    )


def multiplications(context: Context) -> str:
    """Answer how many multiplications one answer takes."""
    counted = []
    for role in ("teacher", "student"):
        sizes = [784, *getattr(context.run, role).config.hidden_sizes, 10]
        counted.append(sum(i * o for i, o in zip(sizes[:-1], sizes[1:], strict=True)))
    teacher, student = counted
    return (
        f"One for each weight: the teacher **{teacher:,}**, the student **{student:,}**, "
        f"{number(teacher / student)} times fewer. Biases are added, not multiplied."
    )


def steps(context: Context) -> str:
    """Answer how many steps the student made."""
    student = context.run.student
    images, size = student.metrics["split_sizes"]["transfer"], student.config.batch_size
    epochs, batches = len(student.metrics["history"]), math.ceil(images / size)
    return (
        f"{images:,} images in batches of {size:,} are {batches:,} batches, the last one smaller; "
        f"{epochs} epochs make **{epochs * batches:,} steps**."
    )


def left_out(context: Context) -> str:
    """Answer which share of the training images is left out."""
    labels = context.run.student.train_labels
    omitted = omitted_classes(context.run.student.config)
    count = int(np.isin(labels, omitted).sum())
    return (
        f"**{count:,}** of {len(labels):,} training images, {percent(count / len(labels), 2)}. The "
        "test set keeps all its images: only what the student learns from is thinned out."
    )


def scaled_loss(context: Context) -> str:
    """Answer how large the soft loss is with and without T²."""
    divergence, temperature = soft_loss(context)
    return (
        f"The mean KL divergence is {number(divergence)} nats at T = {temperature:g}. Times T² = "
        f"{temperature**2:g} it is **{number(temperature**2 * divergence)}**. Its gradient shrinks "
        "as 1/T², so without the factor a loss with hard labels in it would hardly notice the "
        "teacher."
    )


def whole_images(context: Context) -> str:
    """Answer how many whole images the mass on the omitted class would make."""
    told = []
    temperature = context.run.student.config.temperature
    for t in (1.0, temperature):
        mass = _transfer_softened(context, t)[:, context.digit]
        told.append((float(mass.mean()), float(mass.sum())))
    (plain, few), (soft, many) = told
    return (
        f"Add the teacher's probability of {context.digit} over the transfer images: "
        f"**{number(few)}** at T = 1 (a mean of {percent(plain, 3)}), **{number(many)}** at "
        f"T = {temperature:g} ({percent(soft, 2)}). So much of {plural(context.digit)} is there, "
        "spread thinly over images of other digits."
    )


def strongest_carrier(context: Context) -> str:
    """Answer which class's images carry the most mass each."""
    temperature = context.run.student.config.temperature
    mass = _transfer_softened(context, temperature)[:, context.digit]
    labels = context.run.teacher.train_labels[_transfer(context)]
    means = {int(d): float(mass[labels == d].mean()) for d in np.unique(labels)}
    best, least = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    return (
        f"**{plural(best).capitalize()}**, with {percent(means[best], 2)} on average at "
        f"T = {temperature:g}; least do {plural(least)}, with {percent(means[least], 2)}. "
        f"An even spread over ten classes would be 10\u00a0%."
    )


def called_so(context: Context) -> str:
    """Answer how many transfer images the teacher itself calls the omitted class."""
    logits = context.run.teacher.train_logits[_transfer(context)]
    called = int((evaluation.predictions(logits) == context.digit).sum())
    return (
        f"**{called:,}** of {len(logits):,}. Mistakes or hard cases: on the page of "
        "causes (“Could it be a leak?”) they are taken away, to see whether they matter."
    )


def soft_loss(context: Context) -> tuple[float, float]:
    """Return the student's mean KL divergence from its teacher at its T over the test images."""
    temperature = context.run.student.config.temperature
    taught, said = (
        evaluation.softmax(getattr(context.run, role).test_logits, temperature)
        for role in ("teacher", "student")
    )
    tiny = np.finfo(np.float64).tiny
    terms = taught * (np.log(np.maximum(taught, tiny)) - np.log(np.maximum(said, tiny)))
    return float(terms.sum(axis=1).mean()), temperature


def _right_after(context: Context) -> NDArray[np.bool_]:
    """Return which held-out images are right after each epoch, (epochs, images)."""
    right = evaluation.predictions(context.replay()) == context.digit
    student = context.run.student
    own = student.test_logits[student.test_labels == context.digit]
    # The stored network is the last epoch's; the replay holds its logits rounded.
    right[-1] = evaluation.predictions(own) == context.digit
    return right


def _transfer(context: Context) -> NDArray[np.int64]:
    """Return the numbers of the training images that the student learned from."""
    omitted = omitted_classes(context.run.student.config)
    return np.flatnonzero(datasets.transfer_mask(context.run.teacher.train_labels, omitted))


def _transfer_softened(context: Context, temperature: float) -> NDArray[np.float64]:
    """Return the teacher's soft targets of the transfer set."""
    return evaluation.softmax(context.run.teacher.train_logits[_transfer(context)], temperature)


EXERCISES = {
    "learning": (
        Exercise(
            "In which epoch, after the first, do the most {things} turn right?", steepest_epoch
        ),
        Exercise("Once right, always right? Look for {things} that are lost again.", forgotten),
        Exercise(
            "After which epoch does the student recognise 99\u00a0% of the {things} that it "
            "recognises at the end?",
            soon_enough,
        ),
    ),
    "draw": (
        Exercise(
            "The offset can be built into the student for good. Which of its numbers has to "
            "change, and to what?",
            built_in,
        ),
        Exercise(
            "What would teacher and student answer to an empty pad, if they were asked? Why is the "
            "page silent?",
            empty_pad,
        ),
        Exercise(
            "How many multiplications does one answer take, in each network?", multiplications
        ),
    ),
    "train": (
        Exercise("How many steps (batches) did the student of this run make in all?", steps),
        Exercise(
            "Which share of the training images is missing from what the student learns from?",
            left_out,
        ),
        Exercise(
            "How large is the finished student's soft loss on the test images at T = "
            "{temperature}, and what does T² make of it?",
            scaled_loss,
        ),
    ),
    "dark_knowledge": (
        Exercise(
            "If the teacher's probability of {digit} over the whole transfer set were gathered "
            "into whole images, how many would there be, at T = 1 and at T = {temperature}?",
            whole_images,
        ),
        Exercise(
            "Whose images carry most of class {digit}, image for image, at T = {temperature}?",
            strongest_carrier,
        ),
        Exercise("How many transfer images does the teacher itself call {digit}?", called_so),
    ),
}
