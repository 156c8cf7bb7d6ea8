"""One viewer without a browser, against messages made by hand and against a real server."""

import os
import shutil
import time

import pytest
from streamlit.proto.Delta_pb2 import Delta

wire = pytest.importorskip("benchmarks.browser.wire", reason="needs websockets")
from benchmarks.browser.dashboard import ROOT, start_server  # noqa: E402
from tests.benchmarks.browser.loops import run  # noqa: E402

APP = """import streamlit as st
digit = st.selectbox("Digit", ["two", "three"], key="digit")
mode = st.segmented_control("Mode", ["a", "b"], default="a", required=True, key="mode")
on = st.toggle("On", key="on")
st.query_params["digit"] = digit
if on and st.session_state.setdefault("again", True):
    st.session_state["again"] = False
    st.rerun()
st.radio(f"{digit} {mode} {on}", [1, 2])
"""
ASKING = """import streamlit as st
given = st.number_input("Your guess", 0.0, 100.0, value=None)
sent = st.button("Send")
@st.fragment(run_every=0.2)
def count():
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.radio(str(st.session_state["runs"]), [1, 2])
count()
st.selectbox(f"{given} {sent}", [1, 2])
"""


def delta(kind, **fields):
    """Return a message that draws an element of *kind*."""
    made = Delta()
    drawn = getattr(made.new_element, kind)
    for name, value in fields.items():
        if isinstance(value, list):
            getattr(drawn, name).extend(value)
        else:
            setattr(drawn, name, value)
    drawn.SetInParent()
    return made


def test_menu_stands_at_its_default_until_the_script_sets_it():
    menu = {"id": "m", "label": "Digit", "options": ["2", "3"]}
    control = wire.control_of(delta("selectbox", **menu, default=1), {})
    assert (control.chosen, control.others()) == ("3", ["2"])
    set_by_script = delta("selectbox", **menu, default=1, set_value=True, raw_value="2")
    assert wire.control_of(set_by_script, {"m": control}).chosen == "2"
    assert control.state().string_value == "3"


def test_control_keeps_what_was_chosen_while_it_is_offered():
    menu = {"id": "m", "label": "Digit", "default": 0}
    known = {"m": wire.Control("m", "selectbox", "Digit", ("2", "3"), "3")}
    assert wire.control_of(delta("selectbox", **menu, options=["2", "3"]), known).chosen == "3"
    assert wire.control_of(delta("selectbox", **menu, options=["4", "5"]), known).chosen == "4"


def test_toggle_is_on_or_off():
    control = wire.control_of(delta("checkbox", id="c", label="Log", default=True), {})
    assert (control.chosen, control.others()) == ("on", ["off"])
    assert control.state().bool_value


def test_what_is_no_control_or_cannot_be_used_is_none():
    assert wire.control_of(delta("markdown", body="words"), {}) is None
    assert wire.control_of(delta("button", id="b", label="Start"), {}) is None
    off = delta("selectbox", id="m", options=["2", "3"], disabled=True)
    assert wire.control_of(off, {}) is None


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The address of a server with a small app that shows what has been chosen."""
    folder = tmp_path_factory.mktemp("wire")
    (folder / "app.py").write_text(APP)
    process, url = start_server(dict(os.environ), folder / "log", script=folder / "app.py")
    yield url
    process.terminate()
    process.wait(10)


def labels(viewer):
    """Return the labels of the controls on the page by their kind."""
    return {control.kind: control.label for control in viewer.controls.values()}


def control(viewer, kind):
    """Return the control of a kind."""
    return next(found for found in viewer.controls.values() if found.kind == kind)


def test_script_sees_each_choice_and_keeps_the_others(app):
    """The last control's label is written by the script from what it was told."""

    async def visit():
        seen = []
        async with wire.Viewer(app) as viewer:
            assert await viewer.open("") > 0
            seen.append(labels(viewer)["radio"])
            for kind, option in (("selectbox", "three"), ("button_group", "b"), ("checkbox", "on")):
                await viewer.choose(control(viewer, kind), option)
                seen.append(labels(viewer)["radio"])
            assert viewer.trouble == []
            assert len(viewer.controls) == 4
        return seen

    assert run(visit()) == [
        "two a False",
        "three a False",
        "three b False",
        "three b True",
    ]


def test_viewer_sends_a_number_and_asks_for_what_runs_by_itself(tmp_path):
    (tmp_path / "app.py").write_text(ASKING)
    process, url = start_server(dict(os.environ), tmp_path / "log", script=tmp_path / "app.py")

    async def visit():
        async with wire.Viewer(url) as viewer:
            await viewer.open("")
            await viewer.send(35.0, "Send")
            sent, before = labels(viewer)["selectbox"], int(labels(viewer)["radio"])
            await viewer.wait(time.monotonic() + 1.5)
            return sent, int(labels(viewer)["radio"]) - before

    try:
        sent, runs = run(visit())
    finally:
        process.terminate()
        process.wait(10)
    assert sent == "35.0 True"
    assert 1 <= runs <= 8


def test_viewer_walks_through_the_real_dashboard(tmp_path):
    shutil.copytree(ROOT / "cache" / "shipped", tmp_path / "cache" / "shipped")
    environment = {
        **os.environ,
        "KDENGINE_CACHE_DIR": str(tmp_path / "cache"),
        "KDENGINE_OFFLINE": "1",
    }
    process, url = start_server(environment, tmp_path / "log")

    async def visit():
        async with wire.Viewer(url) as viewer:
            await viewer.open("story")
            assert {"story", "mistakes", "train"} <= set(viewer.pages)
            await viewer.go("mistakes")
            assert viewer.page == "mistakes"
            menu = next(c for c in viewer.controls.values() if c.label == "Order")
            before = viewer.received_bytes
            await viewer.choose(menu, menu.others()[0])
            first, before = viewer.received_bytes - before, viewer.received_bytes
            await viewer.choose(viewer.controls[menu.id], menu.chosen)
            assert viewer.trouble == []
            return first, viewer.received_bytes - before

    try:
        first, again = run(visit())
    finally:
        process.terminate()
        process.wait(10)
    assert 0 < again <= first  # what it had before it is not sent again
