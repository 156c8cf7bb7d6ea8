"""Page: the whole story on one screen: every held-out image of the omitted class, flipping."""

import streamlit as st

from dashboard import catalogue
from dashboard.charting import theme
from dashboard.core import prose, runs, show, tables
from dashboard.core.cache import cached, loaded, stored_data
from dashboard.core.numbers import plural
from dashboard.core.params import Params
from dashboard.figures import criteria, wall
from dashboard.handout import files as handout
from dashboard.parts.wall import part as threes_wall
from dashboard.topics.story import figures, published

state = st.session_state
words = prose.beside(__file__)
at = Params("story")


def take_slider() -> None:
    """Keep the offset at which the slider was let go."""
    left = threes_wall.left_at(state.get("story_wall"), begin.visit, low, high)
    if left is not None:
        at.hold(offset=left)


def take_image() -> None:
    """Keep which image was chosen."""
    at.hold(image=threes_wall.image_in(state.get("story_wall"), begin.visit, at.value("image")))


title = st.empty()
title.title(catalogue.PAGES["story"].title)
shown = runs.need_run()
title.title(figures.title(shown))
runs.need_omission()
chosen_offset = runs.need_offset(shown)
name = plural(shown.omitted_class)
show.lead(figures.sentence(shown, chosen_offset))

chosen = cached(criteria.choices, shown, None)
low, high = criteria.slider_range(chosen)
contents = cached(wall.packed, shown, stored_data(shown.dataset), high)
offset = at.number("offset", low, high, 0.0)
image = at.whole("image", wall.on_wall(contents), None, what=wall.allowed_words(name))
begin = at.begin(
    "wall",
    (offset, image),
    by=["offset", "image"],
    when=(shown.key, shown.omitted_class, low, high),
)
threes_wall.draw(
    contents,
    wall.marks(criteria.on_the_slider(chosen)),
    offset=begin.value[0],
    image=begin.value[1],
    visit=begin.visit,
    low=low,
    high=high,
    key="story_wall",
    on_rest=take_slider,
    on_image=take_image,
    invites=begin.value[0] == 0,
)
if runs.test_images(shown.dataset) is None:
    st.info(runs.pictures_help())
st.markdown(figures.wall_sentence(shown))

table = tables.seeds(shown.student.metrics.get("recipe", ""), shown.dataset)
cards = [
    show.Card(
        value=headline.rate,
        label=headline.label,
        detail=f"{headline.right:,} of {headline.total:,} test {name}",
        note=headline.spread,
        colour=theme.colour_of(headline.role),
    )
    for headline in figures.headlines(shown, chosen_offset, table)
]
st.html(show.cards(cards))

st.subheader("Where to go next")
for topic, text in words["next"].items():
    st.page_link(
        catalogue.path(topic), label=text.format(things=name), icon=":material/arrow_forward:"
    )
st.download_button(
    "Take it with you (zip)",
    lambda: loaded(handout.zip_for, shown, stored_data(shown.dataset)),
    file_name=f"{shown.key}.zip",
    mime="application/zip",
    on_click="ignore",
    icon=":material/download:",
    key="story_handout",
    help=words["handout"],
)
st.subheader("What distillation is for")
st.markdown(figures.sizes_sentence(shown))
st.table(figures.sizes(shown), border="horizontal")
with st.expander("What was published of this experiment, on MNIST without threes"):
    st.table(published.published(), border="horizontal")
st.markdown(words["after"].format(digit=shown.omitted_class))
