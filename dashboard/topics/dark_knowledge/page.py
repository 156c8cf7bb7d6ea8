"""Page: how the omitted class gets into a student that sees no image of it."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import runs, show
from dashboard.core.address import Address
from dashboard.core.cache import cached
from dashboard.core.digits import plural
from dashboard.figures import temperatures
from dashboard.parts.gallery import part as transfer_set
from dashboard.topics.dark_knowledge import address, bias, charts, gradient
from dashboard.topics.dark_knowledge import figures as views
from dashboard.topics.soft_targets.address import read_temperature
from kdengine.nets import forward
from kdengine.store import runs as store

KEY = "dark_knowledge_transfer_set"
location = Address("dark_knowledge", "T", "digit", "image", "student")
state = st.session_state


def take_rest() -> None:
    """Take T and the image with which the viewer let go."""
    location.is_ours()
    temperature, image = address.reported(state[KEY].get("rest"), state["dark_knowledge_ranked"])
    if temperature is not None:
        state["dark_knowledge_T"] = temperature
    if image is not None:
        state["dark_knowledge_image"] = image


def take_digit() -> None:
    """Take the class whose images are ranked."""
    location.is_ours()
    picked = state["dark_knowledge_pick_digit"]
    state["dark_knowledge_digit"] = None if picked in (None, address.ALL_CLASSES) else picked


def take_student() -> None:
    """Take the student whose gradients are shown."""
    location.is_ours()
    state["dark_knowledge_student"] = state["dark_knowledge_pick_student"]


title = st.empty()
title.title("Where the dark knowledge lives")
shown = runs.need_omission()
omitted, name = shown.omitted_class, plural(shown.omitted_class)
title.title(f"How do {name} get into a student that sees none?")

taught = cached(views.taught_classes, shown)
temperature, moved = location.take("T", temperatures.usual(shown), read_temperature)
only, _ = location.take("digit", None, lambda text: address.read_only(text, taught))
only = only if only in taught else None
ranked = cached(views.ranking, shown, only)
numbers = set(ranked.images.tolist())
state["dark_knowledge_ranked"] = numbers
first = views.first_image(ranked, omitted, temperature)
image, chosen = location.take("image", first, lambda text: address.read_image(text, numbers))
if image not in numbers:
    image = first  # chosen in another ranking
student, _ = location.take("student", "trained", address.read_student)
state.setdefault("dark_knowledge_visit", 0)
if moved or chosen:
    state["dark_knowledge_visit"] += 1  # the address has just moved what the viewer holds

show.lead(cached(views.sentence, shown, temperature))
images = runs.train_images(shown.dataset)
if images is None:
    st.info(runs.pictures_help())
state["dark_knowledge_pick_digit"] = address.ALL_CLASSES if only is None else only
st.segmented_control(
    "Rank the images of",
    [address.ALL_CLASSES, *taught],
    format_func=lambda digit: "all classes" if digit == address.ALL_CLASSES else plural(digit),
    required=True,
    on_change=take_digit,
    key="dark_knowledge_pick_digit",
    label_visibility="collapsed",
)
transfer_set.draw(
    cached(views.summary, shown),
    ranked,
    images,
    temperature=temperature,
    image=image,
    visit=state["dark_knowledge_visit"],
    mark=f"{shown.key} {omitted} {only}",
    key=KEY,
    on_rest=take_rest,
)
st.markdown(cached(views.carriers_sentence, shown, temperature))
st.markdown(views.formulas_sentence(image, temperature))
st.latex(views.mass_formula(shown, image, temperature))
st.latex(cached(views.share_formula, shown, temperature))
st.markdown(views.words(shown))

st.subheader(f"“The learned bias for the {omitted} class is much too low”: what does it mean?")
try:
    networks = shown.runs
    biases = {role: forward.output_biases(runs.weights(networks[role].key)) for role in bias.ROLES}
    offset = runs.chosen_offset(shown)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    st.warning(f"This part needs the runs' weights and an offset: {error}")
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
state["dark_knowledge_pick_student"] = student
st.segmented_control(
    "Gradient of",
    list(gradient.STUDENTS),
    format_func=gradient.STUDENTS.__getitem__,
    required=True,
    on_change=take_student,
    key="dark_knowledge_pick_student",
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

# Last, so that an address stands for a page that is complete; what is usual is left out of it.
location.keep("T", temperature)
location.keep("digit", only)
location.keep("image", image, usual=first)
location.keep("student", student, usual="trained")
