"""Page: add an offset to the omitted class's logit and see what it does to every digit."""

import streamlit as st

from dashboard.core import runs, show
from dashboard.core.address import Address
from dashboard.core.experiment import plural
from dashboard.figures import criteria as words
from dashboard.figures import wall as wall_views
from dashboard.figures.wall_address import read_image
from dashboard.parts.wall import part as threes_wall
from dashboard.topics.offset import charts
from dashboard.topics.offset import figures as views

PICTURE = "offset_wide_picture"
# The chart's slider and the wall's are one: either moves the other, in the browser.
PARTNER = f'.st-key-{PICTURE} .vega-bind input[type="range"]'
# The picture's first number is the offset, to two digits; Vega's own shows all sixteen.
PICTURE_STYLE = f"""<style>
.st-key-{PICTURE} .vega-bind input + span {{display: none}}
</style>"""
state = st.session_state
address = Address("offset", "image")


def enter() -> None:
    """Take criterion, probe and offset from the address, else as the viewer left them."""
    named = st.query_params.get("criterion")
    asked = named or state.get("offset_kept_criterion", "frequency")
    if asked not in words.CRITERION_NAMES:
        allowed = "one of " + ", ".join(words.CRITERION_NAMES)
        st.warning(words.refusal("criterion", asked, allowed, "the frequency criterion"))
        asked = "frequency"
    if named is not None:
        state["offset_by_hand"] = None
    by_hand = state.get("offset_by_hand") is not None
    state["offset_criterion"] = None if by_hand else asked
    asked = st.query_params.get("probe") or state.get("offset_kept_probe", "all")
    state["offset_probe"] = asked if asked in probes else "all"
    if asked not in probes:
        allowed = "one of " + ", ".join(probes)
        st.warning(words.refusal("probe", asked, allowed, "all training images"))
    state["offset_asked"] = st.query_params.get("offset")
    restart()


def restart() -> None:
    """Move the slider, by the next run of this script, to the offset of then."""
    state["offset_visit"] = state.get("offset_visit", 0) + 1


def take_criterion() -> None:
    """Move the slider to the criterion that was chosen."""
    state["offset_by_hand"] = None
    restart()


def take_slider() -> None:
    """Take the offset at which the slider was let go; a criterion's, if it was left on its mark."""
    left = threes_wall.left_at(
        state.get("offset_wall"), state["offset_visit"], *state["offset_range"]
    )
    if left is None:
        return
    criterion = views.criterion_at(state["offset_marked"], left)
    state["offset_by_hand"] = left if criterion is None else None
    state["offset_criterion"] = criterion


def take_image() -> None:
    """Keep which image of the wall was chosen."""
    address.is_ours()
    state["offset_image"] = threes_wall.image_in(
        state.get("offset_wall"), state["offset_visit"], state["offset_image"]
    )


def to_address(name: str, value: str | None) -> None:
    """Write *value* into the address, or take *name* out of it."""
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


st.title("The offset")
shown = runs.need_omission()

probes = views.probes(shown)
if "offset_criterion" not in state:
    enter()
if state["offset_probe"] not in probes:
    state["offset_probe"] = "all"  # the probe of a larger dataset
probe = probes[state["offset_probe"]]
context = (shown.key, shown.omitted_class, probe)
if state.setdefault("offset_context", context) != context:
    state["offset_context"] = context
    restart()

chosen = runs.cached_frame(views.criteria, shown, probe)
low, high = state["offset_range"] = views.slider_range(chosen)
asked = state.pop("offset_asked", None)
if asked is not None:
    state["offset_by_hand"] = words.asked_offset(asked, low, high)
    if state["offset_by_hand"] is None:
        allowed = f"a number from {low:g} to {high:g}"
        st.warning(words.refusal("offset", asked, allowed, "what the criterion chooses"))
    else:
        state["offset_criterion"] = None
by_hand = state.get("offset_by_hand")
if by_hand is not None and not low <= by_hand <= high:
    by_hand = state["offset_by_hand"] = None
if by_hand is None and state["offset_criterion"] is None:
    state["offset_criterion"] = "frequency"
    restart()
criterion = None if by_hand is not None else state["offset_criterion"]
offset, problem = (by_hand, "") if criterion is None else views.chosen_by(chosen, criterion)

show.lead(words.sentence(shown, offset, criterion))
if problem:
    st.warning(problem)
state["offset_kept_criterion"] = criterion or "frequency"
state["offset_kept_probe"] = state["offset_probe"]
to_address("offset", None if by_hand is None else f"{by_hand:g}")
to_address("criterion", criterion)
to_address("probe", None if probe is None else state["offset_probe"])

contents = runs.wall(shown, high)
on_wall = wall_views.on_wall(contents)
image, is_new = address.take("image", None, read_image(on_wall, plural(shown.omitted_class)))
image = image if image in on_wall else None
address.keep("image", image)
if is_new:
    restart()
if state.get("offset_drawn") != state["offset_visit"]:
    # What the browser has of the wall has to stay as it is while the slider moves.
    state["offset_drawn"] = state["offset_visit"]
    state["offset_start"] = offset, image
state["offset_marked"] = marked = views.on_the_slider(chosen)
start = state["offset_start"]
threes_wall.draw(
    contents,
    wall_views.marks(marked),
    offset=start[0],
    image=start[1],
    visit=state["offset_visit"],
    low=low,
    high=high,
    key="offset_wall",
    on_rest=take_slider,
    on_image=take_image,
    partner=PARTNER,
)
if runs.test_images(shown.dataset) is None:
    st.info(runs.pictures_help())

st.subheader("The same offset, exactly")
left, right = st.columns([4, 1], vertical_alignment="bottom")
left.segmented_control(
    "Who chooses the offset",
    list(words.CRITERION_NAMES),
    format_func=words.CRITERION_NAMES.__getitem__,
    required=True,
    on_change=take_criterion,
    key="offset_criterion",
)
right.selectbox(
    "Unlabelled images used",
    list(probes),
    format_func=lambda name: views.probe_label(name, shown),
    key="offset_probe",
)
st.markdown(words.explanation(criterion, named := words.words(shown, probe)))
marks = views.marks(chosen, low, high)
tables = charts.Tables(
    flips=runs.cached_frame(views.flips, shown, low, high),
    steps=runs.cached_frame(views.steps, shown, low, high),
    marks=marks,
    mass=runs.cached_frame(views.mass, shown, probe, low, high),
    before=runs.cached_frame(views.class_accuracy, shown, 0.0),
    low=low,
    high=high,
    class_floor=views.class_floor(shown, marks["offset"].tolist()),
)
st.html(show.slider_style() + PICTURE_STYLE)
# It starts anywhere, for its slider follows the wall's: its specification stays as it is.
figure = runs.cached_chart(charts.offset_explorer, tables, named, 0.0)
with st.container(key=PICTURE):
    show.chart(figure, key="offset_chart")
st.markdown(words.scope(shown, named))
