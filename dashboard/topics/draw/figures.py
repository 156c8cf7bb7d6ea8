"""What the networks of an experiment answer to a drawing, and pictures to begin one with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.core import prose, roles, runs
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, in_its_words, percent, word
from dashboard.core.roles import NAMES
from dashboard.parts.pad import part as pad
from dashboard.parts.strip import part as strip
from kdengine import config
from kdengine.data import datasets, drawing
from kdengine.nets import forward
from kdengine.offsets import evaluation, thresholds

# The network's name here -> its name in charts; the order is that on the page.
_ORDER = ("teacher", "baseline", "student", "student-offset")
NETWORKS = {network: NAMES[network] for network in _ORDER}
# Beyond what any digit covers; the fullest of MNIST's 70,000 images covers less than half.
MOST_INK, LEAST_PIXELS = 0.6, 12
_SURE = 0.999
Weights = Mapping[str, Mapping[str, NDArray[np.float32]]]
Logits = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Gallery:
    """Held-out images to begin with, and what the networks answer to them."""

    dataset: str  # Not the run's own where its images are not to be had
    images: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.int64]  # (N,)
    # (N, 10) for ``teacher``, ``student`` and, if there is one, ``baseline``
    logits: dict[str, NDArray[np.float32]]


def gallery(experiment: Experiment, dataset: str) -> Gallery:
    """Return held-out images to draw from: *dataset*'s or, without them, scikit-learn's.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If the networks that have to answer to those are not to be had.
    """
    images, networks = runs.test_images(dataset), experiment.runs
    if images is not None:
        logits = {name: run.test_logits for name, run in networks.items()}
        return Gallery(dataset, images, experiment.student.test_labels, logits)
    data = datasets.load("digits")
    images = np.array([drawing.to_mnist_form(image) for image in data.test_images])
    images.setflags(write=False)
    logits = {n: forward.logits(runs.weights(run.key), images) for n, run in networks.items()}
    return Gallery("digits", images, data.test_labels, logits)


def networks(experiment: Experiment) -> list[str]:
    """Return the networks that answer, by their names in `NETWORKS`."""
    missing = set() if experiment.baseline else {"baseline"}
    if experiment.omitted_class is None:
        missing.add("student-offset")
    return [name for name in NETWORKS if name not in missing]


def panel(network: str, experiment: Experiment, said: Logits) -> pad.Answer:
    """Return one network's place beside the pad; where nothing is *said* it is silent."""
    shifted = network == "student-offset"
    # The browser adds the offset, so that its slider is followed without a rerun.
    logits = said.get("student" if shifted else network)
    return pad.Answer(
        name=NETWORKS[network].capitalize(),
        note=note_of(network, experiment),
        colour=roles.ROLES[network].colour,
        logits=None if logits is None else logits[0].tolist(),
        shifted=shifted,
    )


def starts(gallery: Gallery, images: list[int], omitted: int | None) -> list[dict[str, Any]]:
    """Return pictures to begin with as the pad offers them."""
    return [
        {
            "image": image,
            "label": "" if omitted is None else idea(gallery, image, omitted),
            "url": strip.data_uri(gallery.images[image]),
        }
        for image in images
    ]


def names_of(omitted: int | None) -> dict[str, str]:
    """Return what the topic's words call the omitted class."""
    if omitted is None:
        return {"a_digit": in_its_words("a digit"), "digit": "it"}
    return {"a_digit": a_digit(omitted), "digit": str(omitted)}


def note_of(network: str, experiment: Experiment) -> str:
    """Return a few words on what *network* learned from."""
    omitted = experiment.student.config.omitted_classes
    every = in_its_words("saw all digits")
    without = (
        f"never saw {' or '.join([a_digit(omitted[0]), *map(word, omitted[1:])])}"
        if omitted
        else every
    )
    return {"teacher": every, "student-offset": "one number added"}.get(network, without)


def check_answering(weights: Weights) -> None:
    """Raise ValueError if one of the networks cannot be asked about a drawing."""
    silent = [name for name, own in weights.items() if not forward.is_dense(own)]
    if silent:
        raise ValueError(
            f"This run's {' and '.join(silent)} has convolutions, which the pad does not know. "
            "Choose a run of perceptrons in the sidebar."
        )


def answers(
    weights: Weights, images: ArrayLike, omitted: int | None = None, offset: float = 0.0
) -> Logits:
    """Return every network's logits (N, 10) for *images*, (N, 28, 28) from 0 to 255.

    Parameters
    ----------
    weights : mapping
        Of ``teacher``, ``student`` and perhaps ``baseline``.
    omitted, offset
        Class and number of logit units for ``student-offset``, which is left out without.
    """
    pixels = np.asarray(images, dtype=np.float32)
    found = {name: forward.logits(weights[name], pixels).astype(np.float64) for name in weights}
    if omitted is not None:
        found["student-offset"] = thresholds.apply_offsets(found["student"], [omitted], [offset])
    return {name: found[name] for name in NETWORKS if name in found}


def telling_image(gallery: Gallery, omitted: int | None, offset: float) -> int:
    """Return an image on which the networks differ as the story has it.

    A held-out image of the omitted class that the teacher knows, that the student knows with
    the offset and not without, and that the baseline does not: of those the one the student
    with the offset is surest of. If there is none, as many of these hold as can. With nothing
    omitted: the image of which the teacher is least certain.
    """
    said = {name: evaluation.predictions(logits) for name, logits in gallery.logits.items()}
    if omitted is None:
        return int(evaluation.softmax(gallery.logits["teacher"]).max(axis=1).argmin())
    shifted = thresholds.apply_offsets(gallery.logits["student"], [omitted], [offset])
    score = 16.0 * (gallery.labels == omitted) + 8.0 * (said["teacher"] == omitted)
    score += 4.0 * (evaluation.predictions(shifted) == omitted)
    score += 2.0 * (said["student"] != omitted)
    score += 1.0 * (said.get("baseline", said["student"]) != omitted)
    # Sure, but not more than 1: it only decides among equals.
    return int((score + 0.99 * evaluation.softmax(shifted)[:, omitted]).argmax())


def near_misses(gallery: Gallery, omitted: int | None, count: int = 4) -> list[int]:
    """Return images of other classes that a few strokes may turn into the omitted one.

    Of each class: the image that every network gets right and the teacher is sure of, of which
    the teacher says most nearly the omitted class; then the *count* nearest of these.
    """
    if omitted is None:
        return []
    teacher = gallery.logits["teacher"]
    right = evaluation.softmax(teacher).max(axis=1) >= _SURE
    for logits in gallery.logits.values():
        right &= evaluation.predictions(logits) == gallery.labels
    gap = teacher.max(axis=1) - teacher[:, omitted]
    nearest = []
    for digit in config.other_classes([omitted]):
        candidates = np.flatnonzero(right & (gallery.labels == digit))
        if len(candidates):
            nearest.append(int(candidates[gap[candidates].argmin()]))
    return sorted(nearest, key=lambda image: float(gap[image]))[:count]


def next_of_digit(gallery: Gallery, digit: int, image: int) -> int:
    """Return the first image of *digit* after *image*, from the beginning again at the end."""
    of_digit = np.flatnonzero(gallery.labels == digit)
    if not len(of_digit):
        return image
    later = of_digit[of_digit > image]
    return int(later[0] if len(later) else of_digit[0])


def notice(pixels: NDArray[np.uint8]) -> str:
    """Return what is peculiar about a drawing; empty for one like a digit."""
    share, words = drawing.ink(pixels), prose.beside(__file__)["notices"]
    if share > MOST_INK:
        return str(words["full"].format(share=percent(share, 0)))
    return words["faint"] if 0 < np.count_nonzero(pixels) < LEAST_PIXELS else ""


def caption(gallery: Gallery, image: int) -> str:
    """Return what an image of the gallery is."""
    of = " of scikit-learn's digits" if gallery.dataset == "digits" else ""
    return f"{a_digit(gallery.labels[image])}, test image {image:,}{of}"


def idea(gallery: Gallery, image: int, omitted: int) -> str:
    """Return what to try with an image of another class."""
    return f"Turn this {word(gallery.labels[image])} into {a_digit(omitted)}"


def offset_range(usual: float) -> tuple[float, float]:
    """Return the ends of the offset's slider: -4 to +10, or wider if *usual* lies outside."""
    return min(-4.0, float(np.floor(usual)) - 1.0), max(10.0, float(np.ceil(usual)) + 1.0)
