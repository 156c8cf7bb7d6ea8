"""The frame around every page: path, page config, sidebar, navigation."""

import sys
from pathlib import Path

# `streamlit run` puts only this file's folder on the path; the packages lie one above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st  # noqa: E402

from dashboard import catalogue  # noqa: E402
from dashboard.core import lessons_panel, presenter, show, sidebar  # noqa: E402
from dashboard.topics.tour import bar as tour_bar  # noqa: E402
from dashboard.topics.tour import follow as tour_follow

st.set_page_config(
    page_title="The missing 3",
    page_icon=str(catalogue.DASHBOARD / "icon.png"),
    layout="wide",
    initial_sidebar_state=290,
)
pages = {
    name: st.Page(entry.path, title=entry.title, icon=entry.icon, url_path=name)
    for name, entry in catalogue.PAGES.items()
}


def go_to_overview() -> None:
    """Lead from the bare address to the first topic, which has its own."""
    st.switch_page(pages["story"], query_params=st.query_params.to_dict())


root = st.Page(go_to_overview, title="Start", default=True, visibility="hidden")
sections: dict[str, list[st.Page]] = {"": [root]}
for name, entry in catalogue.PAGES.items():
    sections.setdefault(entry.section, []).append(pages[name])
# All of them in sight: a page behind "View more" is not found.
page = st.navigation(sections, expanded=True)
presenter.admit()
st.html(show.FRAME_STYLE)
st.session_state["page_name"], st.session_state["tour_pages"] = page.url_path, list(pages)
sidebar.draw(page.url_path)
if page is not root:
    tour_follow.draw(page.url_path)
    tour_bar.draw(page.url_path)
page.run()
if page is not root:
    lessons_panel.panel(page.url_path, catalogue.PAGES[page.url_path].lesson)
