"""Offsets against brute-force argmax and plain numpy."""

import numpy as np
import pytest
from hypothesis import given
from scipy import special

from kdengine.offsets import thresholds
from tests.kdengine.offset_problems import (
    brute_force_correct,
    every_relevant_offset,
    exact,
    numpy_masses,
    random_logits,
    tied_problems,
)


@exact
@given(tied_problems())
def test_the_sweep_is_argmax_at_every_offset_ties_included(problem):
    logits, labels, digit, offsets = problem
    sweep = thresholds.offset_sweep(logits, labels, digit)
    for offset in np.concatenate([offsets, every_relevant_offset(logits, digit)]):
        expected = brute_force_correct(logits, labels, digit, offset)
        assert thresholds.correct_at(sweep, offset).tolist() == expected, offset


@pytest.mark.parametrize("digit", range(10))
def test_the_sweep_is_argmax_for_real_valued_logits(digit):
    logits, labels = random_logits(200, seed=digit, lowered=4.0, digit=digit)
    sweep = thresholds.offset_sweep(logits, labels, digit)
    drawn = np.random.default_rng(digit).uniform(-15.0, 25.0, 60)
    # Differences of these float32 logits are exact in float64: thresholds are true ties.
    offsets = np.concatenate([drawn, every_relevant_offset(logits, digit)])
    correct = thresholds.correct_at(sweep, offsets)
    assert correct.shape == (len(offsets), 10)
    for offset, counts in zip(offsets, correct, strict=True):
        assert counts.tolist() == brute_force_correct(logits, labels, digit, offset)


def test_a_tie_goes_to_the_lower_index_in_both_directions():
    # Image 0 prefers 5, image 1 prefers 1; both give class 3 exactly 2 logit units less.
    logits = np.zeros((2, 10))
    logits[0, 5] = logits[1, 1] = 2.0
    sweep = thresholds.offset_sweep(logits, np.array([3, 3]), 3)
    below, tie, above = thresholds.correct_at(sweep, [np.nextafter(2.0, 0.0), 2.0, 2.0000001])[:, 3]
    assert (below, tie, above) == (0, 1, 2)  # at the tie 3 beats 5 and 1 beats 3


def test_the_sweep_counts_by_hand():
    # Thresholds for class 3: 1 (a three), 2 (a seven, right), 3 (an eight called 0).
    logits = np.zeros((3, 10))
    logits[0, 8], logits[1, 7], logits[2, 0] = 1.0, 2.0, 3.0
    sweep = thresholds.offset_sweep(logits, np.array([3, 7, 8]), 3)
    assert sweep.class_counts.tolist() == [0, 0, 0, 1, 0, 0, 0, 1, 1, 0]
    assert thresholds.correct_at(sweep, [0.5, 1.5, 2.5, 3.5])[:, [3, 7, 8]].tolist() == [
        [0, 1, 0],
        [1, 1, 0],
        [1, 0, 0],
        [1, 0, 0],
    ]
    assert thresholds.correct_at(sweep, 1.5).sum() == 2


def test_flip_thresholds_and_runner_up_by_hand():
    logits = np.array([[5.0, 1.0, 5.0, 2.0, *[0.0] * 6], [0.0, 9.0, 0.0, 12.0, *[0.0] * 6]])
    assert thresholds.flip_thresholds(logits, 3).tolist() == [3.0, -3.0]
    assert thresholds.runner_up(logits, 3).tolist() == [0, 1]
    assert thresholds.runner_up(logits, 0).tolist() == [2, 3]
    assert thresholds.flip_thresholds(logits, 3).dtype == np.float64


def test_strict_flips_lie_below_the_threshold_where_a_tie_turns_the_image():
    logits = np.zeros((2, 10))
    logits[0, 5] = logits[1, 1] = 2.0
    # At the tie 3 beats 5, so any number above what lies just below 2 turns image 0.
    assert thresholds.strict_flips(logits, 3).tolist() == [np.nextafter(2.0, 0.0), 2.0]


def test_thresholds_are_exact_for_float32_logits():
    """In float32 this difference would lose the small logit altogether."""
    logits = np.zeros((1, 10), dtype=np.float32)
    logits[0, 7], logits[0, 3] = 2.0**24, 1.0
    assert thresholds.flip_thresholds(logits, 3)[0] == 2.0**24 - 1.0


@pytest.mark.parametrize("digit", [0, 3, 9])
def test_mean_mass_is_the_mean_of_scipys_softmax(digit):
    logits, _ = random_logits(300, seed=1)
    offsets = np.array([-10.0, -1.3, 0.0, 2.7, 10.0])
    found = thresholds.mean_mass(logits, digit, offsets)
    for offset, mass in zip(offsets, found, strict=True):
        shifted = logits.astype(np.float64)
        shifted[:, digit] += offset
        assert mass == pytest.approx(special.softmax(shifted, axis=1)[:, digit].mean(), rel=1e-12)
    assert thresholds.mean_mass(logits, digit, 2.7).shape == ()
    assert float(thresholds.mean_mass(logits, digit, 2.7)) == found[3]


def test_mean_mass_survives_enormous_logits(recwarn):
    logits = np.zeros((2, 10))
    logits[0, 3], logits[1, 5] = 5000.0, 5000.0
    assert thresholds.mean_mass(logits, 3, [-10.0, 0.0, 10.0]) == pytest.approx([0.5, 0.5, 0.5])
    assert not recwarn.list


def test_log_odds_are_the_logit_of_the_mass():
    logits, _ = random_logits(50, seed=2)
    mass = special.softmax(logits.astype(np.float64), axis=1)[:, 4]
    np.testing.assert_allclose(thresholds.log_odds(logits, 4), np.log(mass / (1 - mass)), rtol=1e-9)


@pytest.mark.parametrize("logits", [random_logits(400, seed=3, lowered=3.0)[0], np.zeros((5, 10))])
def test_interpolating_the_mass_table_errs_by_at_most_one_millionth(logits):
    """Equal images are the worst case: then the mean is one sigmoid, the most curved there is."""
    offsets, masses = thresholds.mean_mass_table(logits, 3)
    assert (offsets[0], offsets[-1]) == (-10.0, 10.0)
    anywhere = np.random.default_rng(0).uniform(-10.0, 10.0, 3000)
    true = np.array([numpy_masses(logits, offset * np.eye(10)[3])[3] for offset in anywhere])
    assert np.abs(np.interp(anywhere, offsets, masses) - true).max() <= 1e-6


@pytest.mark.parametrize("spread", [0.0, 3.0, 90.0])
def test_a_wide_mass_table_is_as_exact_and_stays_short(spread):
    """One sigmoid, a narrow step and a slope over the whole range, of 304 logit units."""
    logits = np.random.default_rng(4).normal(0.0, spread, (200, 10))
    logits[:, 3] -= 140.0
    offsets, masses = thresholds.mean_mass_table(logits, 3, -4.0, 300.0)
    assert (offsets[0], offsets[-1]) == (-4.0, 300.0)
    assert (np.diff(offsets) > 0).all()
    assert len(offsets) < 10_000
    anywhere = np.random.default_rng(0).uniform(-4.0, 300.0, 3000)
    odds = special.logsumexp(np.delete(logits, 3, axis=1), axis=1) - logits[:, 3]
    true = special.expit(anywhere[:, None] - odds).mean(axis=1)
    assert np.abs(np.interp(anywhere, offsets, masses) - true).max() <= 1e-6


def test_applying_offsets_copies():
    logits = np.zeros((2, 10), dtype=np.float32)
    logits.setflags(write=False)
    shifted = thresholds.apply_offsets(logits, (3, 5), [1.5, -2.0])
    assert shifted[:, [3, 5]].tolist() == [[1.5, -2.0]] * 2
    assert np.abs(shifted).sum() == 7.0
    assert not logits.any()
    assert thresholds.apply_offsets(logits, (3,), 0.1).dtype == np.float64
