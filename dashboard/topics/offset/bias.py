"""What "the learned bias for the 3 class is much too low" means, measured on a stored run."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import prose, terms
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, signed
from kdengine.config import other_classes
from kdengine.offsets import evaluation

ROLES = ("teacher", "student")
QUANTITIES = ("bias", "taught", "omitted", "mass")
AXES = {
    "bias": "Bias (logit units)",
    "taught": "Logit (centred)",
    "omitted": "Logit (centred)",
    "mass": "Mass − share (points)",
}
# What falls short by less than this part of the offset does not explain the offset.
LOW_FROM = 0.5
_RELATIVE = 0.01  # a mean mass nearer than this to its share is as good as equal


@dataclass(frozen=True)
class Shortfall:
    """By how much one quantity of the student falls short for the omitted class.

    Parameters
    ----------
    value, compared : float
        The omitted class's, and what it is compared with.
    is_low : bool
    """

    value: float
    compared: float
    is_low: bool


def table(experiment: Experiment, biases: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Return each network's bias, mean logits and mean mass for each class.

    Parameters
    ----------
    biases : mapping from each of `ROLES` to float64 array of shape (10,)

    Returns
    -------
    DataFrame, one row per (quantity, role, digit)
        ``quantity`` str of `QUANTITIES`, ``role`` str, ``digit`` int, ``value`` float:
        output bias; mean logit over the transfer set and over the omitted class's training
        images, each image's logits counted from their own mean; mean mass at T=1 over all
        training images. ``frequency`` float: the class's share of the training images.
        ``is_omitted`` bool.
    """
    labels = experiment.student.train_labels
    taught = ~np.isin(labels, experiment.student.config.omitted_classes)
    omitted = labels == experiment.omitted_class
    frequency = np.bincount(labels, minlength=10) / len(labels)
    digits, parts = np.arange(10), []
    for role in ROLES:
        logits = np.asarray(getattr(experiment, role).train_logits, dtype=np.float64)
        centred = logits - logits.mean(axis=1, keepdims=True)
        values = {
            "bias": biases[role],
            "taught": centred[taught].mean(axis=0),
            "omitted": centred[omitted].mean(axis=0) if omitted.any() else np.full(10, np.nan),
            "mass": evaluation.softmax(logits).mean(axis=0),
        }
        parts += [
            pd.DataFrame({"quantity": name, "role": role, "digit": digits, "value": values[name]})
            for name in QUANTITIES
        ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(
        frequency=frequency[rows["digit"]], is_omitted=rows["digit"] == experiment.omitted_class
    )


def shortfalls(rows: pd.DataFrame, digit: int, offset: float) -> dict[str, Shortfall]:
    """Return which of the student's quantities are low for the omitted class.

    The bias is compared with the mean of the other nine, the mean logits with the teacher's, the
    mass with the class's frequency. A bias or logit is low if it falls short by half the *offset*
    that is needed, or more; the mass, if it is more than 1 % below the frequency.
    """
    columns = (rows[column].tolist() for column in ("quantity", "role", "digit", "value"))
    values = {(name, role, each): value for name, role, each, value in zip(*columns, strict=True)}
    found = {}
    for name in QUANTITIES:
        value, compared = values[name, "student", digit], values[name, "teacher", digit]
        if name == "bias":
            compared = fmean(values[name, "student", other] for other in other_classes([digit]))
        needed = LOW_FROM * offset
        is_low = offset > 0 and compared - value >= needed
        if name == "mass":
            compared = float(rows.loc[rows["digit"] == digit, "frequency"].iloc[0])
            is_low = value < (1.0 - _RELATIVE) * compared
        found[name] = Shortfall(value, compared, bool(is_low))
    return found


def answer(rows: pd.DataFrame, digit: int, offset: float) -> str:
    """Return the answer in two sentences: whether the parameter is low, and what is."""
    found = shortfalls(rows, digit, offset)
    bias, mass = found["bias"], found["mass"]
    gap = bias.compared - bias.value
    of_student = (rows["quantity"] == "bias") & (rows["role"] == "student")
    others = rows.loc[of_student & (rows["digit"] != digit), "value"]
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


def where(rows: pd.DataFrame, digit: int, offset: float) -> str:
    """Return on which images the student's logit of the omitted class falls short."""
    found = shortfalls(rows, digit, offset)
    taught, omitted = found["taught"], found["omitted"]
    name = plural(digit)
    if np.isnan(omitted.value):
        return f"The training images hold no {name}, so there is nothing to compare on them."
    apart = abs(taught.value - taught.compared)
    if taught.is_low:
        on_taught = "falls short of the teacher's"
    elif apart < LOW_FROM * abs(offset):
        on_taught = f"is as high as the teacher's, give or take {apart:.2f}"
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


def verdicts(rows: pd.DataFrame, digit: int, offset: float) -> dict[str, tuple[str, str]]:
    """Return each quantity's finding and the two numbers it rests on: its chart's titles."""
    found = shortfalls(rows, digit, offset)
    places = {
        "bias": (f"Output bias of {digit}", "mean of the other nine"),
        "taught": (f"Mean logit of {digit}, transfer set", "teacher"),
        "omitted": (f"Mean logit of {digit} on {plural(digit)}", "teacher"),
        "mass": (f"Mean mass on {digit}", f"share of {plural(digit)}"),
    }
    titles = {}
    for name, (place, other) in places.items():
        short = found[name]
        value, compared = (
            percent(each, 2) if name == "mass" else _signed(each)
            for each in (short.value, short.compared)
        )
        verdict = "low" if short.is_low else "not low"
        titles[name] = f"{place}: {verdict}", f"student {value}, {other} {compared}"
    return titles


def mass_formula(rows: pd.DataFrame, digit: int, images: int, offset: float) -> str:
    """Return what the offset repairs, with this run's numbers in it, as LaTeX."""
    mass = shortfalls(rows, digit, offset)["mass"]
    return (
        rf"\frac{{1}}{{{images}}}\sum_{{i=1}}^{{{images}}} p_{{{digit}}}(x_i) = "
        rf"{100 * mass.value:.2f}\,\% \quad\text{{with }} z_{{{digit}}} {offset:+.2f}: \quad"
        rf"{100 * mass.compared:.2f}\,\% = \frac{{\text{{number of {plural(digit)}}}}}{{{images}}}"
    )


def drawn(rows: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return one quantity as its chart draws it: the mass as what it exceeds its share by."""
    chosen = rows[rows["quantity"] == quantity].copy()
    if quantity == "mass":
        chosen["value"] = 100.0 * (chosen["value"] - chosen["frequency"])
    return chosen


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
