"""Page: one question at a time, answered from a phone before the tour tells the answer."""

import re
import secrets

import streamlit as st

from dashboard.charting import display
from dashboard.classroom import votes
from dashboard.core import runs, show
from dashboard.core.cache import cached
from dashboard.core.experiment import Experiment
from dashboard.topics.tour import follow as tour_follow
from dashboard.topics.tour.facts import Facts, facts
from dashboard.topics.vote import charts
from dashboard.topics.vote import figures as views
from kdengine.store import runs as store

POLL_SECONDS = 2.0
VOTER = re.compile(r"[0-9a-f]{16}")
STYLE = """<style>
.st-key-vote_form [data-testid="stMarkdown"] p {font-size: 1.25rem}
.st-key-vote_form button {min-height: 3rem}
.st-key-vote_form input {font-size: 1.5rem; height: 3rem}
[class*="st-key-vote_digit"] button {min-width: 3.1rem}
[class*="st-key-vote_digit"] button p {font-size: 1.4rem; font-weight: 600}
@media (max-width: 800px) {.stMainBlockContainer h1 {font-size: 1.7rem; padding-top: 0.6rem}}
</style>"""
state = st.session_state


def voter() -> str:
    """Return who votes: in the address, so that a reload is not another voter."""
    asked = st.query_params.get("voter", "")
    if "vote_voter" not in state:
        state["vote_voter"] = asked if VOTER.fullmatch(asked) else secrets.token_hex(8)
    st.query_params["voter"] = state["vote_voter"]
    return state["vote_voter"]


def asked_about(poll: votes.Poll) -> tuple[Experiment, Facts] | None:
    """Return the run that the presenter shows, and its numbers; None if it is gone."""
    key, _, focus = poll.context.partition("|")
    try:
        shown = runs.experiment(key, int(focus))
        return shown, cached(facts, shown)
    except (store.RunNotFound, store.RunDamaged, ValueError):
        return None


def send(question: views.Question, given: object) -> None:
    """Cast a vote; what is wrong with it is told on the page."""
    try:
        votes.BOX.cast(question.name, me, views.parse(question, given))
        state["vote_trouble"] = ""
    except ValueError as error:
        state["vote_trouble"] = str(error)


def draw_form(question: views.Question) -> None:
    """Draw the question's input and what has been sent."""
    with st.container(key="vote_form"):
        st.markdown(question.help)
        own = votes.BOX.own(question.name, me)
        if question.choices:
            given = st.pills("Your guess", question.choices, key=f"vote_digit_{poll.round}")
        else:
            given = st.number_input(
                f"Your guess, {views.limits(question)}",
                min_value=question.low,
                max_value=question.high,
                value=None,
                step=question.step,
                format="%g",
                placeholder="type a number",
                key=f"vote_{question.name}_{poll.round}",
            )
        label = "Send my guess" if own is None else "Change my guess"
        if st.button(label, type="primary", width="stretch", key="vote_send"):
            if given is None:
                state["vote_trouble"] = views.nothing_given(question)
            else:
                send(question, given)
            st.rerun()
        if state.get("vote_trouble"):
            st.warning(state["vote_trouble"])
        if own is not None:
            st.success(f"Your guess: **{views.written(question, own)}**. It counts.")


def draw_answer(question: views.Question, found: Facts) -> None:
    """Draw the answer to a question that is closed, beside one's own guess."""
    given = views.answering(question, poll.votes)
    show.lead(views.truth_sentence(question, given, found))
    own = votes.BOX.own(question.name, me)
    if own is not None:
        verdict = "that is it" if views.is_near(question, own) else "not quite"
        st.markdown(f"Your guess was **{views.written(question, own)}**: {verdict}.")
    with st.container(key="vote_picture"):
        display.chart(
            charts.guesses(
                views.histogram(question, given),
                question.truth,
                views.mark_words(question),
                by_digit=bool(question.choices),
                axis=views.axis_title(question),
                title=views.histogram_title(question, given),
                description=views.description(question, given, True),
            ),
            key="vote_guesses",
        )


def watch(seen: tuple) -> None:
    """Draw the page anew as soon as the presenter goes on; *seen* is what it shows."""
    if signature() != seen:
        st.rerun()


def signature() -> tuple:
    """Return what decides which question is drawn and how; a new guess alone does not."""
    current = votes.BOX.poll(votes.BOX.current())
    return votes.BOX.current(), current.is_open, current.round, current.context


st.html(STYLE)
title = st.empty()
title.title("Vote")
me = voter()
seen = signature()
name = votes.BOX.current()
poll = votes.BOX.poll(name)
about = asked_about(poll) if name else None
if about is None:
    if runs.selected() is None:
        st.info(runs.MISSING_RUN_HELP)
    show.lead("No question is open. Keep this page open: the next one appears here by itself.")
    st.info(
        "The **tour** asks the class three times before it tells: how many of a digit that it "
        "never saw does the student recognise, what does it take them for, and which offset is "
        "best? Everybody guesses here, once a question; a guess can be changed until the answer "
        "is shown."
    )
    st.page_link(
        "topics/tour/page.py", label="Take or present the tour", icon=":material/slideshow:"
    )
else:
    _, told = about
    question = views.questions(told)[name]
    title.title(question.text)
    if poll.is_open:
        draw_form(question)
    else:
        draw_answer(question, told)
tour_follow.draw_toggle("vote_follow")
st.fragment(watch, run_every=POLL_SECONDS)(seen)
