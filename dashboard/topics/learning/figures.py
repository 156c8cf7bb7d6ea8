"""A student's learning, epoch by epoch: its answer to every held-out image of the omitted class.

The steps of a replay are the network after each epoch, then the finished one with the offset.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, percent, plural, several, signed
from dashboard.core.params import Refused
from dashboard.figures import packing
from kdengine.offsets import evaluation, thresholds

OFFSET_STEP = "offset"  # the last step's name in the address
SPEEDS = ("0.5", "1", "2", "4")  # times the usual pace
INTERVALS = (1, 2, 5, 10, 20, 50)
FRAME_RATES = (1, 2, 4, 5, 10)  # whole hundredths of a second a frame, as GIFs have
HOLD = 3.0  # seconds that an animation stays on its last frame
_PLAY_SECONDS, _FASTEST = 10.0, 20.0
_MANY_FRAMES = 25


@dataclass(frozen=True)
class Replay:
    """What the student answers at each of S steps to each of N images of the omitted class."""

    digit: int  # The omitted class in focus
    # (N,), numbers in the test set, by the finished student's flip threshold, lowest first
    images: NDArray[np.int64]
    answers: NDArray[np.uint8]  # (S, N), the classes that it calls them
    accuracy: NDArray[np.float64]  # (S,), on all test images, in [0, 1]
    test_images: int  # How many those are
    offset: float  # Of the last step, in logit units

    @property
    def name(self) -> str:
        """The omitted class in the plural."""
        return plural(self.digit)

    @property
    def epochs(self) -> int:
        """How many epochs the student learned."""
        return len(self.answers) - 1

    @property
    def right(self) -> NDArray[np.int64]:
        """How many of the N images are right at each step, (S,)."""
        return (self.answers == self.digit).sum(axis=1)


def played_by(experiment: Experiment) -> Replay | None:
    """Return the replay of a stored run, None if it holds none.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If it cannot be had.
    ValueError
        If no offset can be chosen.
    """
    logits = runs.replay(experiment.key)
    if logits is None:
        return None
    return replay(experiment, logits, runs.chosen_offset(experiment))


def replay(shown: Experiment, logits: NDArray[np.floating[Any]], offset: float) -> Replay:
    """Return the replay of the omitted class in focus.

    Parameters
    ----------
    logits : array of shape (epochs, images, 10)
        As `kdengine.store.runs.load_replay` returns them.
    offset : float
        Added to the omitted class at the last step, in logit units.

    Raises
    ------
    ValueError
        If the run has no epoch, or no test image of the class.
    """
    student, digit = shown.student, shown.omitted_class
    assert digit is not None
    images = np.flatnonzero(student.test_labels == digit)
    if not len(logits) or not len(images):
        raise ValueError(f"this run holds no epoch of held-out {plural(digit)} to replay.")
    replayed = np.flatnonzero(np.isin(student.test_labels, student.config.omitted_classes))
    own = logits[:, np.isin(replayed, images)].astype(np.float32)
    # The last epoch's network is the stored one, whose logits are there in full precision.
    shifted = thresholds.apply_offsets(student.test_logits, [digit], offset)
    answers = [*own[:-1], student.test_logits[images], shifted[images]]
    order = np.argsort(
        thresholds.flip_thresholds(student.test_logits[images], digit), kind="stable"
    )
    accuracy = [record["accuracy"] for record in student.metrics["history"][:-1]]
    accuracy += [
        float((evaluation.predictions(z) == student.test_labels).mean())
        for z in (student.test_logits, shifted)
    ]
    return Replay(
        digit=digit,
        images=images[order],
        answers=np.stack([evaluation.predictions(z) for z in answers])[:, order].astype(np.uint8),
        accuracy=np.array(accuracy, dtype=np.float64),
        test_images=len(student.test_labels),
        offset=offset,
    )


def contents(played: Replay, images: NDArray[np.uint8] | None) -> dict[str, Any]:
    """Return what the browser needs to play without asking again.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The test images; without them the tiles show the answers alone.
    """
    pixels = None if images is None else packing.packed(images[played.images], np.uint8)
    return {
        "answers": packing.packed(played.answers, np.uint8),
        "pixels": pixels,
        "numbers": played.images.tolist(),
        "count": len(played.images),
        "last": played.epochs + 1,
        "digit": played.digit,
        "name": played.name,
        "offset": signed(played.offset),
        "accuracy": played.accuracy.tolist(),
        "testImages": played.test_images,
        "pace": pace(played),
    }


def table(played: Replay) -> pd.DataFrame:
    """Return the curves, one row a step.

    Returns
    -------
    DataFrame
        ``step`` (as `step_name`), ``right``, ``images`` (of the omitted class), ``accuracy``
        (on them), ``all_accuracy`` (on all test images), ``gained`` and ``lost`` (images that
        became right or wrong since the step before).
    """
    is_right = played.answers == played.digit
    before = np.vstack([is_right[:1], is_right[:-1]])
    images = len(played.images)
    return pd.DataFrame(
        {
            "step": [step_name(played, step) for step in range(1, len(is_right) + 1)],
            "right": played.right,
            "images": images,
            "accuracy": played.right / images,
            "all_accuracy": played.accuracy,
            "gained": (is_right & ~before).sum(axis=1),
            "lost": (~is_right & before).sum(axis=1),
        }
    )


def step_name(played: Replay, step: int) -> str:
    """Return what the address calls a step: its epoch, or ``offset``."""
    return OFFSET_STEP if step > played.epochs else str(step)


def step_number(played: Replay, name: str | None) -> int:
    """Return the step that the address calls *name*; the first one if it names none."""
    return played.epochs + 1 if name == OFFSET_STEP else int(name or 1)


def reader_of_steps(played: Replay) -> Callable[[str], str]:
    """Return what reads a step's name from the address."""

    def read(text: str) -> str:
        is_number = text.isascii() and text.isdigit() and len(text) < 6
        if text == OFFSET_STEP or (is_number and 1 <= int(text) <= played.epochs):
            return text
        raise Refused(f"a step from 1 to {played.epochs} or {OFFSET_STEP}")

    return read


def scene_sentence(distilled: Experiment) -> str:
    """Return what the scene does with the pictures of an experiment."""
    omitted = several([a_digit(digit) for digit in distilled.omitted_classes], "or")
    return (
        f"Press *Play*: two small networks learn from pictures, none of them {omitted}. Only one "
        "hears how the teacher hesitates."
    )


def sentence(played: Replay) -> str:
    """Return how many images are right after the first epoch, the last, and with the offset."""
    right, images = played.right, len(played.images)
    first, last, after = int(right[0]), int(right[-2]), int(right[-1])
    epochs = "its only epoch" if played.epochs == 1 else "its first epoch"
    told = (
        f"After {epochs} the student, which never sees {a_digit(played.digit)}, recognises "
        f"**{first:,} of {images:,}** held-out {played.name}"
    )
    if played.epochs > 1:
        half = int(np.argmax(right >= images / 2)) + 1 if (right[:-1] >= images / 2).any() else None
        passed = f"more than half after epoch {half}, " if half and half > 1 else ""
        told += f", {passed}**{last:,}** after epoch {played.epochs}"
    return f"{told}; the offset {signed(played.offset)} makes it **{after:,}**."


def step_title(played: Replay, step: int) -> str:
    """Return a step's heading: where in the training, how many are right."""
    right, images = int(played.right[step - 1]), len(played.images)
    when = (
        f"With the offset {signed(played.offset)}"
        if step > played.epochs
        else f"After epoch {step} of {played.epochs}"
    )
    return f"{when}: {right:,} of {images:,} {played.name} right ({percent(right / images)})"


def pace(played: Replay) -> float:
    """Return the steps a second at normal speed: about ten seconds for all, if that can be."""
    return min(_FASTEST, max(1.0, played.epochs / _PLAY_SECONDS))


def intervals(played: Replay) -> list[int]:
    """Return the numbers of epochs that may lie between two frames of an animation."""
    return [interval for interval in INTERVALS if interval <= max(1, played.epochs // 2)]


def usual_interval(played: Replay) -> int:
    """Return the smallest interval that keeps an animation short."""
    offered = intervals(played)
    return next((n for n in offered if played.epochs / n <= _MANY_FRAMES), offered[-1])


def frame_steps(played: Replay, interval: int) -> list[int]:
    """Return the steps that an animation shows: every *interval* epochs, the last one, the offset.

    Raises
    ------
    ValueError
        If *interval* is below 1.
    """
    if interval < 1:
        raise ValueError(f"a frame every {interval} epochs is not possible; use 1 or more.")
    epochs = played.epochs
    return sorted({1, *range(interval, epochs + 1, interval), epochs}) + [epochs + 1]


def animation_words(played: Replay, interval: int, rate: int) -> str:
    """Return how long an animation is."""
    frames = len(frame_steps(played, interval))
    return f"{frames} frames, the last one with the offset; {(frames - 1) / rate + HOLD:.1f} s."
