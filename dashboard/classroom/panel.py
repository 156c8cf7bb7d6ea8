"""The panel below every page: exercises, the formula with live numbers, the Python behind it.

Closed it is one line and computes nothing; what is opened runs in a fragment of its own.
"""

from typing import Any

import streamlit as st

from dashboard import catalogue
from dashboard.classroom import lessons
from dashboard.classroom.lessons import Lesson
from dashboard.core import params, presenter, runs, show, tables, terms
from dashboard.core.numbers import in_its_words
from dashboard.core.params import Params
from kdengine.recipes import known
from kdengine.store import runs as store

PARTS = {
    "exercises": "Exercises",
    "formula": "Formula",
    "python": "Python",
    "words": "Words",
}
_LABEL = "Exercises, the formula, the Python and the words of this page"


def draw(page: str, module: str) -> None:
    """Offer the lesson of *page*, if there is a module called so."""
    lesson = lessons.load(module)
    if lesson is not None:
        show.fragment(_panel)(page, lesson)


def _panel(page: str, lesson: Lesson) -> None:
    """Draw the panel; what is closed is not computed."""
    at = Params(f"{page}_lesson")
    part = at.choice("learn", PARTS, None)
    open_key, last_key = f"teaching_{page}_open", f"teaching_{page}_last"

    def toggle() -> None:
        last = st.session_state.get(last_key, "exercises")
        at.set(learn=last if st.session_state[open_key] else None)

    st.session_state[open_key] = part is not None
    box = st.expander(_LABEL, key=open_key, on_change=toggle)
    if part is not None:
        st.session_state[last_key] = part
        with box:
            st.segmented_control(
                "What to show",
                required=True,
                wrap=True,
                label_visibility="collapsed",
                **at.bind("learn", PARTS),
            )
            try:
                _DRAW[part](page, lesson)
            except (store.RunNotFound, store.RunDamaged, ValueError) as error:
                st.info(f"Nothing to compute here: {presenter.public(presenter.told(error))}")
    params.flush_fragment()


def _exercises(page: str, lesson: Lesson) -> None:
    """Draw the exercises; an answer is computed once somebody asks for it."""
    context = _context()
    for place, answer in enumerate(lesson.asked(context), start=1):
        question, button = st.columns([5, 1], vertical_alignment="center")
        question.markdown(f"**{place}.** {lessons.asked(lesson.question(answer), context)}")
        if button.toggle("Answer", key=f"teaching_{page}_{answer.__name__}"):
            try:
                st.success(in_its_words(answer(context)), icon=":material/check:")
            except ValueError as error:
                st.info(f"There is no answer for this run: {presenter.public(show.told(error))}")


def _formula(page: str, lesson: Lesson) -> None:
    """Draw the formula."""
    latex, words = lesson.formula(_context())
    with st.container(key="teaching_formula"):
        st.latex(latex)
    st.markdown(in_its_words(words))


def _python(page: str, lesson: Lesson) -> None:
    """Draw the snippet, its first lines set to what the page shows."""
    st.code(lessons.snippet(lesson.snippet, lesson.values(_context())), language="python")
    module = ".".join(lesson.snippet.with_suffix("").relative_to(catalogue.DASHBOARD.parent).parts)
    st.caption(
        presenter.public(
            "The button in the corner copies it. Paste it into `python`, started in the project's "
            f"folder. With its first lines as they come: `python -m {module}`."
        )
    )


def _words(page: str, lesson: Lesson) -> None:
    """Draw the terms that the glossary shows on this page."""
    st.markdown(terms.listed(*terms.of_page(page)))
    all_terms = catalogue.path("glossary")
    st.page_link(all_terms, label="All terms: Glossary", icon=":material/menu_book:")


_DRAW = {"exercises": _exercises, "formula": _formula, "python": _python, "words": _words}


def _context() -> lessons.Context:
    """Return what the page shows."""
    shown = runs.selected()
    offset = None
    if shown is not None and shown.omitted_class is not None:
        try:
            offset = runs.chosen_offset(shown)
        except ValueError:
            pass  # answers that need one say that there is none
    return lessons.Context(shown, offset, params.texts(), _table)


def _table(name: str) -> dict[str, Any] | None:
    """Return the table that a lesson asks for."""
    if name == lessons.SYNTHETIC:
        return tables.synthetic()
    return tables.reproduction(name) if name in known.SOURCES else tables.sweep(name)
