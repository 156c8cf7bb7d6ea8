"""What "the learned bias for the 3 class is much too low" means, measured on a stored run."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import prose, terms
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, signed
from kdengine.offsets import evaluation

# What falls short by less than this part of the offset does not explain the offset.
LOW_FROM = 0.5
_RELATIVE = 0.01  # a mean mass nearer than this to its share is as good as equal


@dataclass(frozen=True)
class Shortfall:
    """One quantity of the student for the omitted class, and what it is compared with."""

    value: float
    compared: float
    is_low: bool


def shortfalls(
    experiment: Experiment, biases: NDArray[np.float64], offset: float
) -> dict[str, Shortfall]:
    """Return which of the student's quantities are low for the omitted class.

    ``bias``, the output bias, is compared with the mean of the other nine. ``taught`` and
    ``omitted``, the mean logit over the transfer set and over the omitted class's training images,
    each image's logits counted from their own mean, are compared with the teacher's; NaN without
    such images. ``mass``, the mean over all training images at T = 1, is compared with the class's
    share of them. A bias or logit is low if it falls short by half the *offset* that is needed, or
    more; the mass, if it is more than 1 % below the share.

    Parameters
    ----------
    biases : float64 array of shape (10,)
        The student's.
    """
    student, digit = experiment.student, experiment.omitted_class
    assert digit is not None
    on_transfer = ~np.isin(student.train_labels, student.config.omitted_classes)
    own = student.train_labels == digit
    pairs = {
        "bias": (biases[digit], np.delete(biases, digit).mean()),
        "taught": _mean_logits(experiment, on_transfer),
        "omitted": _mean_logits(experiment, own),
    }
    found = {
        name: Shortfall(
            float(value),
            float(compared),
            bool(offset > 0 and compared - value >= LOW_FROM * offset),
        )
        for name, (value, compared) in pairs.items()
    }
    mass, share = evaluation.softmax(student.train_logits)[:, digit].mean(), own.mean()
    found["mass"] = Shortfall(float(mass), float(share), bool(mass < (1.0 - _RELATIVE) * share))
    return found


def _mean_logits(experiment: Experiment, images: NDArray[np.bool_]) -> list[float]:
    """Return student's and teacher's mean centred logit of the omitted class over *images*."""
    if not images.any():
        return [np.nan, np.nan]
    means = []
    for run in (experiment.student, experiment.teacher):
        logits = np.asarray(run.train_logits[images], dtype=np.float64)
        means.append((logits[:, experiment.omitted_class] - logits.mean(axis=1)).mean())
    return means


def answer(
    found: dict[str, Shortfall], biases: NDArray[np.float64], digit: int, offset: float
) -> str:
    """Return the answer in two sentences: whether the parameter is low, and what is."""
    bias, mass = found["bias"], found["mass"]
    gap, others = bias.compared - bias.value, np.delete(biases, digit)
    start = "Here the bias parameter is low" if bias.is_low else "It is not the bias parameter"
    text = (
        f"**{start}**: class {digit}'s output bias is {_signed(bias.value)}, {abs(gap):.3f} "
        f"{'below' if gap > 0 else 'above'} the mean of the other nine, which lie between "
        f"{_signed(others.min())} and {_signed(others.max())}"
    )
    if gap > 0 and offset > 0:
        text += f"; bringing it up to their mean would supply {percent(gap / offset, 0)} of the "
        text += f"{signed(offset)} that are needed"
    verdict = "**What is low is the mass**" if mass.is_low else "The mass is not low either"
    return text + (
        f". {verdict}: over all training images the student gives "
        f"{percent(mass.value, 2)} to {digit} on average, while "
        f"{percent(mass.compared, 2)} of them are {plural(digit)}."
    )


def where(found: dict[str, Shortfall], digit: int, offset: float) -> str:
    """Return on which images the student's logit of the omitted class falls short."""
    taught, omitted = found["taught"], found["omitted"]
    name = plural(digit)
    if np.isnan(omitted.value):
        return f"The training images hold no {name}, so there is nothing to compare on them."
    if taught.is_low:
        on_taught = "falls short of the teacher's"
    elif abs(taught.value - taught.compared) < LOW_FROM * abs(offset):
        on_taught = "is as high as the teacher's"
    else:
        on_taught = "is above the teacher's"
    link = "but" if omitted.is_low and not taught.is_low else "and"
    reached, wanted = _signed(omitted.value), _signed(omitted.compared)
    on_omitted = f"on the {name} it reaches {reached} (teacher {wanted})"
    if omitted.is_low:
        on_omitted = (
            f"on the {name} themselves, which it never saw, it reaches only {reached} where the "
            f"teacher has {wanted}"
        )
    return (
        f"On the transfer set the student's mean logit of {digit} {on_taught} "
        f"({_signed(taught.value)} against {_signed(taught.compared)}), {link} {on_omitted}."
    )


def table(found: dict[str, Shortfall], digit: int) -> pd.DataFrame:
    """Return each quantity, what it is compared with, and whether it is low, in words."""
    places = {
        "bias": (f"Output bias of {digit}", "mean of the other nine"),
        "taught": (f"Mean logit of {digit}, transfer set", "teacher's"),
        "omitted": (f"Mean logit of {digit} on {plural(digit)}", "teacher's"),
        "mass": (f"Mean mass on {digit}", f"share of {plural(digit)}"),
    }
    rows = {}
    for name, (place, other) in places.items():
        short = found[name]
        value, compared = (
            percent(each, 2) if name == "mass" else _signed(each)
            for each in (short.value, short.compared)
        )
        rows[place] = value, f"{compared} ({other})", "low" if short.is_low else "not low"
    columns = ["Student", "Compared with", "Verdict"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("Quantity")


def words(digit: int, offset: float) -> str:
    """Return the terms of this part, as Markdown."""
    return prose.beside(__file__)["low"]["terms"].format(
        bias=terms.every()["bias"].line,
        mass=terms.every()["mass"].line,
        digit=digit,
        offset=signed(offset),
    )


def _signed(value: float) -> str:
    """Return a number with its sign and three digits that mean something."""
    return signed(value, 3 if abs(value) < 1 else 1)
