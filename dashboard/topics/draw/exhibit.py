"""The class's drawings on the page: the presenter's switches, and the gallery."""

from collections.abc import Callable

import streamlit as st

from dashboard.classroom import drawings
from dashboard.classroom.drawings import Drawing
from dashboard.core import presenter, prose
from dashboard.core.roles import ROLES
from dashboard.parts.strip import part as strip

POLL_SECONDS = 2.0
_WORDS = prose.beside(__file__)["class"]
Answers = Callable[[list[Drawing]], dict[str, list[int]]]  # each network's to each drawing


def switches() -> None:
    """Draw what the presenter decides; on a server that nobody else reaches there is nothing."""
    if not (presenter.everybody_needs_key() and presenter.is_presenter()):
        return
    box, state = drawings.BOX, st.session_state
    with st.container(horizontal=True, vertical_alignment="center"):
        state["draw_collect"], state["draw_show"] = box.is_open, box.is_shown
        st.toggle(
            _WORDS["collect"],
            key="draw_collect",
            on_change=lambda: box.collect(state["draw_collect"]),
        )
        if box.is_open:
            st.toggle(
                _WORDS["show"], key="draw_show", on_change=lambda: box.show(state["draw_show"])
            )
            st.button(_WORDS["clear"], key="draw_clear", on_click=box.clear)


def gallery(answers: Answers) -> None:
    """Draw the gallery as it grows: for the presenter, and for viewers where it is shown them.

    A viewer's page has one timer, which follows the presenter's switches too.
    """
    box = drawings.BOX
    if box.is_open if presenter.is_presenter() else presenter.everybody_needs_key():
        switched = box.is_open, box.is_shown
        st.fragment(_gallery, run_every=POLL_SECONDS)(answers, switched)


def _gallery(answers: Answers, before: tuple[bool, bool]) -> None:
    """Draw all drawings, each with what the networks call it; the page anew after a switch."""
    box = drawings.BOX
    if not presenter.is_presenter():
        if (box.is_open, box.is_shown) != before:
            st.rerun()
        if not box.is_shown:
            return
    sent = box.sent()
    if not sent:
        st.info(_WORDS["none"])
        return
    said = answers(sent)
    with st.container(horizontal=True, key="draw_gallery"):
        for place, each in enumerate(sent):
            with st.container(width=165):
                st.html(_card(each, {name: digits[place] for name, digits in said.items()}))
                if presenter.is_presenter():
                    st.button(
                        _WORDS["remove"],
                        key=f"draw_remove_{each.number}",
                        type="tertiary",
                        on_click=box.remove,
                        args=(each.number,),
                    )


def _card(drawing: Drawing, said: dict[str, int]) -> str:
    """Return a drawing as HTML, the networks' answers below it."""
    told = "; ".join(f"{ROLES[name].name}: {digit}" for name, digit in said.items())
    answers = "".join(
        f'<div style="flex:1;border-top:6px solid {ROLES[name].colour};line-height:1.1">'
        f'<span style="font-size:0.9rem">{ROLES[name].short}</span><br>'
        f'<strong style="font-size:2.2rem">{digit}</strong></div>'
        for name, digit in said.items()
    )
    return (
        f'<img src="{strip.data_uri(drawing.pixels)}" alt="A drawing. {told}" '
        'style="width:100%;image-rendering:pixelated;border-radius:6px">'
        f'<div style="display:flex;gap:4px;text-align:center">{answers}</div>'
    )
