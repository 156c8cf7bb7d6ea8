"""What the Train page says about a training, live or stored, in sentences."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import WORDS, digits_in_words, omitted_words, percent, plural, signed
from dashboard.core.roles import NAMES
from dashboard.core.show import told
from dashboard.figures.phases import Phase, accuracies, phases_of_job
from kdengine.config import CLASSES, other_classes
from kdengine.recipes.plans import Plan
from kdengine.store.archive import Imported


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
    return f"Training the {name}: epoch {epoch} of {current.epochs}, {duration(left)} left in all"


def live_sentence(phases: Sequence[Phase], focus: int | None) -> str:
    """Return in one sentence what a live training has shown so far."""
    begun = [phase for phase in phases if phase.points]
    if not begun:
        return "Training begins; the first point appears as soon as the network is there."
    phase = begun[-1]
    record = phase.points[-1]
    rate = accuracies(record, focus).get(plural(focus)) if focus is not None else None
    figure = f"**{percent(record['accuracy'])}** of all test images"
    if focus is not None and rate is not None:
        figure = f"**{percent(rate)}** of the held-out {plural(focus)}"
    return f"So far {_subject(phase.role, phase.config.omitted_classes)} recognises {figure}."


def result_sentence(result: Mapping[str, Any], focus: int | None) -> str:
    """Return what a finished training found, before and after the offset; empty if unreadable."""
    try:
        seconds = float(result["wall_seconds"]["total"])
        before, after = result["student_before"], result["student_after"]
        if focus is None:
            return (
                f"Done in {seconds:.0f} s: {percent(before['accuracy'])} of all test images right."
            )
        name = plural(focus)
        baseline, offset = result["baseline"], result["offset"]
        value = offset["value"]
        if isinstance(value, list):
            value = value[offset["classes"].index(focus)]
        hard = (
            f" The hard-label student: {percent(baseline['omitted_accuracy'])}." if baseline else ""
        )
        return (
            f"Done in {seconds:.0f} s: the student recognises "
            f"**{percent(before['omitted_accuracy'])}** of the held-out {name} before the offset, "
            f"**{percent(after['omitted_accuracy'])}** after it "
            f"({signed(value)} on the logit of class {focus}).{hard}"
        )
    except (LookupError, TypeError, ValueError):
        return ""


def planned_work(plan: Plan, stored: Mapping[str, bool], fresh: bool) -> str:
    """Return what a click on Start would train.

    Parameters
    ----------
    plan : plans.Plan
    stored : mapping of role to bool
        Whether each network of the experiment is stored already.
    """
    names = [NAMES[role] for role, there in stored.items() if fresh or not there]
    if not names:
        return (
            "Every network of this experiment is stored already, so nothing would be trained: "
            "change a number, or tick *Train anew*."
        )
    kept = [NAMES[role] for role, there in stored.items() if there and not fresh]
    reused = f" The {' and the '.join(kept)} is stored and reused." if kept else ""
    return f"Trains the {', then the '.join(names)}.{reused}{_epochs_note(plan)}"


def _epochs_note(plan: Plan) -> str:
    """Return why there will be more epochs than were asked for, if so."""
    planned = {phase.role: phase.epochs for phase in phases_of_job(plan, False, [])}
    if planned == {"teacher": plan.teacher.epochs, "student": plan.student.epochs}:
        return ""
    return (
        f" So few images need more epochs, for at least {plan.student.minimum_steps} steps: "
        f"{planned['teacher']} and {planned['student']}."
    )


def curves_description(accuracies_shown: pd.DataFrame, group: str) -> str:
    """Return the learning curve of one group of test images in words."""
    drawn = accuracies_shown[accuracies_shown["images"] == group]
    ends = [
        f"{network} from {percent(part.iloc[0])} to {percent(part.iloc[-1])}"
        for network, part in drawn.groupby("network", sort=False)["accuracy"]
    ]
    return f"Accuracy on test images of {group}, first to last epoch: {'; '.join(ends)}."


def plan_line(plan: Plan, with_baseline: bool) -> str:
    """Return one line that tells a queued training from others."""
    left_out = omitted_words(plan.student.omitted_classes)
    return (
        f"{plan.student.dataset} · {left_out} · T={plan.student.temperature:g} · "
        f"{plan.recipe.name} · "
        f"seed {plan.student.seed}{' · with hard-label student' if with_baseline else ''}"
    )


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90.0:
        return f"about {max(1, math.ceil(seconds)):d} s"
    return f"about {seconds / 60.0:.0f} min"


def _subject(role: str, omitted: Sequence[int]) -> str:
    """Return who has learnt, as the subject of a sentence."""
    if role == "teacher":
        return "the teacher, who sees every digit,"
    name = "the student" if role == "student" else "the hard-label student"
    if not omitted:
        return f"{name}, who sees every digit,"
    if len(omitted) > CLASSES // 2:
        return f"{name}, who sees nothing but {digits_in_words(other_classes(omitted))},"
    return f"{name}, who never sees a {' or a '.join(WORDS[digit] for digit in omitted)},"


def skipped(run: Imported) -> str:
    """Return why one run of an uploaded archive was not stored."""
    return f"Skipped: `{run.key}`: {told(run.why)}"


def trained_in(shown: Experiment) -> str:
    """Return how long a stored experiment's training took and on what."""
    runs = [shown.teacher.metrics, shown.student.metrics]
    own = runs[-1].get("environment", {})
    apart = runs[0].get("environment", {}) != own
    threads, place = own.get("thread_count"), f"on {own.get('device', 'an unknown device')}"
    if own.get("device", "cpu") == "cpu" and type(threads) is int:
        place = f"on {threads} thread{'s' if threads != 1 else ''}"
    seconds = sum(metrics["wall_seconds"] for metrics in runs[apart:])
    who, precision = "its student " if apart else "", own.get("precision")
    return f"{who}trained in {seconds:.0f} s {place} ({precision})"
