"""Page: how the omitted class gets into a student that sees no image of it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import runs, show
from dashboard.charts import dark_knowledge as charts
from dashboard.components.transfer_set import component as transfer_set
from dashboard.views import dark_knowledge as views
from dashboard.views import dark_knowledge_address as address
from dashboard.views import dark_knowledge_bias as bias
from dashboard.views import dark_knowledge_gradient as gradient
from dashboard.views.experiment import plural
from dashboard.views.soft_targets import default_temperature
from dashboard.views.soft_targets_address import read_temperature
from kdengine import store

KEY = "dark_knowledge_transfer_set"
NAMES = ("T", "digit", "image", "student")
state = st.session_state


def from_address(name: str, default: Any, read: Callable[[str], tuple[Any, str | None]]) -> Any:
    """Return the viewer's *name*: from the address if somebody else wrote it, else as it was."""
    kept, written = f"dark_knowledge_{name}", f"dark_knowledge_{name}_written"
    text = st.query_params.get(name)
    if text is not None and text != state.get(written):
        value, problem = read(text)
        state[kept] = default if problem else value
        state["dark_knowledge_visit"] = state.get("dark_knowledge_visit", 0) + 1
        if problem:
            st.warning(problem)
    return state.setdefault(kept, default)


def to_address(name: str, value: Any, usual: Any = None) -> None:
    """Keep the viewer's *name* and write it into the address, unless it is the *usual*."""
    state[f"dark_knowledge_{name}"] = value
    text = None if value == usual else f"{value:g}" if isinstance(value, float) else str(value)
    state[f"dark_knowledge_{name}_written"] = text
    if text is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = text


def address_is_ours() -> None:
    """Take the address for seen: what the viewer has just done is newer than it."""
    for name in NAMES:
        state[f"dark_knowledge_{name}_written"] = st.query_params.get(name)


def take_rest() -> None:
    """Take T and the image with which the viewer let go."""
    address_is_ours()
    temperature, image = address.reported(state[KEY].get("rest"), state["dark_knowledge_ranked"])
    if temperature is not None:
        state["dark_knowledge_T"] = temperature
    if image is not None:
        state["dark_knowledge_image"] = image


def take_digit() -> None:
    """Take the class whose images are ranked."""
    address_is_ours()
    picked = state["dark_knowledge_pick_digit"]
    state["dark_knowledge_digit"] = None if picked in (None, address.ALL_CLASSES) else picked


def take_student() -> None:
    """Take the student whose gradients are shown."""
    address_is_ours()
    state["dark_knowledge_student"] = state["dark_knowledge_pick_student"]


title = st.empty()
title.title("Where the dark knowledge lives")
shown = runs.need_omission()
omitted, name = shown.omitted_class, plural(shown.omitted_class)
title.title(f"How do {name} get into a student that sees none?")

taught = runs.cached_frame(views.taught_classes, shown)
temperature = from_address("T", default_temperature(shown), read_temperature)
only = from_address("digit", None, lambda text: address.read_only(text, taught))
only = only if only in taught else None
ranked = runs.cached_frame(views.ranking, shown, only)
numbers = set(ranked.images.tolist())
state["dark_knowledge_ranked"] = numbers
first = views.first_image(ranked, omitted, temperature)
image = from_address("image", first, lambda text: address.read_image(text, numbers))
if image not in numbers:
    image = first  # chosen in another ranking
student = from_address("student", "trained", address.read_student)
visit = (state.get("dark_knowledge_visit", 0), shown.key, omitted, only)

show.lead(runs.cached_frame(views.sentence, shown, temperature))
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
    runs.cached_frame(views.summary, shown),
    ranked,
    images,
    temperature=temperature,
    image=image,
    visit=str(visit),
    mark=f"{shown.key} {omitted} {only}",
    key=KEY,
    on_rest=take_rest,
)
st.markdown(runs.cached_frame(views.carriers_sentence, shown, temperature))
st.latex(views.mass_formula(shown, image, temperature))
st.latex(runs.cached_frame(views.share_formula, shown, temperature))
st.markdown(views.words(shown))

st.header(f"“The learned bias for the {omitted} class is much too low”: what does it mean?")
try:
    biases = {
        "teacher": runs.output_bias(shown.teacher.key),
        "student": runs.output_bias(shown.student.key),
    }
    offset = runs.chosen_offset(shown.key, omitted, "frequency", None)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    st.warning(f"This part needs the runs' weights and an offset: {error}")
else:
    rows = runs.cached_frame(bias.table, shown, biases)
    st.markdown(bias.answer(rows, omitted, offset))
    st.markdown(bias.where(rows, omitted, offset))
    titles = bias.verdicts(rows, omitted, offset)
    for pair in (bias.QUANTITIES[:2], bias.QUANTITIES[2:]):
        for column, quantity in zip(st.columns(2), pair, strict=True):
            with column:
                figure = charts.by_class(
                    bias.drawn(rows, quantity), titles[quantity], bias.AXES[quantity]
                )
                show.chart(figure, key=f"dark_knowledge_{quantity}")
    st.latex(bias.mass_formula(rows, omitted, len(shown.student.train_labels), offset))
    st.markdown(bias.words(omitted, offset))

st.header("Why T²?")
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
table = runs.cached_frame(gradient.gradients, shown, student)
sizes = runs.cached_frame(gradient.at, shown, student, temperature)
st.markdown(gradient.sentence(sizes, temperature, gradient.sample_size(shown)))
show.chart(
    charts.gradient_by_temperature(table, learned, gradient.finding(table)),
    key="dark_knowledge_gradient",
)
st.latex(gradient.formula(sizes, temperature))
st.markdown(gradient.WORDS)

# Last, so that an address stands for a page that is complete; what is usual is left out of it.
to_address("T", temperature)
to_address("digit", only)
to_address("image", image, usual=first)
to_address("student", student, usual="trained")
