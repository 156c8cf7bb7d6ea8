"""Why the soft term is multiplied by T²: how large its gradient is at each temperature."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import prose, terms
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent
from dashboard.topics.dark_knowledge.figures import transfer_logits
from kdengine.offsets import evaluation

Floats = NDArray[np.floating[Any]]

TERMS = ("without T²", "with T²", "hard labels", "limit")
TEMPERATURES = np.geomspace(1.0, 200.0, 60)
SAMPLE = 5_000
WORDS = f"{terms.listed('gradient')} {prose.beside(__file__)['gradient']}"


def soft_gradient(student: Floats, teacher: Floats, temperature: float) -> NDArray[np.float64]:
    """Return the soft term's derivative by each image's logits, (N, C), without T².

    Parameters
    ----------
    student, teacher : arrays of shape (N, C)
        Logits.
    temperature : float > 0

    Returns
    -------
    float64 array of shape (N, C)
        (softmax(z/T) - softmax(v/T)) / T, for every image on its own.

    Source: Hinton, Vinyals & Dean (2015), arXiv:1503.02531, equation 2.
    """
    answered = evaluation.softmax(student, temperature)
    return (answered - evaluation.softmax(teacher, temperature)) / temperature


def hard_gradient(student: Floats, labels: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return the cross-entropy's derivative by each image's logits, (N, C); it knows no T."""
    gradient = evaluation.softmax(student)
    gradient[np.arange(len(labels)), labels] -= 1.0
    return gradient


def limit(student: Floats, teacher: Floats) -> NDArray[np.float64]:
    """Return what T² times the soft gradient tends to as T grows: matching centred logits.

    Source: Hinton, Vinyals & Dean (2015), arXiv:1503.02531, equation 4.
    """
    difference = np.asarray(student, dtype=np.float64) - np.asarray(teacher, dtype=np.float64)
    return (difference - difference.mean(axis=1, keepdims=True)) / difference.shape[1]


def mean_norm(gradient: Floats) -> float:
    """Return the mean over the images of the Euclidean length of their gradients."""
    return float(np.linalg.norm(gradient, axis=1).mean())


def sample(
    experiment: Experiment,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the student's and the teacher's logits and the labels of evenly spread images."""
    numbers, _ = transfer_logits(experiment)
    numbers = numbers[:: max(1, -(-len(numbers) // SAMPLE))]
    student, teacher = (
        run.train_logits[numbers].astype(np.float64)
        for run in (experiment.student, experiment.teacher)
    )
    return student, teacher, experiment.teacher.train_labels[numbers].astype(np.int64)


def sample_size(experiment: Experiment) -> int:
    """Return how many images `sample` takes."""
    return len(sample(experiment)[2])


def gradients(
    experiment: Experiment, temperatures: Sequence[float] = tuple(TEMPERATURES)
) -> pd.DataFrame:
    """Return the size of each term's gradient at each temperature.

    Returns
    -------
    DataFrame, one row per (term, temperature)
        ``term`` str of `TERMS`, ``temperature`` float, ``size`` float: mean Euclidean length of
        an image's gradient by its ten logits, in nats per logit.
    """
    answered, teacher, labels = sample(experiment)
    at = np.asarray(temperatures, dtype=np.float64)
    soft = np.array([mean_norm(soft_gradient(answered, teacher, t)) for t in at])
    hard, matching = mean_norm(hard_gradient(answered, labels)), mean_norm(limit(answered, teacher))
    sizes = zip(TERMS, (soft, soft * at**2, hard, matching), strict=True)
    tables = [pd.DataFrame({"term": term, "temperature": at, "size": size}) for term, size in sizes]
    return pd.concat(tables, ignore_index=True)


def at(experiment: Experiment, temperature: float) -> pd.DataFrame:
    """Return each term's size at one temperature, as a table like that of `gradients`."""
    return gradients(experiment, [temperature])


def lead(here: pd.DataFrame) -> str:
    """Return how hard the soft targets pull, beside hard labels, without T² and with it."""
    soft, scaled, hard, _ = here["size"]
    temperature = here["temperature"].iloc[0]
    return (
        f"At T = {temperature:g} the soft targets' pull on the student is **{ratio(soft, hard)}** "
        f"the hard labels'; multiplied by T² it is **{ratio(scaled, hard)}** theirs."
    )


def lengths(here: pd.DataFrame, images: int) -> str:
    """Return the lengths behind `lead`, and over how many images they are means."""
    soft, scaled, hard, _ = map(digits, here["size"])
    return (
        f"Mean length over {images:,} transfer images: **{soft}** as it is, **{scaled}** times T², "
        f"**{hard}** of the hard labels' gradient."
    )


EQUATIONS = (
    r"\frac{\partial\,\mathrm{KL}}{\partial z_i} = \frac1T\left(\frac{e^{z_i/T}}{\sum_j "
    r"e^{z_j/T}}-\frac{e^{v_i/T}}{\sum_j e^{v_j/T}}\right)\;\approx\;"
    r"\frac{1}{10\,T^2}\,(z_i-v_i)"
)


def formula(here: pd.DataFrame) -> str:
    """Return what T² makes of the gradient's size at one temperature, and its limit, as LaTeX."""
    soft, scaled, _, matching = here["size"]
    temperature = here["temperature"].iloc[0]
    return (
        rf"T^2\cdot{digits(soft)} = {temperature:g}^2\cdot{digits(soft)} = {digits(scaled)}"
        rf"\;\to\;{digits(matching)} \quad (T \to \infty)"
    )


def finding(table: pd.DataFrame) -> str:
    """Return what the curves show, the chart's title."""
    of = table.set_index("term")
    plain, scaled = of.loc["without T²", "size"], of.loc["with T²", "size"]
    if not plain.iloc[-1]:
        return "This student answers exactly as its teacher: nothing pulls on it"
    half = len(plain) // 2
    lost = plain.iloc[half] / plain.iloc[-1]
    kept = scaled.iloc[half] / scaled.iloc[-1]
    start, end = TEMPERATURES[half], TEMPERATURES[-1]
    return (
        f"From T = {start:.0f} to {end:.0f} the gradient falls to 1/{lost:,.0f}; "
        f"times T² it stays within {percent(max(kept, 1 / kept) - 1, 0)}"
    )


def digits(value: float) -> str:
    """Return a size with three digits that mean something, without an exponent."""
    if value <= 0.0:
        return "0"
    return f"{value:.{min(max(2 - math.floor(math.log10(value)), 0), 12)}f}"


def ratio(size: float, hard: float) -> str:
    """Return a size as so many times the hard term's."""
    if size <= 0.0 or hard <= 0.0:
        return "not comparable with"
    return f"{digits(size / hard)} times" if size > 0.1 * hard else f"1/{hard / size:,.0f} of"
