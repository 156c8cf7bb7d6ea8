"""Page: one test image, what the teacher says about it, and what raising T brings to light."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.core import numbers as number_words
from dashboard.core import pictures, runs, show
from dashboard.core.experiment import plural
from dashboard.figures import temperatures
from dashboard.topics.soft_targets import address, charts
from dashboard.topics.soft_targets import figures as views


def from_address(name: str, default: Any, read: Callable[[str], tuple[Any, str | None]]) -> Any:
    """Return the viewer's *name*: from the address if somebody else wrote it, else as it was."""
    state, written = f"soft_targets_{name}", f"soft_targets_{name}_written"
    text = st.query_params.get(name)
    if text is not None and text != st.session_state.get(written):
        value, problem = read(text)
        st.session_state[state] = default if problem else value
        if problem:
            st.warning(problem)
    return st.session_state.setdefault(state, default)


def to_address(name: str, value: Any, usual: Any = None) -> None:
    """Keep the viewer's *name* and write it into the address, unless it is the *usual*."""
    st.session_state[f"soft_targets_{name}"] = value
    text = None if value == usual else f"{value:g}" if isinstance(value, float) else str(value)
    st.session_state[f"soft_targets_{name}_written"] = text
    if text is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = text


def address_is_ours() -> None:
    """Take the address for seen: what a widget has just said is newer than it.

    A browser that was quicker than the server still sends the address of before.
    """
    for name in ("image", "T", "digit", "order"):
        st.session_state[f"soft_targets_{name}_written"] = st.query_params.get(name)


def slider_temperature(default: float) -> float:
    """Return T where the slider was left; a T in the address that is new moves the slider."""
    state = st.session_state
    key = f"soft_targets_bars_{state.setdefault('soft_targets_generation', 0)}"
    reported = address.dragged_temperature(state.get(key))
    if reported is not None and state.get("soft_targets_reported") != (key, reported):
        address_is_ours()
        state["soft_targets_reported"], state["soft_targets_T"] = (key, reported), reported
        return reported
    before = state.get("soft_targets_T")
    temperature = from_address("T", default, address.read_temperature)
    if temperature != before:
        state["soft_targets_generation"] += 1
    return temperature


def slider_start(key: str, *look: Any) -> float:
    """Return where the slider starts when the chart is built, which a new *look* causes.

    It is part of the chart's specification, which stays as it is while the slider moves.
    """
    state = st.session_state
    if key not in state or state.get("soft_targets_look") != look:
        state["soft_targets_look"] = look
        state["soft_targets_start"] = state["soft_targets_T"]
    return state["soft_targets_start"]


def go(step: int) -> None:
    """Walk through the list."""
    address_is_ours()
    st.session_state["soft_targets_image"] = views.neighbour(
        listed, st.session_state["soft_targets_image"], step
    )


def take_number() -> None:
    """Take the number that was typed."""
    address_is_ours()
    st.session_state["soft_targets_image"] = st.session_state["soft_targets_pick_number"]


def take_filter() -> None:
    """Take the choice of digit and order, and go to the first image of the new list."""
    address_is_ours()
    picked = st.session_state["soft_targets_pick_digit"]
    digit = None if picked == views.ALL_DIGITS else picked
    order = st.session_state["soft_targets_pick_order"]
    st.session_state["soft_targets_digit"], st.session_state["soft_targets_order"] = digit, order
    first = runs.cached_frame(views.images, shown, digit, order)
    st.session_state["soft_targets_image"] = views.neighbour(
        first, st.session_state["soft_targets_image"], -len(first)
    )


st.html(show.slider_style())
st.title("Soft targets")
shown = runs.selected()
if shown is None:
    st.info(runs.MISSING_RUN_HELP)
    st.stop()

count = len(shown.teacher.test_labels)
telling = views.telling_image(shown)
if st.session_state.get("soft_targets_dataset") not in (None, shown.dataset):
    st.session_state["soft_targets_image"] = telling  # a number means another picture there
st.session_state["soft_targets_dataset"] = shown.dataset
temperature = slider_temperature(temperatures.usual(shown))
image = from_address("image", telling, lambda text: address.read_image(text, count))
digit = from_address("digit", None, number_words.read_digit)
order = from_address("order", "uncertain", address.read_order)
to_address("image", image)
to_address("T", temperature)
to_address("digit", digit)
to_address("order", order, usual="uncertain")
listed = runs.cached_frame(views.images, shown, digit, order)

show.lead(views.sentence(shown, image, temperature))
chooser, bars = st.columns([1, 2.6], gap="medium")
with chooser:
    test_images = runs.test_images(shown.dataset)
    if test_images is None:
        st.markdown(views.caption(shown, image))
        st.info(runs.pictures_help())
    else:
        picture = pictures.Captioned(
            image=test_images[image],
            caption=views.caption(shown, image),
            description=views.caption(shown, image),
            colour="transparent",
        )
        st.html(pictures.strip([picture], width=230))
    with st.container(horizontal=True, gap="small"):
        st.button("Previous", on_click=go, args=(-1,), key="soft_targets_previous")
        st.button("Next", on_click=go, args=(1,), key="soft_targets_next")
    st.caption(views.place_sentence(listed, image, digit, order))
    st.session_state["soft_targets_pick_number"] = image
    st.number_input(
        f"Image number, 0 to {count - 1:,}",
        0,
        count - 1,
        on_change=take_number,
        key="soft_targets_pick_number",
    )
    st.session_state["soft_targets_pick_digit"] = views.ALL_DIGITS if digit is None else digit
    st.selectbox(
        "Walk through",
        [views.ALL_DIGITS, *range(10)],
        format_func=lambda choice: choice if choice == views.ALL_DIGITS else plural(choice),
        on_change=take_filter,
        key="soft_targets_pick_digit",
    )
    st.session_state["soft_targets_pick_order"] = order
    st.selectbox(
        "Order",
        list(address.ORDERS),
        format_func=address.ORDERS.__getitem__,
        on_change=take_filter,
        key="soft_targets_pick_order",
        help="Entropy measures how uncertain the teacher is at T = 1: 0 nats when sure.",
    )
with bars:
    place = st.container(key="soft_targets_wide_picture")
    log, left, right = st.columns([1, 1.2, 1.2], vertical_alignment="bottom")
    log_scale = log.toggle("Log scale", key="soft_targets_log", on_change=address_is_ours)
    classes = [views.MOST_LIKELY, *range(10)]
    first = left.selectbox("Compare wrong class", classes, key="soft_targets_first")
    second = right.selectbox("with wrong class", classes, key="soft_targets_second")
    problem = views.wrong_classes_problem(shown, image, first, second)
    if problem:
        st.warning(problem)
    compared = views.wrong_classes(shown, image, first, second)
    key = f"soft_targets_bars_{st.session_state['soft_targets_generation']}"
    start = slider_start(key, log_scale, show.mode())
    with place:
        show.chart(
            runs.cached_chart(
                charts.softened_distributions,
                views.distributions(shown, image, *compared),
                start,
                log_scale=log_scale,
            ),
            key=key,
            on_select="rerun",
        )

st.markdown(views.words(shown))
st.subheader(f"Test image {image:,} at four temperatures")
role = st.segmented_control(
    "Whose answer", views.ROLES, default="teacher", required=True, key="soft_targets_role"
)
show.chart(
    runs.cached_chart(
        charts.temperatures_side_by_side,
        views.side_by_side(shown, image, role),
        log_scale=log_scale,
    ),
    key="soft_targets_side_by_side",
)
summary = views.run_sentence(shown)
if summary:
    st.markdown(summary)
