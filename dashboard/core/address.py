"""A page's state in its address: read when somebody else wrote it, written as it changes."""

from collections.abc import Callable
from typing import Any

import streamlit as st


class Address:
    """The part of the address that one page owns.

    Parameters
    ----------
    page : str
        Before every key in the session's state; the value *name* is kept as ``<page>_<name>``.
    names : str
        The query parameters.
    """

    def __init__(self, page: str, *names: str) -> None:
        self.page, self.names = page, names

    def take(
        self, name: str, default: Any, read: Callable[[str], tuple[Any, str | None]]
    ) -> tuple[Any, bool]:
        """Return the value of *name* and whether the address has just brought a new one.

        An address that *read* finds wrong is named on the page, and *default* is used.
        """
        key, text = f"{self.page}_{name}", st.query_params.get(name)
        is_new = text is not None and text != st.session_state.get(f"{key}_written")
        if is_new:
            value, problem = read(text)
            st.session_state[key] = default if problem else value
            st.session_state[f"{key}_written"] = text
            if problem:
                st.warning(problem)
        return st.session_state.setdefault(key, default), is_new

    def keep(self, name: str, value: Any, usual: Any = None) -> None:
        """Keep *value* and write it into the address, unless it is the *usual*."""
        key = f"{self.page}_{name}"
        st.session_state[key] = value
        text = None if value == usual else f"{value:g}" if isinstance(value, float) else str(value)
        st.session_state[f"{key}_written"] = text
        if text is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != text:
            st.query_params[name] = text

    def is_ours(self) -> None:
        """Take the address for seen: what a widget has just said is newer than it.

        A browser that was quicker than the server still sends the address of before.
        """
        for name in self.names:
            st.session_state[f"{self.page}_{name}_written"] = st.query_params.get(name)
