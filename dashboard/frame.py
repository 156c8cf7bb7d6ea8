"""The frame around every page: page config, sidebar, navigation, the address."""

import logging

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import StopException

from dashboard import catalogue
from dashboard.classroom import links, panel
from dashboard.core import numbers, params, presenter, prose, runs, show, sidebar
from dashboard.jobs import downloads
from dashboard.parts.address import part as address
from dashboard.parts.frame import part as frame
from dashboard.topics.tour import bar, follow
from kdengine import files

FIRST = "story"
SITE = catalogue.PAGES[FIRST].title
USUAL = ("mnist", None)  # whose titles are those of all digits


def open_menu(dataset: str, omitted: int | None) -> st.Page:
    """Offer all pages, called what they are with a run of a data set; return the open one."""
    st.session_state["menu"] = dataset, omitted
    with numbers.speaking(dataset):
        pages = {
            name: st.Page(
                entry.path,
                title=prose.title(name, omitted),
                icon=entry.icon,
                url_path=name,
                visibility="visible" if entry.section else "hidden",
            )
            for name, entry in catalogue.PAGES.items()
        }
    # The bare address shows the first page itself: to lead on from there would make Back a trap.
    root = st.Page(
        catalogue.path(FIRST), title=pages[FIRST].title, default=True, visibility="hidden"
    )
    sections: dict[str, list[st.Page]] = {}
    for entry in catalogue.PAGES.values():
        sections.setdefault(entry.section, []).append(pages[entry.name])
    # Last, since a link to its script means the first page with an address of its own.
    sections.setdefault(catalogue.NOWHERE, []).append(root)
    # All of them in sight: a page behind "View more" is not found.
    return st.navigation(sections, expanded=True)


def draw_sidebar(name: str) -> DeltaGenerator:
    """Draw what every page has beside it; return where the choice of a run goes."""
    # A page that does not show the run tells of MNIST; the glossary explains what all pages say.
    shows = name == "glossary" or catalogue.PAGES[name].has_run(params.texts().get("tab", ""))
    numbers.speak(numbers.described(sidebar.dataset() if shows else "mnist"))
    with st.sidebar:
        place = st.container()
        downloads.start_once()  # after whatever has just read MNIST, lest it is read twice
        shown = runs.selected()
        lacks = shown is not None and runs.test_images(shown.dataset) is None
        if lacks or sidebar.stands_in():
            downloads.draw()
        if st.button("Link and QR code", key="sidebar_share", icon=":material/qr_code_2:"):
            links.open_dialog(name)
    return place


def end(name: str, place: DeltaGenerator) -> None:
    """Draw the choice of a run, which a tab may not have, and write the address."""
    with place:
        sidebar.draw(catalogue.PAGES[name].has_run(params.texts().get("tab", "")))
    write_address(name)


def write_address(name: str) -> None:
    """Let the address say what is on the screen."""
    query = params.flush()
    if query is not None:
        address.draw(query, f"{name} {st.session_state['visits']}")


# Before the navigation, which would have the browser fetch the page's icon from Google's server.
st.set_page_config(
    page_icon=str(catalogue.DASHBOARD / "icon.png"), layout="wide", initial_sidebar_state=290
)
if unusable := files.unusable():
    logging.error(unusable)  # for whoever started the server
    st.error(unusable)
    show.end_page()
page = open_menu(*st.session_state.get("menu", USUAL))
topic = page.url_path or FIRST
if params.opened(topic):
    st.session_state["visits"] = st.session_state.get("visits", 0) + 1
sidebar.settle()
told = sidebar.dataset(), st.session_state.get("omitted_focus")
told = USUAL if numbers.described(told[0]).has_digits else told
if told != st.session_state["menu"]:
    page = open_menu(*told)  # of which it is known only now what the run is
st.set_page_config(page_title=page.title if topic == FIRST else f"{page.title} – {SITE}")
presenter.admit()
st.html(show.FRAME)
frame.draw()
st.session_state["page_name"] = topic
place = draw_sidebar(topic)
follow.draw(topic)
bar.draw(topic)
try:
    page.run()
    panel.draw(topic, catalogue.PAGES[topic].lesson_module.format_map(params.texts()))
except (StopException, Exception):
    end(topic, place)
    raise
end(topic, place)
