"""What the Train page says about a training, live or stored, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.core.numbers import omitted_words, percent, plural, speaking, what_it_saw
from dashboard.core.roles import NAMES
from dashboard.core.show import told
from dashboard.figures.phases import Phase, accuracies, phases_of_job
from kdengine.config import set_name
from kdengine.recipes.plans import Plan
from kdengine.store.archive import Imported


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
    what = what_it_saw(phase.config.omitted_classes)
    return f"So far the {NAMES[phase.role]}, who {what}, recognises {figure}."


def result_sentence(result: Mapping[str, Any], focus: int | None) -> str:
    """Return what a finished training found, without and with offset; empty if unreadable."""
    try:
        done = f"Done in {float(result['wall_seconds']['total']):.0f} s"
        before, after = result["student_before"], result["student_after"]
        if focus is None:
            return f"{done}: {percent(before['accuracy'])} of all test images right."
        return (
            f"{done}: the student recognises **{percent(before['omitted_accuracy'])}** of the "
            f"held-out {plural(focus)}, with its offset **{percent(after['omitted_accuracy'])}**."
        )
    except (LookupError, TypeError, ValueError):
        return ""


def planned_work(plan: Plan, stored: Mapping[str, bool], fresh: bool) -> str:
    """Return what a click on Start would train.

    *stored* tells of each network of the experiment, by role, whether it is stored already.
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
    with speaking(plan.student.dataset):
        left_out = omitted_words(plan.student.omitted_classes)
    return (
        f"{set_name(plan.student.dataset)} · {left_out} · T={plan.student.temperature:g} · "
        f"{plan.recipe.name}{' · own teacher' * bool(plan.teacher.source)} · "
        f"seed {plan.student.seed}{' · with hard-label student' if with_baseline else ''}"
    )


def skipped(run: Imported) -> str:
    """Return why one run of an uploaded archive was not stored."""
    return f"Skipped: `{run.key}`: {told(run.why)}"
