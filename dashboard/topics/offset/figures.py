"""What an offset on the omitted class's logit does: exact tables.

The tables are made so that the browser can follow a dragged slider exactly: one row for each test
image whose change of answer changes a count, one row for each stretch of the mean-mass curve.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import added
from dashboard.figures import criteria
from kdengine.offsets import thresholds

# What the marks on the curves are called; 0 is no criterion but worth a mark.
MARK_NAMES = {
    "none": "no offset",
    "test-optimal": "chosen on the test set: fewest errors",
    "frequency": "frequency criterion",
    "paper": "the paper's, chosen on its test set",
}
SLIDER = "slider"  # the name of the parameter that the chart's slider sets
LETTER = 6.5 / 700.0  # of a mark's label, as a share of a narrow plot; both in pixels


@dataclass(frozen=True)
class Tables:
    """The page's tables, as the functions of their names make them, and where axes end."""

    flips: pd.DataFrame
    steps: pd.DataFrame
    marks: pd.DataFrame
    mass: pd.DataFrame
    before: pd.DataFrame  # `class_accuracy` at offset 0
    # Ends of the slider
    low: float
    high: float
    class_floor: float  # Where the axis of the classes begins


def students(experiment: Experiment) -> dict[str, str]:
    """Return the keys of the students on offer, by their names in the address.

    The run's own, and the same student after one epoch of training, where it is stored.
    """
    found = {"run": experiment.key}
    brief = replace(experiment.student.config, epochs=1, minimum_steps=0)
    for each in runs.students():
        if each.config == brief and each.key != experiment.key and runs.is_readable(each):
            found["one-epoch"] = each.key
    return found


def tables(experiment: Experiment, probe_size: int | None, chosen: pd.DataFrame) -> Tables:
    """Return the tables of the page's picture; *chosen* is what `criteria.choices` returns."""
    low, high = criteria.slider_range(chosen)
    marked = marks(chosen, low, high)
    return Tables(
        flips=flips(experiment, low, high),
        steps=steps(experiment, low, high),
        marks=marked,
        mass=mass(experiment, probe_size, low, high),
        before=class_accuracy(experiment, 0.0),
        low=low,
        high=high,
        class_floor=class_floor(experiment, marked["offset"].tolist()),
    )


def marks(chosen: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """Return the offsets to mark on an axis from *low* to *high*, from left to right.

    Returns
    -------
    DataFrame
        ``mark``, ``offset``, ``label``, ``side`` (``left`` where the label begins at its line,
        ``right`` where it ends there), ``row`` (0 is nearest to the curves). The rows are such that
        no label crosses the line of another mark whose label has the same side.
    """
    offsets = {"none": 0.0, **dict(zip(chosen["criterion"], chosen["offset"], strict=True))}
    found = [(name, offsets[name]) for name in MARK_NAMES if not math.isnan(offsets[name])]
    frame = pd.DataFrame(found, columns=["mark", "offset"]).sort_values("offset", kind="stable")
    frame["label"] = [
        f"{added(offset)}  {MARK_NAMES[name]}"
        for name, offset in zip(frame["mark"], frame["offset"], strict=True)
    ]
    places = ((frame["offset"] - low) / (high - low)).to_numpy()
    begin = _that_begin_at_their_line(places, frame["label"].str.len().to_numpy() * LETTER)
    frame["side"] = ["left"] * begin + ["right"] * (len(frame) - begin)
    # From both sides the rows rise outwards; those that begin at their line stand above the others.
    rising = np.arange(len(frame) - begin)
    frame["row"] = np.concatenate([np.arange(len(frame))[::-1][:begin], rising])
    return frame.reset_index(drop=True)


def _that_begin_at_their_line(places: NDArray[np.floating], widths: NDArray[np.floating]) -> int:
    """Return how many labels, from the left, begin at their line while the others end there.

    As many as can be, where the fewest labels leave the plot or cross another mark's line; places
    and widths are shares of the plot.
    """

    def troubles(begin: int) -> int:
        ends, starts = (places + widths)[:begin], (places - widths)[begin:]
        crossed = places[:begin, None] > starts
        return int((ends > 1.0).sum() + (starts < 0.0).sum() + crossed.sum())

    return min(range(len(places), -1, -1), key=troubles)


def flips(experiment: Experiment, low: float, high: float) -> pd.DataFrame:
    """Return every change of a count between the offsets *low* and *high*.

    Right answers at an offset b are the sum of ``gain`` over the rows with ``flip < b``. The
    first rows hold the counts at *low*; each other row is one test image.

    Returns
    -------
    DataFrame
        ``group`` (every image is in "all" and in "omitted" or "others"), ``label``, ``flip``,
        ``gain``, ``images`` (in the group), ``class_images`` (of that label).
    """
    sweep = experiment.sweep
    changes = np.diff(sweep.correct, axis=0)  # (N, C), at most one entry a row is not 0
    which, label = np.nonzero(changes)
    inside = (sweep.flips[which] >= low) & (sweep.flips[which] < high)
    which, label = which[inside], label[inside]
    classes = np.arange(len(sweep.class_counts))
    single = pd.DataFrame(
        {
            "label": np.concatenate([classes, label]),
            "flip": np.concatenate([np.full(len(classes), low - 1.0), sweep.flips[which]]),
            "gain": np.concatenate([thresholds.correct_at(sweep, low), changes[which, label]]),
        }
    )
    own = np.where(single["label"] == sweep.omitted_class, "omitted", "others")
    table = pd.concat([single.assign(group=own), single.assign(group="all")], ignore_index=True)
    total, omitted = int(sweep.class_counts.sum()), int(sweep.class_counts[sweep.omitted_class])
    images = {"omitted": omitted, "others": total - omitted, "all": total}
    return table.assign(
        images=table["group"].map(images), class_images=sweep.class_counts[table["label"]]
    )[["group", "label", "flip", "gain", "images", "class_images"]]


def steps(experiment: Experiment, low: float, high: float) -> pd.DataFrame:
    """Return the exact accuracy curves: one row where a group's count changes, and the ends.

    Returns
    -------
    DataFrame
        ``group``, ``offset``, ``right``, ``images``, ``accuracy``; ``right`` holds from just
        above ``offset`` to the group's next row.
    """
    table = flips(experiment, low, high)
    table["offset"] = table["flip"].clip(lower=low)
    gained = table.groupby(["group", "images", "offset"], as_index=False)["gain"].sum()
    gained = gained[(gained["gain"] != 0) | (gained["offset"] == low)]
    curves = gained.assign(right=gained.groupby("group")["gain"].cumsum())
    ends = curves.groupby("group").tail(1).assign(offset=high)
    curves = pd.concat([curves, ends]).sort_values(["group", "offset"], kind="stable")
    curves["accuracy"] = curves["right"] / curves["images"]
    return curves[["group", "offset", "right", "images", "accuracy"]].reset_index(drop=True)


def mass(experiment: Experiment, probe_size: int | None, low: float, high: float) -> pd.DataFrame:
    """Return the mean softmax mass on the omitted class over the unlabelled training images.

    Returns
    -------
    DataFrame
        ``offset``, ``until`` (the next row's offset), ``mass``, ``slope``: the mass at b is
        ``mass + slope * (b - offset)`` in the row with ``offset <= b < until``, to 1e-6.
    """
    probe = experiment.student.train_logits[:probe_size]
    assert experiment.omitted_class is not None
    offsets, masses = thresholds.mean_mass_table(probe, experiment.omitted_class, low, high)
    slopes = np.append(np.diff(masses) / np.diff(offsets), 0.0)
    return pd.DataFrame(
        {
            "offset": offsets,
            "until": np.append(offsets[1:], high + 1.0),
            "mass": masses,
            "slope": slopes,
        }
    )


def class_floor(experiment: Experiment, offsets: list[float]) -> float:
    """Return where an axis has to begin that shows every class's accuracy at *offsets*."""
    sweep = experiment.sweep
    right = thresholds.correct_at(sweep, np.asarray(offsets))
    seen = sweep.class_counts > 0
    return axis_floor(float((right[:, seen] / sweep.class_counts[seen]).min()))


def axis_floor(lowest: float) -> float:
    """Return the multiple of 0.05 at or below a lowest accuracy, with a little room."""
    return max(0.0, math.floor(20.0 * lowest - 0.2) / 20.0)


def class_accuracy(experiment: Experiment, offset: float) -> pd.DataFrame:
    """Return ``label``, ``right``, ``images``, ``accuracy`` of each class at *offset*."""
    sweep = experiment.sweep
    right = thresholds.correct_at(sweep, offset)
    frame = pd.DataFrame(
        {"label": np.arange(len(right)), "right": right, "images": sweep.class_counts}
    )
    return frame.assign(accuracy=frame["right"] / frame["images"])
