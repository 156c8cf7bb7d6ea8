"""The story of one experiment in a few numbers and sentences."""

import statistics
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, what_it_saw
from dashboard.figures import answers
from kdengine.config import from_dict
from kdengine.offsets import evaluation
from kdengine.studies import differences

# What the table of seeds calls the networks; it has no hard-label student.
_FIGURES = {"teacher": "teacher", "student": "student_before", "student-offset": "student_after"}


def title(shown: Experiment) -> str:
    """Return what the student did not see."""
    return f"The student that {what_it_saw(shown.student.config.omitted_classes)}"


def sentence(shown: Experiment, offset: float) -> str:
    """Return what this run shows, in one sentence with its numbers."""
    omitted = _omitted(shown)
    name = plural(omitted)
    before, total = right_of(shown, "student")
    after, _ = right_of(shown, "student-offset", offset)
    teacher, _ = right_of(shown, "teacher")
    change = (
        f"add {offset:.2f} to its score for “{omitted}” and it gets {after:,}"
        if after != before
        else f"adding {offset:.2f} to its score for “{omitted}” leaves it there"
    )
    seen = what_it_saw(shown.student.config.omitted_classes)
    return (
        f"A student that {seen} recognises **{before:,} of {total:,}** held-out "
        f"{name}; {change}. Its teacher, who did see them, gets {teacher:,}."
    )


def cast(shown: Experiment) -> str:
    """Return who teacher and student are, without telling what comes of it."""
    omitted = shown.student.config.omitted_classes
    sizes = shown.student.metrics["split_sizes"]
    seen = what_it_saw(omitted).removeprefix("saw ").removeprefix("never saw ")
    has_few = what_it_saw(omitted).startswith("saw")
    learned = f"learned all ten digits, from {sizes['train']:,} images"
    teacher = f"The **teacher** {'came in a file' if shown.teacher.config.source else learned}. "
    if shown.student.config.source:
        said = "The **student** came in a file, and whoever brought it says that it"
        return f"{teacher}{said} **{what_it_saw(omitted)}**."
    return (
        f"{teacher}The **student** learns only from the teacher's answers to "
        f"{sizes['transfer']:,} {'images' if shown.teacher.config.source else 'of them'}, "
        + (f"**which show {seen}**." if has_few else f"**none of which shows {seen}**.")
    )


def sizes(shown: Experiment, measured: dict[str, Any] | None) -> pd.DataFrame:
    """Return what teacher and student cost: size, time for an image, and what they answer.

    Parameters
    ----------
    measured : dict or None
        As `kdengine.studies.cost_table.load_table` returns it; without it fp32 alone is known.
    """
    rows = {}
    for role, stored in (("teacher", shown.teacher), ("student", shown.student)):
        layers = "-".join(map(str, (784, *stored.config.hidden_sizes, 10)))
        told = stored.metrics
        agreed = evaluation.predictions(stored.test_logits) == evaluation.predictions(
            shown.teacher.test_logits
        )
        known = {
            "bytes": told["parameters"] * 4,
            "microseconds": told["microseconds_per_image"],
            "errors": int((evaluation.predictions(stored.test_logits) != stored.test_labels).sum()),
            "agreement": agreed.mean(),
        }
        costs = {"fp32": known} if measured is None else measured["costs"][role]
        for precision, cost in costs.items():
            rows[f"{role.capitalize()} {layers}, {precision}"] = (
                f"{told['parameters']:,}",
                f"{cost['bytes'] / 1e6:.1f} MB",
                f"{cost['microseconds']:.1f} µs",
                f"{cost['errors']:,}",
                percent(cost["agreement"], 2),
            )
    columns = ["Parameters", "Size", "Time for an image", "Errors", "As the teacher in fp32"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("Network")


def sizes_sentence(shown: Experiment, measured: dict[str, Any] | None = None) -> str:
    """Return what distillation is for, with this run's figures."""
    teacher, student = shown.teacher.metrics, shown.student.metrics
    lighter = teacher["parameters"] / student["parameters"]
    times = [stored["microseconds_per_image"] for stored in (teacher, student)]
    if measured is not None:
        times = [measured["costs"][role]["fp32"]["microseconds"] for role in ("teacher", "student")]
    threads = (measured or student).get("environment", {}).get("thread_count", "?")
    return (
        "Distillation moves what a large network knows into one that is cheaper to run: here the "
        f"student has {lighter:.1f} times fewer parameters and answers {times[0] / times[1]:.1f} "
        f"times as fast (measured in fp32; CPU threads: {threads}; batches of 500)."
    )


def matching_rows(shown: Experiment, table: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the seed table's rows if they are of this very configuration, but for the seed.

    A table that is older than a field of the configuration has that field's default.
    """
    if table is None:
        return []
    try:
        student, teacher = (
            from_dict(table["experiment"].get(role)) for role in ("student", "teacher")
        )
    except ValueError:
        return []
    seen, taught = shown.student.config, shown.teacher.config
    same = replace(student, seed=seen.seed, teacher=seen.teacher) == seen and (
        replace(teacher, seed=taught.seed) == taught
    )
    return list(table["rows"]) if same else []


def spreads(shown: Experiment, table: dict[str, Any] | None) -> dict[str, str]:
    """Return `spread` for each network that the seed table has."""
    rows = matching_rows(shown, table)
    return {network: spread(rows, field, shown) for network, field in _FIGURES.items()}


def spread(rows: list[dict[str, Any]], field: str, shown: Experiment) -> str:
    """Return what the seeds get right on the omitted class, and how sure that is; or nothing.

    Beside the standard deviation over the seeds stands what counting so few images brings alone.
    """
    if len(rows) < 2 or not field:
        return ""
    rates = [row[field]["per_class_accuracy"][_omitted(shown)] for row in rows]
    mean, deviation = statistics.mean(rates), 100 * statistics.stdev(rates)
    images = int(np.count_nonzero(shown.student.test_labels == _omitted(shown)))
    counting = 100 * differences.counting_error(images * mean, images) / images
    return (
        f"{100 * mean:.1f}\u00a0% in {len(rates)} trainings, give or take {deviation:.2f} "
        f"(counting {images:,} images alone: {counting:.2f})"
    )


def right_of(shown: Experiment, network: str, offset: float = 0.0) -> tuple[int, int]:
    """Return how many of the omitted class's test images a network gets right, of how many.

    Parameters
    ----------
    network, offset
        As `answers.logits_of` takes them.
    """
    logits, omitted = answers.logits_of(shown, network, offset), _omitted(shown)
    row = evaluation.confusion_matrix(logits, shown.student.test_labels)[omitted]
    return int(row[omitted]), int(row.sum())


def _omitted(shown: Experiment) -> int:
    """Return the omitted class; pages have stopped before if there is none."""
    if shown.omitted_class is None:
        raise ValueError("this experiment omits no class; choose one that does.")
    return shown.omitted_class
