"""Page: the story step by step; a question to the class and its answers; the speaker's notes."""

import streamlit as st

from dashboard import catalogue
from dashboard.charting import display
from dashboard.classroom import addresses, links, live, votes
from dashboard.core import presenter, prose, runs, show
from dashboard.core.params import Params
from dashboard.topics.tour import follow
from dashboard.topics.tour import state as tour_state
from dashboard.topics.tour import steps as tour
from dashboard.topics.vote import charts
from dashboard.topics.vote import figures as vote_figures

POLL_SECONDS = 1.0
at = Params(tour.PAGE)


def show_question(question: vote_figures.Question) -> None:
    """Draw a question, how many have answered, and whatever is to be told of the answers."""
    stage = tour_state.stage_of(question.name)
    poll = votes.BOX.poll(question.name)
    given = vote_figures.answering(question, poll.votes) if poll.context == context else []
    is_told = stage == votes.REVEALED
    if is_told:
        show.lead(vote_figures.truth_sentence(question, given, found))
    if stage in (votes.SHOWN, votes.REVEALED):
        chart = charts.guesses(question, given, with_truth=is_told)
        display.chart(chart, key="tour_guesses")
    elif stage:
        label = "guess so far" if len(given) == 1 else "guesses so far"
        rule = "a guess can be changed until the answer is shown"
        st.html(show.cards([show.Card(str(len(given)), label, rule, "", charts.COLOUR)]))
    else:
        st.info("Make up your mind, then press **Reveal**: the run answers.")
    if tour_state.drives():
        show_crowds(question.name)


def show_crowds(name: str) -> None:
    """Tell whoever leads of an address that sends more guesses than a class, and let them act."""
    for address, count in votes.BOX.crowds(name).items():
        words, drop, more = st.columns([4, 1, 1], vertical_alignment="center")
        words.warning(
            f"More than {votes.NEW_AT_ONCE} new guesses at once come from "
            f"{show.shown(address) if address else 'this machine, or through it'}; {count:,} are "
            "counted: a very large class behind one address, or a script. New ones have to wait."
        )
        key, its = f"{name}_{address}", (name, address)
        drop.button("Drop them", key=f"tour_drop_{key}", on_click=votes.BOX.drop, args=its)
        more.button("Take more", key=f"tour_more_{key}", on_click=votes.BOX.welcome, args=its[1:])


def show_code(page: str, words: str, width: str) -> None:
    """Draw the QR code of a page, and what it leads to."""
    place = st.container()
    with st.popover("Link"):
        name = prose.title(page, shown.omitted_class)
        st.page_link(catalogue.path(page), label=f"Open “{name}”", icon=":material/open_in_new:")
        links.choose_base("tour")  # before the code is drawn, which shows what is chosen
    address = addresses.link(links.base(), page, {"run": shown.key})
    with place:
        st.html(links.qr_code(address, width))
        if words:
            st.markdown(f"{words} **{address.removeprefix('http://').partition('?')[0]}**")


def ask(step: tour.Step) -> None:
    """Draw the page of a step that asks the class."""
    question = vote_figures.questions(found)[step.question]
    is_told = tour_state.stage_of(question.name) == votes.REVEALED
    with st.container(key="tour_question"):
        left, right = st.columns([8 if is_told else 2, 1], gap="medium")
        with left:
            st.title(question.text)
            st.markdown(question.help)
            show.fragment(show_question, run_every=POLL_SECONDS)(question)
        with right:
            show_code(tour.VOTE_PAGE, "" if is_told else "Guess at", "min(100%, 19rem)")


def take_leave(step: tour.Step) -> None:
    """Draw the tour's end: what to take along, and the way to something to do."""
    with st.container(key="tour_question"):
        left, right = st.columns([2, 1], gap="large")
        with left:
            st.title(step.title)
            st.markdown("\n".join(f"{n}. {point}" for n, point in enumerate(step.points, 1)))
        with right:
            show_code("draw", f"{step.text}\n\n", "min(100%, 22rem)")


def show_notes() -> None:
    """Draw what the speaker alone sees, following the tour in another window."""
    place = live.place()
    step = place and tour_state.at(place.step)
    if not step:
        st.info("The tour has not begun; start it in the other window.")
        return
    st.markdown(tour_state.pace(step))
    st.subheader(step.title)
    show.lead(step.note)
    st.markdown(f"*On the screen:* {step.text}")
    if step.question:
        question = vote_figures.questions(found)[step.question]
        poll = votes.BOX.poll(step.question)
        given = vote_figures.answering(question, poll.votes)
        st.markdown(f"**{vote_figures.histogram_title(question, given)}.**")
        st.markdown(vote_figures.truth_sentence(question, given, found))
    following = next((each for each in steps if each.number == step.number + 1), None)
    if following:
        st.markdown(f"**Next:** {following.title}")


def show_start() -> None:
    """Draw the tour's first page: ways to begin, and a link to every step."""
    show.lead(
        f"The story of this run in {len(steps)} steps, each on the page where it can be tried. "
        "PageDown plays what moves and leads on, PageUp leads back; so does a clicker."
    )
    may_drive = presenter.is_presenter()
    with st.container(horizontal=True, gap="small"):
        if may_drive:
            if st.button(
                "Present",
                type="primary",
                key="tour_present",
                icon=":material/slideshow:",
                shortcut="PageDown",
                help="Large type, nothing but the story and the pictures.",
            ):
                tour_state.begin(presents=True)
        if st.button("Take the tour", key="tour_take", icon=":material/directions_walk:"):
            tour_state.begin(presents=False)
    follow.draw_toggle("tour_follow_here")
    st.subheader("Steps")
    for step in steps:
        st.page_link(
            catalogue.path(step.page),
            label=f"{step.number}. {step.title}",
            icon=":material/how_to_vote:" if step.question else ":material/arrow_forward:",
            query_params=tour_state.query_of(step),
        )
    if may_drive:
        st.markdown(
            "**Speaker's notes** on a second screen: open this page there with `?notes=1`"
            + (" and your key" if presenter.needs_key() else "")
            + "; it follows the tour."
        )
    else:
        st.caption(
            "This server has a presenter, who alone asks the class and leads those who follow. "
            "You can take the tour at your own pace."
        )


title = st.empty()
title.title("The tour")
shown = runs.need_omission()
found = tour_state.told()
if found is None:
    show.end_page()
steps = [step for step in tour_state.steps() if not step.moves]
context = tour_state.context_of(shown)
step = tour_state.at(at.value("step"))
if at.flag("notes", stays=False) and step is None:
    if presenter.is_presenter():
        title.title("Speaker's notes")
        show.fragment(show_notes, run_every=POLL_SECONDS)()
    else:
        st.info("The notes are the presenter's. Open the link that carries the key, with notes=1.")
elif step is not None:
    title.empty()
    ask(step) if step.question else take_leave(step)
else:
    show_start()
