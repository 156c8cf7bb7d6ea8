"""The phases of a training, live or stored: their epochs, their curves, the time they take.

A training has up to three phases, one a network: teacher, student, hard-label student.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import in_its_words, plural
from dashboard.core.roles import NAMES
from kdengine.config import CLASSES, NetworkConfig, RunConfig, StudentConfig, planned_epochs
from kdengine.recipes.plans import Plan
from kdengine.store.runs import Listed
from kdengine.studies import estimate

LOSSES = {"training_loss": "training loss (minimised)", "test_loss": "test loss (cross-entropy)"}
_RECENT_EPOCHS = 5
_FIGURES = ("epoch", "training_loss", "test_loss", "accuracy", "seconds")


@dataclass(frozen=True)
class Phase:
    """One network's part of a training."""

    role: str  # A key of `roles.NAMES`
    config: RunConfig
    epochs: int  # How many it will have
    records: list[dict[str, Any]]  # Its epochs so far, as `run_files.Epoch` has them
    # What it scored before its first epoch; None where that is not known
    untrained: dict[str, Any] | None = None

    @property
    def points(self) -> list[dict[str, Any]]:
        """Its records with what it scored untrained before them, as epoch 0."""
        first = [] if self.untrained is None else [{**self.untrained, "epoch": 0}]
        return first + self.records


def phases_of_run(shown: Experiment) -> list[Phase]:
    """Return the finished phases of a stored experiment; of what came in a file none is known."""
    runs = {"teacher": shown.teacher, "student": shown.student, "baseline": shown.baseline}
    return [
        Phase(role, run.config, len(run.metrics["history"]), run.metrics["history"])
        for role, run in runs.items()
        if run is not None and not run.config.source
    ]


def phases_of_job(
    plan: Plan, with_baseline: bool, events: Iterable[Mapping[str, Any]]
) -> list[Phase]:
    """Return the phases of a live training; networks that were stored already are left out.

    Parameters
    ----------
    events : iterable of dict
        As `processes.read` returns them; records that are no whole epochs are left out.
    """
    configs: dict[str, RunConfig] = {"teacher": plan.teacher, "student": plan.student}
    if with_baseline:
        configs["baseline"] = plan.baseline
    records: dict[str, list[dict[str, Any]]] = {role: [] for role in configs}
    untrained: dict[str, dict[str, Any]] = {}
    reused: set[str] = set()
    for event in events:
        role = str(event.get("role"))
        if event["event"] == "epoch" and role in records and _is_epoch(event):
            records[role].append(dict(event))
        elif event["event"] == "untrained" and role in records:
            if _is_finite(event.get("accuracy")):
                untrained[role] = dict(event)
        elif event["event"] == "plan":
            reused |= _stored_roles(event)
    return [
        Phase(role, config, _epochs(config, records[role]), records[role], untrained.get(role))
        for role, config in configs.items()
        if role not in reused or records[role]
    ]


def accuracy_table(phases: Sequence[Phase], focus: int | None) -> pd.DataFrame:
    """Return accuracies before the first and after each epoch, the phases one after the other.

    Returns
    -------
    DataFrame
        ``at`` int, epochs of all phases so far; ``network`` and ``images`` str; ``epoch`` int;
        ``accuracy`` float in [0, 1], on the test images that ``images`` names.
    """
    rows = [
        (start + record["epoch"], NAMES[phase.role], record["epoch"], images, accuracy)
        for start, phase in _placed(phases)
        for record in phase.points
        for images, accuracy in accuracies(record, focus).items()
    ]
    return pd.DataFrame(rows, columns=["at", "network", "epoch", "images", "accuracy"])


def loss_table(phases: Sequence[Phase]) -> pd.DataFrame:
    """Return training and test loss after each epoch, the phases one after the other.

    Returns
    -------
    DataFrame
        ``at``, ``network``, ``epoch`` as in `accuracy_table`; ``loss`` str; ``nats`` float > 0.
    """
    rows = [
        (start + record["epoch"], NAMES[phase.role], record["epoch"], name, record[field])
        for start, phase in _placed(phases)
        for record in phase.records
        for field, name in LOSSES.items()
        if record[field] > 0.0  # the axis is logarithmic
    ]
    return pd.DataFrame(rows, columns=["at", "network", "epoch", "loss", "nats"])


def phase_table(phases: Sequence[Phase]) -> pd.DataFrame:
    """Return where each phase starts, its middle and its end on the axis of all epochs."""
    rows = [
        (NAMES[phase.role], start, start + phase.epochs / 2, start + phase.epochs)
        for start, phase in _placed(phases)
    ]
    return pd.DataFrame(rows, columns=["network", "start", "middle", "end"])


def image_groups(focus: int | None) -> list[str]:
    """Return the names of the groups of test images whose accuracy is drawn."""
    every, others = in_its_words("all digits"), in_its_words("other digits")
    return [every] if focus is None else [plural(focus), others, every]


def seconds_left(phases: Sequence[Phase], since_last: float = 0.0) -> float | None:
    """Estimate the seconds to the end from those of the finished epochs.

    Parameters
    ----------
    since_last : float
        Seconds since the last epoch ended.

    Returns
    -------
    float or None
        None while no epoch has finished. A phase that has not begun is reckoned from the latest
        one that has, by what an epoch of either has to do.
    """
    teacher = next((phase.config for phase in phases if phase.role == "teacher"), None)
    # What an epoch takes, as the engine reckons; `estimate.work` says what counts.
    works = [estimate.work(phase.config, teacher) / _planned(phase.config) for phase in phases]
    recent = [phase.records[-_RECENT_EPOCHS:] for phase in phases]
    means = [fmean(r["seconds"] for r in records) if records else None for records in recent]
    paces = [mean / work for mean, work in zip(means, works, strict=True) if mean is not None]
    if not paces:
        return None
    left = sum(
        (paces[-1] * work if mean is None else mean) * (phase.epochs - len(phase.records))
        for phase, mean, work in zip(phases, means, works, strict=True)
    )
    return max(0.0, left - since_last)


def share_done(phases: Sequence[Phase], left: float | None) -> float:
    """Return the finished share of the training time, in [0, 1]."""
    spent = sum(record["seconds"] for phase in phases for record in phase.records)
    return 0.0 if left is None or spent <= 0.0 else spent / (spent + left)


def progress_text(phases: Sequence[Phase], state: str, ahead: int, left: float | None) -> str:
    """Return what a live training is doing now and how long it takes yet."""
    if state == "queued":
        return f"Waiting for its turn: {ahead} before it" if ahead else "Starting"
    current = next((phase for phase in phases if len(phase.records) < phase.epochs), None)
    if current is None:
        return "Computing the offset and the figures"
    name = NAMES[current.role]
    if left is None:
        return f"Loading the data, then the {name}'s first epoch"
    epoch = min(len(current.records) + 1, current.epochs)
    return f"Training the {name}: epoch {epoch} of {current.epochs}, {_duration(left)} left in all"


def unused_seed(entries: Iterable[Listed]) -> int:
    """Return the lowest seed that no stored student has: one with which there is much to train."""
    students = [entry.config for entry in entries if isinstance(entry.config, StudentConfig)]
    used = {student.seed for student in students}
    return min(set(range(len(used) + 1)) - used)


def _placed(phases: Sequence[Phase]) -> list[tuple[int, Phase]]:
    """Return each phase with the number of epochs before it."""
    starts = np.cumsum([0, *(phase.epochs for phase in phases)])
    return [(int(start), phase) for start, phase in zip(starts, phases, strict=False)]


def accuracies(record: Mapping[str, Any], focus: int | None) -> dict[str, float]:
    """Return the accuracies of one epoch by the name of the test images."""
    every, others = in_its_words("all digits"), in_its_words("other digits")
    found = {every: record["accuracy"]}
    if focus is not None:
        found[others] = record.get("other_accuracy")
        rates = record.get("per_class_accuracy")
        is_whole = isinstance(rates, list) and len(rates) == CLASSES
        found[plural(focus)] = rates[focus] if is_whole else None
        if record.get("omitted_accuracy") is None:
            # A teacher left nothing out: its "others" would be all images.
            found.pop(others)
    return {name: rate for name, rate in found.items() if _is_finite(rate)}


def _duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90.0:
        return f"about {max(1, math.ceil(seconds)):d} s"
    return f"about {seconds / 60.0:.0f} min"


def _epochs(config: NetworkConfig, records: list[dict[str, Any]]) -> int:
    """Return the epochs of a phase: as its records say, else as they are planned."""
    if records and type(records[-1].get("epochs")) is int:
        return max(records[-1]["epochs"], records[-1]["epoch"])
    return _planned(config)


def _planned(config: NetworkConfig) -> int:
    """Return the epochs that are planned; the classes are about equally many."""
    return planned_epochs(config, estimate.transfer_images(config))


def _stored_roles(event: Mapping[str, Any]) -> set[str]:
    """Return the networks that a plan says are stored already."""
    networks = event.get("networks")
    return {
        str(entry.get("role"))
        for entry in (networks if isinstance(networks, list) else [])
        if isinstance(entry, dict) and entry.get("stored") is True
    }


def _is_epoch(event: Mapping[str, Any]) -> bool:
    """Return whether *event* has every figure of an epoch."""
    return all(_is_finite(event.get(name)) for name in _FIGURES)


def _is_finite(value: object) -> bool:
    """Return whether *value* is a finite number."""
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]
