"""One session's part in the tour: its steps, who drives, what has been told; going to a step."""

import time
from dataclasses import replace
from typing import Any, NoReturn

import streamlit as st

from dashboard import catalogue
from dashboard.classroom import live, votes
from dashboard.core import params, presenter, runs, show, tables
from dashboard.core.cache import cached
from dashboard.core.experiment import Experiment
from dashboard.topics.offset import figures as offset_figures
from dashboard.topics.tour import steps as tour
from dashboard.topics.tour.facts import Facts, facts

state = st.session_state


def told() -> Facts | None:
    """Return the chosen run's numbers, None where there is no story to tell."""
    shown = runs.selected()
    if shown is None or shown.omitted_class is None:
        return None
    try:
        return facts_of(shown)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run: {show.told(error)}")
        return None


def facts_of(shown: Experiment) -> Facts:
    """Return the numbers of an experiment, with those of its student of one epoch if there is one.

    Raises
    ------
    ValueError
        If a criterion finds no offset.
    """
    brief = offset_figures.students(shown).get("one-epoch")
    found = cached(facts, shown)
    if brief is None:
        return found
    return replace(found, brief=cached(facts, runs.experiment(brief, shown.omitted_class)))


def steps() -> list[tour.Step]:
    """Return the chosen run's tour; no step where there is no story to tell."""
    found = told()
    if found is None:
        return []
    told_of = {name: tables.sweep(name) for name in (tour.LEAKS, tour.PAIR)}
    return list(cached(_steps, found, tuple(catalogue.PAGES), told_of))


def _steps(found: Facts, pages: tuple[str, ...], told_of: dict[str, Any]) -> list[tour.Step]:
    """Return the steps that are told of those tables."""
    return tour.steps(found, pages, told_of.get)


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
    go("1")


def go(place: str | None) -> NoReturn:
    """Go to what the address calls *place*, or with None to the tour's first page."""
    step = at(place)
    if step is None:
        params.go(tour.PAGE, run_in_use())
    params.go(step.page, query_of(step))


def at(place: str | None) -> tour.Step | None:
    """Return what the address calls *place*, None if the chosen run's tour has no such step."""
    if place is None:  # on every page, most of the time
        return None
    return next((step for step in steps() if step.place == place), None)


def move(here: tour.Step, by: int) -> NoReturn:
    """Go on from a step, or back; between its beats the browser moves the control itself."""
    made = steps()
    place = made.index(here) + by
    if not 0 <= place < len(made):
        go(None)
    there = made[place]
    plays = there.number == here.number
    if plays:
        state["tour_turn"] = there.place, state.get("tour_turn", ("", 0))[1] + 1
    params.go(there.page, query_of(there), glides=plays and there.moves)


def turn(here: tour.Step) -> int:
    """Return the number of the turn between two beats that led here, 0 if none did."""
    place, number = state.get("tour_turn", ("", 0))
    if place != here.place:
        state["tour_turn"] = "", number  # whoever comes back there later finds it as it was left
        return 0
    return number


def pace(step: tour.Step) -> str:
    """Return how long a step may take, and the time since the presenter began."""
    whole = [each for each in steps() if not each.moves]
    until, total = (
        _clock(60 * sum(each.minutes for each in whole if each.number <= last))
        for last in (step.number, whole[-1].number)
    )
    unit = "minute" if step.minutes == 1 else "minutes"
    told = f"Step {step.number} of {whole[-1].number} · {step.minutes:g} {unit}, until {until}"
    place = live.place()
    return told + (f" · **{_clock(time.monotonic() - place.since)}** of {total}" if place else "")


def _clock(seconds: float) -> str:
    """Return ``4:05``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def query_of(step: tour.Step) -> dict[str, str]:
    """Return what the address of a step says, its page apart."""
    own = "step" if step.page == tour.PAGE else "tour"
    return {**step.state, **run_in_use(), own: step.place}


def run_in_use() -> dict[str, str]:
    """Return the query parameters that name the run and the omitted class in focus."""
    return {n: text for n, text in params.texts().items() if n in ("run", "omitted")}
