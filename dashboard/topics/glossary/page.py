"""Page: the field's terms, each in a sentence or two, with its source and the page to see it on."""

import streamlit as st

from dashboard import catalogue
from dashboard.core import show
from dashboard.core.params import Params
from dashboard.topics.glossary import figures

at = Params("glossary")
st.title("What do these words mean?")
search = at.take("q", figures.cut, "")
lead = st.empty()
st.text_input(
    "Search",
    placeholder="temperature, bias, probability …",
    max_chars=figures.LONGEST_SEARCH,
    **at.bind("q"),
)
terms = figures.found(search)
with lead.container():
    show.lead(figures.count_sentence(terms, search), explain=False)
for column, part in zip(st.columns(2, gap="medium"), (terms[::2], terms[1::2]), strict=True):
    for term in part:
        with column.container(border=True):
            st.markdown(term.line)
            page = figures.page_of(term, set(catalogue.PAGES))
            name, address = term.source
            with st.container(horizontal=True, horizontal_alignment="distribute"):
                st.caption(f"Source: [{name}]({address})")
                if page is not None:
                    st.page_link(catalogue.path(page), label="See it", icon=":material/visibility:")
if not terms:
    st.info("No term holds all these words. Try one of them, or its beginning.")
