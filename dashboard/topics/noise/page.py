"""Page: a student that is shown nothing but noise: guess first, then watch it learn."""

import streamlit as st

from dashboard import catalogue
from dashboard.core import prose, runs, show
from dashboard.core.cache import cached
from dashboard.core.numbers import percent
from dashboard.core.params import Params
from dashboard.figures import distil
from dashboard.parts.distil import part as scene
from dashboard.topics.noise import figures

at = Params("noise")
words = prose.beside(__file__)

st.title(catalogue.PAGES["noise"].title)
shown = runs.need_omission()
guesses = words["guesses"]
guess = at.choice("guess", guesses, None)
distilled = distil.source(shown)
offered = {} if distilled is None else distil.offered(distilled)
show.lead(words["lead"])
if "noise" not in offered:
    st.info(words["missing"])
    show.end_page()
if guess is None:
    st.subheader(words["question"])
    with st.container(horizontal=True, gap="small"):
        for name, label in guesses.items():
            st.button(label, key=f"noise_{name}", on_click=at.set, kwargs={"guess": name})
    show.end_page()
told = words["shown"] if guess == "show" else words["guessed"]
st.markdown(told.format(guess=guesses[guess].lower()))
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
