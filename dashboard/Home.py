"""The frame around every page: path, page config, sidebar, navigation."""

import sys
from pathlib import Path

# `streamlit run` puts only this file's folder on the path; the packages lie one above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st  # noqa: E402

from dashboard import presenter, show, sidebar, teaching, tour_bar, tour_follow  # noqa: E402

PAGES = Path(__file__).resolve().parent / "app_pages"
# A page's address -> its section of the navigation, its title there, its icon.
TITLES = {
    "overview": ("The story", "The missing 3", ":material/home:"),
    "tour": ("The story", "Tour", ":material/slideshow:"),
    "soft_targets": ("The story", "Soft targets", ":material/bar_chart:"),
    "dark_knowledge": ("The story", "Dark knowledge", ":material/blur_on:"),
    "bias_sweep": ("The story", "The offset", ":material/tune:"),
    "replay": ("The story", "Replay", ":material/play_circle:"),
    "draw": ("Look closer", "Draw your own", ":material/draw:"),
    "confusion": ("Look closer", "Confusions", ":material/grid_on:"),
    "misclassified": ("Look closer", "Misclassified", ":material/image_search:"),
    "omission_lab": ("The lab", "Omission lab", ":material/filter_alt_off:"),
    "causality": ("The lab", "Could it be a leak?", ":material/policy:"),
    "ablations": ("The lab", "Ablations", ":material/science:"),
    "synthetic": ("The lab", "Synthetic data", ":material/scatter_plot:"),
    "reproductions": ("The lab", "Reproductions", ":material/fact_check:"),
    "train": ("The lab", "Train", ":material/model_training:"),
    "vote": ("The class", "Vote", ":material/how_to_vote:"),
    "glossary": ("The class", "Glossary", ":material/menu_book:"),
}

st.set_page_config(
    page_title="The missing 3",
    page_icon=str(PAGES.parent / "icon.png"),
    layout="wide",
    initial_sidebar_state=290,
)
pages = {
    name: st.Page(PAGES / f"{name}.py", title=title, icon=icon)
    for name, (_, title, icon) in TITLES.items()
}


def go_to_overview() -> None:
    """Lead from the bare address to the first topic, which has its own."""
    st.switch_page(pages["overview"], query_params=st.query_params.to_dict())


root = st.Page(go_to_overview, title="Start", default=True, visibility="hidden")
sections: dict[str, list[st.Page]] = {"": [root]}
for name, (section, _, _) in TITLES.items():
    sections.setdefault(section, []).append(pages[name])
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
teaching.panel(page.url_path)
