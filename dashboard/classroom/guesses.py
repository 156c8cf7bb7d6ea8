"""Guess first: a question with buttons, behind which the page goes on."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.core import show
from dashboard.core.params import Params


def asked(
    at: Params,
    guesses: dict[str, str],
    question: str,
    *,
    of: Any = None,
    below: Callable[[], Any] | None = None,
) -> str:
    """Ask *question* with a button for each of *guesses*, and return what was guessed, in words.

    The page ends here until one is pressed; ``show`` guesses nothing. The guess is the parameter
    ``guess``, and means nothing where the question is *of* something else. What *below* draws
    stands there until then.
    """
    guess = at.choice("guess", guesses, None, of=of)
    if guess is None:
        st.subheader(question)
        with st.container(horizontal=True, gap="small"):
            for name, label in guesses.items():
                st.button(label, key=f"{at.page}_{name}", on_click=at.set, kwargs={"guess": name})
        if below is not None:
            below()
        show.end_page()
    return "" if guess == "show" else f"You guessed: {guesses[guess].lower()}."
