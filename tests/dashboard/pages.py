"""How the tests run one page of the dashboard without a browser."""

from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import catalogue

ROOT = Path(__file__).resolve().parents[2]
TOPICS = sorted(catalogue.PAGES)


def open_page(topic: str, **query: str) -> AppTest:
    """Run the page of *topic* inside the frame and return it."""
    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "dashboard" / "Home.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    # Before the first run `switch_page` would go by the file's name, which is "page" for all.
    app._page_hash = calc_hash(topic)
    return app.run()
