"""What the hand-out of one experiment holds: its tables, its figures as JSON, its sentences."""

import platform
from typing import Any

import numpy as np
import pandas as pd

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, word
from dashboard.core.roles import NAMES
from dashboard.figures import criteria, phases
from dashboard.figures.answers import logits_of, networks
from dashboard.topics.learning import figures as learning
from dashboard.topics.mistakes import figures as mistakes
from dashboard.topics.offset import figures as offsets
from dashboard.topics.soft_targets import figures as soft_targets
from kdengine import pipeline
from kdengine.config import to_dict
from kdengine.offsets import evaluation
from kdengine.offsets.rule import OffsetRule


def results(shown: Experiment) -> dict[str, Any]:
    """Return configuration, environment and results of an experiment, as JSON values."""
    try:
        figures = pipeline.evaluate(shown, OffsetRule())
    except ValueError:  # no offset can be chosen
        own = {
            role: evaluation.summary(run.test_logits, run.test_labels, shown.omitted_classes)
            for role, run in shown.runs.items()
        }
        figures = {
            "teacher": own["teacher"],
            "student_before": own["student"],
            "student_after": own["student"],
            "baseline": own.get("baseline"),
            "offset": None,
        }
    stored = shown.runs
    return {
        "config": {role: to_dict(run.config) for role, run in stored.items()},
        "environment": {role: run.metrics["environment"] for role, run in stored.items()},
        "run_keys": {role: run.key for role, run in stored.items()},
        "wall_seconds": {role: run.metrics["wall_seconds"] for role, run in stored.items()},
        "split_sizes": shown.student.metrics["split_sizes"],
        "reported_with": {"python": platform.python_version(), "numpy": np.__version__},
        **figures,
    }


def class_accuracy(shown: Experiment, offset: float | None) -> pd.DataFrame:
    """Return every network's accuracy on each class of the test images.

    Parameters
    ----------
    offset : float or None
        Of the student's second row, in logit units; None leaves that row out.

    Returns
    -------
    DataFrame, one row per (network, digit)
        ``network``, ``digit``, ``right``, ``images``, ``accuracy``; classes without test images
        are left out.
    """
    rows = []
    for network in ("teacher", "baseline", "student", "student-offset"):
        if network not in networks(shown) or (network == "student-offset" and offset is None):
            continue
        logits = logits_of(shown, network, offset or 0.0)
        counts = evaluation.confusion_matrix(logits, shown.student.test_labels)
        rows += [
            (NAMES[network], digit, int(row[digit]), int(row.sum()))
            for digit, row in enumerate(counts)
            if row.sum()
        ]
    table = pd.DataFrame(rows, columns=["network", "digit", "right", "images"])
    return table.assign(accuracy=table["right"] / table["images"])


def class_title(shown: Experiment, table: pd.DataFrame) -> str:
    """Return what the chart of `class_accuracy` shows."""
    if shown.omitted_class is None:
        lowest = table.loc[table["accuracy"].idxmin()]
        return (
            f"Lowest: {percent(lowest['accuracy'])}, the {lowest['network']} on "
            f"{word(lowest['digit'])}"
        )
    own = table[table["digit"] == shown.omitted_class].set_index("network")["accuracy"]
    rates = ", ".join(f"{network} {percent(rate)}" for network, rate in own.items())
    return f"On held-out {plural(shown.omitted_class)}: {rates}"


def tables(
    shown: Experiment, offset: float | None, played: learning.Replay | None
) -> dict[str, pd.DataFrame]:
    """Return each table of the hand-out, by its file's name without ``.csv``."""
    learned = phases.phases_of_run(shown)
    made = {
        "learning-accuracy": phases.accuracy_table(learned, shown.omitted_class),
        "learning-loss": phases.loss_table(learned),
        "class-accuracy": class_accuracy(shown, offset),
        "soft-targets": softened(shown),
    }
    if played is not None:
        made["replay"] = learning.table(played)
    if offset is None:
        return made
    chosen = criteria.choices(shown, None)
    ends = criteria.slider_range(chosen)
    return made | {
        "offset-criteria": chosen,
        "offset-accuracy": offsets.steps(shown, *ends),
        "offset-mass": offsets.mass(shown, None, *ends),
        "called-instead": mistakes.called_instead(shown, offset),
        "misclassified": mistakes.table(shown, offset),
        "confusion": confusions(shown, offset),
    }


def confusions(shown: Experiment, offset: float) -> pd.DataFrame:
    """Return every network's confusion matrix, one row a cell."""
    parts = [
        mistakes.matrix(shown, network, offset).assign(network=NAMES[network])
        for network in networks(shown)
    ]
    return pd.concat(parts)[["network", "true", "called", "images", "share"]]


def softened(shown: Experiment) -> pd.DataFrame:
    """Return teacher's and student's distributions on the telling image at four temperatures."""
    image = soft_targets.telling_image(shown)
    parts = [soft_targets.side_by_side(shown, image, role) for role in soft_targets.ROLES]
    return pd.concat(parts).assign(image=image)


def reason(error: ValueError) -> str:
    """Return why a part cannot be made, on one line and without a full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(" .")
