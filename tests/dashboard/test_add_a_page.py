"""Adding a page is a folder and a line in the catalogue: done so, in a copy of the dashboard."""

import json
import os
import shutil
import subprocess
import sys

from tests.dashboard.pages import ROOT

LINE = """
        Page("toy", _LAB, "Toy", ":material/toys:", "does a page need more than this?"),
    )
}
"""
PAGE = """import streamlit as st

from dashboard.core.params import Params
from dashboard.topics.toy import words

at = Params("toy")
steps = at.whole("steps", range(10), 2)
st.title("A toy")
st.slider("Steps", 0, 9, **at.bind("steps"))
st.markdown(words.told(steps))
"""
WORDS = """def told(steps):
    return f"The toy goes {steps} steps."
"""
# Opens the page inside the frame and says what stands on it.
OPEN = """
import json
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
app = AppTest.from_file("dashboard/frame.py", default_timeout=60)
app.query_params["steps"] = "5"
app._page_hash = calc_hash("toy")
app.run()
from dashboard import catalogue
elements = {"title": app.title, "text": app.main.markdown, "wrong": [*app.exception, *app.error]}
shown = {name: [element.value for element in found] for name, found in elements.items()}
print(json.dumps({"catalogue": catalogue.__file__, **shown}))
"""


def test_a_folder_and_a_line_make_a_page(small_store, tmp_path):
    for room in ("dashboard", "kdengine"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, tmp_path / room, ignore=ignored)
    catalogue = tmp_path / "dashboard" / "catalogue.py"
    before = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(before.replace("\n    )\n}\n", LINE), encoding="utf-8")
    folder = tmp_path / "dashboard" / "topics" / "toy"
    folder.mkdir()
    for name, text in (("__init__", ""), ("page", PAGE), ("words", WORDS)):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")

    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    opened = subprocess.run(
        [sys.executable, "-c", OPEN], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert opened.returncode == 0, opened.stderr
    assert json.loads(opened.stdout) == {
        "catalogue": str(catalogue),
        "title": ["A toy"],
        "text": ["The toy goes 5 steps."],
        "wrong": [],
    }
