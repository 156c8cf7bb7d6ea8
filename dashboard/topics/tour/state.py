"""One session's part in the tour: its steps, who drives, what has been told; going to a step."""

from typing import NoReturn

import streamlit as st

from dashboard import catalogue
from dashboard.classroom import votes
from dashboard.core import presenter, runs, tables
from dashboard.core.cache import cached
from dashboard.core.experiment import Experiment
from dashboard.topics.tour import figures as views
from dashboard.topics.tour.facts import Facts, facts

VOTE_PAGE = "vote"
state = st.session_state


def told() -> Facts | None:
    """Return the chosen run's numbers, None where there is no story to tell."""
    shown = runs.selected()
    if shown is None or shown.omitted_class is None:
        return None
    try:
        return cached(facts, shown)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run: {error}")
        return None


def steps() -> list[views.Step]:
    """Return the chosen run's tour; no step where there is no story to tell."""
    found = told()
    if found is None:
        return []
    return views.steps(found, state["tour_pages"], tables.sweep)


def drives() -> bool:
    """Return whether the class follows this session: its votes, its pace.

    Without a key everybody could present; only who has chosen to does.
    """
    is_leading = presenter.needs_key() or state.get("tour_presents", False)
    return presenter.is_presenter() and is_leading and not state.get("tour_follows", False)


def stage_of(question: str) -> str:
    """Return how far this session is with a question: as the class is, or by itself."""
    if question in state.get("tour_told", set()) and not drives():
        return votes.REVEALED
    shown, poll = runs.selected(), votes.BOX.poll(question)
    is_ours = shown is not None and poll.context == context_of(shown)
    return poll.stage if is_ours else ""


def set_stage(question: str, stage: str) -> None:
    """Take the class a stage further, or, for who does not drive, oneself alone."""
    if drives():
        votes.set_stage(question, stage)
    else:
        state["tour_told"] = {*state.get("tour_told", set()), question}


def context_of(shown: Experiment) -> str:
    """Return what a question is about, as the vote's store keeps it."""
    return f"{shown.key}|{shown.omitted_class}"


def begin(number: int, *, presents: bool) -> NoReturn:
    """Start the tour at a step, with or without the chrome."""
    state["tour_presents"] = presents
    if drives():
        votes.forget_revealed()  # what has been answered was another class's
    go(number)


def go(number: int | None) -> NoReturn:
    """Go to a step, or with None to the tour's first page."""
    made = steps()
    if number is None or not 1 <= number <= len(made):
        st.switch_page(path_of(views.TOUR_PAGE), query_params=_run_in_use())
    open_step(made[number - 1], number)


def open_step(step: views.Step, number: int) -> NoReturn:
    """Open the page of *step*, set as the step says."""
    own = "step" if step.page == views.TOUR_PAGE else "tour"
    query = {**step.state, **_run_in_use(), own: str(number)}
    st.switch_page(path_of(step.page), query_params=query)


def path_of(name: str) -> str:
    """Return where the page of a topic lies, as Streamlit wants it."""
    return catalogue.path(name)


def _run_in_use() -> dict[str, str]:
    """Return the query parameters that name the run and the omitted class in focus."""
    names = {"run": state.get("run_key"), "omitted": st.query_params.get("omitted")}
    return {name: value for name, value in names.items() if value is not None}
