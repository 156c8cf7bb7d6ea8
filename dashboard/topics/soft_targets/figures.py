"""What teacher and student say about one test image, softened at any temperature."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, fine_percent, plural, word
from dashboard.figures import temperatures
from kdengine.config import CLASSES
from kdengine.offsets import evaluation

# As in the Harvard tutorial on the paper (APMTH 207, 2018).
SIDE_BY_SIDE = (1.0, 10.0, 20.0, 50.0)
ROLES = ("teacher", "student")
MOST_LIKELY = "most likely"
ALL_DIGITS = "all digits"
# A teacher that gives its answer 99 % seems to say nothing else, until T is raised.
_SURE = 0.99


def telling_image(experiment: Experiment) -> int:
    """Return an image of which the teacher seems sure at T=1, yet which hides the most.

    Among the images of the transfer set's classes that the teacher gets right with 99 % and
    more at T=1: the one whose second choice, which has to be the omitted class if there is one,
    gets the largest share at the temperature the student learned at. If no image is such, the
    one of which the teacher is least certain.
    """
    logits, labels = experiment.teacher.test_logits, experiment.teacher.test_labels
    sure = evaluation.softmax(logits).max(axis=1) >= _SURE
    right = evaluation.predictions(logits) == labels
    taught = ~np.isin(labels, experiment.student.config.omitted_classes)
    second = np.argsort(-logits, axis=1, kind="stable")[:, 1]
    named = second == (second if experiment.omitted_class is None else experiment.omitted_class)
    softened = evaluation.softmax(logits, temperatures.usual(experiment))
    hidden = softened[np.arange(len(labels)), second]
    fit = sure & right & taught & named
    if not fit.any():
        return int(_entropies(experiment).argmax())
    return int(np.where(fit, hidden, -1.0).argmax())


def images(experiment: Experiment, digit: int | None) -> NDArray[np.int64]:
    """Return the test images of one digit, or all, least sure first: by the entropy at T=1."""
    order = np.argsort(-_entropies(experiment), kind="stable")
    labels = np.asarray(experiment.teacher.test_labels)
    return order if digit is None else order[labels[order] == digit]


def neighbour(listed: NDArray[np.int64], image: int, step: int) -> int:
    """Return the image *step* places after *image*; the first one if it is not in the list."""
    if not len(listed):
        return image
    places = np.flatnonzero(listed == image)
    place = min(max(int(places[0]) + step, 0), len(listed) - 1) if len(places) else 0
    return int(listed[place])


def place_sentence(listed: NDArray[np.int64], image: int, digit: int | None) -> str:
    """Return where *image* stands in the list."""
    kind = "test images" if digit is None else f"test {plural(digit)}"
    places = np.flatnonzero(listed == image)
    if not len(places):
        return f"Not among the {len(listed):,} {kind} listed here."
    return f"Number {int(places[0]) + 1:,} of {len(listed):,} {kind}, least sure first."


def wrong_classes(
    experiment: Experiment, image: int, first: str | int, second: str | int
) -> tuple[int, int]:
    """Return the two wrong classes to compare; where the choice is no pair, the likeliest two.

    A class is wrong if it is not the image's label; likely is what the teacher finds so, which
    no temperature changes.
    """
    label = int(experiment.teacher.test_labels[image])
    logits = np.asarray(experiment.teacher.test_logits[image])
    ranked = [int(digit) for digit in np.argsort(-logits, kind="stable") if digit != label]
    chosen = [ranked[0] if first == MOST_LIKELY else int(first)]
    others = [digit for digit in ranked if digit != chosen[0]]
    chosen.append(others[0] if second == MOST_LIKELY else int(second))
    is_pair = chosen[0] != chosen[1] and label not in chosen
    return (chosen[0], chosen[1]) if is_pair else (ranked[0], ranked[1])


def wrong_classes_problem(
    experiment: Experiment, image: int, first: str | int, second: str | int
) -> str | None:
    """Return why the choice of wrong classes cannot be followed for this image, if so."""
    label = int(experiment.teacher.test_labels[image])
    chosen = [choice for choice in (first, second) if choice != MOST_LIKELY]
    if label in chosen:
        reason = f"{word(label)} is the right answer here"
    elif len(chosen) == 2 and chosen[0] == chosen[1]:
        reason = "two different classes are needed"
    else:
        return None
    return f"Comparing the two most likely wrong classes instead: {reason}."


def distributions(
    experiment: Experiment, image: int, first: int, second: int, roles: Sequence[str] = ROLES
) -> pd.DataFrame:
    """Return networks' logits for one image; the browser turns them into probabilities.

    Returns
    -------
    DataFrame, one row per (role, digit)
        ``role`` str, ``digit`` int, ``name`` str, ``logit`` float, ``is_omitted`` bool,
        ``first`` and ``second`` str: the wrong classes compared, ``gap`` float: by how much
        the first one's logit exceeds the second's.
    """
    digits, tables = np.arange(CLASSES), []
    is_omitted = np.isin(digits, experiment.student.config.omitted_classes)
    names = [class_name(experiment, image, digit) for digit in range(CLASSES)]
    for role in roles:
        logits = np.asarray(getattr(experiment, role).test_logits[image], dtype=np.float64)
        columns = {"role": role, "digit": digits, "name": names, "logit": logits}
        pair = {"first": word(first), "second": word(second), "gap": logits[first] - logits[second]}
        tables.append(pd.DataFrame({**columns, "is_omitted": is_omitted, **pair}))
    return pd.concat(tables, ignore_index=True)


def class_name(experiment: Experiment, image: int, digit: int) -> str:
    """Return the digit with what is special about it for this image."""
    marks = []
    if digit == int(experiment.teacher.test_labels[image]):
        marks.append("true")
    if digit in experiment.student.config.omitted_classes:
        marks.append("omitted")
    return f"{', '.join(marks)}  {word(digit)}" if marks else word(digit)


def side_by_side(experiment: Experiment, image: int, role: str) -> pd.DataFrame:
    """Return one network's distribution at each temperature of `SIDE_BY_SIDE`.

    Returns
    -------
    DataFrame, one row per (temperature, digit)
        ``temperature`` str, ``digit`` int, ``probability`` float, ``is_omitted`` bool,
        ``role`` str.
    """
    logits = getattr(experiment, role).test_logits[image]
    digits, at = np.arange(CLASSES), SIDE_BY_SIDE
    table = {
        "temperature": np.repeat([f"T = {temperature:g}" for temperature in at], CLASSES),
        "digit": np.tile(digits, len(at)),
        "probability": np.concatenate([evaluation.softmax(logits, t) for t in at]),
    }
    is_omitted = np.isin(table["digit"], experiment.student.config.omitted_classes)
    return pd.DataFrame(table).assign(is_omitted=is_omitted, role=role)


def sentence(experiment: Experiment, image: int, temperature: float) -> str:
    """Return what raising T shows about the teacher's second choice for one image."""
    logits = np.asarray(experiment.teacher.test_logits[image])
    second = int(np.argsort(-logits, kind="stable")[1])
    label = int(experiment.teacher.test_labels[image])
    raised = temperatures.usual(experiment) if temperature == 1.0 else temperature
    plain, soft = (float(evaluation.softmax(logits, t)[second]) for t in (1.0, raised))
    only = "only " if plain < 0.05 else ""
    told = f"For this {word(label)} the teacher gives “{word(second)}” {only}"
    told += f"**{fine_percent(plain)}**."
    if raised == 1.0:
        return told
    how = f"Raise T to {raised:g} and" if temperature == 1.0 else f"At T = {raised:g}"
    return f"{told} {how} it gives **{fine_percent(soft)}**."


def caption(experiment: Experiment, image: int, with_student: bool) -> str:
    """Return what is known about the picture, and who calls it what."""
    label = int(experiment.teacher.test_labels[image])
    roles = ROLES if with_student else ROLES[:1]
    said = {
        role: int(evaluation.predictions(getattr(experiment, role).test_logits[image]))
        for role in roles
    }
    told = ", ".join(f"{role} says {word(called)}" for role, called in said.items())
    return f"Test image {image:,}: {a_digit(label)}. {told[0].upper()}{told[1:]}."


def _entropies(experiment: Experiment) -> NDArray[np.float64]:
    """Return the teacher's entropy at T=1 of every test image, in nats."""
    return evaluation.entropy(evaluation.softmax(experiment.teacher.test_logits))
