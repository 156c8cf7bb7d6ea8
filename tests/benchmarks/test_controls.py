"""Controls in real Chromium, timed on a small app that is slow on purpose."""

import os

import pytest

controls = pytest.importorskip("benchmarks.controls", reason="needs Playwright and websockets")
from tests.browser.conftest import browser, start_server  # noqa: E402, F401

# The answer to a choice comes 400 ms later; a page without controls has none.
APP = """import time
import streamlit as st
st.title("Slow")
digit = st.selectbox("Digit", ["two", "three"], key="digit")
st.segmented_control("Mode", ["a", "b"], default="a", required=True, key="mode")
st.toggle("On", key="on")
st.button("Start")
time.sleep(0.4)
st.markdown(f"answer {time.time()}")
"""


def test_wait_times_are_of_the_slow_ones():
    assert controls.wait_times([10.0] * 19 + [50.0] * 2) == {
        "control_median_ms": 10.0,
        "control_p95_ms": 50.0,
    }


@pytest.mark.browser
def test_each_control_is_used_and_its_answer_waited_for(browser, tmp_path):  # noqa: F811
    script = tmp_path / "app.py"
    script.write_text(APP)
    process, url = start_server(dict(os.environ), tmp_path / "log", script=script)
    try:
        found = controls.waits(browser, url, repeats=2)
    finally:
        process.terminate()
        process.wait(10)
    assert len(found) == 6  # a menu, a segmented control and a toggle, twice; no button
    assert all(400 <= wait < 10_000 for wait in found)
