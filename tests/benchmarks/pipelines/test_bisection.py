"""The bisected offset against the definition and against the engine's exact criterion."""

import numpy as np
import pytest

from benchmarks.pipelines.bisection import bisected_offset, softmax, with_offset
from kdengine.offsets import criteria


def logits():
    """Return answers that give class 3 too little."""
    made = np.random.default_rng(0).normal(0.0, 2.0, (400, 10)).astype(np.float32)
    made[:, 3] -= 2.0
    return made


def test_the_mean_mass_becomes_the_frequency():
    offset = bisected_offset(logits(), 0.1022)
    assert 0.0 < offset < 30.0
    assert softmax(with_offset(logits(), offset))[:, 3].mean() == pytest.approx(0.1022, abs=1e-9)


def test_it_is_the_engines_offset():
    expected = criteria.mass_matching_offsets(logits(), [3], [0.1022])[0]
    assert bisected_offset(logits(), 0.1022) == pytest.approx(expected, abs=1e-4)


def test_no_negative_offset_is_chosen():
    """The source's bisection begins at 0."""
    assert bisected_offset(logits() + np.eye(10)[3] * 9.0, 0.1022) == pytest.approx(0.0, abs=1e-9)


def test_only_class_3_moves_and_the_logits_stay():
    before = logits()
    after = with_offset(before, 1.5)
    assert np.array_equal(np.delete(after, 3, axis=1), np.delete(before, 3, axis=1))
    np.testing.assert_allclose(after[:, 3] - before[:, 3], 1.5)
