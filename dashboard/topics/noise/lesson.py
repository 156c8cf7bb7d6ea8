"""What the page of noise asks, computed from its teacher and from the pictures of the data set."""

from typing import Any

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, aligned, count, number
from dashboard.core.numbers import a_digit, percent
from dashboard.figures import distil
from dashboard.topics.noise import figures
from kdengine.data import datasets
from kdengine.synthetic import noise_teacher

_MOST = 0.9  # of the variance


def equations(_: Context) -> str:
    """Answer how many answers stand against how many weights."""
    return (
        f"{figures.PICTURES:,} pictures, ten answers each, are **{figures.ANSWERS:,}** numbers. "
        f"The student has **{figures.WEIGHTS:,}** weights to find: "
        f"{number(figures.ANSWERS / figures.WEIGHTS)} answers for each of them. Labels alone would "
        "be one number a picture."
    )


def every_digit(context: Context) -> str:
    """Answer which digits the teacher sees in static."""
    shares = figures.said_of_noise(_dataset(context))
    most, least = int(shares.argmax()), int(shares.argmin())
    return (
        f"Of {figures.PICTURES:,} pictures of static it calls most {a_digit(most)} (**"
        f"{percent(shares[most])}**) and fewest {a_digit(least)} (**{percent(shares[least])}**). "
        f"{np.count_nonzero(shares)} of the ten digits occur, and each picture gets ten scores, "
        "whichever of them is the highest."
    )


def directions(context: Context) -> str:
    """Answer in how many directions digits and static differ from each other."""
    digits = noise_teacher.scaled(datasets.load(_dataset(context)).train_images)
    told = [_directions(inputs) for inputs in (digits, noise_teacher.noise(figures.PICTURES))]
    return (
        f"Of {noise_teacher.SIDE**2} directions **{told[0]}** hold {percent(_MOST, 0)} of what "
        f"tells digits apart; static needs **{told[1]}**. Digits leave most directions unasked, "
        "static leaves none."
    )


def seen_alike(context: Context) -> tuple[str, str]:
    """Return by how much static moves a unit, whatever the direction of its weights."""
    length = float((noise_teacher.weights(_dataset(context))["first"][:, 0] ** 2).sum())
    pixels = count(noise_teacher.SIDE**2)
    return (
        aligned(
            r"\mathrm{E}\big[(w \cdot x)^2\big] &= \mathrm{E}[x_i^2]\,\lVert w \rVert^2 = "
            r"\tfrac{1}{3}\,\lVert w \rVert^2",
            rf"&= \tfrac{{1}}{{3}} \cdot {number(length)} = {number(length / 3)}",
        ),
        f"Static: {pixels} pixels $x_i$, each anything from −1 to 1. How far a unit with weights "
        "$w$ is moved depends on how large they are and not on their direction, so a wrong weight "
        "always shows. The numbers are those of the teacher's first hidden unit.",
    )


def taught(context: Context) -> dict[str, Any]:
    """Return the data set whose teacher the page shows, and how many pictures it answers."""
    return {"dataset": _dataset(context), "pictures": figures.PICTURES}


def _dataset(context: Context) -> str:
    """Return the data set of the scene; ValueError if there is no teacher of noise for it."""
    shown = distil.source(context.run)
    if shown is None or noise_teacher.weights(shown.dataset) is None:
        raise ValueError("there is no teacher of noise for this run's data here.")
    return shown.dataset


def _directions(inputs: Any) -> int:
    """Return how many principal directions hold `_MOST` of the variance of inputs (N, 196)."""
    variances = np.linalg.eigvalsh(np.cov(inputs.T))[::-1]
    return int(np.searchsorted(variances.cumsum(), _MOST * variances.sum())) + 1


LESSON = Lesson(__file__, (equations, every_digit, directions), seen_alike, taught)
