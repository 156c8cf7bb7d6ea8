"""Where in the transfer set the teacher speaks of a class that has no image there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core import prose
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, fine_percent, plural, several
from dashboard.figures import packing, temperatures, transfer_mass
from kdengine.data import transfer

SHOWN = 24  # images at the top
STOPS = np.round(np.arange(10 * temperatures.LOWEST, 10 * temperatures.HIGHEST + 1) / 10, 1)


@dataclass(frozen=True)
class Ranking:
    """The images from which the browser takes the top `SHOWN` at any T of the slider."""

    images: NDArray[np.int64]  # (M,), numbers in the training set, ascending
    labels: NDArray[np.int64]  # (M,), true classes
    logits: NDArray[np.float32]  # (M, 10), the teacher's
    total: int  # Images ranked


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


def contents(ranked: Ranking, digit: int, images: NDArray[np.uint8] | None) -> dict[str, Any]:
    """Return what the browser needs to follow T without asking again.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The training images; without them the tiles hold numbers alone.
    """
    return {
        "digit": digit,
        "images": ranked.images.tolist(),
        "labels": ranked.labels.tolist(),
        "logits": packing.packed(ranked.logits, np.float32),
        "pixels": None if images is None else packing.packed(images[ranked.images], np.uint8),
        "ranked": ranked.total,
        "shown": SHOWN,
        "title": f"The most {digit}-like images ({min(SHOWN, ranked.total)} of {ranked.total:,})",
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


def moved_note(experiment: Experiment) -> str:
    """Return how the images that the student learned from differ from these, if they do."""
    student = experiment.student.config
    moved = (student.jitter_pixels, student.rotation_degrees, student.shear_degrees)
    return prose.beside(__file__)["moved"] if any(moved) or student.scale_share else ""


def unbroken(text: str) -> str:
    """Return *text* in which no line ends around an equals sign."""
    return text.replace(" = ", "\u00a0=\u00a0")
