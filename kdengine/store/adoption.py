"""Networks from elsewhere, checked by what they answer, never by what they are called."""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kdengine.config import StudentConfig, TeacherConfig, run_key
from kdengine.nets import foreign, forward
from kdengine.nets.foreign import SCALINGS
from kdengine.offsets import evaluation
from kdengine.store import foreign_files
from kdengine.store.run_files import LARGEST_LOGIT, Arrays

LEAST_RIGHT = 0.5  # of the test images; by chance it is a tenth
_SAMPLE, _BATCH = 10_000, 5000
# Shown grey values 255 times too large, a network answers nearly as before: its biases vanish.
_DOUBT = {"0-255": 0.02}
_NO_CAUSE = (
    "no other scaling, no transposed or inverted pictures and no other order of the classes "
    "explains it: perhaps it is not trained, or its hidden units are no ReLUs"
)
# What a student's file does not say, and who brings it does.
_SAID = "dataset seed teacher omitted_classes temperature soft_weight hard_weight".split()
Told = TeacherConfig | StudentConfig  # what a network is said to be


@dataclass(frozen=True)
class Newcomer:
    """A network that may be stored as the run of *config*."""

    config: Told
    file: str  # what its file is called
    weights: Arrays
    train_logits: NDArray[np.float32]
    test_logits: NDArray[np.float32]
    microseconds_per_image: float  # in batches of 500, by numpy
    told: str  # what it is and how it answers
    data: Any  # the images that it answered, a datasets.Dataset
    seconds: float  # that all this took


def check_scaling(name: str) -> None:
    """Raise ValueError unless *name* is one of `SCALINGS`, or empty."""
    if name not in ("", *SCALINGS):
        raise ValueError(f"scaling {name[:30]!r} is not one of {', '.join(SCALINGS)}.")


def checked(
    name: str, file: IO[bytes], like: Told, data: Any, *, scaling: str = "", accept: bool = False
) -> Newcomer:
    """Return the network in a *file* called *name*; ValueError if it is none, or answers wrongly.

    Parameters
    ----------
    like : TeacherConfig or StudentConfig
        Its dataset, a student's teacher and omitted classes.
    data : datasets.Dataset
        The images that it answers.
    scaling : str
        Of `SCALINGS`; if empty, the one with which it has most of 10,000 training images right.
    accept : bool
        Take it even if fewer than half of the test images are right.
    """
    check_scaling(scaling)
    began = time.perf_counter()
    weights = foreign.dense_weights(foreign_files.read(name, file))
    shown = _known(data.train_images, data.train_labels, like)
    fits = {name: _right(weights, name, *shown) - _DOUBT.get(name, 0.0) for name in SCALINGS}
    best = max(fits, key=lambda name: fits[name] * (fits[name] >= LEAST_RIGHT))
    chosen = scaling or best
    # A run can say that its inputs are normalised; any other scaling the first layer takes over.
    normalised = chosen == "mean-deviation"
    exact = weights if normalised else forward.for_plain_inputs(weights, *SCALINGS[chosen])
    with np.errstate(over="ignore"):
        kept = {name: a.astype(np.float16).astype(np.float32) for name, a in exact.items()}
    plain = forward.for_plain_inputs(kept) if normalised else kept
    config = type(like)(
        **{name: getattr(like, name) for name in _SAID if hasattr(like, name)},
        epochs=1,
        hidden_sizes=tuple(a.size for n, a in kept.items() if n.endswith("bias"))[:-1],
        normalised=normalised,
        source=foreign.fingerprint(kept),
    )
    train, test = (_logits(plain, images) for images in (data.train_images, data.test_images))
    highest = max(float(np.abs(logits).max()) for logits in (train, test))
    if not highest <= LARGEST_LOGIT:
        raise ValueError(
            f"with scaling {chosen} its logits reach {highest:,.0f}, and ±{LARGEST_LOGIT:,.0f} are "
            "allowed: divide the last layer's weights and biases, or name another scaling."
        )
    figures = evaluation.summary(test, data.test_labels, like.omitted_classes)
    if figures["other_accuracy"] < LEAST_RIGHT and not accept:
        raise ValueError(
            f"with scaling {chosen} it has {figures['other_accuracy']:.1%} of the test images "
            f"right, and {LEAST_RIGHT:.0%} are asked for: {_cause(weights, like, data)}. Mend it, "
            "or take it as it is with --accept (on the Train page: Accept)."
        )
    called = re.sub("[^A-Za-z0-9._-]+", "_", Path(name).name)[-60:]
    sizes = "-".join(map(str, (784, *config.hidden_sizes, 10)))
    better = f" (scaling {best} fits better)" if fits[best] > fits[chosen] + 0.005 else ""
    told = (
        f"own {config.kind}, {called}: layers {sizes}, scaling {chosen}{better}, "
        f"{figures['errors']:,} of {len(test):,} test images wrong; its key is {run_key(config)}"
    )
    pace = _microseconds(kept, data)
    seconds = time.perf_counter() - began
    return Newcomer(config, called, kept, train, test, pace, told, data, seconds)


def _cause(weights: Arrays, like: Told, data: Any) -> str:
    """Return what would have a network right."""
    from scipy.optimize import linear_sum_assignment  # a fifth of what the first page would import

    images, labels = _known(data.test_images, data.test_labels, like)
    pictures = {
        "": images,
        " and transposed pictures": images.transpose(0, 2, 1),
        " and inverted pictures, black on white,": 255 - images,
    }
    found = []
    for scaling, of in SCALINGS.items():
        plain = forward.for_plain_inputs(weights, *of)
        for words, changed in pictures.items():
            counts = evaluation.confusion_matrix(_logits(plain, changed), labels)
            _, order = linear_sum_assignment(counts, maximize=True)
            permuted = f" and the classes in the order {','.join(map(str, order))}"
            straight = np.trace(counts) / len(labels)
            # The best of all orders has a little more right by chance.
            best = counts[range(len(order)), order].sum() / len(labels) - 0.02
            for share, more in ((straight, ""), (best, permuted)):
                likely = share - _DOUBT.get(scaling, 0.0)
                found.append((likely, share, f"scaling {scaling}{words}{more}"))
    _, share, fit = max(found)
    return f"with {fit} it would have {share:.0%} right" if share >= LEAST_RIGHT else _NO_CAUSE


def _known(images: Any, labels: Any, like: Told) -> tuple[Any, Any]:
    """Return some images of classes that a network is said to know, and their labels."""
    known = np.flatnonzero(np.isin(labels, like.omitted_classes, invert=True))[:_SAMPLE]
    return images[known], labels[known]


def _right(weights: Arrays, scaling: str, images: Any, labels: Any) -> float:
    """Return the share of *images* that a network has right with that scaling."""
    logits = _logits(forward.for_plain_inputs(weights, *SCALINGS[scaling]), images)
    return float((evaluation.predictions(logits) == labels).mean())


def _logits(weights: Arrays, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the logits of many images; no number where they are too large for one."""
    with np.errstate(over="ignore", invalid="ignore"):
        batches = range(0, len(images), _BATCH)
        return np.concatenate([forward.logits(weights, images[b : b + _BATCH]) for b in batches])


def _microseconds(weights: Arrays, data: Any) -> float:
    """Measure the forward pass as `fit.microseconds_per_image` does, but numpy's."""
    batch, seconds = data.test_images[:500], []
    for _ in range(10):
        began = time.perf_counter()
        forward.logits(weights, batch)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:]) / len(batch) * 1e6)
