"""Controls in real Chromium, timed on a small app that is slow on purpose."""

import os

import pytest

from tests.dashboard.conftest import start_server

controls = pytest.importorskip(
    "benchmarks.browser.controls", reason="needs Playwright and websockets"
)

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


def test_each_control_is_used_and_its_answer_waited_for(browser, tmp_path):
    script = tmp_path / "app.py"
    script.write_text(APP)
    process, url = start_server(dict(os.environ), tmp_path / "log", script=script)
    try:
        waits = controls.waits(browser, url, repeats=2)
    finally:
        process.terminate()
        process.wait(10)
    assert waits["run"] == []  # there is no choice of a run
    found = waits["control"]
    assert len(found) == 6  # a menu, a segmented control and a toggle, twice; no button
    assert all(400 <= wait < 10_000 for wait in found)
