"""The run and the omitted class in use: every page's sidebar chooses them, and says which."""

from dataclasses import fields
from typing import Any

import streamlit as st

from dashboard.core import presenter, runs, show
from dashboard.core.numbers import omitted_words
from dashboard.core.params import Params, Refused
from kdengine.config import CLASSES, StudentConfig, other_classes
from kdengine.recipes.own import CLASSROOM
from kdengine.recipes.plans import experiment
from kdengine.store import runs as store

# Said already, or a consequence of what is.
_TOLD = ("dataset", "seed", "omitted_classes", "temperature", "hard_weight", "minimum_steps")
_MOST_TOLD = 3
DATASET_NAMES = {
    "mnist": "MNIST, 60,000 + 10,000 images",
    "digits": "scikit-learn's digits, 1,797 images",
}


def draw() -> None:
    """Draw the choice of a run and settle which one the page shows."""
    students = runs.students()
    if students:
        _choose_run({entry.key: entry for entry in students})
    else:
        st.session_state["run_key"] = None
        st.info(runs.MISSING_RUN_HELP)
    damaged = runs.damaged()
    if damaged and presenter.is_presenter():  # who alone can do something about it
        shown = "\n".join(f"- {show.told(e.problem)}" for e in damaged[:_MOST_TOLD])
        more = "" if len(damaged) <= _MOST_TOLD else "\n\n`python -m kdengine list` shows all."
        told = f"{len(damaged)} of the stored runs cannot be used:\n{shown}{more}"
        st.warning(told, icon=":material/broken_image:")


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
    # One that cannot be read is left to who asks for it.
    first = next((entry for entry in by_key.values() if runs.is_readable(entry)), None)
    key = at.take("run", read, next(iter(by_key)) if first is None else first.key)
    st.selectbox(
        "Stored run",
        help="Every run trained on the Train page or with `python -m kdengine run` appears here.",
        **at.bind("run", {key: run_label(entry) for key, entry in by_key.items()}),
    )
    config = by_key[key].config
    assert isinstance(config, StudentConfig)
    st.session_state["run_key"] = key
    st.session_state["omitted_focus"] = _choose_focus(at, config)
    st.markdown(run_description(by_key[key]))
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


def run_label(entry: store.Listed) -> str:
    """Return one line that tells runs apart in a menu."""
    config = entry.config
    if not isinstance(config, StudentConfig):
        return entry.key
    name = {"mnist": "MNIST"}.get(config.dataset, config.dataset)
    recipe = entry.metrics.get("recipe")
    # Short, so that the closed menu in the sidebar shows all of it.
    omitted = config.omitted_classes
    left_out = "no " + ", ".join(map(str, omitted)) if omitted else "all"
    if len(omitted) > CLASSES // 2:
        left_out = "only " + ", ".join(map(str, other_classes(omitted)))
    special = f" · {recipe}" if recipe != CLASSROOM.name else _changed_words(config)
    return f"{name} {left_out}, seed {config.seed}, T={config.temperature:g}{special}"


def _changed_words(config: StudentConfig) -> str:
    """Return what sets a student apart from the recipe's own, such as a sweep's, in few words."""
    own = experiment(
        dataset=config.dataset, seed=config.seed, omitted_classes=config.omitted_classes
    ).student
    words = [
        _change(field.name, getattr(config, field.name))
        for field in fields(config)
        if field.name not in _TOLD and getattr(config, field.name) != getattr(own, field.name)
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
    transfer = entry.metrics.get("split_sizes", {}).get("transfer")
    images = f", {transfer:,} images" if isinstance(transfer, int) else ""
    return (
        f"**Dataset** {DATASET_NAMES[config.dataset]}  \n"
        f"**Transfer set** {omitted_words(config.omitted_classes)}{images}  \n"
        f"**Student** {layers} hidden units, T={config.temperature:g}  \n"
        f"`{entry.key}`"
    )
