"""What the browser needs to distil a student by itself: pictures of 14×14, a teacher's answers.

All draws are made once, by a seed of their own. Pictures travel as zlib packs their bytes, logits
as 16-bit whole numbers times one scale.
"""

import base64
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.core import runs
from dashboard.core.cache import cached, loaded, stored_data
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import plural
from dashboard.figures import packing
from kdengine.store import runs as store
from kdengine.synthetic import noise_teacher

TRANSFER, UNLABELLED, OTHERS, NOISE_WALL = 10_000, 2_000, 2_000, 1_000
_SEED = 14


class Split(NamedTuple):
    """Which images the browser gets, by their numbers in the training or the test set."""

    transfer: NDArray[np.int64]  # training images of no omitted class
    unlabelled: NDArray[np.int64]  # training images of all classes
    held: NDArray[np.int64]  # all test images of the omitted class in focus
    others: NDArray[np.int64]  # test images of all other classes


def source(shown: Experiment) -> Experiment | None:
    """Return the experiment that can be distilled here: *shown*, or one on digits without MNIST."""
    if runs.train_images(shown.dataset) is not None:
        return shown
    for entry in runs.students():
        if entry.config.dataset != "digits" or not entry.config.omitted_classes:
            continue
        try:
            return runs.experiment(entry.key)
        except (store.RunNotFound, store.RunDamaged):
            continue  # the next one may be whole
    return None


def offered(shown: Experiment) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return what a student of it can see here, by name, each with what makes its contents."""
    offers: dict[str, Any] = {"digits": contents}
    if noise_teacher.weights(shown.dataset) is not None:
        offers["noise"] = noise_contents
    return {name: partial(loaded, build, shown) for name, build in offers.items()}


def about(shown: Experiment) -> dict[str, Any]:
    """Return what the scene calls things, and a mark that tells its contents from others'."""
    digit = shown.omitted_class
    assert digit is not None
    return {
        "digit": digit,
        "name": plural(digit),
        "omitted": list(shown.student.config.omitted_classes),
        "mark": f"{shown.key} {digit}",
    }


def split(shown: Experiment) -> Split:
    """Return which of its images go to the browser."""
    student, digit = shown.student, shown.omitted_class
    random = np.random.default_rng(_SEED)

    def some(images: NDArray[Any], most: int) -> NDArray[np.int64]:
        return random.permutation(images)[:most].astype(np.int64)

    seen = ~np.isin(student.train_labels, student.config.omitted_classes)
    tests = student.test_labels
    return Split(
        transfer=some(np.flatnonzero(seen), TRANSFER),
        unlabelled=some(np.arange(len(seen)), UNLABELLED),
        held=np.flatnonzero(tests == digit),
        others=some(np.flatnonzero(tests != digit), OTHERS),
    )


def contents(shown: Experiment) -> dict[str, Any]:
    """Return what the browser needs to train on digits; the pictures must be there."""
    pack = partial(cached, _pack, stored_data(shown.dataset))
    chosen, student, digit = split(shown), shown.student, shown.omitted_class
    assert digit is not None and shown.teacher is not None
    logits = shown.teacher.train_logits[chosen.transfer]
    scale = float(np.abs(logits).max()) / 32767
    return {
        "digit": digit,
        "omitted": list(student.config.omitted_classes),
        "dataset": shown.dataset,
        "share": float((student.train_labels == digit).mean()),
        "learn": pack("train_images", chosen.transfer),
        "learnLabels": packing.packed(student.train_labels[chosen.transfer], np.uint8),
        "logits": _zipped(np.rint(logits / scale).astype("<i2")),
        "logitScale": scale,
        "unlabelled": pack("train_images", chosen.unlabelled),
        "wall": pack("test_images", chosen.held),
        "others": pack("test_images", chosen.others),
        "otherLabels": packing.packed(student.test_labels[chosen.others], np.uint8),
    }


def noise_contents(shown: Experiment) -> dict[str, Any]:
    """Return what the browser needs to train on noise: a teacher, and the wall of all digits."""
    dataset, test_labels = shown.dataset, shown.student.test_labels
    random = np.random.default_rng(_SEED)
    each = min(NOISE_WALL // 10, *(int((test_labels == digit).sum()) for digit in range(10)))
    wall = np.concatenate(
        [random.permutation(np.flatnonzero(test_labels == digit))[:each] for digit in range(10)]
    )
    weights = noise_teacher.weights(dataset)
    assert weights is not None
    return {
        "dataset": dataset,
        "wall": cached(_pack, stored_data(dataset), "test_images", wall),
        "wallLabels": packing.packed(test_labels[wall], np.uint8),
        "teacher": {name: packing.packed(part, np.float32) for name, part in weights.items()},
    }


def _pack(dataset: str, part: str, images: NDArray[np.int64]) -> str:
    """Return *images* of a set's *part*, by number, as the browser unpacks them: averaged, by row.

    Runs that lack the same digits show the same.
    """
    pictures = runs.array(dataset, part)
    assert pictures is not None
    return _zipped(noise_teacher.averaged(pictures[images]))


def _zipped(array: NDArray[Any]) -> str:
    """Return an array's bytes, packed by zlib, in base64."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes())).decode()
