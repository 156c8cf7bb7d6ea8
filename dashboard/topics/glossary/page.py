"""Page: the field's terms, each in a sentence or two, with its source and the page to see it on."""

import streamlit as st

from dashboard import catalogue
from dashboard.core import show
from dashboard.core.address import Address
from dashboard.topics.glossary import figures as views

state = st.session_state
address = Address("glossary", "q")


def take_search() -> None:
    """Take what was typed."""
    address.is_ours()
    state["glossary_q"] = state["glossary_search"]


st.title("What do these words mean?")
search, _ = address.take("q", "", views.checked_search)
state["glossary_search"] = search
lead = st.empty()
st.text_input(
    "Search",
    placeholder="temperature, bias, probability …",
    max_chars=60,
    on_change=take_search,
    key="glossary_search",
)
terms = views.found(search)
with lead.container():
    show.lead(views.count_sentence(terms, search), explain=False)
for column, part in zip(st.columns(2, gap="medium"), (terms[::2], terms[1::2]), strict=True):
    for term in part:
        with column.container(border=True):
            st.markdown(term.line)
            page = views.page_of(term, set(catalogue.PAGES))
            with st.container(horizontal=True, horizontal_alignment="distribute"):
                st.caption(f"Source: {views.source(term)}")
                if page is not None:
                    st.page_link(catalogue.path(page), label="See it", icon=":material/visibility:")
if not terms:
    st.info("No term holds all these words. Try one of them, or its beginning.")
address.keep("q", search, usual="")
