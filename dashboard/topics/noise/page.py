"""Page: a student that is shown nothing but noise: guess first, then watch it learn."""

import streamlit as st

from dashboard.classroom import guesses
from dashboard.core import prose, runs, show
from dashboard.core.cache import cached
from dashboard.core.numbers import percent
from dashboard.core.params import Params
from dashboard.figures import distil
from dashboard.parts.distil import part as scene
from dashboard.topics.noise import figures

at = Params("noise")
words = prose.beside(__file__)

st.title(prose.title("noise"))
shown = runs.need_omission()
distilled = distil.source(shown)
offered = {} if distilled is None else distil.offered(distilled)
show.lead(words["lead"])
if "noise" not in offered:
    st.info(words["missing"])
    show.end_page()


def draw_static() -> None:
    """Draw some of the pictures that the student learns from."""
    st.image(cached(figures.static), caption=words["static"], width="stretch")


guess = guesses.asked(at, words["guesses"], words["question"], below=draw_static)
st.markdown(f"{guess} {words['play']}".strip())
scene.draw(
    {"noise": offered["noise"]}, about=distil.about(distilled), mode="noise", key="noise_scene"
)
st.markdown(
    words["why"].format(
        pictures=f"{figures.PICTURES:,}",
        answers=f"{figures.ANSWERS:,}",
        weights=f"{figures.WEIGHTS:,}",
        right=percent(cached(figures.right, distilled.dataset)),
    )
)
