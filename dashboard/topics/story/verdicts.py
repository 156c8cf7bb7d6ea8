"""Who recognises which held-out image: what the wall with the switch is made of."""

from typing import Any

import numpy as np

from dashboard.core import prose, roles, runs
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import plural, signed
from dashboard.figures import answers, packing, wall
from kdengine.offsets import evaluation, thresholds

# From the one that cannot to the one that was taught.
ORDER = ("baseline", "student", "student-offset", "teacher")
ASKED = "student"  # whose answers are to be guessed


def networks(shown: Experiment) -> list[str]:
    """Return the networks that the switch offers, in its order."""
    stored = answers.networks(shown)
    return [network for network in ORDER if network in stored]


def contents(
    shown: Experiment,
    dataset: str,
    offset: float,
    words: dict[str, str],
    spreads: dict[str, str],
) -> dict[str, Any]:
    """Return the wall as the browser reads it, arrays as base64.

    Parameters
    ----------
    offset : float
        Added to the omitted class's logit for ``student-offset``.
    words : dict
        What each network is, by its name; may hold ``{offset}``, ``{things}`` and ``{digit}``.
    spreads : dict
        How many each gets right over seeds, as far as that is known.

    Returns
    -------
    dict
        ``numbers`` and ``flips`` of the omitted class's test images, the student's earliest to
        turn first; for each of ``networks`` its answers in the same order (``said``) and their
        probabilities at T = 1 (``sure``); ``sheet`` is a WebP of the images, None without them.
    """
    digit = shown.omitted_class
    assert digit is not None
    flips = thresholds.strict_flips(shown.student.test_logits, digit)
    own = np.flatnonzero(shown.student.test_labels == digit)
    own = own[np.argsort(flips[own], kind="stable")]
    images = runs.test_images(dataset)
    return {
        "digit": digit,
        "name": plural(digit),
        "count": len(own),
        "asked": ASKED,
        "numbers": packing.packed(own, np.int32),
        "flips": packing.packed(flips[own], np.float64),
        "networks": [
            _network(shown, name, own, offset, words) | {"spread": spreads.get(name, "")}
            for name in networks(shown)
        ],
        "sheet": None if images is None else wall.sheet(images[own], shades=16),
        "columns": wall.SHEET_COLUMNS,
    }


def words_beside(contents: dict[str, Any]) -> dict[str, str]:
    """Return what is asked and told beside the wall of *contents*."""
    words, count, things = prose.beside(__file__), contents["count"], contents["name"]
    told = {name: words[name] for name in ("guessed", "compare", "legend")}
    asked = {n: words[n].format(count=count, things=things) for n in ("question", "unknown")}
    return told | asked


def numbers(shown: Experiment) -> frozenset[int]:
    """Return the numbers of the test images on the wall."""
    return frozenset(np.flatnonzero(shown.student.test_labels == shown.omitted_class).tolist())


def _network(
    shown: Experiment, name: str, images: np.ndarray, offset: float, words: dict[str, str]
) -> dict[str, Any]:
    """Return one network: what it is called, its answers to *images*, how many are right."""
    digit = shown.omitted_class
    assert digit is not None
    logits = answers.logits_of(shown, name, offset)[images]
    said = evaluation.predictions(logits)
    labels = {"baseline": "Hard labels", "student": "Distilled", "teacher": "Teacher"}
    return {
        "name": name,
        "label": labels.get(name, f"Distilled {signed(offset)}"),
        "colour": roles.ROLES[name].colour,
        "what": words[name].format(offset=signed(offset), things=plural(digit), digit=digit),
        "right": int(np.count_nonzero(said == digit)),
        "said": packing.packed(said, np.uint8),
        "sure": packing.packed(evaluation.softmax(logits).max(axis=1), np.float32),
    }
