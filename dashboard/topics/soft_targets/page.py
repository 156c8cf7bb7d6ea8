"""Page: one test image, what the teacher says about it, and what raising T brings to light."""

from pathlib import Path

import streamlit as st

from dashboard.charting import display
from dashboard.core import runs, show, terms
from dashboard.core.cache import cached
from dashboard.core.numbers import in_its_words, plural, word
from dashboard.core.params import Params
from dashboard.figures import temperatures
from dashboard.parts.strip import part as strip
from dashboard.topics.soft_targets import charts, figures

at = Params("soft_targets")


def go(step: int) -> None:
    """Walk through the list."""
    at.set(image=figures.neighbour(listed, at.value("image"), step))


def take_digit(digit: int | None) -> None:
    """Take the choice of digit, and go to the first image of its list."""
    ranked = cached(figures.images, shown, digit)
    at.set(digit=digit, image=figures.neighbour(ranked, at.value("image"), -len(ranked)))


def take_temperature() -> None:
    """Keep T where the slider was let go."""
    left = temperatures.dragged(st.session_state.get(bars_key))
    if left is not None:
        at.hold(T=left)


st.html(display.SLIDER)
st.html(Path(__file__).with_name("page.css"))
st.title("Soft targets")
shown = runs.need_run()

count = len(shown.teacher.test_labels)
temperature = at.number("T", *temperatures.RANGE, temperatures.usual(shown))
# A number means another picture in another data set.
image = at.whole("image", range(count), figures.telling_image(shown), of=shown.dataset)
digit = at.choice("digit", range(10), None)
log_scale = at.flag("log")
with_student = at.flag("student")
# Another scale or mode builds the chart anew.
begin = at.begin("bars", temperature, by=["T"], when=(log_scale, show.mode()))
bars_key = f"soft_targets_bars_{begin.visit}"
listed = cached(figures.images, shown, digit)

show.lead(figures.sentence(shown, image, temperature))
picture, bars = st.columns([1, 2.6], gap="medium")
with picture.container(key="soft_targets_picture"):
    test_images = runs.test_images(shown.dataset)
    caption = figures.caption(shown, image, with_student)
    if test_images is None:
        st.markdown(caption)
        st.info(runs.pictures_help())
    else:
        captioned = strip.Captioned(
            image=test_images[image], caption=caption, description=caption, colour="transparent"
        )
        st.html(strip.html_of([captioned], width=230))
    with st.container(horizontal=True, gap="small"):
        st.button("Previous", on_click=go, args=(-1,), key="soft_targets_previous")
        st.button("Next", on_click=go, args=(1,), key="soft_targets_next")
        st.toggle("The student's answer too", **at.bind("student"))
with bars:
    place = st.container(key="soft_targets_wide_picture")
below, engineers = st.container(), st.expander("For engineers")
log, left, right = engineers.columns([1, 1.2, 1.2], vertical_alignment="bottom")
log.toggle("Log scale", **at.bind("log"))
classes = [figures.MOST_LIKELY, *range(10)]
called = {"format_func": lambda choice: word(choice) if choice in range(10) else choice}
first = left.selectbox("Compare wrong class", classes, key="soft_targets_first", **called)
second = right.selectbox("With wrong class", classes, key="soft_targets_second", **called)
problem = figures.wrong_classes_problem(shown, image, first, second)
if problem:
    engineers.warning(problem)
compared = figures.wrong_classes(shown, image, first, second)
roles = figures.ROLES if with_student else figures.ROLES[:1]
with place:
    display.chart(
        display.figure(
            charts.softened_distributions,
            figures.distributions(shown, image, *compared, roles),
            begin.value,
            log_scale=log_scale,
        ),
        key=bars_key,
        on_select=take_temperature,
    )
number, walk = below.columns(2)
number.number_input(f"Image number, 0 to {count - 1:,}", 0, count - 1, **at.bind("image"))
walk.selectbox(
    "Walk through, least sure first",
    [figures.ALL_DIGITS, *range(10)],
    format_func=lambda choice: plural(choice) if choice in range(10) else in_its_words(choice),
    help=terms.every()["entropy"].words,
    **at.bind("digit", none=figures.ALL_DIGITS, take=take_digit),
)
below.caption(figures.place_sentence(listed, image, digit))

st.subheader(f"Test image {image:,} at four temperatures")
role = st.segmented_control(
    "Whose answer", figures.ROLES, default="teacher", required=True, key="soft_targets_role"
)
with st.container(key="soft_targets_four_wide_picture"):
    display.chart(
        display.figure(
            charts.temperatures_side_by_side,
            figures.side_by_side(shown, image, role),
            log_scale=log_scale,
        ),
        key="soft_targets_side_by_side",
    )
