"""Page: the student's learning, epoch by epoch, on the held-out images of the omitted class."""

from functools import partial

import streamlit as st

from dashboard.core import presenter, prose, runs, show
from dashboard.core.cache import loaded, made, stored_data
from dashboard.core.numbers import plural
from dashboard.core.params import Params
from dashboard.figures import distil
from dashboard.parts.distil import part as scene
from dashboard.parts.replay import part as player
from dashboard.topics.learning import animation, figures
from kdengine.store import runs as store

at = Params("learning")


def take_rest() -> None:
    """Keep the step and the speed at which the viewer left the player."""
    state = st.session_state.get("learning_player")
    left = player.left_at(state, begin.visit, played.epochs + 1, figures.SPEEDS)
    if left is not None:
        at.hold(step=figures.step_name(played, left[0]), speed=left[1])


title = st.empty()
title.title("When do the threes appear?")
shown = runs.need_omission()
title.title(f"When do the {plural(shown.omitted_class)} appear?")
distilled = distil.source(shown)
if distilled is not None:
    show.lead(figures.scene_sentence(distilled))
    scene.draw(distil.offered(distilled), about=distil.about(distilled), key="learning_scene")
    st.subheader("The stored run, epoch by epoch")
offset = runs.need_offset(shown)
try:
    played = loaded(figures.played_by, shown)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    st.warning(f"The training cannot be replayed: {presenter.told(error)}")
    show.end_page()
if played is None:
    why = "no_replay_own" if shown.student.config.source else "no_replay"
    st.info(presenter.public(prose.beside(__file__)[why]))
    show.end_page()

run = (shown.key, shown.omitted_class)
step = at.take("step", figures.reader_of_steps(played), None, of=run)
speed = at.choice("speed", figures.SPEEDS, "1")
intervals = figures.intervals(played)
interval = at.choice("every", intervals, figures.usual_interval(played), of=run)
rate = at.choice("fps", figures.FRAME_RATES, 2)
start = {"step": figures.step_number(played, step), "speed": speed, "plays": step is None}
begin = at.begin("player", start, by=["step", "speed"], when=run)

st.markdown(figures.sentence(played))
images = runs.test_images(shown.dataset)
if images is None:
    st.info(runs.pictures_help())
player.draw(
    figures.contents(played, images),
    **begin.value,
    visit=begin.visit,
    key="learning_player",
    on_rest=take_rest,
)

st.subheader("Save it for a slide")
columns = st.columns([2, 2, 2, 2], vertical_alignment="bottom")
columns[0].selectbox("Epochs from frame to frame", intervals, **at.bind("every"))
columns[1].selectbox("Frames a second", figures.FRAME_RATES, **at.bind("fps"))
data = stored_data(shown.dataset)
for column, label, name, mime, pace in (
    (columns[2], "Animated GIF", "gif", "image/gif", rate),
    (columns[3], "PNGs (zip)", "zip", "application/zip", None),
):
    column.download_button(
        label,
        partial(made, animation.file_of, shown, data, interval, pace),
        file_name=f"replay-{shown.key}.{name}",
        mime=mime,
        on_click="ignore",
        icon=":material/download:",
        key=f"learning_{name}",
        width="stretch",
    )
st.caption(figures.animation_words(played, interval, rate))
