"""What a published figure measures, on a stored run: a step on its logits, then a count.

Also how near our figure is to a published one. Numpy only; reads runs from the store.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kdengine import config
from kdengine.nets import forward
from kdengine.offsets import criteria, evaluation, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.recipes import source
from kdengine.recipes.source import Figure
from kdengine.store import runs
from kdengine.store.run_files import StoredRun

PROBE = 5000  # hinton-problems: the first so many training images
FEWEST_SEEDS = 3  # for a spread of ours; of two, Student's t makes a width that says nothing
CLOSE_SHARE = 0.25  # of the published errors, or right answers if those are fewer
SPREAD_DEVIATIONS = 2.0  # of our runs, between their mean and a figure that is within their spread
Verdict = Literal["within spread", "too few seeds to tell", "close", "far"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
WITHIN, UNDECIDED, CLOSE, FAR = VERDICTS
# MNIST's test images by class.
TEST_IMAGES = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
_GRID = np.round(np.arange(0.0, 5.001, 0.05), 2)  # hinton-problems' sweep over offsets
Logits = NDArray[np.floating[Any]]


def measure(figure: Figure, run: StoredRun) -> float:
    """Return the quantity of a published *figure* as *run* has it."""
    if figure.measure == source.FIRST_EPOCH:
        return float(run.metrics["history"][0]["per_class_accuracy"][figure.digit])
    if figure.measure == source.OFFSET:
        return _OFFSETS[figure.step](run)
    confusion = evaluation.confusion_matrix(stepped(figure.step, run), run.test_labels)
    if figure.measure == source.CLASS_MEAN:
        return float(np.mean(evaluation.per_class_accuracy(confusion)))
    rows = slice(None) if figure.digit is None else slice(figure.digit, figure.digit + 1)
    right, images = int(confusion.diagonal()[rows].sum()), int(confusion[rows].sum())
    return float(images - right) if figure.measure == source.ERRORS else right / images


def stepped(step: str, run: StoredRun) -> Logits:
    """Return a run's test logits after a step of `source.STEPS`."""
    if step == "none":
        return run.test_logits
    if step == "all-biases":
        return with_equal_biases(run.test_logits, output_biases(run))
    classes = _moved_classes(run)
    return thresholds.apply_offsets(run.test_logits, classes, [_OFFSETS[step](run)] * len(classes))


def best_common_offset(logits: Logits, labels: NDArray[Any], classes: Sequence[int]) -> float:
    """Return the number that, added to all of *classes*, leaves the fewest errors.

    The middle of an interval of offsets; of several that are as good, the one nearest to 0.
    `criteria.most_agreeing_offset` goes by another rule, the widest interval, and is what the
    criterion ``test-optimal`` chooses; both leave equally few errors.
    """
    z = np.asarray(logits, dtype=np.float64)
    inside = np.isin(np.arange(z.shape[1]), list(classes))
    best_in, best_out = z[:, inside].argmax(axis=1), z[:, ~inside].argmax(axis=1)
    right_in = np.flatnonzero(inside)[best_in] == labels
    right_out = np.flatnonzero(~inside)[best_out] == labels
    flips = z[:, ~inside].max(axis=1) - z[:, inside].max(axis=1)
    order = np.argsort(flips, kind="stable")
    edges = np.concatenate([[flips.min() - 1.0], flips[order], [flips.max() + 1.0]])
    gain = right_in.astype(np.int64) - right_out.astype(np.int64)
    right = right_out.sum() + np.concatenate([[0], np.cumsum(gain[order])])
    # Images with the same threshold flip together: there is no offset between them.
    exists = np.diff(edges) > 0.0
    middles, right = ((edges[:-1] + edges[1:]) / 2.0)[exists], right[exists]
    best = middles[right == right.max()]
    return float(best[np.abs(best).argmin()])


def output_biases(run: StoredRun) -> NDArray[np.float64]:
    """Return the ten biases of a network's last layer."""
    return forward.output_biases(runs.load_weights(run.key))


def with_equal_biases(logits: Logits, biases: Logits) -> Logits:
    """Return *logits* (N, C) as if all C output *biases* were one number.

    Which number it is moves every class alike, so that no answer depends on it.
    """
    return np.asarray(logits, dtype=np.float64) - biases + criteria.PAPER_OFFSET


def prediction_half_width(sd: float, seeds: int) -> float:
    """Return half the 95 % prediction interval for one more run, in the unit of *sd*.

    Student's t of ``seeds - 1`` degrees of freedom, times sd · √(1 + 1/seeds).
    """
    return float(special.stdtrit(seeds - 1, 0.975)) * sd * math.sqrt(1.0 + 1.0 / seeds)


def counting_spread(rate: float, images: float) -> float:
    """Return two standard deviations of the difference of two counts of errors among *images*.

    Both networks err at the same *rate*, image by image: 2 · √(2 · images · rate · (1 − rate)).
    """
    return 2.0 * math.sqrt(2.0 * images * rate * (1.0 - rate))


def verdict(
    value: float, figure_value: float, sd: float | None, seeds: int, images: float
) -> Verdict:
    """Return how near our mean is to a published figure; one of `VERDICTS`.

    *value* (ours, the mean) and *figure_value* are counts of so many *images* that are wrong, or
    offsets, with NaN images. *sd* is over the seeds, in the same unit; None for one seed, and not
    used below `FEWEST_SEEDS`.

    Within spread: within `SPREAD_DEVIATIONS` of our seeds; with fewer seeds, within two standard
    deviations of the difference of two counts of *images*. Too few seeds to tell: farther, but
    inside the 95 % prediction interval for one more run, by Student's t. Close: off by at most
    `CLOSE_SHARE` of the published errors, or of the right answers or the offset's size. Else far.
    """
    gap = abs(value - figure_value)
    interval = 0.0
    if sd is not None and seeds >= FEWEST_SEEDS:
        spread, interval = SPREAD_DEVIATIONS * sd, prediction_half_width(sd, seeds)
    elif math.isnan(images):
        spread = 0.0
    else:
        spread = counting_spread(min(max(figure_value / images, 0.0), 1.0), images)
    if gap <= spread + 1e-9:
        return WITHIN
    if gap <= interval + 1e-9:
        return UNDECIDED
    scale = abs(figure_value) if math.isnan(images) else min(figure_value, images - figure_value)
    return CLOSE if gap <= CLOSE_SHARE * scale + 1e-9 else FAR


def sweep_of(run: StoredRun, digit: int) -> dict[str, list[float]]:
    """Return accuracies and mean mass of class *digit* at offsets from 0 to 5.

    By ``offset`` (logit units), ``all``, ``omitted``, ``others`` (accuracy on the test images) and
    ``mass`` (mean softmax mass over all training images).
    """
    sweep = thresholds.offset_sweep(run.test_logits, run.test_labels, digit)
    right = thresholds.correct_at(sweep, _GRID)
    counts = sweep.class_counts
    rest = np.arange(len(counts)) != digit
    columns = {
        "offset": _GRID,
        "all": right.sum(axis=1) / counts.sum(),
        "omitted": right[:, digit] / counts[digit],
        "others": right[:, rest].sum(axis=1) / counts[rest].sum(),
        "mass": thresholds.mean_mass(run.train_logits, digit, _GRID),
    }
    return {name: [round(float(v), 5) for v in column] for name, column in columns.items()}


def biases_of(run: StoredRun, digit: int) -> dict[str, Any]:
    """Return what becomes of a student without *digit* by what is done to its biases.

    ``learned`` are its ten output biases; ``share`` and ``probe_share`` are of the digit among all
    and among the first 5,000 training images. ``treatments`` tell ``name``, ``offset`` (or None),
    ``errors`` and ``omitted_errors`` on the test images for none, +3.5 on the digit, all ten 3.5,
    all ten 3.5 and then +3.5 on the digit, the frequency criterion on all and on the first images.
    """
    learned = output_biases(run)
    raw, equal = run.test_logits, with_equal_biases(run.test_logits, learned)
    treatments: dict[str, tuple[Logits, float | None]] = {
        "none": (raw, None),
        "plus": (raw, criteria.PAPER_OFFSET),
        "all-equal": (equal, None),
        "all-equal-plus": (equal, criteria.PAPER_OFFSET),
        "frequency-all": (raw, _frequency(run, None)),
        "frequency-probe": (raw, _frequency(run, PROBE)),
    }
    rows = []
    for name, (logits, offset) in treatments.items():
        moved = thresholds.apply_offsets(logits, (digit,), (offset or 0.0,))
        wrong = moved.argmax(axis=1) != run.test_labels
        errors = {
            "errors": int(wrong.sum()),
            "omitted_errors": int(wrong[run.test_labels == digit].sum()),
        }
        rows.append({"name": name, "offset": offset, **errors})
    is_digit = run.train_labels == digit
    return {
        "learned": [round(float(value), 4) for value in learned],
        "share": float(np.mean(is_digit)),
        "probe_share": float(np.mean(is_digit[:PROBE])),
        "treatments": rows,
    }


def _frequency(run: StoredRun, probe_size: int | None) -> float:
    """Return the offset of the frequency criterion on the first *probe_size* training images."""
    size = None if probe_size is None else min(probe_size, len(run.train_labels))
    rule = OffsetRule(probe_size=size, match="omitted")
    chosen = criteria.choose_offsets(rule, run, omitted_classes=run.config.omitted_classes)
    return float(chosen["value"])


def _moved_classes(run: StoredRun) -> tuple[int, ...]:
    """Return the classes that an offset goes to: the omitted one, or the few that were kept."""
    omitted = run.config.omitted_classes
    return omitted if len(omitted) == 1 else tuple(config.other_classes(omitted))


def images_of(measure: str, digit: int | None) -> float:
    """Return how many test images a figure counts; NaN for an offset."""
    if measure == source.OFFSET:
        return math.nan
    return 10_000.0 if digit is None else float(TEST_IMAGES[digit])


# The offset of those of `source.STEPS` that add one.
_OFFSETS: dict[str, Callable[[StoredRun], float]] = {
    "paper-offset": lambda run: criteria.PAPER_OFFSET,
    "test-optimal": lambda run: best_common_offset(
        run.test_logits, run.test_labels, _moved_classes(run)
    ),
    "frequency-probe": lambda run: _frequency(run, PROBE),
}
