"""How the tests run one page of the dashboard without a browser."""

from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

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
    app.switch_page(catalogue.path(topic))
    return app.run()
