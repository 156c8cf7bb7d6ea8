"""Page: how the omitted class gets into a student that sees no image of it."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import runs, show
from dashboard.core.cache import cached
from dashboard.core.numbers import plural
from dashboard.core.params import Params
from dashboard.figures import temperatures
from dashboard.parts.gallery import part as gallery
from dashboard.topics.dark_knowledge import bias, charts, figures, gradient
from kdengine.nets import forward
from kdengine.store import runs as store

KEY = "dark_knowledge_gallery"
ALL_CLASSES = "all"
at = Params("dark_knowledge")


def take_rest() -> None:
    """Take T and the image with which the viewer let go."""
    at.hold(**gallery.left_at(st.session_state[KEY], temperatures.RANGE, numbers))


title = st.empty()
title.title("Where the dark knowledge lives")
shown = runs.need_omission()
omitted, name = shown.omitted_class, plural(shown.omitted_class)
title.title(f"How do {name} get into a student that sees none?")

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
student = at.choice("student", gradient.STUDENTS, "trained")
begin = at.begin("gallery", (temperature, image), by=["T", "image"])

show.lead(cached(figures.sentence, shown, temperature))
images = runs.train_images(shown.dataset)
if images is None:
    st.info(runs.pictures_help())
st.segmented_control(
    "Rank the images of",
    [ALL_CLASSES, *taught],
    format_func=lambda digit: "all classes" if digit == ALL_CLASSES else plural(digit),
    required=True,
    label_visibility="collapsed",
    **at.bind("digit", none=ALL_CLASSES),
)
gallery.draw(
    figures.contents(cached(figures.summary, shown), ranked, images),
    temperature=begin.value[0],
    image=image,
    visit=begin.visit,
    mark=f"{shown.key} {omitted} {only} {images is None}",
    key=KEY,
    on_rest=take_rest,
)
st.markdown(cached(figures.carriers_sentence, shown, temperature))
st.markdown(figures.formulas_sentence(image, temperature))
st.latex(figures.mass_formula(shown, image, temperature))
st.latex(cached(figures.share_formula, shown, temperature))
st.markdown(figures.words(shown))

st.subheader(f"“The learned bias for the {omitted} class is much too low”: what does it mean?")
try:
    networks = shown.runs
    biases = {role: forward.output_biases(runs.weights(networks[role].key)) for role in bias.ROLES}
    offset = runs.chosen_offset(shown)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    st.warning(f"This part needs the runs' weights and an offset: {show.told(error)}")
else:
    rows = cached(bias.table, shown, biases)
    st.markdown(bias.answer(rows, omitted, offset))
    st.markdown(bias.where(rows, omitted, offset))
    titles = bias.verdicts(rows, omitted, offset)
    for pair in (bias.QUANTITIES[:2], bias.QUANTITIES[2:]):
        for column, quantity in zip(st.columns(2), pair, strict=True):
            with column:
                figure = display.figure(
                    charts.by_class,
                    bias.drawn(rows, quantity),
                    *titles[quantity],
                    bias.AXES[quantity],
                )
                display.chart(figure, key=f"dark_knowledge_{quantity}")
    st.latex(bias.mass_formula(rows, omitted, len(shown.student.train_labels), offset))
    st.markdown(bias.words(omitted, offset))

st.subheader("Why T²?")
st.segmented_control(
    "Gradient of",
    list(gradient.STUDENTS),
    format_func=gradient.STUDENTS.__getitem__,
    required=True,
    **at.bind("student"),
)
learned = shown.student.config.temperature
table = cached(gradient.gradients, shown, student)
here = cached(gradient.at, shown, student, temperature)
st.markdown(gradient.sentence(here, gradient.sample_size(shown)))
with st.container(key="dark_knowledge_wide_picture"):
    display.chart(
        display.figure(
            charts.gradient_by_temperature, table, here, learned, gradient.finding(table)
        ),
        key="dark_knowledge_gradient",
    )
st.latex(gradient.EQUATIONS)
st.latex(gradient.formula(here))
st.markdown(gradient.WORDS)
