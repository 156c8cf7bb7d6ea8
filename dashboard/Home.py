"""The frame around every page: path, page config, sidebar, navigation."""

import sys
from pathlib import Path

# `streamlit run` puts only this file's folder on the path; the packages lie one above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st  # noqa: E402

from dashboard import show, sidebar, teaching  # noqa: E402

PAGES = Path(__file__).resolve().parent / "app_pages"
TITLES = {
    "overview": ("The missing 3", ":material/home:"),
    "soft_targets": ("Soft targets", ":material/bar_chart:"),
    "dark_knowledge": ("Dark knowledge", ":material/blur_on:"),
    "bias_sweep": ("The offset", ":material/tune:"),
    "confusion": ("Confusions", ":material/grid_on:"),
    "misclassified": ("Misclassified", ":material/image_search:"),
    "replay": ("Replay", ":material/play_circle:"),
    "draw": ("Draw your own", ":material/draw:"),
    "ablations": ("Ablations", ":material/science:"),
    "causality": ("Could it be a leak?", ":material/policy:"),
    "omission_lab": ("Omission lab", ":material/filter_alt_off:"),
    "reproductions": ("Reproductions", ":material/fact_check:"),
    "train": ("Train", ":material/model_training:"),
    "glossary": ("Glossary", ":material/menu_book:"),
}

st.set_page_config(
    page_title="The missing 3",
    page_icon=str(PAGES.parent / "icon.png"),
    layout="wide",
    initial_sidebar_state=290,
)
pages = {
    name: st.Page(PAGES / f"{name}.py", title=title, icon=icon)
    for name, (title, icon) in TITLES.items()
}


def go_to_overview() -> None:
    """Lead from the bare address to the first topic, which has its own."""
    st.switch_page(pages["overview"], query_params=st.query_params.to_dict())


root = st.Page(go_to_overview, title="Start", default=True, visibility="hidden")
page = st.navigation([root, *pages.values()])
st.html(show.FRAME_STYLE)
sidebar.draw()
page.run()
teaching.panel(page.url_path)
