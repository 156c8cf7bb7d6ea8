"""Following the presenter: another screen that goes from step to step as the tour does."""

import streamlit as st

from dashboard.classroom import live
from dashboard.core import params, presenter
from dashboard.parts.news import part as news
from dashboard.topics.tour import state as tour_state
from dashboard.topics.tour import steps as tour

state = st.session_state


def draw(name: str) -> None:
    """Offer to follow in the sidebar of the page *name*; move along if this session does."""
    if name != tour.VOTE_PAGE:
        with st.sidebar:
            draw_toggle("tour_follow_toggle")
    if state.get("tour_follows"):
        seen = live.news()
        _move_along()
        news.draw(seen, key="tour_news")


def draw_toggle(key: str) -> None:
    """Let somebody in the audience follow the presenter from page to page."""
    if live.place() is None or tour_state.drives():
        return
    st.toggle(
        "Follow the presenter",
        value=state.get("tour_follows", False),
        key=key,
        on_change=_take,
        args=(key,),
        help="This screen then moves to each step as the presenter does.",
    )


def _take(key: str) -> None:
    """Begin or stop following."""
    state["tour_follows"] = state[key] and not (presenter.needs_key() and presenter.is_presenter())
    state.pop("tour_seen", None)


def _move_along() -> None:
    """Open the presenter's step if it is another than the one last seen."""
    place = live.place()
    if place is None or state.get("tour_seen") == place.moved:
        return
    state["tour_seen"] = place.moved
    state.pop("tour_led", None)
    params.go(tour.PAGE, {"run": place.run, "step": place.step})
