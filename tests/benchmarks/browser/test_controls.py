"""What is made of the waits at controls."""

import pytest

controls = pytest.importorskip(
    "benchmarks.browser.controls", reason="needs Playwright and websockets"
)


def test_wait_times_are_of_the_slow_ones():
    assert controls.wait_times([10.0] * 19 + [50.0] * 2) == {
        "control_median_ms": 10.0,
        "control_p95_ms": 50.0,
    }
