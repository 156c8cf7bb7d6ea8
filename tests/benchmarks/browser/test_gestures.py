"""Drags and strokes: where they go and what is made of them; they themselves need a browser."""

import math

import pytest

gestures = pytest.importorskip("benchmarks.browser.gestures", reason="needs Playwright")


def test_frame_times_are_of_the_gaps():
    """Nineteen gaps of 10 ms and two of 50 ms: the 95th percentile is the slow one."""
    gaps = [10.0] * 19 + [50.0] * 2
    frames = [sum(gaps[:count]) for count in range(len(gaps) + 1)]
    assert gestures.frame_times(frames) == {"frame_median_ms": 10.0, "frame_p95_ms": 50.0}


def test_the_spiral_stays_on_the_pad_and_moves_on():
    points = [gestures.spiral(number / gestures.STROKES) for number in range(gestures.STROKES + 1)]
    assert all(0.05 < value < 0.95 for point in points for value in point)
    gaps = [math.dist(one, other) for one, other in zip(points[:-1], points[1:], strict=True)]
    assert min(gaps) > 0.5 / 28
