"""Mass, order, concentration and curves against loops, brute force and hand-counted toys."""

import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from dashboard.core.experiment import Experiment
from dashboard.figures import transfer_mass
from dashboard.topics.dark_knowledge import figures as views
from kdengine.store import runs as store
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped
from tests.dashboard.transfer_toy import masses_of, softmax

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0, 50.0])
def test_mass_is_softmax_term_by_term(temperature):
    logits = RNG.normal(0, 6, (40, 10))
    expected = [softmax(row, temperature)[3] for row in logits]
    np.testing.assert_allclose(transfer_mass.mass(logits, 3, temperature), expected, rtol=1e-12)


def test_mass_survives_logits_that_overflow_an_exponential():
    logits = np.array([[1000.0, 0, 0], [0, 1000.0, 0], [1000.0, 1000.0, 0]])
    np.testing.assert_allclose(transfer_mass.mass(logits, 0, 1.0), [1.0, 0.0, 0.5])


def test_shares_can_be_counted_by_hand():
    masses = np.array([0.4, 0.1, 0.3, 0.2])
    held = transfer_mass.shares(masses, np.array([1, 2, 4]))
    np.testing.assert_allclose(held, [0.4, 0.7, 1.0])
    assert transfer_mass.shares(np.zeros(3), np.array([1])).tolist() == [0.0]


def test_class_means_are_a_loops_means():
    given, labels = RNG.random((30, 10)), RNG.integers(0, 9, 30)
    found = transfer_mass.class_means(given, labels)
    for label in range(10):
        rows = [given[i] for i in range(30) if labels[i] == label]
        np.testing.assert_allclose(found[label], np.mean(rows, axis=0) if rows else np.zeros(10))


@pytest.mark.parametrize("spread", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("count", [1, 5, 24])
def test_candidates_are_those_that_brute_force_finds(spread, count):
    rng = np.random.default_rng(count)
    # Sure and unsure images change places as T rises; none is so sure that masses round to 1.
    logits = rng.normal(0, spread, (400, 10)) * rng.uniform(0.1, 3.0, (400, 1))
    temperatures = np.round(np.arange(10, 501, 7) / 10, 1)
    expected = set()
    for temperature in temperatures:
        masses = [softmax(row, temperature)[3] for row in logits]
        expected |= set(sorted(range(400), key=lambda i, m=masses: (-m[i], i))[:count])
    found = transfer_mass.candidates(logits, 3, count, temperatures)
    assert found.tolist() == sorted(expected)


def test_candidates_at_equality_and_with_too_few_images():
    same = np.zeros((6, 10))
    assert transfer_mass.candidates(same, 3, 2, np.array([1.0, 50.0])).tolist() == [0, 1]
    assert transfer_mass.candidates(same, 3, 9, np.array([1.0, 50.0])).tolist() == list(range(6))


def value_at(curves, temperature):
    """Return what the cubics give at T, by scipy from their values and slopes alone."""
    places = np.linspace(np.log(curves.low), np.log(curves.high), curves.values.shape[-1])
    spline = CubicHermiteSpline(places, curves.values, curves.slopes, axis=-1)
    return np.exp(spline(np.log(temperature)))


@pytest.mark.parametrize("temperature", [1.0, 1.1, 1.5, 2.7, 4.0, 9.9, 20.0, 37.7, 50.0])
def test_curves_agree_with_the_shipped_runs_logits(shipped_digits, temperature):
    shown = shipped_digits
    made = views.summary(shown)
    masses = sorted(masses_of(shown, temperature).values(), reverse=True)
    held = [sum(masses[:top]) / sum(masses) for top in made.tops]
    np.testing.assert_allclose(value_at(made.held, temperature), held, atol=2e-4)
    labels, logits = shown.teacher.train_labels, shown.teacher.train_logits
    said = np.array([softmax(row, temperature) for row in logits])
    means = [said[labels == label].mean(axis=0) for label in range(10)]
    np.testing.assert_allclose(value_at(made.means, temperature), means, atol=2e-4, rtol=2e-3)


@pytest.fixture(scope="module")
def shipped_digits():
    """The experiment on digits that comes with the project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KDENGINE_CACHE_DIR", raising=False)
        student = store.load(shipped("digits"))
        return Experiment(student, store.load(student.config.teacher), None, 3)
