"""What the page of soft targets asks, computed from the image and the temperature shown."""

import math
from typing import Any

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, added, aligned, number
from dashboard.core.numbers import fine_percent
from dashboard.figures import temperatures
from dashboard.topics.soft_targets.figures import telling_image
from kdengine.offsets import evaluation


def odds_of_the_first(context: Context) -> str:
    """Answer how much more probable the first class is than the second, at two temperatures."""
    first, second, gap, temperature = _two_largest(context)
    return (
        f"The ratio of two probabilities is e to the difference of their logits divided by T. "
        f"The logits of {first} and {second} differ by {gap:.2f}, so {first} is "
        f"e^{gap:.2f} = **{number(math.exp(gap))} times** as probable at T = 1 and "
        f"e^({gap:.2f}/{temperature:g}) = **{number(math.exp(gap / temperature))} times** at "
        f"T = {temperature:g}."
    )


def temperature_of_a_half(context: Context) -> str:
    """Answer at which T the second choice is half as probable as the first."""
    first, second, gap, _ = _two_largest(context)
    if gap == 0:
        return f"Never: {first} and {second} have the same logit, so they are always level."
    return (
        f"e^(−{gap:.2f}/T) = 1/2 gives T = {gap:.2f}/ln 2 = **{number(gap / math.log(2))}**. "
        f"Whatever T is, {second} never overtakes {first}: T changes sizes, not the order."
    )


def spread(context: Context) -> str:
    """Answer what the distribution tends to as T grows."""
    *_, temperature = _two_largest(context)
    logits = context.run.teacher.test_logits[_image(context)]
    plain, soft = (
        float(evaluation.entropy(evaluation.softmax(logits, t))) for t in (1.0, temperature)
    )
    return (
        f"All logits divided by a large T are nearly 0, so all ten probabilities tend to 1/10, "
        f"whose entropy is ln 10 = **{math.log(10):.3f} nats**, the most there can be. For this "
        f"image it is {number(plain)} nats at T = 1 and {number(soft)} at T = {temperature:g}."
    )


def softened(context: Context) -> tuple[str, str]:
    """Return equation 1 with the teacher's second choice for the image shown."""
    image, temperature = _image(context), _temperature(context)
    z = context.run.teacher.test_logits[image].astype(np.float64)
    second = int(np.argsort(-z, kind="stable")[1])
    powers = np.exp((z - z.max()) / temperature)
    mass = powers[second] / powers.sum()
    return (
        aligned(
            rf"p_{{{second}}} &= \frac{{e^{{z_{{{second}}}/T}}}}{{\sum_j e^{{z_j/T}}}} = "
            rf"\frac{{e^{{{z[second] - z.max():.2f}/{temperature:g}}}}}"
            rf"{{\sum_j e^{{(z_j {added(-z.max())})/{temperature:g}}}}}",
            rf"&= \frac{{{number(powers[second])}}}{{{number(powers.sum())}}} = {number(mass)}",
        ),
        f"The teacher's probability of {second}, its second choice, for test image {image:,} at "
        f"T = {temperature:g}: {fine_percent(mass)}. The largest logit, {z.max():.2f}, is taken "
        "off all ten first; that changes no probability.",
    )


def one_image(context: Context) -> dict[str, Any]:
    """Return the teacher's run, the image and T."""
    return {
        "key": context.run.teacher.key,
        "image": _image(context),
        "temperature": _temperature(context),
    }


def _image(context: Context) -> int:
    """Return the test image that the page shows."""
    image = context.number("image", 0, len(context.run.teacher.test_labels) - 1)
    return telling_image(context.run) if image is None else int(image)


def _temperature(context: Context) -> float:
    """Return the T that the page shows."""
    asked = context.number("T", temperatures.LOWEST, temperatures.HIGHEST)
    return temperatures.usual(context.run) if asked is None else asked


def _two_largest(context: Context) -> tuple[int, int, float, float]:
    """Return the teacher's first and second choice, their logits' difference, and another T."""
    logits = context.run.teacher.test_logits[_image(context)].astype(np.float64)
    first, second = (int(digit) for digit in np.argsort(-logits, kind="stable")[:2])
    shown = _temperature(context)
    temperature = temperatures.usual(context.run) if shown == 1.0 else shown
    return first, second, float(logits[first] - logits[second]), temperature


LESSON = Lesson(__file__, (odds_of_the_first, temperature_of_a_half, spread), softened, one_image)
