"""The tour on top of any page: the story's text, its buttons, the place it has come to.

A step that shows a page is that page's address in the step's state, with ``tour=4`` beside it,
``tour=4b`` for its second beat; one that asks the class is ``/tour?step=3``. ``/tour?step=4`` leads
to any.
"""

from pathlib import Path

import streamlit as st

from dashboard import catalogue
from dashboard.classroom import links, live, votes
from dashboard.core import presenter, runs
from dashboard.core.params import Params, Refused
from dashboard.parts.spotlight import part as spotlight
from dashboard.topics.tour import state as tour_state
from dashboard.topics.tour import steps as tour

PLAY = "Play"
_HERE = Path(__file__).parent
state = st.session_state


def draw(name: str) -> None:
    """Draw the bar if the address of the page *name* is a step's; lead on if it asks to."""
    refusal = presenter.refusal()
    if refusal:
        st.warning(refusal)
    at, own = Params(tour.PAGE), "step" if name == tour.PAGE else "tour"
    step = tour_state.at(at.take(own, _read_step, None, stays=False))
    if step is None:
        _offer_return(name)
        return
    if step.question and state.get("tour_follows"):
        st.switch_page(catalogue.path(tour.VOTE_PAGE))
    if step.page == name:
        _arrive(step)
        _draw_bar(step)
        return
    # Whoever comes back to where the tour led on from is not led on again.
    if name == tour.PAGE and state.get("tour_led") != step.place:
        state["tour_led"] = step.place
        tour_state.go(step.place)
    state.pop("tour_led", None)
    at.hold(**{own: None})


def leave() -> None:
    """End the tour; its page stays open."""
    if tour_state.drives():
        live.end()
        votes.BOX.end()
    state["tour_presents"] = False
    state.pop("tour_at", None)
    Params(tour.PAGE).set(tour=None, step=None)


def _read_step(text: str) -> str:
    """Return the place of a step that the address asks for."""
    if tour_state.at(text):
        return text
    made = tour_state.steps()
    last = made[-1].number if made else 0
    raise Refused(
        f"one of the tour's steps 1 to {last}" if made else "a step: no digit is left out"
    )


def _arrive(step: tour.Step) -> None:
    """Remember the step; whoever drives tells the others, and asks the step's question."""
    visit = (state["visits"], step.number)
    if state.get("tour_visit") != visit:
        state["tour_visit"] = visit
        Params(step.page).forget()  # the step alone says what its page shows
    state["tour_at"] = step.place
    if not tour_state.drives():
        return
    live.publish(step.place, state["run_key"])
    shown = runs.selected()
    if step.question and shown is not None:
        votes.BOX.ask(step.question, tour_state.context_of(shown))


def _draw_bar(step: tour.Step) -> None:
    """Draw the text and the buttons; do what a button says."""
    _draw_style()
    last = tour_state.steps()[-1]
    with st.container(key="tour_bar", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="tour_words", width="stretch"):
            place = f"<small>{step.number} of {last.number}</small>"
            st.markdown(f"**{step.title}** {place}", unsafe_allow_html=True)
        if not state.get("tour_follows"):
            _draw_buttons(step, is_last=step == last)
        if step.page != tour.PAGE:  # whose text stands on the page below
            with st.container(key="tour_text"):
                st.markdown(step.text)
    spotlight.draw(
        step.spot,
        step.number,
        control=step.control,
        to=step.to,
        turn=tour_state.turn(step),
    )


def _draw_style() -> None:
    """Put the bar's style, and presenting mode's, on the page."""
    st.html(_HERE / "bar.css")
    if state.get("tour_presents", False):
        st.html(_HERE / "presenting.css")


def _draw_buttons(step: tour.Step, *, is_last: bool) -> None:
    """Draw the ways on, back and out."""
    if st.button(
        "Back",
        key="tour_back",
        icon=":material/arrow_back:",
        shortcut="PageUp",
        disabled=step.place == "1",
    ):
        tour_state.move(step, -1)
    label, stage = _next_of(step, is_last)
    plays = label == PLAY
    if st.button(
        label,
        key="tour_next",
        type="primary",
        shortcut="PageDown",
        icon=":material/play_arrow:" if plays else ":material/arrow_forward:",
    ):
        if stage:
            tour_state.set_stage(step.question, stage)
            st.rerun()
        if is_last:
            leave()
        tour_state.move(step, 1)
    _draw_more(step)
    _draw_leave()


def _next_of(step: tour.Step, is_last: bool) -> tuple[str, str]:
    """Return what the forward button says, and the stage of the vote that it leads to, if any."""
    stage = tour_state.stage_of(step.question) if step.question else votes.REVEALED
    if stage == votes.ASKED and tour_state.drives():
        return "Show guesses", votes.SHOWN
    if stage != votes.REVEALED:
        return "Reveal", votes.REVEALED
    if not step.moves and tour_state.at(f"{step.number}b"):
        return PLAY, ""
    return ("End" if is_last else "Next"), ""


def _draw_more(step: tour.Step) -> None:
    """Draw what the speaker needs now and then."""
    with st.popover("", icon=":material/more_vert:", key="tour_more", help="Presenting, QR code"):
        st.toggle(
            "Presenting mode",
            value=state.get("tour_presents", False),
            key="tour_presents_toggle",
            on_change=_take_toggle,
        )
        if st.button("QR code of this view", key="tour_share", icon=":material/qr_code_2:"):
            links.open_dialog(step.page)
        if step.question and tour_state.drives():
            if st.button("Ask again", key="tour_again", icon=":material/restart_alt:"):
                votes.BOX.reset(step.question)
                st.rerun()
        if st.button("All steps", key="tour_all", icon=":material/list:"):
            tour_state.go(None)


def _take_toggle() -> None:
    """Keep the toggle's value where a change of page does not drop it."""
    state["tour_presents"] = state["tour_presents_toggle"]


def _offer_return(name: str) -> None:
    """Lead back to the tour whoever has strayed from it, by a click on a picture for instance."""
    step = tour_state.at(state.get("tour_at"))
    if step is None or name in (tour.PAGE, tour.VOTE_PAGE) or state.get("tour_follows"):
        return
    _draw_style()
    with st.container(key="tour_bar", horizontal=True, vertical_alignment="center", gap="small"):
        label = f"Back to step {step.number} of the tour"
        if st.button(label, key="tour_return", shortcut="PageDown"):
            tour_state.go(step.place)
        _draw_leave()


def _draw_leave() -> None:
    """Draw the way out."""
    close = ":material/close:"
    st.button("", key="tour_leave", icon=close, help="Leave the tour", on_click=leave)
