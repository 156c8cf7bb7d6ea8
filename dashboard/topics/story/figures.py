"""The story of one experiment in a few numbers and sentences."""

import statistics
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.core import roles
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, signed, what_it_saw
from dashboard.figures import answers
from kdengine.config import from_dict
from kdengine.offsets import evaluation, thresholds

# What the table of seeds calls the networks; it has no hard-label student.
_FIGURES = {"teacher": "teacher", "student": "student_before", "student-offset": "student_after"}


@dataclass(frozen=True)
class Headline:
    """One large number: right answers of one network on the omitted class's test images."""

    role: str
    label: str
    right: int
    total: int
    spread: str

    @property
    def rate(self) -> str:
        """The share that is right, in percent."""
        return percent(self.right / self.total)


def title(shown: Experiment) -> str:
    """Return what the student did not see."""
    return f"The student that {what_it_saw(shown.student.config.omitted_classes)}"


def headlines(
    shown: Experiment, offset: float, seed_table: dict[str, Any] | None
) -> list[Headline]:
    """Return teacher, hard-label student (if stored), student before and after the offset.

    Parameters
    ----------
    offset : float
        Of the frequency criterion, in logit units.
    seed_table : dict or None
        As `kdengine.studies.seed_table.load_table` returns it.
    """
    labels = {
        "teacher": f"Teacher, saw {plural(_omitted(shown))}",
        "baseline": "Hard-label student",
        "student": "Distilled student",
        "student-offset": f"With offset {signed(offset)}",
    }
    rows, stored = matching_rows(shown, seed_table), answers.networks(shown)
    return [
        Headline(
            roles.NAMES[network],
            label,
            *right_of(shown, network, offset),
            spread(rows, _FIGURES.get(network, ""), shown),
        )
        for network, label in labels.items()
        if network in stored
    ]


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
    return (
        f"The **teacher** learned all ten digits, from {sizes['train']:,} images. The **student** "
        f"learns only from the teacher's answers to {sizes['transfer']:,} of them, "
        + (f"**which show {seen}**." if has_few else f"**none of which shows {seen}**.")
    )


def examples(shown: Experiment, offset: float, count: int = 10) -> pd.DataFrame:
    """Choose test images of the omitted class from the easiest to the hardest for the student.

    They are about *count*, evenly spaced within each state, all states represented.

    Returns
    -------
    DataFrame, one row an image
        ``image`` int (its number in the test set), ``flip`` float (the offset that turns it
        right), ``said`` int (the student's answer without an offset), ``state`` str
        (``right at once``, ``with the offset``, ``still wrong``).
    """
    omitted = _omitted(shown)
    images = np.flatnonzero(shown.student.test_labels == omitted)
    flips = thresholds.flip_thresholds(shown.student.test_logits[images], omitted)
    said = evaluation.predictions(shown.student.test_logits[images])
    shifted = answers.logits_of(shown, "student-offset", offset)
    fixed = evaluation.predictions(shifted[images]) == omitted
    state = np.where(
        said == omitted, "right at once", np.where(fixed, "with the offset", "still wrong")
    )
    table = pd.DataFrame({"image": images, "flip": flips, "said": said, "state": state})
    states = [part for _, part in table.sort_values("flip").groupby("state", sort=False)]
    share = max(1, count // len(states))
    chosen = [
        part.iloc[np.unique(np.linspace(0, len(part) - 1, share).astype(int))] for part in states
    ]
    return pd.concat(chosen).sort_values("flip")


def sizes(shown: Experiment) -> pd.DataFrame:
    """Return what teacher and student cost: parameters, bytes, microseconds an image."""
    rows = {}
    for role, stored in (("Teacher", shown.teacher), ("Student", shown.student)):
        layers = "-".join(map(str, (784, *stored.config.hidden_sizes, 10)))
        parameters, time = (stored.metrics[n] for n in ("parameters", "microseconds_per_image"))
        rows[f"{role} {layers}"] = (
            f"{parameters:,}",
            f"{parameters * 4 / 1e6:.1f} MB",
            f"{time:.1f} µs",
        )
    columns = ["Parameters", "Size in float32", "Time for an image"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("Network")


def sizes_sentence(shown: Experiment) -> str:
    """Return what distillation is for, with this run's figures."""
    teacher, student = shown.teacher.metrics, shown.student.metrics
    lighter = teacher["parameters"] / student["parameters"]
    quicker = teacher["microseconds_per_image"] / student["microseconds_per_image"]
    threads = student.get("environment", {}).get("thread_count", "?")
    return (
        "Distillation moves what a large network knows into one that is cheaper to run: here the "
        f"student has {lighter:.1f} times fewer parameters and answers {quicker:.1f} times as "
        f"fast (measured in fp32 on {threads} CPU threads, batches of 500)."
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
    """Return mean and standard deviation over seeds on the omitted class in words, or nothing."""
    if len(rows) < 2 or not field:
        return ""
    rates = [row[field]["per_class_accuracy"][_omitted(shown)] for row in rows]
    mean, deviation = 100 * statistics.mean(rates), 100 * statistics.stdev(rates)
    return f"{mean:.1f}\u00a0% in {len(rates)} trainings, give or take {deviation:.1f}"


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
