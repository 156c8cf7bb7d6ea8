"""Page: the student's learning, epoch by epoch, on the held-out images of the omitted class."""

import time

import streamlit as st

from dashboard.core import runs, show
from dashboard.core.cache import loaded, stored_data
from dashboard.core.digits import plural
from dashboard.figures.answers import checked
from dashboard.parts.replay import part as player
from dashboard.topics.learning import animation
from dashboard.topics.learning import figures as views
from kdengine.store import runs as store

# A quick viewer's browser may send an address that we have since moved on from.
STALE_SECONDS = 3.0
state, address = st.session_state, st.query_params


def from_address(name: str, allowed: list[str], default: str, what: str) -> str:
    """Return what the address asks for; what does not exist is said and replaced."""
    value, complaint = checked(address.get(name), allowed, default, what)
    if complaint:
        st.warning(complaint)
    return value


def start_player(step: str | None) -> None:
    """Take the player to *step*, a new place in the browser."""
    number, complaint = views.step_of(played, step)
    if complaint:
        st.warning(complaint)
    speed = from_address("speed", list(views.SPEEDS), "1", "a speed")
    state["learning_start"] = {"step": number, "speed": speed, "plays": step is None}
    state["learning_jump"] = state.get("learning_jump", 0) + 1
    state["learning_context"], state["learning_step"] = context, step
    state["learning_own"] = {}


def is_own(step: str | None) -> bool:
    """Return whether the address holds what this page wrote there, now or a moment ago."""
    written = state["learning_own"].get(step, -STALE_SECONDS)
    return step == state["learning_step"] or time.monotonic() - written < STALE_SECONDS


title = st.empty()
title.title("When do the threes appear?")
shown = runs.need_omission()
title.title(f"When do the {plural(shown.omitted_class)} appear?")
offset = runs.need_offset(shown)
try:
    played = loaded(views.played_by, shown)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    st.warning(f"The training cannot be replayed: {error}")
    show.end_page()
if played is None:
    st.info(views.NO_REPLAY_HELP)
    show.end_page()

context = (shown.key, shown.omitted_class)
asked = address.get("step")
if "learning_interval" not in state or not is_own(asked):
    start_player(asked)  # the page was opened, or its address changed from outside
elif state["learning_context"] != context:
    start_player(None)

show.lead(views.sentence(played))
images = runs.test_images(shown.dataset)
if images is None:
    st.info(runs.pictures_help())
left = player.draw(
    played, images, jump=state["learning_jump"], key="learning_player", **state["learning_start"]
)
step, speed = left or (None, state["learning_start"]["speed"])
if step is not None:
    state["learning_own"][state["learning_step"]] = time.monotonic()
    state["learning_step"] = views.step_name(played, step)

st.subheader("Save it for a slide")
intervals = [str(interval) for interval in views.intervals(played)]
usual = str(views.usual_interval(played))
if "learning_interval" not in state:
    state["learning_interval"] = from_address("every", intervals, usual, "a frame every")
    state["learning_rate"] = from_address("fps", views.FRAME_RATES, "2", "frames a second")
if state["learning_interval"] not in intervals:
    state["learning_interval"] = usual
columns = st.columns([2, 2, 2, 2], vertical_alignment="bottom")
interval = columns[0].selectbox("Epochs from frame to frame", intervals, key="learning_interval")
rate = columns[1].selectbox("Frames a second", views.FRAME_RATES, key="learning_rate")


def make_gif() -> bytes:
    """Return the GIF that the two menus describe."""
    data = stored_data(shown.dataset)
    return loaded(animation.gif_of, shown, data, int(interval), int(rate))


def make_pngs() -> bytes:
    """Return the frames as a zip."""
    return loaded(animation.pngs_of, shown, stored_data(shown.dataset), int(interval))


for column, label, name, mime, make in (
    (columns[2], "Animated GIF", "gif", "image/gif", make_gif),
    (columns[3], "PNGs (zip)", "zip", "application/zip", make_pngs),
):
    column.download_button(
        label,
        make,
        file_name=f"replay-{shown.key}.{name}",
        mime=mime,
        on_click="ignore",
        icon=":material/download:",
        key=f"learning_{name}",
        width="stretch",
    )
st.caption(views.animation_words(played, int(interval), int(rate)))

# Last, so that an address stands for a page that is complete; what is usual is left out of it.
for name, value, usual_value in (
    ("step", state["learning_step"], None),
    ("speed", speed, "1"),
    ("every", interval, usual),
    ("fps", rate, "2"),
):
    if value == usual_value:
        address.pop(name, None)
    else:
        address[name] = value
