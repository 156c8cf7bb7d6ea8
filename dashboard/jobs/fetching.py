"""How fetching MNIST in the background goes, as the sidebar shows it."""

import os
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.jobs import downloads

_POLL_SECONDS = 1.0


def draw() -> None:
    """Show how it goes, and offer to try; the whole page is drawn anew when it begins or ends."""
    polls = downloads.state()["status"] == "running"
    st.fragment(_show, run_every=_POLL_SECONDS if polls else None)(polls)


def _show(polls: bool) -> None:
    """Draw the progress; *polls* tells whether this part is drawn again by itself."""
    fetched = downloads.state()
    is_fetching = fetched["status"] == "running"
    if is_fetching != polls:
        st.rerun()
    if is_fetching:
        st.progress(share(fetched), text=text(fetched))
        return
    if fetched["status"] == "failed":
        st.caption(text(fetched))
    if not os.environ.get("KDENGINE_OFFLINE"):
        label = "Try again" if fetched["status"] == "failed" else "Fetch MNIST now"
        st.button(label, key="sidebar_fetch", on_click=downloads.start)


def share(fetched: Mapping[str, Any]) -> float:
    """Return the share of the file in hand that has come, 0 if its length is unknown."""
    return min(1.0, fetched["bytes"] / fetched["total"]) if fetched["total"] else 0.0


def text(fetched: Mapping[str, Any]) -> str:
    """Return how fetching MNIST goes, or why it failed: its first line and no more."""
    if fetched["status"] == "failed":
        return f"MNIST could not be fetched. {fetched['message'].splitlines()[0]}"
    received = f", {fetched['bytes'] / 1e6:.1f} MB" if fetched["bytes"] else ""
    return f"Fetching MNIST in the background: {fetched['file'] or 'connecting'}{received}"
