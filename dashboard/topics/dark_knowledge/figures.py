"""Where in the transfer set the teacher speaks of a class that has no image there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core import prose, terms
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, digits_in_words, fine_percent, percent, plural, several
from dashboard.figures import packing, temperatures, transfer_mass
from kdengine.data import transfer

SHOWN = 24  # images at the top
TOPS = (0.01, 0.05, 0.1)
_FRACTIONS = (0.001, 0.002, 0.005, *TOPS, 0.02, 0.03, 0.07, 0.15, *np.arange(0.2, 1.01, 0.1))
STOPS = np.round(np.arange(10 * temperatures.LOWEST, 10 * temperatures.HIGHEST + 1) / 10, 1)


@dataclass(frozen=True)
class TransferSet:
    """What the browser needs to sum and to average over the transfer set at any T.

    Parameters
    ----------
    digit : int
        The omitted class in focus, whose mass is followed.
    omitted : tuple of int
        All omitted classes.
    total : int
        Transfer images.
    tops : int array of shape (P,), ascending
        How many images each point of *held* counts.
    held : Curves, (P,)
        The share of the mass that they hold.
    means : Curves, (10, 10)
        Mean soft targets by true class, of the training images.
    class_counts : int array of shape (10,)
        Transfer images of each true class.
    """

    digit: int
    omitted: tuple[int, ...]
    total: int
    tops: NDArray[np.int64]
    held: transfer_mass.Curves
    means: transfer_mass.Curves
    class_counts: NDArray[np.int64]


@dataclass(frozen=True)
class Ranking:
    """The images from which the browser takes the top `SHOWN` at any T of the slider.

    Parameters
    ----------
    images, labels : int arrays of shape (M,)
        Numbers in the training set, ascending, and true classes.
    logits : float32 array of shape (M, 10)
        The teacher's.
    total : int
        Images ranked.
    """

    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    logits: NDArray[np.float32]
    total: int


def summary(experiment: Experiment) -> TransferSet:
    """Return sums and means over the transfer set as curves of T."""
    digit, teacher = experiment.omitted_class, experiment.teacher
    assert digit is not None
    numbers, logits = transfer_logits(experiment)
    tops = tops_of(len(numbers))
    labels = np.asarray(teacher.train_labels, dtype=np.int64)
    ends = temperatures.LOWEST, temperatures.HIGHEST
    return TransferSet(
        digit=digit,
        omitted=experiment.student.config.omitted_classes,
        total=len(numbers),
        tops=tops,
        held=transfer_mass.concentration(logits, digit, tops, *ends),
        means=transfer_mass.mean_soft_targets(teacher.train_logits, labels, *ends),
        class_counts=np.bincount(labels[numbers], minlength=10),
    )


def ranking(experiment: Experiment, only: int | None) -> Ranking:
    """Return the images that are among the top `SHOWN` at one T of the slider or another.

    Parameters
    ----------
    only : int or None
        Rank the images of this true class alone.
    """
    digit, teacher = experiment.omitted_class, experiment.teacher
    assert digit is not None
    numbers, logits = transfer_logits(experiment)
    if only is not None:
        chosen = teacher.train_labels[numbers] == only
        numbers, logits = numbers[chosen], logits[chosen]
    images = numbers[transfer_mass.candidates(logits, digit, SHOWN, STOPS)]
    return Ranking(
        images=images,
        labels=np.asarray(teacher.train_labels[images], dtype=np.int64),
        logits=teacher.train_logits[images],
        total=len(numbers),
    )


def first_image(ranked: Ranking, digit: int, temperature: float) -> int:
    """Return the image with the largest mass at T."""
    return int(ranked.images[transfer_mass.top(ranked.logits, digit, 1, temperature)[0]])


def taught_classes(experiment: Experiment) -> list[int]:
    """Return the true classes that occur in the transfer set."""
    numbers, _ = transfer_logits(experiment)
    return np.unique(experiment.teacher.train_labels[numbers]).tolist()


def transfer_logits(experiment: Experiment) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the transfer set's numbers among the training images and the teacher's logits."""
    omitted = experiment.student.config.omitted_classes
    teacher = experiment.teacher
    numbers = np.flatnonzero(transfer.without(teacher.train_labels, omitted))
    return numbers, teacher.train_logits[numbers]


def tops_of(total: int) -> NDArray[np.int64]:
    """Return the distinct numbers of images at which the held share is drawn, all included."""
    return np.unique([top_count(total, fraction) for fraction in _FRACTIONS])


def top_count(total: int, fraction: float) -> int:
    """Return how many images a fraction is, rounded up."""
    # 0.07 * 100 is a hair above 7.
    return max(1, int(np.ceil(round(fraction * total, 6))))


def contents(
    ranked: Ranking, digit: int, images: NDArray[np.uint8] | None, summary: TransferSet | None
) -> dict[str, Any]:
    """Return what the browser needs to follow T without asking again.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The training images; without them the tiles hold numbers alone.
    summary : TransferSet, optional
        For who wants to see the sums over all images, too.
    """
    return {
        "digit": digit,
        "images": ranked.images.tolist(),
        "labels": ranked.labels.tolist(),
        "logits": packing.packed(ranked.logits, np.float32),
        "pixels": None if images is None else packing.packed(images[ranked.images], np.uint8),
        "ranked": ranked.total,
        "shown": SHOWN,
        "titles": {
            "ranked": f"The most {digit}-like images ({min(SHOWN, ranked.total)} of "
            f"{ranked.total:,})",
        },
        "more": None if summary is None else _sums(summary),
    }


def _sums(summary: TransferSet) -> dict[str, Any]:
    """Return what the browser needs to sum and to average over all images at any T."""
    digit, names = summary.digit, [percent(fraction, 0) for fraction in TOPS]
    counts = [top_count(summary.total, fraction) for fraction in TOPS]
    return {
        "total": summary.total,
        "tops": summary.tops.tolist(),
        "points": np.searchsorted(summary.tops, counts).tolist(),
        "names": names,
        "held": _curves(summary.held),
        "means": _curves(summary.means),
        "counts": summary.class_counts.tolist(),
        "readouts": [
            f"mean mass on {digit} (n = {summary.total:,})",
            *(f"of it in the top {name} ({n:,})" for name, n in zip(names, counts, strict=True)),
        ],
        "averaged": "Mean soft targets by true class, in %",
        "note": prose.beside(__file__)["set_apart"].format(
            digit=digit, left_out=digits_in_words(summary.omitted)
        ),
    }


def _curves(curves: transfer_mass.Curves) -> dict[str, Any]:
    """Return curves as the browser reads them."""
    return {
        "low": curves.low,
        "high": curves.high,
        "knots": curves.values.shape[-1],
        "values": packing.packed(curves.values, np.float64),
        "slopes": packing.packed(curves.slopes, np.float64),
    }


def lead(experiment: Experiment, temperature: float) -> str:
    """Return how differently the teacher rates single images, which is the evidence."""
    digit = experiment.omitted_class
    _, logits = transfer_logits(experiment)
    masses = transfer_mass.mass(logits, digit, temperature)
    return unbroken(
        f"No image here is {a_digit(digit)}, yet at T = {temperature:g} the teacher gives one "
        f"**{fine_percent(masses.max())}** on {digit}, another **{fine_percent(masses.min())}**."
    )


def carriers_sentence(experiment: Experiment, temperature: float) -> str:
    """Return which true classes carry the mass on the omitted class at T, and whose it is at T=1.

    An image whose largest probability is the omitted class's has it at every T.
    """
    digit = experiment.omitted_class
    numbers, logits = transfer_logits(experiment)
    masses = transfer_mass.mass(logits, digit, temperature)
    labels = experiment.teacher.train_labels[numbers]
    carried = np.bincount(labels, weights=masses, minlength=10)
    carried /= carried.sum()
    share = np.bincount(labels, minlength=10) / len(labels)
    most = np.argsort(-carried, kind="stable")[: min(3, len(np.unique(labels)))]
    parts = [f"{plural(label)} ({fine_percent(carried[label])})" for label in most]
    taken = int((logits.argmax(axis=1) == digit).sum())
    return unbroken(
        f"At T = {temperature:g} the largest parts of the mass on {digit} lie on "
        f"{several(parts)}: together {fine_percent(carried[most].sum())} of it on "
        f"{fine_percent(share[most].sum())} of the transfer images. The teacher's first "
        f"choice is {digit} on {taken:,} image{'' if taken == 1 else 's'}, at every T."
    )


def mass_formula(experiment: Experiment, image: int, temperature: float) -> str:
    """Return equation 1 with one training image's numbers in it, as LaTeX."""
    digit = experiment.omitted_class
    logits = np.asarray(experiment.teacher.train_logits[image], dtype=np.float64)
    shifted = logits - logits.max()  # the same number off all logits changes no probability
    powers = np.exp(shifted / temperature)
    mass = powers[digit] / powers.sum()
    return (
        rf"p_{{{digit}}} = \frac{{e^{{z_{{{digit}}}/T}}}}{{\sum_j e^{{z_j/T}}}}"
        rf" = \frac{{e^{{{shifted[digit]:.2f}/{temperature:g}}}}}"
        rf"{{\sum_j e^{{z_j/{temperature:g}}}}}"
        rf" = \frac{{{_number(powers[digit])}}}{{{_number(powers.sum())}}} = {_number(mass)}"
    )


def words(experiment: Experiment) -> str:
    """Return the terms of this page, as Markdown."""
    digit, student = experiment.omitted_class, experiment.student.config
    moved = (student.jitter_pixels, student.rotation_degrees, student.shear_degrees)
    fixed = prose.beside(__file__)
    told = fixed["mass"].format(digit=digit, left_out=digits_in_words(student.omitted_classes))
    note = f" {fixed['moved']}" if any(moved) or student.scale_share else ""
    return f"{terms.listed('transfer set', 'soft targets', 'dark knowledge')}\n{told}{note}"


def unbroken(text: str) -> str:
    """Return *text* in which no line ends around an equals sign."""
    return text.replace(" = ", "\u00a0=\u00a0")


def _number(value: float) -> str:
    """Return a number with four digits, as LaTeX."""
    text = f"{value:.4g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
