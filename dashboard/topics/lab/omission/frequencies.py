"""What if digits are not as frequent as in the training set? Offsets for frequencies by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, several
from kdengine import config
from kdengine.cli import arguments
from kdengine.config import CLASSES
from kdengine.offsets import criteria, evaluation, rule, thresholds
from kdengine.offsets.rule import Frequencies, OffsetRule

NONE, TRAINING, RATIO = "no offset", "training set's", "log of the ratio"
TOLD, SHOWN = "told the new ones", "told, and shown such images"


def parse_frequencies(text: str) -> Frequencies:
    """Return the target frequencies in ``3=0.3,5=0.1``.

    Raises
    ------
    ValueError
        If it is no such list, or no classes can be that frequent.
    """
    try:
        return rule.check_frequencies(arguments.frequencies(text.replace(" ", "")))
    except ValueError as error:
        raise ValueError(str(error).replace("--frequencies ", "")) from error


def usual(omitted: tuple[int, ...]) -> str:
    """Return the frequencies that the page begins with: 30 % of one digit never seen."""
    return f"{3 if 3 in omitted else omitted[0]}=0.3"


def deployment(shown: Experiment, given: Frequencies) -> pd.DataFrame:
    """Return how the student fares where digits are as frequent as *given*.

    The test images of each digit stand for all such images there, so a digit's share of the
    accuracy is its given frequency.

    Returns
    -------
    DataFrame, one row a way to choose the offsets
        ``way`` str; ``accuracy`` there, ``named`` (accuracy on the digits named by hand) and
        ``others`` (on all other digits there), floats.

    Raises
    ------
    ValueError
        If no offsets bring the frequencies about.
    """
    student = shown.student
    own = np.bincount(student.train_labels, minlength=CLASSES) / len(student.train_labels)
    targets = np.array(rule.filled_frequencies(own.tolist(), given))
    everything = np.arange(len(student.train_labels))
    trained = _offsets(shown, (), everything)
    with np.errstate(divide="ignore"):
        ratio = np.log(targets) - np.log(own)
    ways = {
        NONE: np.zeros(CLASSES),
        TRAINING: trained,
        TOLD: _offsets(shown, given, everything),
        SHOWN: _offsets(shown, given, _images_as_there(student.train_labels, targets)),
        RATIO: trained + np.where(np.isfinite(ratio), ratio, 0.0),
    }
    named = [digit for digit, _ in given]
    rest = config.other_classes(named)
    rows = []
    for way, offsets in ways.items():
        rates = _rates(shown, offsets)
        parts = [
            float(targets[part] @ rates[part] / targets[part].sum()) if part else np.nan
            for part in (named, rest)
        ]
        rows.append((way, float(targets @ rates), *parts))
    return pd.DataFrame(rows, columns=["way", "accuracy", "named", "others"])


def sentence(shown: Experiment, given: Frequencies, table: pd.DataFrame) -> str:
    """State what the frequencies by hand do."""
    by_way = table.set_index("way")
    own = np.bincount(shown.student.train_labels, minlength=CLASSES)
    shares = own / own.sum()
    where = several(
        [
            f"{100 * share:.3g}\u00a0% of the images are {plural(digit)} "
            f"({percent(shares[digit])} in the training set)"
            for digit, share in given
        ]
    )
    seen, told, ratio, trained = (
        by_way.loc[way, "accuracy"] for way in (SHOWN, TOLD, RATIO, TRAINING)
    )
    best = table.loc[table["accuracy"].idxmax(), "way"]
    return (
        f"Where {where}, the offsets of the training set's frequencies leave "
        f"{percent(1 - trained, 2)} of the images wrong. Told the new frequencies, and shown "
        f"unlabelled images that are as frequent as that, the criterion leaves "
        f"{percent(1 - seen, 2)}; told them but shown the training images as they are, "
        f"{percent(1 - told, 2)}. Without any new image, the logarithm of the ratio of "
        "frequencies, "
        f"added to the training set's offsets, leaves {percent(1 - ratio, 2)}. Fewest: **{best}**."
    )


def command(omitted: tuple[int, ...], given: Frequencies) -> str:
    """Return the command that chooses these offsets."""
    listed = ",".join(f"{digit}={share:g}" for digit, share in given)
    kept = ",".join(map(str, config.other_classes(omitted)))
    return f"python -m kdengine run --keep {kept} --frequencies {listed}"


def chart_title(table: pd.DataFrame) -> str:
    """Return the best and the worst way, as a chart's title."""
    best, worst = table.loc[table["accuracy"].idxmax()], table.loc[table["accuracy"].idxmin()]
    return (
        f"Fewest wrong: {best['way']}, {percent(1 - best['accuracy'], 2)}; "
        f"most: {worst['way']}, {percent(1 - worst['accuracy'], 2)}"
    )


def _images_as_there(labels: NDArray[Any], targets: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the most training images of which each digit has its target frequency."""
    own = np.bincount(labels, minlength=CLASSES)
    size = np.min(own[targets > 0.0] / targets[targets > 0.0])
    return np.concatenate(
        [np.flatnonzero(labels == d)[: round(size * targets[d])] for d in range(CLASSES)]
    )


def _offsets(
    shown: Experiment, given: Frequencies, images: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the criterion's offset for each of the ten classes, 0 where it has none."""
    student = shown.student
    if not len(images):
        raise ValueError("no training image is of a digit that is to be frequent.")
    chosen: dict[str, Any] = criteria.choose_offsets(
        OffsetRule(frequencies=given),
        replace(
            student,
            train_logits=student.train_logits[images],
            train_labels=student.train_labels[images],
        ),
        omitted_classes=student.config.omitted_classes,
    )
    offsets = np.zeros(CLASSES)
    offsets[chosen["classes"]] = chosen["value"]
    return offsets


def _rates(shown: Experiment, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each digit's accuracy on the test images; 0 for a digit without images."""
    logits = thresholds.apply_offsets(shown.student.test_logits, range(CLASSES), offsets)
    table = evaluation.confusion_matrix(logits, shown.student.test_labels)
    return np.nan_to_num(evaluation.per_class_accuracy(table))
