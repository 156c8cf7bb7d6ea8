"""What is made of a drag's frames; the drag itself needs a browser and is measured there."""

import pytest

drags = pytest.importorskip("benchmarks.browser.drags", reason="needs Playwright")


def test_frame_times_are_of_the_gaps():
    """Nineteen gaps of 10 ms and two of 50 ms: the 95th percentile is the slow one."""
    gaps = [10.0] * 19 + [50.0] * 2
    frames = [sum(gaps[:count]) for count in range(len(gaps) + 1)]
    assert drags.frame_times(frames) == {"frame_median_ms": 10.0, "frame_p95_ms": 50.0}
