"""Page: the story on one screen: who recognises the digit that the student never saw."""

from pathlib import Path

import streamlit as st

from dashboard import catalogue
from dashboard.core import presenter, prose, runs, show, sidebar, tables
from dashboard.core.cache import cached, stored_data
from dashboard.core.numbers import plural, spoken
from dashboard.core.params import Params
from dashboard.parts.verdicts import part as wall
from dashboard.parts.wall import part as threes_wall
from dashboard.topics.story import figures, published, verdicts

state = st.session_state
words = prose.beside(__file__)
at = Params("story")


def take_network() -> None:
    """Keep whose answers are shown."""
    chosen = wall.network_in(state.get("story_wall"), begin.visit, networks)
    if chosen is not None:
        at.hold(network=chosen)


def take_image() -> None:
    """Keep which image was chosen."""
    at.hold(image=threes_wall.image_in(state.get("story_wall"), begin.visit, at.value("image")))


@show.fragment
def offer_handout() -> None:
    """Draw the hand-out's button, while it is made how far that is, and then the file."""
    made = state.get("story_zip", ("", b""))
    if made[0] == shown.key:
        st.download_button(
            "Save the hand-out",
            made[1],
            file_name=f"{shown.key}.zip",
            mime="application/zip",
            on_click="ignore",
            icon=":material/download:",
            key="story_save",
        )
    elif st.button(
        "Take it with you (zip)",
        key="story_handout",
        icon=":material/download:",
        help=words["handout"],
    ):
        from dashboard.handout import files as handout  # Altair and Pillow, for this button alone

        bar = st.progress(0.0)
        st.button("Cancel", key="story_cancel")  # any press ends the drawing below

        def tell(share: float, name: str) -> None:
            bar.progress(share, text=words["drawing"].format(name=name))

        packed = handout.zip_for(shown, stored_data(shown.dataset), tell)
        state["story_zip"] = (shown.key, packed)
        st.rerun()


title = st.empty()
title.title(prose.title("story"))
shown = runs.need_run()
title.title(figures.title(shown))
runs.need_omission()
chosen_offset = runs.need_offset(shown)
name = plural(shown.omitted_class)
show.lead(figures.cast(shown))

networks = verdicts.networks(shown)
network = at.choice("network", networks, None)
image = at.whole("image", verdicts.numbers(shown), None, what=words["on_wall"].format(things=name))
begin = at.begin("wall", (network, image), by=["network", "image"], when=(shown.key, name))
table = tables.seeds(shown.student.metrics.get("recipe", ""), shown.dataset)
contents = cached(
    verdicts.contents,
    shown,
    stored_data(shown.dataset),
    chosen_offset,
    words["networks"],
    figures.spreads(shown, table),
)
wall.draw(
    contents,
    verdicts.words_beside(contents),
    network=begin.value[0],
    image=begin.value[1],
    visit=begin.visit,
    key="story_wall",
    on_network=take_network,
    on_image=take_image,
)
if runs.test_images(shown.dataset) is None:
    st.info(runs.pictures_help())
sidebar.draw_offer()

st.html(Path(__file__).with_name("page.css"))
for place, row in zip(st.columns([1.2, 1]), ("step", "beside"), strict=True):
    with place.container(border=row == "step", key=f"story_{row}", gap="xxsmall"):
        for topic, text in words[row].items():
            icon = catalogue.PAGES[topic].icon
            st.page_link(catalogue.path(topic), label=text.format(things=name), icon=icon)
with st.container(horizontal=True, gap="small", key="story_rest"):
    for topic in words["rest"]:
        st.page_link(catalogue.path(topic), label=prose.title(topic, shown.omitted_class))
offer_handout()
with st.expander("For engineers"):
    st.subheader("What distillation is for")
    measured = tables.costs(shown)
    st.markdown(figures.sizes_sentence(shown, measured))
    st.table(figures.sizes(shown, measured), border="horizontal")
    if measured is None:
        st.caption(presenter.public(words["costs"].format(key=shown.key)))
    if spoken().has_digits:
        st.subheader("What was published of this experiment, on MNIST without threes")
        st.table(published.published(), border="horizontal")
        st.markdown(words["after"].format(digit=shown.omitted_class))
