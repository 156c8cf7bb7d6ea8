"""MNIST fetched in the background: one thread a server, its state as the sidebar shows it.

No page ever waits for it.
"""

import os
import threading
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.core import presenter, show
from kdengine.data import fetching, mnist_files

_POLL_SECONDS = 1.0
_IDLE = {"status": "idle", "file": "", "bytes": 0, "total": 0, "message": ""}
_lock = threading.Lock()
_state: dict[str, Any] = dict(_IDLE)


def start() -> None:
    """Start fetching what is missing, unless that is under way."""
    with _lock:
        if _state["status"] == "running":
            return
        _state.update(_IDLE, status="running")
    threading.Thread(target=_fetch, daemon=True, name="fetch-mnist").start()


def start_once() -> None:
    """Start fetching if nobody has tried yet, MNIST is not there and nothing forbids it."""
    if (
        state()["status"] == "idle"
        and not os.environ.get("KDENGINE_OFFLINE")
        and not mnist_files.present()
    ):
        start()


def state() -> dict[str, Any]:
    """Return how it goes.

    ``status`` is ``idle``, ``running``, ``done`` or ``failed``; ``file`` is being fetched, with its
    ``bytes`` so far and its ``total`` (0 if unknown); ``message`` says why it failed.
    """
    with _lock:
        return dict(_state)


def draw() -> None:
    """Show how it goes, and offer to try; the whole page is drawn anew when it begins or ends."""
    polls = state()["status"] == "running"
    st.fragment(_show, run_every=_POLL_SECONDS if polls else None)(polls)


def _show(polls: bool) -> None:
    """Draw the progress; *polls* tells whether this part is drawn again by itself."""
    fetched = state()
    is_fetching = fetched["status"] == "running"
    if is_fetching != polls:
        st.rerun()
    if is_fetching:
        st.progress(share(fetched), text=text(fetched))
        return
    if not presenter.is_presenter():  # an audience learns no path, and fetches nothing
        return
    if fetched["status"] == "failed":
        st.caption(show.told(text(fetched)))
    with st.expander("What lies in the data folder"):
        lines = mnist_files.report(mnist_files.search())
        st.markdown("\n".join(f"- {show.shown(line, 300)}" for line in lines))
    if not os.environ.get("KDENGINE_OFFLINE"):
        label = "Try again" if fetched["status"] == "failed" else "Fetch MNIST now"
        st.button(label, key="sidebar_fetch", on_click=_ask)


def _ask() -> None:
    """Start fetching, if whoever asks may."""
    presenter.require("fetch MNIST")
    start()


def share(fetched: Mapping[str, Any]) -> float:
    """Return the share of the file in hand that has come, 0 if its length is unknown."""
    return min(1.0, fetched["bytes"] / fetched["total"]) if fetched["total"] else 0.0


def text(fetched: Mapping[str, Any]) -> str:
    """Return how fetching MNIST goes, or why it failed: its first line and no more."""
    if fetched["status"] == "failed":
        return f"MNIST could not be fetched. {fetched['message'].splitlines()[0]}"
    received = f", {fetched['bytes'] / 1e6:.1f} MB" if fetched["bytes"] else ""
    return f"Fetching MNIST in the background: {fetched['file'] or 'connecting'}{received}"


def _fetch() -> None:
    """Fetch the files and note how it ended."""
    try:
        fetching.fetch_mnist(lambda file, got, size: _update(file=file, bytes=got, total=size))
    except (OSError, ValueError) as error:
        _update(status="failed", message=str(error))
    else:
        _update(status="done")


def _update(**values: Any) -> None:
    """Change the state in one step."""
    with _lock:
        _state.update(values)
