"""Page: add an offset to the omitted class's logit and see what it does to every digit."""

import math
from pathlib import Path

import streamlit as st

from dashboard.charting import display
from dashboard.core import presenter, runs, show
from dashboard.core.cache import cached, stored_data
from dashboard.core.numbers import plural
from dashboard.core.params import Params
from dashboard.figures import criteria, wall
from dashboard.parts.wall import part as threes_wall
from dashboard.topics.offset import bias, charts, figures, words
from kdengine.nets import forward
from kdengine.store import runs as store

PICTURE = "offset_wide_picture"
# The chart's slider and the wall's are one: either moves the other, in the browser.
PARTNER = f'.st-key-{PICTURE} .vega-bind input[type="range"]'
NAMES = {"run": "Fully trained", "one-epoch": "After one epoch"}  # of the students
state = st.session_state
at = Params("offset")


def take_criterion(criterion: str) -> None:
    """Move the slider to the criterion that was chosen."""
    at.set(criterion=criterion, offset=None)


def take_slider() -> None:
    """Take the offset at which the slider was let go; a criterion's, if it was left on its mark."""
    left = threes_wall.left_at(state.get("offset_wall"), begin.visit, low, high)
    if left is None:
        return
    named = criteria.criterion_at(marked, left)
    at.hold(offset=left) if named is None else at.hold(criterion=named, offset=None)


def take_image() -> None:
    """Keep which image of the wall was chosen."""
    at.hold(image=threes_wall.image_in(state.get("offset_wall"), begin.visit, at.value("image")))


heading, chooser = st.columns([2, 1], vertical_alignment="center")
heading.title("The offset")
shown = runs.need_omission()
students = figures.students(shown)
student = at.choice("student", students, "run")
if len(students) > 1:
    chooser.segmented_control(
        "Student", label_visibility="collapsed", required=True, **at.bind("student", NAMES)
    )
shown = runs.experiment(students[student], shown.omitted_class)

probes = criteria.probes(shown)
probe = probes[at.choice("probe", probes, "all")]
chosen = cached(criteria.choices, shown, probe)
low, high = criteria.slider_range(chosen)
marked = criteria.on_the_slider(chosen)
named = at.choice("criterion", criteria.CRITERION_NAMES, "frequency")
by_hand = at.number("offset", low, high, None)
criterion = named if by_hand is None else None
offset, problem = (by_hand, "") if criterion is None else criteria.chosen_by(chosen, criterion)

show.lead(words.sentence(shown, offset))
if problem:
    st.warning(show.told(problem))

contents = cached(wall.packed, shown, stored_data(shown.dataset), high)
image = at.whole(
    "image", wall.on_wall(contents), None, what=wall.allowed_words(plural(shown.omitted_class))
)
begin = at.begin(
    "wall",
    (offset, image),
    by=["offset", "criterion", "probe", "image"],
    when=(shown.key, shown.omitted_class, probe),
)
threes_wall.draw(
    contents,
    wall.marks(marked),
    offset=begin.value[0],
    image=begin.value[1],
    visit=begin.visit,
    low=low,
    high=high,
    key="offset_wall",
    on_rest=take_slider,
    on_image=take_image,
    invites=by_hand is None,
    partner=PARTNER,
)
if runs.test_images(shown.dataset) is None:
    st.info(runs.pictures_help())

st.subheader("What it costs")
named = words.words(shown, probe)
st.markdown(words.cost(named))
share = math.floor(100 * named.frequency)
shares = range(max(1, share - 3), share + 6)
percentage = at.whole("told", shares, share + 1)
st.slider(f"Told share of {named.name}, in %", shares[0], shares[-1], width=420, **at.bind("told"))
try:
    st.markdown(cached(words.told, shown, percentage, runs.chosen_offset(shown)))
except ValueError as error:
    st.warning(show.told(error))

st.subheader("Every possible offset")
tables = cached(figures.tables, shown, probe, chosen)
st.html(display.SLIDER)
st.html(Path(__file__).with_name("page.css"))
# It starts anywhere, for its slider follows the wall's: its specification stays as it is.
figure = display.figure(charts.offset_explorer, tables, named, 0.0)
with st.container(key=PICTURE):
    display.chart(figure, key="offset_chart")
st.markdown(words.scope(shown, named))

engineers = st.expander("For engineers")
left, right = engineers.columns([4, 1])
left.segmented_control(
    "Who chooses the offset",
    list(criteria.CRITERION_NAMES),
    format_func=criteria.CRITERION_NAMES.__getitem__,
    required=True,
    **at.mirror("criterion", criterion, take=take_criterion),  # none: it was chosen by hand
)
right.selectbox(
    "Unlabelled images used",
    list(probes),
    format_func=lambda name: criteria.probe_label(probes[name], shown),
    **at.bind("probe"),
)
engineers.markdown(words.explanation(criterion, named))
if criterion == "teacher-mass":
    engineers.markdown(cached(words.taught_alone, shown))
engineers.subheader(f"“The learned bias for the {shown.omitted_class} is much too low”: is it?")
try:
    biases = forward.output_biases(runs.weights(shown.student.key))
    needed = runs.chosen_offset(shown)
except (store.RunNotFound, store.RunDamaged, ValueError) as error:
    engineers.warning(f"This needs the run's weights and an offset: {presenter.told(error)}")
    show.end_page()
found = cached(bias.shortfalls, shown, biases, needed)
engineers.markdown(bias.answer(found, biases, shown.omitted_class, needed))
engineers.markdown(bias.where(found, shown.omitted_class, needed))
engineers.table(bias.table(found, shown.omitted_class), border="horizontal")
engineers.markdown(bias.words(shown.omitted_class, needed))
