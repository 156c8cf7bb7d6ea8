"""How the tests run one page of the dashboard without a browser."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import catalogue
from dashboard.charting import specification

ROOT = Path(__file__).resolve().parents[2]
TOPICS = sorted(catalogue.PAGES)
# Every page, and every other page that hides behind a choice on one of them.
VIEWS = [
    *TOPICS,
    "lab?tab=ablations",
    "lab?tab=reproductions",
    "lab?tab=synthetic",
    "lab?tab=since_2015",
    "lab?tab=t_squared",
    "mistakes?show=wrong",
]
# Where no run is chosen: what they show is of tables, or of none.
WITHOUT_RUN = {
    "glossary",
    "leak",
    "vote",
    "lab?tab=ablations",
    "lab?tab=reproductions",
    "lab?tab=synthetic",
}


def open_view(view: str) -> AppTest:
    """Run one of VIEWS inside the frame and return it."""
    topic, _, query = view.partition("?")
    return open_page(topic, **dict(parse_qsl(query)))


def open_page(topic: str, **query: str) -> AppTest:
    """Run the page of *topic* inside the frame and return it."""
    assert topic in catalogue.PAGES  # another address would show the first page
    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "dashboard" / "frame.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    # Before the first run `switch_page` would go by the file's name, which is "page" for all.
    app._page_hash = calc_hash(topic)
    return app.run()


def values(app: AppTest, topic: str) -> dict[str, Any]:
    """Return the parameters of *topic* as the page has them, by their names in the address.

    The address itself a browser puts right, where the page has just been opened.
    """
    return {name: kept.value for name, kept in app.session_state["params"].kept[topic].items()}


def parts(app: AppTest, key: str) -> list[dict[str, Any]]:
    """Return what is sent to the browser's parts whose key begins with *key*."""
    found = [part.proto for part in app.get("bidi_component")]
    return [json.loads(part.json) for part in found if f"-{key}" in part.id]


def said(chart: Any) -> dict[str, str]:
    """Return what a chart on the page says in a table of its own: its titles, its alternative."""
    tables = {each.name: each.data.data for each in chart.proto.datasets}
    if specification.SAID not in tables:
        return {}
    return pa.ipc.open_stream(tables[specification.SAID]).read_all().to_pylist()[0]


def alternative(chart: Any) -> str:
    """Return the text alternative of a chart on the page."""
    return said(chart).get("alternative", json.loads(chart.proto.spec).get("description", ""))
