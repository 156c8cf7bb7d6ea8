"""The run and the omitted class in use: every page's sidebar chooses them, and says which."""

from dataclasses import fields
from typing import Any

import streamlit as st

from dashboard.core import presenter, runs, show
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import described, omitted_words
from dashboard.core.params import Params, Refused
from kdengine.config import CLASSES, DATASETS, StudentConfig, kind_and_dataset, other_classes
from kdengine.recipes.own import CLASSROOM
from kdengine.recipes.plans import experiment
from kdengine.store import runs as store

# Said already, or a consequence of what is.
_TOLD = ("dataset", "seed", "omitted_classes", "temperature", "hard_weight", "minimum_steps")
_MOST_TOLD = 3
_USUAL = "sidebar_usual"  # in the session: the run that is shown unasked, and for which it stands


def settle() -> None:
    """Settle which run the page shows; the address may name one."""
    by_key = {entry.key: entry for entry in runs.students()}
    if not by_key:
        st.session_state["run_key"] = None
        return

    def read(text: str) -> str:
        if text in by_key:
            return text
        raise Refused("stored here")

    at = Params("sidebar")
    key = at.take("run", read, _usual(by_key))
    omitted = _config(by_key[key]).omitted_classes
    st.session_state["run_key"] = key
    st.session_state["omitted_focus"] = (
        at.choice("omitted", omitted, omitted[0]) if omitted else None
    )


def draw(has_run: bool) -> None:
    """Draw the choice of a run, if the page has one; what is missing or damaged on every page."""
    key, at = st.session_state["run_key"], Params("sidebar")
    by_key = {entry.key: entry for entry in runs.students()}
    if key not in by_key:
        st.info(runs.missing_run_help())
    else:
        config = _config(by_key[key])
        if has_run:
            told = f"{run_description(by_key[key])}\n\nRuns trained on the Train page appear here."
            labels = {key: run_label(entry) for key, entry in by_key.items()}
            st.selectbox("Stored run", help=told, **at.bind("run", labels))
        if has_run and len(config.omitted_classes) > 1:
            st.segmented_control(
                "Omitted class in focus",
                config.omitted_classes,
                required=True,
                **at.bind("omitted"),
            )
        if not _has_pictures(by_key[key]):
            st.info(runs.pictures_help(), icon=":material/image_not_supported:")
    damaged = runs.damaged()
    if damaged and presenter.is_presenter():  # who alone can do something about it
        shown = "\n".join(f"- {show.told(e.problem)}" for e in damaged[:_MOST_TOLD])
        more = "" if len(damaged) <= _MOST_TOLD else "\n\n`python -m kdengine list` shows all."
        told = f"{len(damaged)} of the stored runs cannot be used:\n{shown}{more}"
        st.warning(told, icon=":material/broken_image:")


def dataset() -> str:
    """Return the data set of the run that is shown, MNIST if there is none."""
    key = st.session_state.get("run_key")
    return kind_and_dataset(key)[1] if key else "mnist"


def choose(key: str) -> None:
    """Choose the run *key* for the pages to come."""
    Params("sidebar").set(run=key)


def stands_in() -> bool:
    """Return whether the run is shown because the pictures of the usual one are not here."""
    usual = st.session_state.get(_USUAL, ("", ""))
    return st.session_state.get("run_key") == usual[0] != usual[1]


def stood_in_for() -> Experiment | None:
    """Return the usual experiment where another stands in for it, since its numbers are here."""
    return runs.experiment(st.session_state[_USUAL][1]) if stands_in() else None


def draw_offer() -> None:
    """Say which run stands in for the usual one, and offer that once its pictures have come."""
    if not stands_in():
        return
    usual = next((e for e in runs.students() if e.key == st.session_state[_USUAL][1]), None)
    if usual is None:
        return
    if not _has_pictures(usual):
        st.info(
            f"{runs.without_mnist()} These are scikit-learn's digits: fewer pictures, smaller ones."
        )
    else:
        st.button("MNIST has come: show it", key="story_mnist", on_click=choose, args=(usual.key,))


def _usual(by_key: dict[str, store.Listed]) -> str:
    """Return which run is shown unasked: the first that can be read, rather one with pictures.

    It stays the same for a session, whatever comes: nothing moves under a viewer.
    """
    kept = st.session_state.get(_USUAL, ("", ""))[0]
    if kept in by_key and runs.is_readable(by_key[kept]):
        return kept
    # One that cannot be read is left to who asks for it.
    readable = (entry for entry in by_key.values() if runs.is_readable(entry))
    first = next(readable, next(iter(by_key.values())))
    seen = first
    if not _has_pictures(first):
        seen = next(filter(_has_pictures, readable), first)
    st.session_state[_USUAL] = (seen.key, first.key)
    return seen.key


def _has_pictures(entry: store.Listed) -> bool:
    """Return whether the images of a student's data set are here."""
    return runs.test_images(_config(entry).dataset) is not None


def _config(entry: store.Listed) -> StudentConfig:
    """Return what a listed student is."""
    assert isinstance(entry.config, StudentConfig)
    return entry.config


def run_label(entry: store.Listed) -> str:
    """Return one line that tells runs apart in a menu."""
    config = entry.config
    if not isinstance(config, StudentConfig):
        return entry.key
    words = described(config.dataset)
    name = config.dataset if config.dataset == "digits" else words.title
    recipe = entry.metrics.get("recipe")
    # Short, so that the closed menu in the sidebar shows all of it.
    omitted = config.omitted_classes
    left_out = "no " + ", ".join(words.classes[each] for each in omitted) if omitted else "all"
    if len(omitted) > CLASSES // 2:
        left_out = "only " + ", ".join(words.classes[each] for each in other_classes(omitted))
    special = f" · {recipe}" if recipe != CLASSROOM.name else _changed_words(config)
    own = filter(None, map(runs.own_name, (config.teacher, entry.key)))
    special = "".join(f" · {called}" for called in own) + ("" if config.source else special)
    return f"{name} {left_out}, seed {config.seed}, T={config.temperature:g}{special}"


def _changed_words(config: StudentConfig) -> str:
    """Return what sets a student apart from the recipe's own, such as a sweep's, in few words."""
    own = experiment(
        dataset=config.dataset, seed=config.seed, omitted_classes=config.omitted_classes
    ).student
    words = [
        _change(field.name, getattr(config, field.name))
        for field in fields(config)
        if field.name not in _TOLD
        and not (field.name == "teacher" and runs.own_name(config.teacher))
        and getattr(config, field.name) != getattr(own, field.name)
    ]
    if own.minimum_steps and not config.minimum_steps and config.epochs == own.epochs:
        words.append(_change("epochs", config.epochs))  # as many, but not lengthened
    if abs(config.soft_weight + config.hard_weight - 1) > 1e-9:
        words.append(f"hard weight {config.hard_weight:g}")
    return "".join(f" · {word}" for word in words)


def _change(name: str, value: Any) -> str:
    """Return one changed field and its value."""
    if name == "hidden_sizes":
        return f"{'-'.join(map(str, value))} units"
    if name == "epochs":
        return f"{value} epoch{'s' * (value != 1)}"
    if name in ("selection", "target_change"):
        return str(value).replace("-", " ")
    if name == "teacher":
        return f"teacher {str(value).rpartition('-')[2][:4]}"
    forms = {
        "scale_soft_by_t2": "without T²" if not value else "with T²",
        "soft_weight": "soft weight {}",
        "transfer_size": "{} images",
        "jitter_pixels": "shift {}",
    }
    return forms.get(name, name.replace("_", " ") + " {}").format(value)


def run_description(entry: store.Listed) -> str:
    """Return the run in use as a short Markdown list."""
    config = entry.config
    if not isinstance(config, StudentConfig):
        return ""
    layers = "-".join(map(str, config.hidden_sizes))
    sizes, about = entry.metrics["split_sizes"], described(config.dataset)
    images, source = f", {sizes['transfer']:,} images", ""
    if config.dataset not in DATASETS:
        whence = ", ".join(filter(None, [about.source, about.licence]))
        source = f"**From** {show.shown(whence, 200)}  \n" if whence else ""
    return (
        f"**Dataset** {about.title}, {sizes['train']:,} + {sizes['test']:,} images  \n{source}"
        f"**Transfer set** {omitted_words(config.omitted_classes)}{images}  \n"
        f"**Student** {layers} hidden units, T={config.temperature:g}  \n"
        f"`{entry.key}`"
    )
