"""The strokes of the pad's benchmark: where they go, what is made of their times."""

import math

import pytest

strokes = pytest.importorskip("benchmarks.browser.strokes", reason="needs Playwright")


def test_the_spiral_stays_on_the_pad_and_moves_on():
    points = [strokes.spiral(number / strokes.STROKES) for number in range(strokes.STROKES + 1)]
    assert all(0.05 < value < 0.95 for point in points for value in point)
    gaps = [math.dist(one, other) for one, other in zip(points[:-1], points[1:], strict=True)]
    assert min(gaps) > 0.5 / 28


def test_waits_become_median_and_95th_percentile():
    found = strokes.wait_times([float(value) for value in range(1, 102)])
    assert found == {"stroke_median_ms": 51.0, "stroke_p95_ms": 96.0}
