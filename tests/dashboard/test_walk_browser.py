"""The random walk: fewer steps that still fail, a fault that was put there, and the real pages."""

import os
import random

import pytest

walk = pytest.importorskip("benchmarks.browser.walk", reason="needs Playwright")
from benchmarks.browser.dashboard import start_server  # noqa: E402

APP = """import streamlit as st
st.title("Toy")
armed = st.toggle("Armed")
st.number_input("Number", 0, 9)
if st.button("Press"):
    if armed:
        raise RuntimeError("both")
"""
STEPS = 12


def test_as_few_steps_as_still_fail():
    """It fails where a 3 comes before a 7."""

    def fails(steps):
        return 3 in steps and 7 in steps[steps.index(3) :]

    assert walk.shortest([0, 1, 3, 2, 9, 3, 4, 7, 8], fails) == [3, 7]
    assert walk.shortest([7, 3, 7, 3], fails) == [3, 7]
    assert walk.shortest([3, 7], fails, tries=0) == [3, 7]


def test_a_step_says_what_is_done():
    assert str(walk.Step("press", "Next", 0)) == "press 'Next'"
    assert str(walk.Step("type", "Seed", 1, "3")) == "type 'Seed' (no. 2): '3'"


@pytest.mark.browser
def test_a_fault_is_met_and_told_with_the_way_there(tmp_path, browser):  # noqa: F811
    script = tmp_path / "page.py"
    script.write_text(APP)
    process, address = start_server(dict(os.environ), tmp_path / "log", script)
    try:
        walker = walk.Walker(browser, address)
        found = walker.controls()
        walker.context.close()
        assert {(s.kind, s.name) for s in found} >= {("press", "Armed"), ("press", "Press")}
        assert ("type", "Number") in {(s.kind, s.name) for s in found}
        armed, press = walk.Step("press", "Armed", 0), walk.Step("press", "Press", 0)
        gone = walk.Step("press", "No such button", 0)
        assert walk.again(browser, address, [press, armed, gone]) == []
        (problem,) = walk.again(browser, address, [armed, gone, press])
        assert "encountered an error" in problem
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.browser
def test_a_short_walk_over_the_real_pages_meets_nothing(server, browser):  # noqa: F811
    seed = 4
    assert walk.told(browser, f"{server}/story", seed, STEPS) == ""


def test_the_same_seed_chooses_the_same_steps():
    class Still(walk.Walker):
        def __init__(self):
            pass

        def controls(self):
            return [walk.Step(kind, "x", nth) for kind in walk.WEIGHTS for nth in range(3)]

    first, second = ([Still().next_step(c) for _ in range(40)] for c in map(random.Random, (5, 5)))
    assert first == second
    assert {step.kind for step in first} >= {"press", "choose", "menu", "browser"}
