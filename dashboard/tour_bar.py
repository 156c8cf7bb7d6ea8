"""The tour on top of any page: the story's text, the buttons, presenting and following.

A step of the tour has one address, ``/tour?step=4``. It leads to the step's page, in the step's
state, with ``tour=4`` beside it; there this module draws the bar.
"""

import streamlit as st

from dashboard import live, presenter, runs, share, show, votes
from dashboard.components.spotlight import component as spotlight
from dashboard.views import tour as views
from dashboard.views.experiment import Experiment
from dashboard.views.tour_facts import Facts, facts

FOLLOW_SECONDS = 2.0
VOTE_PAGE = "vote"
state = st.session_state


def draw(name: str, registered: list[str]) -> None:
    """Draw the bar if the address of the page *name* is a step's; lead on if it asks to.

    Parameters
    ----------
    registered : list of str
        The names of all pages there are; a step on another page is left out.
    """
    state["page_name"], state["tour_pages"] = name, registered
    refusal = presenter.refusal()
    if refusal:
        st.warning(refusal)
    _follow(name)
    asked = st.query_params.get("step" if name == views.TOUR_PAGE else "tour")
    if asked is None:
        _offer_return(name)
        return
    found = told()
    if found is None:
        return
    steps = views.steps(found, state["tour_pages"])
    number = views.number_of(asked, len(steps))
    if number is None:
        st.warning(views.refused_step(asked, len(steps)))
        _forget_step()
        return
    step = steps[number - 1]
    if step.page != name:
        if name == views.TOUR_PAGE:
            _open(step, number)
        _forget_step()
        return
    _arrive(step, number)
    _draw_bar(step, number, steps)


def told() -> Facts | None:
    """Return the chosen run's numbers, None where there is no story to tell."""
    shown = runs.selected()
    if shown is None or shown.omitted_class is None:
        return None
    try:
        return runs.cached_frame(facts, shown)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run: {error}")
        return None


def go(number: int | None) -> None:
    """Go to a step, or with None to the tour's first page."""
    query = {} if number is None else {"step": str(number)}
    st.switch_page(path_of(views.TOUR_PAGE), query_params={**query, **_run_in_use()})


def begin(number: int, *, presents: bool) -> None:
    """Start the tour at a step, with or without the chrome."""
    state["tour_presents"] = presents
    go(number)


def leave(name: str) -> None:
    """End the tour; its page stays open."""
    state["tour_presents"] = False
    state.pop("tour_at", None)
    if presenter.is_presenter() and not state.get("tour_follows"):
        live.end()
    if name == views.TOUR_PAGE:
        go(None)
    _forget_step()
    st.rerun()


def path_of(name: str) -> str:
    """Return where the page of a topic lies, as Streamlit wants it."""
    return f"app_pages/{name}.py"


def context_of(shown: Experiment) -> str:
    """Return what a question is about, as the vote's store keeps it."""
    return f"{shown.key}|{shown.omitted_class}"


def _open(step: views.Step, number: int) -> None:
    """Open the page of *step*, set as the step says."""
    query = {**step.state, **_run_in_use(), "tour": str(number)}
    st.switch_page(path_of(step.page), query_params=query)


def _run_in_use() -> dict[str, str]:
    """Return the query parameters that name the run and the omitted class in focus."""
    names = {"run": state.get("run_key"), "omitted": st.query_params.get("omitted")}
    return {name: value for name, value in names.items() if value is not None}


def _arrive(step: views.Step, number: int) -> None:
    """Remember the step; whoever drives tells the others, and asks the step's question."""
    state["tour_at"] = number
    if not _drives():
        return
    live.publish(number, state["run_key"])
    shown = runs.selected()
    if step.question and shown is not None:
        votes.ask(step.question, context_of(shown))


def _drives() -> bool:
    """Return whether this session is the one that the others follow."""
    return presenter.is_presenter() and not state.get("tour_follows", False)


def _forget_step() -> None:
    """Take the step out of the address."""
    for parameter in ("tour",) if state["page_name"] != views.TOUR_PAGE else ("tour", "step"):
        st.query_params.pop(parameter, None)


def _draw_bar(step: views.Step, number: int, steps: list[views.Step]) -> None:
    """Draw the buttons and the text; do what a button says."""
    presents = state.get("tour_presents", False)
    st.html(show.TOUR_STYLE + (show.PRESENTING_STYLE if presents else ""))
    with st.container(key="tour_bar", horizontal=True, vertical_alignment="center", gap="small"):
        if state.get("tour_follows"):
            _words(step, number, len(steps))
            return
        if st.button(
            "Back",
            key="tour_back",
            icon=":material/arrow_back:",
            shortcut="PageUp",
            disabled=number == 1,
        ):
            go(number - 1)
        _words(step, number, len(steps))
        is_last = number == len(steps)
        label, stage = _next_of(step, is_last)
        if st.button(
            label,
            key="tour_next",
            type="primary",
            shortcut="PageDown",
            icon=":material/arrow_forward:",
        ):
            if stage:
                votes.set_stage(step.question, stage)
                st.rerun()
            if is_last:
                leave(views.TOUR_PAGE)
            go(number + 1)
        _draw_more(step)
        if st.button("", key="tour_leave", icon=":material/close:", help="Leave the tour"):
            leave(step.page)
    if state.get("tour_notes") and presenter.is_presenter():
        st.info(f"**Speaker's note.** {step.note}", icon=":material/speaker_notes:")
    spotlight.draw(step.spot, number)


def _next_of(step: views.Step, is_last: bool) -> tuple[str, str]:
    """Return what the forward button says, and the stage of the vote that it leads to, if any."""
    if step.question and _drives():
        stage = votes.BOX.poll(step.question).stage
        if stage == votes.ASKED:
            return "Show guesses", votes.SHOWN
        if stage == votes.SHOWN:
            return "Reveal", votes.REVEALED
    return ("End" if is_last else "Next"), ""


def _words(step: views.Step, number: int, count: int) -> None:
    """Draw the step's text."""
    with st.container(key="tour_words", width="stretch"):
        st.markdown(f"**{step.title}** <small>{number} of {count}</small>", unsafe_allow_html=True)
        look = f" :material/visibility: *{step.look}*" if step.look else ""
        if not step.question:
            st.markdown(step.text + look)


def _draw_more(step: views.Step) -> None:
    """Draw what the speaker needs now and then."""
    with st.popover("", icon=":material/more_vert:", key="tour_more", help="Presenting, notes, QR"):
        for name, label in (("presents", "Presenting mode"), ("notes", "Speaker's notes here")):
            if name == "notes" and not presenter.is_presenter():
                continue
            st.toggle(
                label,
                value=state.get(f"tour_{name}", False),
                key=f"tour_{name}_toggle",
                on_change=_take_toggle,
                args=(name,),
            )
        if st.button("QR code of this view", key="tour_share", icon=":material/qr_code_2:"):
            share.open_dialog(step.page)
        if step.question and presenter.is_presenter():
            if st.button("Ask again", key="tour_again", icon=":material/restart_alt:"):
                votes.reset(step.question)
                st.rerun()
        if st.button("All steps", key="tour_all", icon=":material/list:"):
            go(None)


def _take_toggle(name: str) -> None:
    """Keep a toggle's value where a change of page does not drop it."""
    state[f"tour_{name}"] = state[f"tour_{name}_toggle"]


def _offer_return(name: str) -> None:
    """Lead back to the tour whoever has strayed from it, by a click on a picture for instance."""
    number = state.get("tour_at")
    if number is None or name in (views.TOUR_PAGE, VOTE_PAGE) or state.get("tour_follows"):
        return
    st.html(show.TOUR_STYLE + (show.PRESENTING_STYLE if state.get("tour_presents") else ""))
    with st.container(key="tour_bar", horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(f"Back to step {number} of the tour", key="tour_return", shortcut="PageDown"):
            go(number)
        if st.button("", key="tour_leave", icon=":material/close:", help="Leave the tour"):
            leave(name)


# Following


def draw_follow_toggle(key: str) -> None:
    """Let somebody in the audience follow the presenter from page to page."""
    if live.place() is None or (presenter.needs_key() and presenter.is_presenter()):
        return
    st.toggle(
        "Follow the presenter",
        value=state.get("tour_follows", False),
        key=key,
        on_change=_take_follow,
        args=(key,),
        help="This screen then moves to each step as the presenter does.",
    )


def _take_follow(key: str) -> None:
    """Begin or stop following."""
    state["tour_follows"] = state[key]
    state.pop("tour_seen", None)


def _follow(name: str) -> None:
    """Go where the presenter goes, if this session follows."""
    if name != VOTE_PAGE:
        with st.sidebar:
            draw_follow_toggle("tour_follow_toggle")
    if state.get("tour_follows"):
        st.fragment(_move_along, run_every=FOLLOW_SECONDS)()


def _move_along() -> None:
    """Open the presenter's step if it is another than the one last seen."""
    place = live.place()
    if place is None or state.get("tour_seen") == place.moved:
        return
    state["tour_seen"] = place.moved
    found = told()
    steps = [] if found is None else views.steps(found, state["tour_pages"])
    if not 1 <= place.step <= len(steps):
        return
    is_question = bool(steps[place.step - 1].question)
    query = {"run": place.run}
    if is_question:
        st.switch_page(path_of(VOTE_PAGE), query_params=query)
    st.switch_page(path_of(views.TOUR_PAGE), query_params={**query, "step": str(place.step)})
