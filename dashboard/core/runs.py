"""Stored runs and images as pages read them; they are shared, so nobody may change them."""

import os
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.core import presenter, show
from dashboard.core.cache import Stored, cached, loaded, modified, stored_data, stored_run
from dashboard.core.experiment import Experiment, focused, offset_of
from dashboard.core.numbers import in_its_words
from kdengine import files
from kdengine.config import (
    DATASETS,
    StudentConfig,
    TeacherConfig,
    kind_and_dataset,
    run_key,
    set_name,
)
from kdengine.data import datasets, mnist_files, own
from kdengine.nets import forward
from kdengine.recipes import plans
from kdengine.recipes.own import CLASSROOM
from kdengine.store import experiments
from kdengine.store import runs as store

NOTHING_OMITTED_HELP = (
    "This student saw every digit, so there is no missing class to look at. "
    "Choose another run in the sidebar."
)
PICTURES_HELP = "The numbers on this page come from the stored run. Its pictures need MNIST's files"


def missing_run_help() -> str:
    """Return what to say where a run should be."""
    return presenter.public(
        "No finished experiment is stored yet. Whoever presents makes one on the **Train** page. "
        "In a terminal `python -m kdengine run --baseline` does."
    )


def listed() -> list[store.Listed]:
    """Return the stored runs, read anew when the folders change."""
    return cached(_list_runs, *_written())


def students() -> list[store.Listed]:
    """Return the usable experiments: students whose teacher is stored too; MNIST first."""
    return cached(_list_students, *_written())


def own_name(key: str) -> str:
    """Return what the network *key* is called if it came in a file: own teacher, teacher.pt."""
    file = next((entry.metrics.get("file") for entry in listed() if entry.key == key), None)
    return f"own {key.partition('-')[0]}, {file}" if file else ""


def own_teachers(dataset: str) -> dict[str, TeacherConfig]:
    """Return the teachers of a data set that came in files."""
    configs = {entry.key: entry.config for entry in listed()}
    return {
        key: config
        for key, config in configs.items()
        if isinstance(config, TeacherConfig) and config.source and config.dataset == dataset
    }


def damaged() -> list[store.Listed]:
    """Return the stored runs that cannot be used."""
    return [entry for entry in listed() if entry.problem is not None]


def is_readable(student: store.Listed) -> bool:
    """Return whether an experiment can be read, tried once for the files that it is in."""
    assert isinstance(student.config, StudentConfig)
    return cached(_is_experiment, stored_run(student.key), stored_run(student.config.teacher))


def selected() -> Experiment | None:
    """Return the experiment that the sidebar chose, or None with the reason on the page."""
    key = st.session_state.get("run_key")
    if key is None:
        return None
    try:
        return experiment(key, st.session_state.get("omitted_focus"))
    except (store.RunNotFound, store.RunDamaged) as error:
        told = f": {show.told(error)}" if presenter.is_presenter() else "."
        st.warning(f"This stored run cannot be used; choose another in the sidebar{told}")
        return None


def need_run() -> Experiment:
    """Return the chosen experiment; if there is none, say so and end the page here."""
    shown = selected()
    if shown is None:
        if st.session_state.get("run_key") is None:
            st.info(missing_run_help())
        show.end_page()
    return shown


def need_omission() -> Experiment:
    """Return the chosen experiment if it omits a class; else say so and end the page here."""
    shown = need_run()
    if shown.omitted_class is None:
        st.info(in_its_words(NOTHING_OMITTED_HELP))
        show.end_page()
    return shown


def need_offset(shown: Experiment) -> float:
    """Return the frequency criterion's offset; if there is none, say so and end the page here."""
    try:
        return chosen_offset(shown)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run: {show.told(error)}")
        show.end_page()


def experiment(key: str, focus: int | None = None) -> Experiment:
    """Return the experiment *key*, cached; *focus* picks one of several omitted classes.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If it, or its teacher, cannot be had, or they do not belong together.
    """
    found = experiments.find(key, run)
    return focused(found, focus if focus in found.omitted_classes else None)


def run(key: str) -> store.StoredRun:
    """Return the run *key*, cached."""
    return loaded(store.load, stored_run(key))


def replay(key: str) -> NDArray[np.float16] | None:
    """Return a student's logits after each epoch, cached; None if it stores none.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If it cannot be had.
    """
    return loaded(store.load_replay, stored_run(key))


def weights(key: str) -> dict[str, NDArray[np.float32]]:
    """Return a run's weights, for inputs from 0 to 1, cached.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If they cannot be had.
    """
    return loaded(_load_weights, stored_run(key))


def array(dataset: str, part: str) -> NDArray[Any] | None:
    """Return a *part* of a data set, such as ``train_labels``, or None if it is not to be had."""
    return loaded(_load_array, part, stored_data(dataset))


def test_images(dataset: str) -> NDArray[np.uint8] | None:
    """Return the dataset's test images (N, 28, 28), or None where they are not to be had."""
    return array(dataset, "test_images")


def train_images(dataset: str) -> NDArray[np.uint8] | None:
    """Return the dataset's training images (N, 28, 28), or None where they are not to be had."""
    return array(dataset, "train_images")


def data_sets() -> tuple[dict[str, str], list[str]]:
    """Return the sets that are here, by their names, as configurations call them; what is wrong.

    MNIST is first.
    """
    found = (
        {"mnist": "mnist", "digits": "digits"} if mnist_files.present() else {"digits": "digits"}
    )
    problems = []
    for name in own.names():
        identity, problem = loaded(_identity, stored_data(name))
        found |= {name: identity} if identity else {}
        problems += [problem] * bool(problem)
    return found, problems


def _identity(name: str) -> tuple[str, str]:
    """Return what configurations call a set, or what is wrong with it; neither if there is none."""
    try:
        return datasets.named(name), ""
    except mnist_files.DataMissing:
        return "", ""
    except ValueError as error:
        return "", str(error)


def without_mnist() -> str:
    """Say why MNIST cannot be had: four wrong files are no missing ones."""
    return "MNIST's folder holds other files." if mnist_files.are_others() else "MNIST is not here."


def pictures_help() -> str:
    """Return what to tell where a picture should be; an audience learns no path of the server."""
    key = st.session_state.get("run_key")
    name = set_name(kind_and_dataset(key)[1]) if key else "mnist"
    if name not in DATASETS:
        return f"{PICTURES_HELP.replace('MNIST', name)} as they were when it was trained."
    if not presenter.is_presenter():
        return f"{PICTURES_HELP}, which this server does not have."
    needed = PICTURES_HELP + "; its folder holds other files" * mnist_files.are_others()
    folder = show.shown(str(mnist_files.folder()), 200)
    copy = f"opy the four, or Keras's `mnist.npz`, to {folder}, whatever they are called."
    if os.environ.get("KDENGINE_OFFLINE"):
        return f"{needed}. C{copy}"
    fetch = "With a network they come by themselves, or by `python -m kdengine data`"
    return f"{needed}. {fetch}; without one, c{copy}"


def chosen_offset(
    shown: Experiment, criterion: str = "frequency", probe_size: int | None = None
) -> float:
    """Return the offset that *criterion* chooses, cached.

    Raises
    ------
    ValueError
        If the criterion finds none.
    """
    return cached(offset_of, shown, criterion, probe_size)


def _written() -> list[tuple[int, ...]]:
    """Return what changes when the folders of runs do: it tells one list from the next."""
    return [modified(folder) for folder in (files.shipped_dir(), files.runs_dir())]


def _list_runs(*written: tuple[int, ...]) -> list[store.Listed]:
    """List the runs."""
    return store.list_runs()


def _list_students(*written: tuple[int, ...]) -> list[store.Listed]:
    """List the students whose teacher is stored too."""
    entries = {entry.key: entry for entry in listed() if entry.config is not None}
    usable = [
        entry
        for entry in entries.values()
        if isinstance(entry.config, StudentConfig) and entry.config.teacher in entries
    ]
    return sorted(usable, key=_shown_first)


def _is_experiment(student: Stored, teacher: Stored) -> bool:
    """Return whether a student and its teacher can be read."""
    try:
        experiments.find(student, run)
    except (store.RunNotFound, store.RunDamaged):
        return False
    return True


def _load_weights(key: str) -> dict[str, NDArray[np.float32]]:
    """Load a run's weights and make them read-only."""
    arrays = store.load_weights(key)
    if run(key).config.normalised and forward.is_dense(arrays):
        arrays = forward.for_plain_inputs(arrays)
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def _load_array(part: str, dataset: str) -> Any:
    """Load a *part* of a data set; None where the files are not there or not right."""
    try:
        return getattr(datasets.load(dataset), part)
    except (mnist_files.DataMissing, mnist_files.DataCorrupt):
        return None


def _shown_first(entry: store.Listed) -> tuple[int, bool, bool, str]:
    """Sort MNIST before digits before others, what sweeps vary after the rest, then by name."""
    assert entry.config is not None
    return (
        [*DATASETS, entry.config.dataset].index(entry.config.dataset),
        entry.key != run_key(plans.experiment(dataset=entry.config.dataset).student),
        entry.metrics.get("recipe") != CLASSROOM.name,
        entry.key,
    )
