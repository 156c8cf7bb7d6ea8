"""Logits and labels -> counts; the confusion matrix first, every rate derived from it.

Numpy only: pages evaluate stored logits without ever importing torch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdengine import config

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a network says to all images, beside what they show."""

    train_logits: Floats  # (N, 10)
    train_labels: Ints  # (N,)
    test_logits: Floats  # (M, 10)
    test_labels: Ints  # (M,)


def softmax(logits: Floats, temperature: float = 1.0) -> NDArray[np.float64]:
    """Return the softened distribution of *logits* (..., C); the last axis sums to 1.

    Source: Hinton, Vinyals & Dean (2015), arXiv:1503.02531, equation 1.
    """
    z = np.asarray(logits, dtype=np.float64) / temperature
    odds = np.exp(z - z.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def by_class(logits: Floats) -> NDArray[np.float64]:
    """Return a float64 copy of *logits* as (C, N): sums over so few classes are quick that way."""
    return np.array(np.asarray(logits).T, dtype=np.float64, order="C")


def log_sum(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the sum of exp(z) over the classes of *z* (C, N)."""
    top = z.max(axis=0)
    odds = z - top
    return np.log(np.exp(odds, out=odds).sum(axis=0)) + top  # new memory costs more than exp


def entropy(probabilities: Floats) -> NDArray[np.float64]:
    """Return the entropy in nats over the last axis; 0 log 0 counts as 0."""
    p = np.asarray(probabilities, dtype=np.float64)
    return -(p * np.log(np.where(p > 0.0, p, 1.0))).sum(axis=-1)


def cross_entropy(logits: Floats, labels: Ints) -> float:
    """Return the mean cross-entropy of (N, C) *logits* with the true *labels*, in nats."""
    z = by_class(logits)
    return float(np.mean(log_sum(z) - z[labels, np.arange(z.shape[1])]))


def predictions(logits: Floats) -> NDArray[np.int64]:
    """Return the class with the largest logit; at equality the lower index wins."""
    return np.asarray(logits).argmax(axis=-1)


def confusion_matrix(logits: Floats, labels: Ints) -> NDArray[np.int64]:
    """Count images by true class (row) and predicted class (column), shape (C, C)."""
    classes = np.asarray(logits).shape[1]
    cells = np.asarray(labels, dtype=np.int64) * classes + predictions(logits)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def per_class_accuracy(confusion: Ints) -> NDArray[np.float64]:
    """Return the share of each class's images that are right; NaN for a class without images."""
    totals = confusion.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(totals > 0, confusion.diagonal() / np.maximum(totals, 1), np.nan)


def group_accuracy(confusion: Ints, classes: Iterable[int]) -> float:
    """Return the accuracy over the images whose true class is among *classes*; NaN of none."""
    rows = list(classes)
    total = int(confusion[rows].sum())
    return float(confusion.diagonal()[rows].sum() / total) if total else float("nan")


def summary(logits: Floats, labels: Ints, omitted: Iterable[int]) -> dict[str, Any]:
    """Return the figures of (N, C) *logits*, which are `shapes.Figures`.

    ``omitted_accuracy`` is over the images of the *omitted* classes, ``other_accuracy`` over all
    others; a rate without images is None.
    """
    confusion = confusion_matrix(logits, labels)
    omitted = tuple(omitted)
    rates = per_class_accuracy(confusion)
    return {
        "errors": int(confusion.sum() - np.trace(confusion)),
        "accuracy": float(np.trace(confusion) / confusion.sum()),
        "omitted_accuracy": _none_if_nan(group_accuracy(confusion, omitted)),
        "other_accuracy": _none_if_nan(group_accuracy(confusion, config.other_classes(omitted))),
        "per_class_accuracy": [_none_if_nan(rate) for rate in rates],
    }


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
