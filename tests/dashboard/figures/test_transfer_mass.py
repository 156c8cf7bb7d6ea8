"""Mass and order against loops, brute force and hand-counted toys."""

import numpy as np
import pytest

from dashboard.figures import transfer_mass
from tests.dashboard.transfer_toy import softmax

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0, 50.0])
def test_mass_is_softmax_term_by_term(temperature):
    logits = RNG.normal(0, 6, (40, 10))
    expected = [softmax(row, temperature)[3] for row in logits]
    np.testing.assert_allclose(transfer_mass.mass(logits, 3, temperature), expected, rtol=1e-12)


def test_mass_survives_logits_that_overflow_an_exponential():
    logits = np.array([[1000.0, 0, 0], [0, 1000.0, 0], [1000.0, 1000.0, 0]])
    np.testing.assert_allclose(transfer_mass.mass(logits, 0, 1.0), [1.0, 0.0, 0.5])


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
