"""What the page of dark knowledge asks, computed from the run shown."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.classroom.lessons import Context, Lesson, aligned, count, number
from dashboard.core.numbers import percent, plural
from dashboard.figures import temperatures
from dashboard.topics.dark_knowledge.figures import transfer_logits
from kdengine.offsets import evaluation


def whole_images(context: Context) -> str:
    """Answer how many whole images the mass on the omitted class would make."""
    plain, soft, temperature, images = _masses(context)
    return (
        f"Add the teacher's probability of {context.digit} over the transfer images: "
        f"**{number(plain * images)}** at T = 1 (a mean of {percent(plain, 3)}), "
        f"**{number(soft * images)}** at T = {temperature:g} ({percent(soft, 2)}). So much of "
        f"{context.things} is there, spread thinly over images of other digits."
    )


def strongest_carrier(context: Context) -> str:
    """Answer which class's images carry the most mass each."""
    temperature = context.run.student.config.temperature
    logits, labels = _transfer(context)
    mass = evaluation.softmax(logits, temperature)[:, context.digit]
    means = {int(d): float(mass[labels == d].mean()) for d in np.unique(labels)}
    best, least = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    return (
        f"**{plural(best).capitalize()}**, with {percent(means[best], 2)} on average at "
        f"T = {temperature:g}; least do {plural(least)}, with {percent(means[least], 2)}. "
        f"An even spread over ten classes would be 10\u00a0%."
    )


def called_so(context: Context) -> str:
    """Answer how many transfer images the teacher itself calls the omitted class."""
    logits, _ = _transfer(context)
    called = int((evaluation.predictions(logits) == context.digit).sum())
    return (
        f"**{called:,}** of {len(logits):,}. Mistakes or hard cases: on the page of "
        "causes (“Could it be a leak?”) they are taken away, to see whether they matter."
    )


def transfer_mass(context: Context) -> tuple[str, str]:
    """Return the teacher's mean mass on the omitted class over the transfer set."""
    digit = context.digit
    plain, soft, temperature, images = _masses(context)
    return (
        aligned(
            rf"\bar p_{{{digit}}}(T) &= \frac1{{{count(images)}}}\sum_{{i}} "
            rf"\frac{{e^{{v_{{i{digit}}}/T}}}}{{\sum_j e^{{v_{{ij}}/T}}}}",
            rf"\bar p_{{{digit}}}(1) &= {number(plain)}",
            rf"\bar p_{{{digit}}}({temperature:g}) &= {number(soft)}",
        ),
        f"v are the teacher's logits, i runs over {images:,} training images, none of them "
        f"one of the {context.things}.",
    )


def transfer_set(context: Context) -> dict[str, Any]:
    """Return the teacher, what its student was not shown, and T."""
    asked = context.number("T", temperatures.LOWEST, temperatures.HIGHEST)
    return {
        "key": context.run.teacher.key,
        "omitted": list(context.run.student.config.omitted_classes),
        "digit": context.digit,
        "temperature": temperatures.usual(context.run) if asked is None else asked,
    }


def _transfer(context: Context) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return the teacher's logits of the images that the student learned from, and their labels."""
    numbers, logits = transfer_logits(context.run)
    return logits, context.run.teacher.train_labels[numbers]


def _masses(context: Context) -> tuple[float, float, float, int]:
    """Return the teacher's mean mass at T=1 and at the student's T, that T, and on how many."""
    temperature = context.run.student.config.temperature
    logits, labels = _transfer(context)
    plain, soft = (
        float(evaluation.softmax(logits, t)[:, context.digit].mean()) for t in (1.0, temperature)
    )
    return plain, soft, temperature, len(labels)


LESSON = Lesson(__file__, (whole_images, strongest_carrier, called_so), transfer_mass, transfer_set)
