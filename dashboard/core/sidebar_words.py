"""What the sidebar says about a run."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from dashboard.core.digits import plural
from kdengine.config import CLASSES, StudentConfig, other_classes
from kdengine.recipes.own import CLASSROOM
from kdengine.recipes.plans import experiment
from kdengine.store.runs import Listed

# Said already, or a consequence of what is.
_TOLD = ("dataset", "seed", "omitted_classes", "temperature", "hard_weight", "minimum_steps")
DATASET_NAMES = {
    "mnist": "MNIST, 60,000 + 10,000 images",
    "digits": "scikit-learn's digits, 1,797 images",
}


def omitted_words(omitted: Sequence[int]) -> str:
    """Return ``no threes``, ``no threes, fives``, ``only sevens, eights`` or ``all digits``."""
    if not omitted:
        return "all digits"
    if len(omitted) > CLASSES // 2:
        return "only " + ", ".join(map(plural, other_classes(omitted)))
    return "no " + ", ".join(map(plural, omitted))


def run_label(entry: Listed) -> str:
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


def run_description(entry: Listed) -> str:
    """Return the run in use as a short Markdown list."""
    config = entry.config
    if not isinstance(config, StudentConfig):
        return ""
    layers = "-".join(map(str, config.hidden_sizes))
    transfer = entry.metrics.get("split_sizes", {}).get("transfer")
    images = f", {transfer:,} images" if isinstance(transfer, int) else ""
    return "\n".join(
        [
            f"**Dataset** {DATASET_NAMES[config.dataset]}  ",
            f"**Transfer set** {omitted_words(config.omitted_classes)}{images}  ",
            f"**Student** {layers} hidden units, T={config.temperature:g}  ",
            f"`{entry.key}`",
        ]
    )
