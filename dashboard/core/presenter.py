"""Who may change what everybody sees: whoever opened the link that carries the server's key.

Without a key in the environment everybody may, and nothing is asked.
"""

import hashlib
import hmac
import os

import streamlit as st

from dashboard.core import params

ENVIRONMENT = "KDENGINE_PRESENTER_KEY"
_PARAMETER = "key"
_FLAG, _WRONG = "presenter_admitted", "presenter_refused"
_REFUSED = (
    "The key in this link is not this server's, so you are in the audience: every page is open to "
    "you; training and driving the tour are not. Ask whoever started the server for the link."
)


def needs_key() -> bool:
    """Return whether this server has a presenter's key."""
    return bool(_key())


def admit() -> None:
    """Take a key out of the address and remember whether it was right."""
    offered = st.query_params.get(_PARAMETER)
    if offered is None:
        return
    # A key that stays in the address would be on the projector and in every link passed on.
    params.drop(_PARAMETER)
    if is_right(offered):
        st.session_state[_FLAG] = True
    else:
        st.session_state[_WRONG] = needs_key()


def refusal() -> str:
    """Return, once, what to say of a wrong key; empty if there is nothing to say."""
    return _REFUSED if st.session_state.pop(_WRONG, False) else ""


def is_right(offered: str) -> bool:
    """Return whether *offered* is the server's key, in a time that tells nothing about it."""
    return needs_key() and hmac.compare_digest(_digest(offered), _digest(_key()))


def is_presenter() -> bool:
    """Return whether this session may train and drive the tour."""
    return not needs_key() or st.session_state.get(_FLAG, False) is True


def require(action: str) -> None:
    """Stop an action that is the presenter's alone; call it where the action is done.

    Parameters
    ----------
    action : str
        What is about to be done, for the message: ``"train"``.

    Raises
    ------
    PermissionError
        If this session has not opened the presenter's link.
    """
    if not is_presenter():
        raise PermissionError(
            f"Only the presenter may {action} on this server. Everything else is open to you; "
            "whoever presents opens the link that carries the key (…/?key=…)."
        )


def _digest(text: str) -> bytes:
    """Return bytes that tell nothing about a key, its length included."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _key() -> str:
    """Return the server's key, empty if it has none."""
    return os.environ.get(ENVIRONMENT, "").strip()
