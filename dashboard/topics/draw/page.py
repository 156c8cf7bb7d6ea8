"""Page: draw a digit, or alter one, and see what four networks answer to it."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.charting import display, theme
from dashboard.core import numbers as number_words
from dashboard.core import runs, show
from dashboard.core.address import Address
from dashboard.core.cache import cached, loaded, stored_data
from dashboard.core.experiment import Experiment
from dashboard.parts.pad import part as digit_pad
from dashboard.parts.strip import part as strip
from dashboard.topics.draw import address as read
from dashboard.topics.draw import charts, morph
from dashboard.topics.draw import figures as views
from kdengine.data import drawing
from kdengine.store import runs as store

PAD = "draw_pad"
state = st.session_state
address = Address("draw", "image", "drawing", "T", "offset", "first", "last", "digit")


def begin(image: int | str) -> None:
    """Put an image, or an empty pad, in place of what is drawn; Undo brings that back."""
    address.is_ours()
    state["draw_image"], state["draw_drawing"] = image, None
    state["draw_start"] += 1


def take_number() -> None:
    """Begin with the image whose number was typed."""
    begin(state["draw_from_number"])


def take_digit() -> None:
    """Begin with the next image of the digit that was chosen."""
    if state["draw_from_digit"] is not None:
        image = state["draw_image"] if isinstance(state["draw_image"], int) else -1
        begin(views.next_of_digit(gallery, state["draw_from_digit"], image))


def take_drawing() -> None:
    """Take what the pad reports when a stroke ends, unless another picture came meanwhile."""
    address.is_ours()
    try:
        start, pixels = read.reported_drawing(digit_pad.said(PAD, "drawing"))
    except ValueError as error:
        state["draw_problem"] = str(error)
        return
    if start == str(state["draw_start"]):
        is_as_begun = (pixels == picture(gallery)).all()
        state["draw_drawing"] = None if is_as_begun else read.encode(pixels)


def take_temperature() -> None:
    """Take T where its slider was let go."""
    address.is_ours()
    value, problem = read.read_temperature(str(digit_pad.said(PAD, "temperature")))
    if problem is None:
        state["draw_T"] = value
        state["draw_moved"] = True


def take_offset() -> None:
    """Take the offset where its slider was let go; its button goes back to the criterion's."""
    address.is_ours()
    value, problem = read_offset(str(digit_pad.said(PAD, "offset")))
    state["draw_offset"] = None if problem else value
    state["draw_moved"] = True


def take_ends() -> None:
    """Take the two images that the morph leads between, and its digit."""
    address.is_ours()
    for name in ("first", "last", "digit"):
        state[f"draw_{name}"] = state[f"draw_pick_{name}"]


@st.fragment
def pad(shown: Experiment, gallery: views.Gallery) -> None:
    """Draw the pad with the answers: what runs anew after each stroke, and nothing else."""
    if state.pop("draw_moved", False):
        st.rerun()  # the morph below has to follow T and offset
    temperature, offset = state["draw_T"], current_offset()
    code = state["draw_drawing"]
    pixels = picture(gallery) if code is None else read.decode(code)
    # A picture as it is gets the answers that other pages show for it.
    seen = pixels if code is None else drawing.to_mnist_form(pixels)
    said = views.answers(weights, [seen], shown.omitted_class, offset) if pixels.any() else {}
    above = st.container()
    if "draw_problem" in state:
        st.warning(state.pop("draw_problem"))
    low, high = views.offset_range(usual_offset or 0.0)
    digit_pad.draw(
        [panel(network, shown, said) for network in views.networks(shown)],
        start=str(state["draw_start"]),
        pixels=pixels,
        seen=seen,
        notice=views.notice(pixels),
        omitted=shown.student.config.omitted_classes,
        focus=shown.omitted_class,
        temperature=temperature,
        offset=None
        if shown.omitted_class is None
        else digit_pad.Offset(offset, usual_offset, low, high),
        on_change={
            "drawing": take_drawing,
            "temperature": take_temperature,
            "offset": take_offset,
        },
        key=PAD,
    )
    # Last, though it stands above: the pad's answers need not wait for it.
    with above:
        if said:
            show.lead(views.sentence(said, shown, temperature, offset))
        else:
            show.lead("**Draw a digit** on the pad: the networks answer at every stroke.")
    address.keep("image", state["draw_image"])
    address.keep("drawing", state["draw_drawing"])
    address.keep("T", temperature, usual=1.0)
    address.keep("offset", state["draw_offset"])


def panel(network: str, shown: Experiment, said: views.Logits) -> digit_pad.Answer:
    """Return one network's place beside the pad; where nothing is *said* it is silent."""
    shifted = network == "student-offset"
    # The browser adds the offset, so that its slider is followed without a rerun.
    logits = said.get("student" if shifted else network)
    return digit_pad.Answer(
        name=views.TITLES[network],
        note=views.note_of(network, shown),
        colour=theme.colour_of(views.NETWORKS[network]),
        logits=None if logits is None else logits[0].tolist(),
        shifted=shifted,
    )


def current_offset() -> float:
    """Return the offset by hand, else the frequency criterion's, else none."""
    by_hand = state["draw_offset"]
    return (usual_offset or 0.0) if by_hand is None else by_hand


def picture(gallery: views.Gallery) -> NDArray[np.uint8]:
    """Return what the drawing begins with."""
    image = state["draw_image"]
    return np.zeros_like(gallery.images[0]) if image == read.EMPTY else gallery.images[image]


def answers_along(
    shown: Experiment, dataset: str, ends: tuple[int, int], temperature: float, offset: float
) -> pd.DataFrame:
    """Return the networks' answers on the way between two images of *dataset*, the gallery's."""
    pair = gallery.images[ends[0]], gallery.images[ends[1]]
    return morph.table(weights, pair, temperature, shown.omitted_class, offset)


def forget(*names: str) -> None:
    """Let these be chosen anew; their values in the address count as seen."""
    for name in names:
        state.pop(f"draw_{name}", None)


st.title("Draw your own")
shown = runs.selected()
if shown is None:
    st.info(runs.MISSING_RUN_HELP)
    show.end_page()
try:
    weights = {name: runs.weights(run.key) for name, run in shown.runs.items()}
    gallery = loaded(views.gallery, shown, stored_data(shown.dataset))
    views.check_answering(weights)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    st.warning(str(error))
    show.end_page()

usual_offset = None
if shown.omitted_class is not None:
    try:
        usual_offset = runs.chosen_offset(shown)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run, so it starts at 0: {error}")
read_offset = read.read_number("offset", *views.offset_range(usual_offset or 0.0), 2)

count = len(gallery.images)
telling = views.telling_image(gallery, shown.omitted_class, usual_offset or 0.0)
near = views.near_misses(gallery, shown.omitted_class)
if state.get("draw_dataset", gallery.dataset) != gallery.dataset:
    forget("image", "first", "last")  # a number means another picture there
    state["draw_start"] += state["draw_drawing"] is None
if state.get("draw_focus", shown.omitted_class) != shown.omitted_class:
    forget("first", "last", "digit", "offset")
state["draw_dataset"], state["draw_focus"] = gallery.dataset, shown.omitted_class
if state.get("draw_offset") is not None and read_offset(str(state["draw_offset"]))[1]:
    forget("offset")  # outside this run's slider
new_image = address.take("image", telling, read.read_image("image", count))[1]
new_drawing = address.take("drawing", None, read.read_drawing)[1]
address.take("T", 1.0, read.read_temperature)
address.take("offset", None, read_offset)
address.take("first", near[0] if near else 0, read.read_image("first", count))
address.take("last", telling, read.read_image("last", count))
usual_digit = int(gallery.labels[telling])
address.take("digit", usual_digit, number_words.read_digit)
if new_image and not new_drawing:
    state["draw_drawing"] = None
state["draw_start"] = state.get("draw_start", 0) + (new_image or new_drawing)

pad(shown, gallery)

if shown.baseline is None:
    st.info(
        "A hard-label student, trained on the same images without soft targets, is not stored "
        f"for this run. This makes it: `{views.baseline_command(shown)}`"
    )
with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
    for image in near:
        label = views.idea(gallery, image, shown.omitted_class)
        st.button(label, on_click=begin, args=(image,), key=f"draw_idea_{gallery.labels[image]}")
    st.button("Empty pad", on_click=begin, args=(read.EMPTY,), key="draw_empty")
    state["draw_from_digit"] = None
    st.selectbox(
        "Start from a",
        range(10),
        placeholder="digit",
        on_change=take_digit,
        key="draw_from_digit",
        width=130,
    )
    state["draw_from_number"] = state["draw_image"] if state["draw_image"] != read.EMPTY else None
    st.number_input(
        f"or no. 0 to {count - 1:,}",
        0,
        count - 1,
        placeholder="number",
        on_change=take_number,
        key="draw_from_number",
        width=130,
    )
st.caption(
    "The networks see a drawing in the form of MNIST's images: scaled to fit 20×20 pixels, then "
    "centred in 28×28 by its mass. Without a mouse: Tab to the pad, arrow keys move, Space paints."
)
if gallery.dataset != shown.dataset:
    st.info(runs.pictures_help() + " Until then scikit-learn's digits are here to begin with.")

st.subheader("From one image to another")
curve_place = st.container()
for name in ("first", "last", "digit"):
    state[f"draw_pick_{name}"] = state[f"draw_{name}"]
left, right, whose = st.columns(3, vertical_alignment="bottom")
for column, name in ((left, "first"), (right, "last")):
    column.number_input(
        f"{name.capitalize()}: {views.caption(gallery, state[f'draw_{name}'])}",
        0,
        count - 1,
        on_change=take_ends,
        key=f"draw_pick_{name}",
    )
whose.selectbox("Probability of", range(10), on_change=take_ends, key="draw_pick_digit")
ends = state["draw_first"], state["draw_last"]
along = cached(answers_along, shown, gallery.dataset, ends, state["draw_T"], current_offset())
curve = morph.curves(along, state["draw_digit"])
with curve_place:
    st.html(display.slider_style())
    st.markdown(morph.sentence(gallery, ends, curve, state["draw_digit"]))
    pictured = [strip.data_uri(gallery.images[image]) for image in ends]
    with st.container(key="draw_picture"):
        display.chart(
            display.figure(
                charts.morph_curves,
                curve,
                pd.DataFrame({"order": [0, 1], "url": pictured}),
                state["draw_digit"],
            ),
            key="draw_morph",
        )
for name, usual in (("first", near[0] if near else 0), ("last", telling), ("digit", usual_digit)):
    address.keep(name, state[f"draw_{name}"], usual=usual)
