"""Which page has which teaching material; a page that has none says why."""

from typing import Any

from dashboard.core import teaching_formulas as formulas
from dashboard.core import (
    teaching_more,
    teaching_reproductions,
    teaching_story,
    teaching_sweeps,
    teaching_synthetic,
)
from dashboard.core.lessons import Context, Material
from dashboard.core.teaching_story import image_shown, temperature_shown
from dashboard.core.teaching_sweeps import lab_omitted
from dashboard.core.teaching_tables import FIRST_ABLATION
from dashboard.figures.criteria import CRITERION_NAMES
from dashboard.topics.lab.ablations.figures import ABLATIONS
from kdengine.config import omitted_classes
from kdengine.data import datasets
from kdengine.studies import ablations

EXEMPT = {
    "tour": "leads through the other pages, which have their own",
    "vote": "asks the questions itself",
    "glossary": "explains words, computes nothing",
}
_DEFAULT_VARIANT = "shuffled-in-class"


def run_and_digit(context: Context) -> dict[str, Any]:
    """Return the run shown and its omitted class in focus."""
    return {"key": context.run.key, "digit": context.digit}


def run_and_focus(context: Context) -> dict[str, Any]:
    """Return the run shown and its omitted class in focus, None if it saw all."""
    return {"key": context.run.key, "digit": context.run.omitted_class}


def one_image(context: Context) -> dict[str, Any]:
    """Return the teacher's run, the image and T."""
    return {
        "key": context.run.teacher.key,
        "image": image_shown(context),
        "temperature": temperature_shown(context),
    }


def offset_chooser(context: Context) -> dict[str, Any]:
    """Return who chooses the offset on the page: a criterion with its probe, or a hand."""
    address = context.address
    criterion = address.get("criterion", "frequency")
    probe = address.get("probe", "")
    by_hand = address.get("offset")
    return {
        **run_and_digit(context),
        "teacher": context.run.teacher.key,
        "criterion": criterion if criterion in CRITERION_NAMES else "frequency",
        "probe_size": int(probe) if probe.isascii() and probe.isdigit() else None,
        "by_hand": None if by_hand is None else float(by_hand),
    }


def drawn_image(context: Context) -> dict[str, Any]:
    """Return the networks that answer, the image that the drawing began with, T and the offset."""
    shown, address = context.run, context.address
    if shown.dataset == "mnist" and not datasets.mnist_present():
        raise ValueError("its pictures are MNIST's, whose files are not here.")
    image = address.get("image", "")
    keys = [run.key for run in (shown.teacher, shown.baseline, shown.student) if run is not None]
    by_hand = address.get("offset")
    offset = context.offset or 0.0 if by_hand is None else float(by_hand)
    return {
        "keys": keys,
        "digit": shown.omitted_class or 0,
        "dataset": shown.dataset,
        "image": int(image) if image.isascii() and image.isdigit() else 0,
        "temperature": temperature_at(address.get("T")),
        "offset": 0.0 if shown.omitted_class is None else offset,
    }


def temperature_at(text: str | None) -> float:
    """Return the T that an address names; 1 if it names none."""
    return 1.0 if text is None else float(text)


def transfer_set(context: Context) -> dict[str, Any]:
    """Return the teacher, what its student was not shown, and T."""
    return {
        "key": context.run.teacher.key,
        "omitted": list(omitted_classes(context.run.student.config)),
        "digit": context.digit,
        "temperature": temperature_shown(context),
    }


def kept_digits(context: Context) -> dict[str, Any]:
    """Return the digits left out on the page, and the run in the sidebar."""
    return {"omitted": list(lab_omitted(context)), "key": context.run.key}


def sweep_name(context: Context) -> dict[str, Any]:
    """Return the sweep that the page shows, and which figure of it."""
    asked = context.address.get("ablation", FIRST_ABLATION)
    name = asked if asked in ABLATIONS else FIRST_ABLATION
    measure = context.address.get("measure", ABLATIONS[name].measure)
    return {"name": name, "figure": "omitted_accuracy" if measure == "omitted" else "errors"}


def variant_name(context: Context) -> dict[str, Any]:
    """Return the variant that the page shows."""
    name = context.address.get("variant", _DEFAULT_VARIANT)
    return {"variant": name if name in ablations.CAUSALITY else _DEFAULT_VARIANT}


_EXERCISES = {
    **teaching_story.EXERCISES,
    **teaching_more.EXERCISES,
    **teaching_sweeps.EXERCISES,
    **teaching_synthetic.EXERCISES,
    **teaching_reproductions.EXERCISES,
}
_FORMULAS_AND_VALUES = {
    "story": (formulas.answer_rule, run_and_digit),
    "soft_targets": (formulas.softened, one_image),
    "offset": (formulas.mass_matching, offset_chooser),
    "confusion": (formulas.rates, run_and_digit),
    "misclassified": (formulas.flip_threshold, run_and_digit),
    "learning": (formulas.share_right, run_and_digit),
    "draw": (formulas.odds, drawn_image),
    "train": (formulas.loss, run_and_focus),
    "dark_knowledge": (formulas.transfer_mass, transfer_set),
    "omission_lab": (formulas.several_offsets, kept_digits),
    "ablations": (formulas.seed_mean, sweep_name),
    "leak": (formulas.carried, variant_name),
    "synthetic": (teaching_synthetic.share_formula, teaching_synthetic.data_set),
    "reproductions": (
        teaching_reproductions.interval_formula,
        teaching_reproductions.source_shown,
    ),
}
MATERIAL = {
    page: Material(_EXERCISES[page], formula, values)
    for page, (formula, values) in _FORMULAS_AND_VALUES.items()
}
