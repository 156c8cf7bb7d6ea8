"""The part of the page that loads from a file: archives of runs, and networks from elsewhere."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.core import params, presenter, prose, runs, show, sidebar
from dashboard.jobs import job_files
from dashboard.topics.train import figures
from kdengine import pipeline
from kdengine.config import StudentConfig, TeacherConfig, run_key
from kdengine.nets.foreign import SCALINGS
from kdengine.store import archive, foreign_files
from kdengine.store import runs as store

state = st.session_state
words = prose.beside(__file__)


def draw(may_train: bool, like: Mapping[str, TeacherConfig | StudentConfig], at: Any) -> None:
    """Draw it; *like* tells what a teacher and a student of the page's settings are."""
    st.subheader("Load from a file")
    uploaded = st.file_uploader(
        words["offer"],
        type=["zip", *(suffix[1:] for suffix in foreign_files.SUFFIXES)],
        max_upload_size=64,
        key="train_upload",
        on_change=take_upload,
        disabled=not may_train,
    )
    if _is_network(uploaded) and may_train and like:
        role = st.radio("It is a", list(like), horizontal=True, key="train_network_role")
        place, other = st.columns([3, 1], vertical_alignment="bottom")
        scaling = place.selectbox(words["pixels"], ["", *SCALINGS], format_func=_scaling_name)
        accept = other.checkbox("Accept", help=words["accept"])
        st.caption(words[f"own_{role}"])
        arguments = (like[role], scaling, accept, at)
        st.button("Load it", key="train_network", on_click=take_network, args=arguments)
    if "train_upload_outcome" in state:
        show_upload(*state["train_upload_outcome"])


def take_upload() -> None:
    """Check an uploaded archive, store its runs, choose its student; a network is asked about."""
    uploaded = state["train_upload"]
    state.pop("train_upload_outcome", None)
    if uploaded is None or _is_network(uploaded):
        return
    try:
        presenter.require("store runs")
        imported = archive.import_runs(uploaded, runs.array, is_upload=True)
    except (ValueError, OSError) as error:
        reason = show.told(job_files.words_of(error))
        state["train_upload_outcome"] = [], [f"Nothing was stored: {reason}"]
        return
    came = [run.key for run in imported if run.outcome != "skipped"]
    refused = [figures.skipped(run) for run in imported if run.outcome == "skipped"]
    state["train_upload_outcome"] = came, refused
    for key in came:
        if key.startswith("student-"):
            sidebar.choose(key)


def take_network(like: TeacherConfig | StudentConfig, scaling: str, accept: bool, at: Any) -> None:
    """Check an uploaded network, store it, and choose it."""
    uploaded = state["train_upload"]
    try:
        presenter.require("store runs")
        if isinstance(like, StudentConfig) and not store.exists(like.teacher):
            raise ValueError(words["no_teacher"])
        network = pipeline.examine(uploaded.name, uploaded, like, scaling=scaling, accept=accept)
        pipeline.keep(network, is_upload=True)
    except (ValueError, OSError) as error:
        state["train_upload_outcome"] = [], [show.told(job_files.words_of(error))]
        return
    key = run_key(network.config)
    state["train_upload_outcome"] = [key], [], network.told
    if isinstance(like, StudentConfig):
        sidebar.choose(key)
    else:
        at.set(teacher=key)


def show_upload(came: list[str], refused: list[str], own: str = "") -> None:
    """Tell what a file brought, and lead to its student."""
    students = [entry for entry in runs.students() if entry.key in came]
    for entry in students:
        told, button = st.columns([3, 1], vertical_alignment="center")
        told.success(words["came"].format(run=show.told(sidebar.run_label(entry))))
        if button.button("Look at it", type="primary", key=f"train_open_{entry.key}"):
            params.go("story", {"run": entry.key})
    if own:
        st.success(show.told(f"{own[0].upper()}{own[1:]}."))
    elif came and not students:
        st.success(words["came_alone"].format(runs=", ".join(f"`{key}`" for key in came)))
    for message in refused:
        st.error(message)


def _is_network(uploaded: Any) -> bool:
    """Return whether a network was uploaded, not an archive of runs."""
    return uploaded is not None and not uploaded.name.lower().endswith(".zip")


def _scaling_name(scaling: str) -> str:
    """Return what the menu calls a scaling."""
    return str(words["scalings"].get(scaling, scaling))
