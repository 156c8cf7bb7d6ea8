"""One session's part in the tour: its steps, who drives, what has been told; going to a step."""

from typing import NoReturn

import streamlit as st

from dashboard import catalogue
from dashboard.classroom import votes
from dashboard.core import params, presenter, runs, show, tables
from dashboard.core.cache import cached
from dashboard.core.experiment import Experiment
from dashboard.topics.tour import steps as tour
from dashboard.topics.tour.facts import Facts, facts

state = st.session_state


def told() -> Facts | None:
    """Return the chosen run's numbers, None where there is no story to tell."""
    shown = runs.selected()
    if shown is None or shown.omitted_class is None:
        return None
    try:
        return cached(facts, shown)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run: {show.told(error)}")
        return None


def steps() -> list[tour.Step]:
    """Return the chosen run's tour; no step where there is no story to tell."""
    found = told()
    return [] if found is None else tour.steps(found, catalogue.PAGES, tables.sweep)


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
        votes.BOX.set_stage(question, stage)
    else:
        state["tour_told"] = {*state.get("tour_told", set()), question}


def context_of(shown: Experiment) -> str:
    """Return what a question is about, as the vote's store keeps it."""
    return f"{shown.key}|{shown.omitted_class}"


def begin(*, presents: bool) -> NoReturn:
    """Start the tour, with or without the chrome."""
    state["tour_presents"] = presents
    if drives():
        votes.BOX.forget_revealed()  # what has been answered was another class's
    go(1)


def go(number: int | None) -> NoReturn:
    """Go to a step, or with None to the tour's first page."""
    made = steps()
    if number is None or not 1 <= number <= len(made):
        params.go(tour.PAGE, run_in_use())
    step = made[number - 1]
    params.go(step.page, query_of(step, number))


def query_of(step: tour.Step, number: int) -> dict[str, str]:
    """Return what the address of a step says, its page apart."""
    own = "step" if step.page == tour.PAGE else "tour"
    return {**step.state, **run_in_use(), own: str(number)}


def run_in_use() -> dict[str, str]:
    """Return the query parameters that name the run and the omitted class in focus."""
    return {n: text for n, text in params.texts().items() if n in ("run", "omitted")}
