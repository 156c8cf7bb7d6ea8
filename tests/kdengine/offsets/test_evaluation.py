"""Counts and rates against loops, scipy-free formulas and toys that one can count by hand."""

import json
import math

import numpy as np
import pytest

from kdengine.offsets import evaluation


@pytest.fixture
def logits():
    """Return (40, 10) float32 logits."""
    return np.random.default_rng(0).normal(0.0, 4.0, (40, 10)).astype(np.float32)


@pytest.fixture
def labels():
    """Return 40 labels without a single 9."""
    return np.random.default_rng(1).integers(0, 9, 40)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 20.0])
def test_softmax_is_equation_1(logits, temperature):
    found = evaluation.softmax(logits, temperature)
    for row, probabilities in zip(logits.tolist(), found, strict=True):
        odds = [math.exp(z / temperature) for z in row]
        np.testing.assert_allclose(probabilities, np.array(odds) / sum(odds), rtol=1e-12)
    assert found.dtype == np.float64


def test_softmax_takes_any_leading_shape_and_huge_logits():
    assert evaluation.softmax(np.zeros(4)).tolist() == [0.25] * 4
    assert evaluation.softmax(np.zeros((2, 3, 5))).shape == (2, 3, 5)
    assert evaluation.softmax(np.array([1e5, 0.0, -1e5])).tolist() == [1.0, 0.0, 0.0]


def test_entropy_by_hand():
    assert evaluation.entropy(np.full(10, 0.1)) == pytest.approx(math.log(10))
    assert evaluation.entropy(np.array([0.0, 1.0, 0.0])) == 0.0
    assert evaluation.entropy(np.array([[0.5, 0.5], [0.25, 0.75]])) == pytest.approx(
        [math.log(2), -0.25 * math.log(0.25) - 0.75 * math.log(0.75)]
    )


def test_cross_entropy_is_minus_the_mean_log_probability(logits, labels):
    total = 0.0
    for row, label in zip(logits.tolist(), labels, strict=True):
        total -= math.log(math.exp(row[label]) / sum(math.exp(z) for z in row))
    assert evaluation.cross_entropy(logits, labels) == pytest.approx(total / 40, rel=1e-12)
    certain = np.array([[0.0, 1000.0], [1000.0, 0.0]])
    assert evaluation.cross_entropy(certain, np.array([0, 0])) == pytest.approx(500.0)


def test_at_equality_the_lower_class_is_predicted():
    tied = np.array([[0.0, 7.0, 7.0], [1.0, 1.0, 1.0]])
    assert evaluation.predictions(tied).tolist() == [1, 0]


def test_the_confusion_matrix_is_counted_image_by_image(logits, labels):
    expected = np.zeros((10, 10), dtype=int)
    for row, label in zip(logits, labels, strict=True):
        expected[label, int(np.argmax(row))] += 1
    found = evaluation.confusion_matrix(logits, labels.astype(np.uint8))
    assert found.tolist() == expected.tolist()
    assert found.sum() == 40
    # Stored labels are single bytes; a cell's number, 29 * 30 + 29, is not.
    last = evaluation.confusion_matrix(np.eye(30)[[29] * 7], np.full(7, 29, dtype=np.uint8))
    assert last[29, 29] == last.sum() == 7


CONFUSION = np.array([[3, 1, 0], [0, 0, 0], [2, 2, 4]])


def test_rates_by_hand():
    rates = evaluation.per_class_accuracy(CONFUSION)
    assert rates[[0, 2]].tolist() == [0.75, 0.5]
    assert math.isnan(rates[1])
    assert evaluation.group_accuracy(CONFUSION, [0, 2]) == pytest.approx(7 / 12)
    assert evaluation.group_accuracy(CONFUSION, [2]) == 0.5
    assert math.isnan(evaluation.group_accuracy(CONFUSION, [1]))
    assert math.isnan(evaluation.group_accuracy(CONFUSION, []))


@pytest.mark.parametrize("omitted", [(3,), (3, 5), ()])
def test_the_summary_is_what_masks_give(logits, labels, omitted):
    found = evaluation.summary(logits, labels, omitted)
    right = logits.argmax(axis=1) == labels
    is_omitted = np.isin(labels, omitted)
    assert found["errors"] == int((~right).sum())
    assert found["accuracy"] == pytest.approx(right.mean())
    assert found["other_accuracy"] == pytest.approx(right[~is_omitted].mean())
    if omitted:
        assert found["omitted_accuracy"] == pytest.approx(right[is_omitted].mean())
    else:
        assert found["omitted_accuracy"] is None
    for digit in range(9):
        expected = right[labels == digit].mean()
        assert found["per_class_accuracy"][digit] == pytest.approx(expected)
    assert found["per_class_accuracy"][9] is None  # no nine among the labels
    json.dumps(found, allow_nan=False)
