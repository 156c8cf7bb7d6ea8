"""Page: how the omitted class gets into a student that sees no image of it."""

import streamlit as st

from dashboard.core import prose, runs, show
from dashboard.core.cache import cached
from dashboard.core.numbers import plural
from dashboard.core.params import Params
from dashboard.figures import temperatures
from dashboard.parts.gallery import part as gallery
from dashboard.topics.dark_knowledge import figures

KEY = "dark_knowledge_gallery"
ALL_CLASSES = "all"
at = Params("dark_knowledge")


def take_rest() -> None:
    """Take T and the image with which the viewer let go."""
    state = st.session_state.get(KEY)
    at.hold(**gallery.left_at(state, begin.visit, temperatures.RANGE, numbers))


title = st.empty()
title.title(prose.title("dark_knowledge"))
shown = runs.need_omission()
omitted, name = shown.omitted_class, plural(shown.omitted_class)
title.title(f"Where do the {name} hide?")

taught = cached(figures.taught_classes, shown)
temperature = at.number("T", *temperatures.RANGE, temperatures.usual(shown))
only = at.choice("digit", taught, None)
ranked = cached(figures.ranking, shown, only)
numbers = frozenset(ranked.images.tolist())
image = at.whole(
    "image",
    numbers,
    figures.first_image(ranked, omitted, temperature),
    what="the number of an image that is at the top of this ranking at some temperature",
)
begin = at.begin("gallery", (temperature, image), by=["T", "image"])

show.lead(cached(figures.lead, shown, temperature))
images = runs.train_images(shown.dataset)
if images is None:
    st.info(runs.pictures_help())
gallery.draw(
    figures.contents(ranked, omitted, images),
    temperature=begin.value[0],
    image=image,
    visit=begin.visit,
    mark=f"{shown.key} {omitted} {only} {images is None}",
    key=KEY,
    on_rest=take_rest,
)
st.segmented_control(
    "Show the most like it among",
    [ALL_CLASSES, *taught],
    format_func=lambda digit: "all" if digit == ALL_CLASSES else plural(digit),
    required=True,
    **at.bind("digit", none=ALL_CLASSES),
)
with st.expander("For engineers"):
    carriers = cached(figures.carriers_sentence, shown, temperature)
    st.markdown(f"{carriers} {figures.moved_note(shown)}")
