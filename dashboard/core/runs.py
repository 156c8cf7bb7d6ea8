"""Cached access to stored runs and to images; with `tables` the only one with ``@st.cache_*``.

What is cached is shared by every session, so everything here is read-only.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.charting.specification import Specification, specify
from dashboard.core import freshness, show
from dashboard.core.experiment import Experiment, offset_of
from dashboard.figures import wall as threes_wall
from dashboard.topics.draw import figures as draw
from kdengine import files
from kdengine.config import StudentConfig, run_key
from kdengine.data import datasets, drawing
from kdengine.nets import forward
from kdengine.recipes import recipe as recipes
from kdengine.store import runs as store
from kdengine.store.run_files import check_pair

MISSING_RUN_HELP = (
    "No finished experiment is stored yet. Make one on the **Train** page, or in a terminal: "
    "`python -m kdengine run --baseline`"
)
NOTHING_OMITTED_HELP = (
    "This student saw every digit, so there is no missing class to look at. "
    "Choose another run in the sidebar."
)
PICTURES_HELP = (
    "The numbers on this page come from the stored run. Its pictures need the MNIST files: "
    "`python -m kdengine data` fetches them, or put the four files into "
)


def listed() -> list[store.Listed]:
    """Return the stored runs, read anew when the folders change."""
    return _listed(freshness.folders_state())


def students() -> list[store.Listed]:
    """Return the usable experiments: students whose teacher is stored too; MNIST first."""
    entries = {entry.key: entry for entry in listed() if entry.config is not None}
    usable = [
        entry
        for entry in entries.values()
        if isinstance(entry.config, StudentConfig) and entry.config.teacher in entries
    ]
    return sorted(usable, key=_shown_first)


def damaged() -> list[store.Listed]:
    """Return the stored runs that cannot be used."""
    return [entry for entry in listed() if entry.problem is not None]


def selected() -> Experiment | None:
    """Return the experiment that the sidebar chose, or None with the reason on the page."""
    key = st.session_state.get("run_key")
    if key is None:
        return None
    try:
        return experiment(key, st.session_state.get("omitted_focus"))
    except (store.RunNotFound, store.RunDamaged) as error:
        st.warning(str(error))
        return None


def need_omission() -> Experiment:
    """Return the chosen experiment if it omits a class; else say so and end the page here."""
    shown = selected()
    if shown is None:
        st.info(MISSING_RUN_HELP)
        st.stop()
    if shown.omitted_class is None:
        st.info(NOTHING_OMITTED_HELP)
        st.stop()
    return shown


def need_offset(shown: Experiment) -> float:
    """Return the frequency criterion's offset; if there is none, say so and end the page here."""
    try:
        return chosen_offset(shown.key, shown.omitted_class, "frequency", None)
    except ValueError as error:
        st.warning(f"No offset can be chosen for this run: {error}")
        st.stop()


def experiment(key: str, focus: int | None = None) -> Experiment:
    """Return the experiment *key*, cached; *focus* picks one of several omitted classes.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If it, or its teacher, cannot be had, or they do not belong together.
    """
    student = _run(key, freshness.written(key))
    config = student.config
    if not isinstance(config, StudentConfig):
        raise store.RunNotFound(f"{key} is not a student's run; choose one in the sidebar.")
    baseline_key = run_key(recipes.baseline_of(config, student.metrics["recipe"]))
    omitted = config.omitted_classes
    teacher = _run(config.teacher, freshness.written(config.teacher))
    check_pair(student, teacher)
    baseline = None
    if store.exists(baseline_key):
        baseline = _run(baseline_key, freshness.written(baseline_key))
        check_pair(student, baseline)
    return Experiment(
        student=student,
        teacher=teacher,
        baseline=baseline,
        omitted_class=focus if focus in omitted else (omitted[0] if omitted else None),
    )


def test_images(dataset: str) -> NDArray[np.uint8] | None:
    """Return the dataset's test images (N, 28, 28), or None where they are not to be had."""
    return _test_images(dataset, freshness.data_state(dataset))


def gallery(shown: Experiment) -> draw.Gallery:
    """Return held-out images to draw from: the run's own or, without them, scikit-learn's.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If the networks that have to answer to those are not to be had.
    """
    images = test_images(shown.dataset)
    stored = _stored(shown)
    if images is not None:
        logits = {name: run.test_logits for name, run in stored.items()}
        return draw.Gallery(shown.dataset, images, shown.student.test_labels, logits)
    return _strange_gallery(tuple((n, r.key, freshness.written(r.key)) for n, r in stored.items()))


def weights(shown: Experiment) -> dict[str, dict[str, NDArray[np.float32]]]:
    """Return the weights of teacher, baseline (if there is one) and student, cached.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If one of them cannot be had.
    """
    return {n: _weights(run.key, freshness.written(run.key)) for n, run in _stored(shown).items()}


def train_images(dataset: str) -> NDArray[np.uint8] | None:
    """Return the dataset's training images (N, 28, 28), or None where they are not to be had."""
    return _train_images(dataset, freshness.data_state(dataset))


def pictures_help() -> str:
    """Return what to tell where a picture should be."""
    return f"{PICTURES_HELP}`{files.data_dir() / 'mnist'}`."


def chosen_offset(key: str, focus: int | None, criterion: str, probe_size: int | None) -> float:
    """Return the offset that *criterion* chooses, cached.

    Raises
    ------
    ValueError
        If the criterion finds none.
    """
    return _chosen_offset(key, focus, criterion, probe_size, freshness.written(key))


def cached_frame(build, shown: Experiment, *arguments) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    """Return ``build(shown, *arguments)``, cached by the view's name, the run and the arguments."""
    name = f"{build.__module__}.{build.__qualname__}"
    written = freshness.all_written(shown)
    return _frame(build, name, shown.key, shown.omitted_class, written, arguments)


def cached_chart(build, *arguments, **options) -> Specification:  # type: ignore[no-untyped-def]
    """Return what ``build(*arguments, **options)`` draws, for `show.chart`, cached by all of it.

    Drawing a chart takes a hundred milliseconds and more, looking it up a few.
    """
    name = f"{build.__module__}.{build.__qualname__}"
    return _chart(build, name, show.mode(), arguments, options)


def replay(key: str) -> NDArray[np.float16] | None:
    """Return a student's logits after each epoch, cached; None if it stores none.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If it cannot be had.
    """
    return _replay(key, freshness.written(key))


def cached_file(build: Callable[[], bytes], name: str, shown: Experiment, *arguments) -> bytes:  # type: ignore[no-untyped-def]
    """Return ``build()``, a file to download, cached by *name*, the run and *arguments*."""
    state = freshness.all_written(shown), freshness.data_state(shown.dataset)
    return _file(build, name, shown.key, shown.omitted_class, state, arguments)


def wall(shown: Experiment, high: float) -> dict[str, Any]:
    """Return what the wall of held-out images shows, packed for the browser, cached."""
    key, state = shown.key, freshness.data_state(shown.dataset)
    return _wall(key, shown.omitted_class, high, freshness.written(key), state)


@st.cache_data(max_entries=64, show_spinner=False)
def _chosen_offset(
    key: str, focus: int | None, criterion: str, probe_size: int | None, written: float
) -> float:
    """Choose an offset once for each run as it was *written*."""
    return offset_of(experiment(key, focus), criterion, probe_size)


@st.cache_data(max_entries=128, show_spinner=False)
def _frame(_build, name, key, focus, written, arguments):  # type: ignore[no-untyped-def]
    """Build a view's table once; its name stands for the function, which cannot be hashed."""
    return _build(experiment(key, focus), *arguments)


@st.cache_resource(max_entries=8, show_spinner=False)
def _wall(
    key: str, focus: int | None, high: float, written: float, state: tuple[float, ...]
) -> dict[str, Any]:
    """Pack a wall once for each run as it was *written* and each state of the pictures' files."""
    shown = experiment(key, focus)
    return threes_wall.contents(shown, test_images(shown.dataset), high)


@st.cache_resource(max_entries=256, show_spinner=False)
def _chart(_build, name, mode, arguments, options):  # type: ignore[no-untyped-def]
    """Draw a chart once; its name stands for the function, which cannot be hashed."""
    return specify(_build(*arguments, **options), mode)


@st.cache_data(max_entries=8, show_spinner=False)
def _file(_build, name, key, focus, state, arguments):  # type: ignore[no-untyped-def]
    """Make a file once; its name stands for the function, which cannot be hashed."""
    return _build()


@st.cache_resource(max_entries=8, show_spinner=False)
def _replay(key: str, written: float) -> NDArray[np.float16] | None:
    """Load a replay once for each run as it was *written*."""
    return store.load_replay(key)


@st.cache_resource(max_entries=24, show_spinner=False)
def _run(key: str, written: float) -> store.StoredRun:
    """Load a run once; *written* makes a run of the same key that was made anew another one."""
    return store.load(key)


@st.cache_resource(max_entries=12, show_spinner=False)
def _weights(key: str, written: float) -> dict[str, NDArray[np.float32]]:
    """Load a run's weights once for each time it was *written*."""
    loaded = store.load_weights(key)
    if _run(key, written).config.normalised and forward.is_dense(loaded):
        loaded = forward.for_plain_inputs(loaded)
    for array in loaded.values():
        array.setflags(write=False)
    return loaded


@st.cache_resource(max_entries=4, show_spinner=False)
def _strange_gallery(stored: tuple[tuple[str, str, float], ...]) -> draw.Gallery:
    """Let networks answer to scikit-learn's digits once for each time they were written."""
    data = datasets.load("digits")
    images = np.array([drawing.to_mnist_form(image) for image in data.test_images])
    images.setflags(write=False)
    logits = {name: forward.logits(_weights(key, written), images) for name, key, written in stored}
    return draw.Gallery("digits", images, data.test_labels, logits)


@st.cache_data(max_entries=4, show_spinner=False)
def _listed(state: tuple[tuple[str, float], ...]) -> list[store.Listed]:
    """List the runs once for each state of the folders."""
    return store.list_runs()


@st.cache_resource(max_entries=4, show_spinner=False)
def _test_images(dataset: str, state: tuple[float, ...]) -> NDArray[np.uint8] | None:
    """Load the test images once for each state of the files, which may be a bad one."""
    try:
        return datasets.load(dataset).test_images
    except (datasets.DataMissing, datasets.DataCorrupt):
        return None


@st.cache_resource(max_entries=2, show_spinner=False)
def _train_images(dataset: str, state: tuple[float, ...]) -> NDArray[np.uint8] | None:
    """Load the training images once for each state of the files, which may be a bad one."""
    try:
        return datasets.load(dataset).train_images
    except (datasets.DataMissing, datasets.DataCorrupt):
        return None


def _stored(shown: Experiment) -> dict[str, store.StoredRun]:
    """Return an experiment's runs by their roles."""
    runs = {"teacher": shown.teacher, "baseline": shown.baseline, "student": shown.student}
    return {name: run for name, run in runs.items() if run is not None}


def _shown_first(entry: store.Listed) -> tuple[bool, bool, bool, str]:
    """Sort MNIST before digits, the experiment itself before what sweeps vary, then by name."""
    assert entry.config is not None
    return (
        entry.config.dataset != "mnist",
        entry.key != run_key(recipes.experiment(dataset=entry.config.dataset).student),
        entry.metrics.get("recipe") != recipes.DEFAULT_RECIPE,
        entry.key,
    )
