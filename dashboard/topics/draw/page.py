"""Page: draw a digit, or alter one, and see what four networks answer to it."""

import secrets

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.charting import display
from dashboard.classroom import drawings
from dashboard.core import params, presenter, prose, runs, show
from dashboard.core.cache import cached, loaded, stored_data
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import in_its_words, one_of, word
from dashboard.core.params import Params, Refused
from dashboard.figures import temperatures
from dashboard.parts.pad import part as digit_pad
from dashboard.parts.strip import part as strip
from dashboard.topics.draw import charts, exhibit, figures, morph, strokes
from kdengine.data import drawing
from kdengine.store import runs as store

PAD, EMPTY = "draw_pad", "empty"
state = st.session_state
at = Params("draw")
words = prose.beside(__file__)


def begin(image: int | str) -> None:
    """Put an image, or an empty pad, in place of what is drawn; Undo brings that back."""
    at.set(image=image, drawing=None)


def take_digit() -> None:
    """Begin with the next image of the digit that was chosen."""
    if state["draw_from_digit"] is not None:
        image = -1 if at.value("image") == EMPTY else at.value("image")
        begin(figures.next_of_digit(gallery, state["draw_from_digit"], image))


def take_drawing() -> None:
    """Take what the pad reports when a stroke ends, unless another picture came meanwhile."""
    try:
        start, pixels = strokes.reported(digit_pad.said(PAD, "drawing"))
    except ValueError as error:
        state["draw_problem"] = str(error)
        return
    if start == str(started.visit):
        is_as_begun = (pixels == picture(gallery)).all()
        at.hold(drawing=None if is_as_begun else strokes.encode(pixels))


def take_offer() -> None:
    """Send what is on the pad to the class."""
    try:
        _, pixels = strokes.reported(digit_pad.said(PAD, "offer"))
        drawings.BOX.send(sender, pixels, presenter.address())
    except ValueError as error:
        state["draw_problem"] = str(error)


def called(sent: list[drawings.Drawing]) -> dict[str, list[int]]:
    """Return what each network but the hard-label student calls each of the class's drawings."""
    seen = [drawing.to_mnist_form(each.pixels) for each in sent]
    said = figures.answers(weights, seen, shown.omitted_class, offset)
    return {
        name: logits.argmax(axis=1).tolist() for name, logits in said.items() if name != "baseline"
    }


def take_number(name: str, low: float, high: float) -> None:
    """Take what the pad's slider *name* was left at; None if that is no number of the slider."""
    said = digit_pad.said(PAD, {"T": "temperature"}.get(name, name))
    is_number = isinstance(said, int | float) and low <= said <= high
    if is_number or name == "offset":
        at.hold(**{name: round(float(said), 2) if is_number else None})
        state["draw_moved"] = True


def take_start() -> None:
    """Begin with the start picture that was clicked."""
    image = one_of(near, digit_pad.said(PAD, "begin"))
    if image is not None:
        begin(image)
        state["draw_moved"] = True


@show.fragment
def pad(shown: Experiment, gallery: figures.Gallery) -> None:
    """Draw the pad with the answers: what runs anew after each stroke, and nothing else."""
    if state.pop("draw_moved", False):
        st.rerun()  # the morph below has to follow T and offset, and the pad a start picture
    code = at.value("drawing")
    pixels = picture(gallery) if code is None else strokes.decode(code)
    # A picture as it is gets the answers that other pages show for it.
    seen = pixels if code is None else drawing.to_mnist_form(pixels)
    said = figures.answers(weights, [seen], shown.omitted_class, offset) if pixels.any() else {}
    if "draw_problem" in state:
        st.warning(show.told(state.pop("draw_problem")))
    digit_pad.draw(
        [figures.panel(network, shown, said) for network in figures.networks(shown)],
        figures.starts(gallery, near, shown.omitted_class),
        {name: text.format(**names) for name, text in words["pad"].items()},
        start=str(started.visit),
        pixels=pixels,
        seen=seen,
        notice=figures.notice(pixels),
        is_offered=drawings.BOX.is_open and not presenter.is_presenter(),
        is_sent=np.array_equal(pixels, drawings.BOX.sent_by(sender)),
        omitted=shown.student.config.omitted_classes,
        focus=shown.omitted_class,
        temperature=temperature,
        offset=None
        if shown.omitted_class is None
        else digit_pad.Offset(offset, usual_offset, *offsets),
        on_change={
            "drawing": take_drawing,
            "begin": take_start,
            "offer": take_offer,
            "temperature": lambda: take_number("T", *temperatures.RANGE),
            # Its button goes back to the criterion's.
            "offset": lambda: take_number("offset", *offsets),
        },
        key=PAD,
    )
    params.flush_fragment()


def picture(gallery: figures.Gallery) -> NDArray[np.uint8]:
    """Return what the drawing begins with."""
    image = at.value("image")
    return np.zeros_like(gallery.images[0]) if image == EMPTY else gallery.images[image]


def read_image(text: str) -> int | str:
    """Return the image that the address asks for, or an empty pad."""
    if text == EMPTY or (
        text.isascii() and text.isdigit() and len(text) < 10 and int(text) < count
    ):
        return text if text == EMPTY else int(text)
    raise Refused(f"{EMPTY} or a whole number from 0 to {count - 1:,}")


st.title("Draw your own")
sender = state.setdefault("draw_sender", secrets.token_hex(8))
shown = runs.need_run()
try:
    weights = {name: runs.weights(run.key) for name, run in shown.runs.items()}
    gallery = loaded(figures.gallery, shown, stored_data(shown.dataset))
    figures.check_answering(weights)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    st.warning(presenter.told(error))
    show.end_page()

usual_offset = None
if shown.omitted_class is not None:
    try:
        usual_offset = runs.chosen_offset(shown)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run, so it starts at 0: {show.told(error)}")
offsets = figures.offset_range(usual_offset or 0.0)
count = len(gallery.images)
telling = figures.telling_image(gallery, shown.omitted_class, usual_offset or 0.0)
near = figures.near_misses(gallery, shown.omitted_class)
temperature = at.number("T", *temperatures.RANGE, 1.0)
by_hand = at.number("offset", *offsets, None, of=shown.omitted_class)
offset = (usual_offset or 0.0) if by_hand is None else by_hand
# A number means another picture in another data set.
image = at.take("image", read_image, telling, of=gallery.dataset)
at.take("drawing", strokes.read, None, of=image)  # of another image it is another
picked = (gallery.dataset, shown.omitted_class)
first = at.whole("first", range(count), near[0] if near else 0, of=picked)
last = at.whole("last", range(count), telling, of=picked)
digit = at.choice("digit", range(10), int(gallery.labels[telling]), of=shown.omitted_class)
started = at.begin("pad", None, by=["image", "drawing"])

names = figures.names_of(shown.omitted_class)
show.lead(words["lead" if shown.omitted_class is not None else "lead_all"].format(**names))
exhibit.switches()
if presenter.is_presenter():
    exhibit.gallery(called)
pad(shown, gallery)
if not presenter.is_presenter():
    exhibit.gallery(called)

if shown.baseline is None and presenter.is_presenter():
    st.info(words["no_baseline"])
with st.expander(words["fold"]):
    left, right = st.columns(2)
    state["draw_from_digit"] = None
    left.selectbox(
        "Start from a",
        range(10),
        format_func=word,
        placeholder=in_its_words("digit"),
        on_change=take_digit,
        key="draw_from_digit",
    )
    right.number_input(
        f"or from test image no. 0 to {count - 1:,}",
        0,
        count - 1,
        placeholder="number",
        **at.mirror(
            "from_number",
            None if image == EMPTY else image,
            take=lambda from_number: begin(from_number),
        ),
    )
    st.markdown(words["how"])
if gallery.dataset != shown.dataset:
    st.info(runs.pictures_help() + " Until then scikit-learn's digits are here to begin with.")

st.subheader("From one image to another")
curve_place = st.container()
left, right, whose = st.columns(3, vertical_alignment="bottom")
for column, name, number in ((left, "first", first), (right, "last", last)):
    label = f"{name.capitalize()}: {figures.caption(gallery, number)}"
    column.number_input(label, 0, count - 1, **at.bind(name))
whose.selectbox("Probability of", range(10), format_func=word, **at.bind("digit"))
along = cached(morph.between, shown, stored_data(shown.dataset), (first, last), temperature, offset)
curve = morph.curves(along, digit)
with curve_place:
    st.html(display.SLIDER)
    st.markdown(words["morph"].format(digit=word(digit)))
    pictured = [strip.data_uri(gallery.images[image]) for image in (first, last)]
    with st.container(key="draw_picture"):
        ends = pd.DataFrame({"order": [0, 1], "url": pictured})
        drawn = display.figure(charts.morph_curves, curve, ends, digit)
        display.chart(drawn, key="draw_morph")
