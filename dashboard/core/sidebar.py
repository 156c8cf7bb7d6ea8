"""The sidebar that every page shares: the run and the dataset in use, and how to change them."""

import os

import streamlit as st

from dashboard.classroom import links as share
from dashboard.core import runs
from dashboard.core import sidebar_words as views
from dashboard.jobs import downloads
from kdengine.config import StudentConfig
from kdengine.store import runs as store

_POLL_SECONDS = 1.0


def draw(page: str) -> None:
    """Draw the sidebar and settle which run the *page* shows."""
    downloads.start_once()
    with st.sidebar:
        students = runs.students()
        if not students:
            st.session_state["run_key"] = None
            st.info(runs.MISSING_RUN_HELP)
        else:
            _choose_run(students)
        for entry in runs.damaged():
            st.warning(entry.problem, icon=":material/broken_image:")
        if page and st.button("Link and QR code", key="sidebar_share", icon=":material/qr_code_2:"):
            share.open_dialog(page)


def _choose_run(students: list[store.Listed]) -> None:
    """Let the viewer choose among the stored experiments; the address may name one."""
    by_key = {entry.key: entry for entry in students}
    asked = st.query_params.get("run")
    if asked is not None and asked not in by_key and asked != st.session_state.get("run_refused"):
        st.session_state["run_refused"] = asked
        st.warning(views.unknown_run_message(asked))
    followed = st.session_state.pop("run_asked", None)  # the presenter's, for who follows
    if followed in by_key:
        st.session_state["run_choice"] = followed
    if "run_choice" not in st.session_state or st.session_state["run_choice"] not in by_key:
        st.session_state["run_choice"] = asked if asked in by_key else students[0].key
    key = st.selectbox(
        "Stored run",
        list(by_key),
        format_func=lambda key: views.run_label(by_key[key]),
        key="run_choice",
        help="Every run trained on the Train page or with `python -m kdengine run` appears here.",
    )
    st.session_state["run_key"] = key
    st.query_params["run"] = key
    config = by_key[key].config
    assert isinstance(config, StudentConfig)
    st.session_state["omitted_focus"] = _choose_focus(config)
    st.markdown(views.run_description(by_key[key]))
    if runs.test_images(config.dataset) is None:
        st.info(runs.pictures_help(), icon=":material/image_not_supported:")
        polls = downloads.state()["status"] == "running"
        st.fragment(_show_download, run_every=_POLL_SECONDS if polls else None)(polls)


def _show_download(polls: bool) -> None:
    """Show how fetching MNIST goes; *polls* tells whether this part is drawn again by itself.

    Whenever fetching begins or ends, the whole page is drawn anew.
    """
    fetched = downloads.state()
    is_fetching = fetched["status"] == "running"
    if is_fetching != polls:
        st.rerun()
    if is_fetching:
        st.progress(views.download_share(fetched), text=views.download_text(fetched))
        return
    if fetched["status"] == "failed":
        st.caption(views.download_text(fetched))
    if not os.environ.get("KDENGINE_OFFLINE"):
        label = "Try again" if fetched["status"] == "failed" else "Fetch MNIST now"
        st.button(label, key="sidebar_fetch", on_click=downloads.start)


def _choose_focus(config: StudentConfig) -> int | None:
    """Return the omitted class in focus; ask only if there are several, of which one is named."""
    omitted = config.omitted_classes
    if len(omitted) < 2:
        st.query_params.pop("omitted", None)
        return omitted[0] if omitted else None
    if st.session_state.get("omitted_focus_choice") not in omitted:
        asked = {str(digit): digit for digit in omitted}.get(st.query_params.get("omitted", ""))
        st.session_state["omitted_focus_choice"] = omitted[0] if asked is None else asked
    focus = st.segmented_control(
        "Omitted class in focus", omitted, required=True, key="omitted_focus_choice"
    )
    st.query_params["omitted"] = str(focus)
    return focus
