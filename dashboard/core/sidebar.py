"""The run and the omitted class in use: every page's sidebar chooses them."""

import streamlit as st

from dashboard.core import runs
from dashboard.core import sidebar_words as words
from dashboard.core.params import Params, Refused
from kdengine.config import StudentConfig
from kdengine.store import runs as store


def draw() -> None:
    """Draw the choice of a run and settle which one the page shows."""
    students = runs.students()
    if students:
        _choose_run({entry.key: entry for entry in students})
    else:
        st.session_state["run_key"] = None
        st.info(runs.MISSING_RUN_HELP)
    for entry in runs.damaged():
        st.warning(entry.problem, icon=":material/broken_image:")


def choose(key: str) -> None:
    """Choose the run *key* for the pages to come."""
    Params("sidebar").set(run=key)


def _choose_run(by_key: dict[str, store.Listed]) -> None:
    """Let the viewer choose among the stored experiments; the address may name one."""

    def read(text: str) -> str:
        if text in by_key:
            return text
        raise Refused("stored here")

    at = Params("sidebar")
    key = at.take("run", read, next(iter(by_key)))
    st.selectbox(
        "Stored run",
        list(by_key),
        format_func=lambda key: words.run_label(by_key[key]),
        help="Every run trained on the Train page or with `python -m kdengine run` appears here.",
        **at.bind("run"),
    )
    config = by_key[key].config
    assert isinstance(config, StudentConfig)
    st.session_state["run_key"] = key
    st.session_state["omitted_focus"] = _choose_focus(at, config)
    st.markdown(words.run_description(by_key[key]))
    if runs.test_images(config.dataset) is None:
        st.info(runs.pictures_help(), icon=":material/image_not_supported:")


def _choose_focus(at: Params, config: StudentConfig) -> int | None:
    """Return the omitted class in focus; ask only if there are several, of which one is named."""
    omitted = config.omitted_classes
    if not omitted:
        return None
    focus = at.choice("omitted", omitted, omitted[0])
    if len(omitted) > 1:
        st.segmented_control("Omitted class in focus", omitted, required=True, **at.bind("omitted"))
    return focus
