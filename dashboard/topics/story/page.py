"""Page: the whole story on one screen: every held-out image of the omitted class, flipping."""

import streamlit as st

from dashboard import catalogue
from dashboard.charting import theme
from dashboard.core import runs, show
from dashboard.core.address import Address
from dashboard.core.cache import cached, loaded, stored_data
from dashboard.core.digits import plural
from dashboard.figures import wall as wall_views
from dashboard.figures import wall_address as read
from dashboard.handout import __main__ as report
from dashboard.parts.wall import part as threes_wall
from dashboard.topics.offset import figures as bias_sweep
from dashboard.topics.story import figures as views
from kdengine.studies import seed_table

state = st.session_state
address = Address("story", "offset", "image")


def take_slider() -> None:
    """Keep the offset at which the slider was let go."""
    address.is_ours()
    left = threes_wall.left_at(state.get("story_wall"), state["story_visit"], *state["story_range"])
    if left is not None:
        state["story_offset"] = left


def take_image() -> None:
    """Keep which image was chosen."""
    address.is_ours()
    state["story_image"] = threes_wall.image_in(
        state.get("story_wall"), state["story_visit"], state["story_image"]
    )


title = st.empty()
title.title("The student that never saw a 3")
shown = runs.need_omission()
title.title(f"The student that never saw a {shown.omitted_class}")
offset = runs.need_offset(shown)
name = plural(shown.omitted_class)
show.lead(views.sentence(shown, offset))

chosen = cached(bias_sweep.criteria, shown, None)
low, high = state["story_range"] = bias_sweep.slider_range(chosen)
contents = cached(wall_views.packed, shown, stored_data(shown.dataset), high)
on_wall = wall_views.on_wall(contents)
at, new_offset = address.take("offset", 0.0, read.read_offset(low, high))
at = at if low <= at <= high else 0.0  # another run's slider may end earlier
image, new_image = address.take("image", None, read.read_image(on_wall, name))
image = image if image in on_wall else None
context = (shown.key, shown.omitted_class, low, high)
if new_offset or new_image or "story_wall" not in state or context != state["story_context"]:
    # Only now: what the browser has of the wall has to stay as it is while the slider moves.
    state["story_start"], state["story_context"] = (at, image), context
    state["story_visit"] = state.get("story_visit", 0) + 1
start = state["story_start"]
threes_wall.draw(
    contents,
    wall_views.marks(bias_sweep.on_the_slider(chosen)),
    offset=start[0],
    image=start[1],
    visit=state["story_visit"],
    low=low,
    high=high,
    key="story_wall",
    on_rest=take_slider,
    on_image=take_image,
    invites=start[0] == 0,
)
address.keep("offset", at, usual=0.0)
address.keep("image", image)
images = runs.test_images(shown.dataset)
if images is None:
    st.info(runs.pictures_help())
st.markdown(views.wall_sentence(shown))

table = seed_table.load_table(shown.student.metrics.get("recipe", ""), shown.dataset)
cards = [
    show.Card(
        value=headline.rate,
        label=headline.label,
        detail=f"{headline.right:,} of {headline.total:,} test {name}",
        note=headline.spread,
        colour=theme.colour_of(headline.role),
    )
    for headline in views.headlines(shown, offset, table)
]
st.html(show.cards(cards))

st.subheader("Where to go next")
for topic, text in (
    ("tour", "The whole story, step by step"),
    ("soft_targets", "What does the teacher tell the student? Drag the temperature"),
    ("dark_knowledge", f"How do {name} get into a student that sees none?"),
    ("offset", "Why does one number help so much? Drag the offset"),
    ("mistakes", f"What are {name} called instead? See every misclassified one"),
    ("learning", f"When do the {name} appear? Watch the student learn"),
    ("draw", "Draw your own"),
    ("leak", "Could it be a leak? Students from whom one thing was taken away"),
    ("lab", "Leave out other digits"),
    ("train", "Train it yourself"),
):
    st.page_link(catalogue.path(topic), label=text, icon=":material/arrow_forward:")
st.download_button(
    "Take it with you (zip)",
    lambda: loaded(report.zip_for, shown, stored_data(shown.dataset)),
    file_name=f"{shown.key}.zip",
    mime="application/zip",
    on_click="ignore",
    icon=":material/download:",
    key="story_report",
    help="A page that works without a server and without a network, with both sliders; every "
    "chart as a PNG, every table as CSV, the replay as a GIF. Making it takes some seconds.",
)
st.subheader("What distillation is for")
st.markdown(views.sizes_sentence(shown))
st.table(views.sizes(shown), border="horizontal")
with st.expander("What was published of this experiment, on MNIST without threes"):
    st.table(views.published(), border="horizontal")
st.markdown(
    "After Hinton, Vinyals & Dean, [Distilling the Knowledge in a Neural Network]"
    "(https://arxiv.org/abs/1503.02531), 2015, section 3. The offset is chosen without any test "
    f"image: it makes the mean probability of class {shown.omitted_class} over the unlabelled "
    "training images equal that class's share among them."
)
