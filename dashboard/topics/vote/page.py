"""Page: one question at a time, answered from a phone before the tour tells the answer."""

from pathlib import Path

import streamlit as st

from dashboard.charting import display
from dashboard.classroom import votes
from dashboard.core import presenter, runs, show
from dashboard.core.params import Params
from dashboard.parts.news import part as news
from dashboard.topics.tour import follow
from dashboard.topics.tour import state as tour_state
from dashboard.topics.tour.facts import Facts
from dashboard.topics.vote import charts, figures
from kdengine.store import runs as store

state = st.session_state
at = Params("vote")


def read_voter(text: str) -> str:
    """Return who votes, by the address; a name that this server did not give is replaced."""
    return text if votes.is_voter(text) else new_voter()


def new_voter() -> str:
    """Return this session's voter, of whom there is one, however often the address is changed."""
    return str(state.setdefault("vote_voter", votes.new_voter()))


def asked_about(poll: votes.Poll) -> Facts | None:
    """Return the numbers of the run that the presenter shows; None if it is gone."""
    key, _, focus = poll.context.partition("|")
    try:
        return tour_state.facts_of(runs.experiment(key, int(focus)))
    except (store.RunNotFound, store.RunDamaged, ValueError):
        return None


def send(question: figures.Question, key: str, asked: int, me: str) -> None:
    """Cast the vote that the input *key* holds; what is wrong with it is told beside it.

    Of a question that was asked anew since its round *asked* it is no answer.
    """
    given = state.get(key)
    try:
        if given is None:
            raise ValueError(figures.nothing_given(question))
        if votes.BOX.poll(question.name).round != asked:
            return
        vote = figures.parse(question, given)
        votes.BOX.cast(question.name, me, vote, presenter.address())
        state.pop("vote_trouble", None)
    except ValueError as error:
        state["vote_trouble"] = key, str(error)


def input_of(question: figures.Question) -> str:
    """Return the key of the question's input; asked anew, it gets an empty one."""
    return f"vote_{'digit' if question.choices else question.name}_{poll.round}"


def tell_trouble(question: figures.Question) -> None:
    """Draw what was wrong with a vote on this question, and on none before it."""
    of, trouble = state.get("vote_trouble", ("", ""))
    if of == input_of(question):
        st.warning(trouble)


def draw_form(question: figures.Question) -> None:
    """Draw the question's input and what has been sent."""
    with st.container(key="vote_form"):
        st.markdown(question.help)
        own = votes.BOX.own(question.name, me)
        key = input_of(question)
        if question.choices:
            st.pills("Your guess", question.choices, key=key)
        else:
            st.number_input(
                f"Your guess, {figures.limits(question)}",
                min_value=question.low,
                max_value=question.high,
                value=None,
                step=question.width,
                format="%g",
                placeholder="type a number",
                key=key,
            )
        label = "Send my guess" if own is None else "Change my guess"
        args = question, key, poll.round, me
        st.button(label, key="vote_send", type="primary", width="stretch", on_click=send, args=args)
        tell_trouble(question)
        if own is not None:
            st.success(f"Your guess: **{figures.written(question, own)}**. It counts.")


def draw_answer(question: figures.Question, found: Facts) -> None:
    """Draw the answer to a question that is closed, beside one's own guess."""
    tell_trouble(question)
    given = figures.answering(question, poll.votes)
    show.lead(figures.truth_sentence(question, given, found))
    own = votes.BOX.own(question.name, me)
    if own is not None:
        verdict = "that is it" if figures.is_near(question, own) else "not quite"
        st.markdown(f"Your guess was **{figures.written(question, own)}**: {verdict}.")
    with st.container(key="vote_picture"):
        display.chart(charts.guesses(question, given, with_truth=True), key="vote_guesses")


st.html(Path(__file__).with_name("form.css"))
title = st.empty()
title.title("Vote")
# In the address, so that a reload is not another voter.
me = at.take("voter", read_voter, None)
if me is None:
    at.hold(voter=(me := new_voter()))
seen = votes.BOX.news()
name = votes.BOX.current()
poll = votes.BOX.poll(name)
told = asked_about(poll) if name else None
if told is None:
    if runs.selected() is None:
        st.info(runs.missing_run_help())
    show.lead("No question is open. Keep this page open: the next one appears here by itself.")
else:
    question = figures.questions(told)[name]
    title.title(question.text)
    if poll.is_open:
        draw_form(question)
    else:
        draw_answer(question, told)
follow.draw_toggle("vote_follow")
news.draw(seen, key="vote_news")
