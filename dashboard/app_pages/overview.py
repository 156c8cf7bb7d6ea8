"""Page: the whole story on one screen: every held-out image of the omitted class, flipping."""

import streamlit as st

from dashboard import report, runs, show
from dashboard.charts import theme
from dashboard.components.threes_wall import component as threes_wall
from dashboard.views import bias_sweep, bias_words
from dashboard.views import overview as views
from dashboard.views.experiment import plural
from dashboard.views.threes_wall import marks
from kdengine import store

state = st.session_state


def place_slider(low: float, high: float) -> None:
    """Put the slider where the address asks for, else where the viewer left it, else at 0.

    What the browser has of the wall stays as it is, unless there is a reason to move the slider.
    """
    asked, written = st.query_params.get("offset"), state.get("overview_written")
    context = (shown.key, shown.omitted_class, low, high)
    is_asked = asked is not None and asked != written
    if "overview_wall" in state and not is_asked and state["overview_context"] == context:
        return
    offset = state.get("overview_offset", 0.0)
    if is_asked:
        offset = bias_words.asked_offset(asked, low, high)
        if offset is None:
            allowed = f"a number from {low:g} to {high:g}"
            st.warning(bias_words.refusal("offset", asked, allowed, "no offset"))
    state["overview_offset"] = offset if offset is not None and low <= offset <= high else 0.0
    state["overview_start"] = state["overview_offset"]
    state["overview_visit"] = state.get("overview_visit", 0) + 1
    state["overview_context"] = context


def to_address(offset: float) -> None:
    """Write the offset into the address; none is what is usual, and left out."""
    written = state["overview_written"] = f"{offset:g}" if offset else None
    if written is None:
        st.query_params.pop("offset", None)
    else:
        st.query_params["offset"] = written


def take_slider() -> None:
    """Keep the offset at which the slider was let go."""
    left = threes_wall.left_at(
        state.get("overview_wall"), state["overview_visit"], *state["overview_range"]
    )
    if left is not None:
        state["overview_offset"] = left


title = st.empty()
title.title("The student that never saw a 3")
shown = runs.need_omission()
title.title(f"The student that never saw a {shown.omitted_class}")
offset = runs.need_offset(shown)
name = plural(shown.omitted_class)
show.lead(views.sentence(shown, offset))

chosen = runs.cached_frame(bias_sweep.criteria, shown, None)
low, high = state["overview_range"] = bias_sweep.slider_range(chosen)
place_slider(low, high)
threes_wall.draw(
    runs.wall(shown, high),
    marks(bias_sweep.on_the_slider(chosen)),
    offset=state["overview_start"],
    visit=state["overview_visit"],
    low=low,
    high=high,
    key="overview_wall",
    on_rest=take_slider,
    invites=state["overview_start"] == 0,
)
to_address(state["overview_offset"])
images = runs.test_images(shown.dataset)
if images is None:
    st.info(runs.pictures_help())
st.markdown(views.wall_sentence(shown))

table = store.load_seed_table(shown.student.metrics.get("recipe", ""), shown.dataset)
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
    ("soft_targets", "What does the teacher tell the student? Drag the temperature"),
    ("bias_sweep", "Why does one number help so much? Drag the offset"),
    ("confusion", f"What are {name} called instead?"),
    ("misclassified", f"See every misclassified {shown.omitted_class}"),
    ("replay", f"When do the {name} appear? Watch the student learn"),
    ("train", "Train it yourself"),
):
    st.page_link(f"app_pages/{topic}.py", label=text, icon=":material/arrow_forward:")
st.download_button(
    "Take it with you (zip)",
    lambda: runs.cached_file(
        lambda: report.zip_of(report.make(shown, images), shown.key), "report.zip", shown
    ),
    file_name=f"{shown.key}.zip",
    mime="application/zip",
    on_click="ignore",
    icon=":material/download:",
    key="overview_report",
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
