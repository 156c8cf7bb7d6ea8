"""The story of one experiment in a few numbers and sentences."""

import statistics
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core.experiment import Experiment
from dashboard.core.numbers import percent, plural, signed, what_it_saw
from kdengine.config import StudentConfig, to_dict
from kdengine.offsets import evaluation
from kdengine.offsets import thresholds as bias


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
    name = plural(_omitted(shown))
    rows = [
        ("teacher", f"Teacher, saw {name}", shown.teacher.test_logits, "teacher"),
        ("student", "Distilled student", shown.student.test_logits, "student_before"),
        (
            "student + offset",
            f"With offset {signed(offset)}",
            shifted_logits(shown, offset),
            "student_after",
        ),
    ]
    if shown.baseline is not None:
        rows.insert(1, ("hard-label student", "Hard-label student", shown.baseline.test_logits, ""))
    rows_of_seeds = matching_rows(shown, seed_table)
    return [
        Headline(role, label, *right_of(shown, logits), spread(rows_of_seeds, field, shown))
        for role, label, logits, field in rows
    ]


def sentence(shown: Experiment, offset: float) -> str:
    """Return what this run shows, in one sentence with its numbers."""
    omitted = _omitted(shown)
    name = plural(omitted)
    before, total = right_of(shown, shown.student.test_logits)
    after, _ = right_of(shown, shifted_logits(shown, offset))
    teacher, _ = right_of(shown, shown.teacher.test_logits)
    change = (
        f"one number added to the logit of class {omitted} ({signed(offset)}) makes it {after:,}"
        if after != before
        else f"adding {signed(offset)} to the logit of class {omitted} leaves it there"
    )
    seen = what_it_saw(shown.student.config.omitted_classes)
    return (
        f"A student that {seen} recognises **{before:,} of {total:,}** held-out "
        f"{name}; {change}, and its teacher, who did see them, gets {teacher:,}."
    )


def wall_sentence(shown: Experiment) -> str:
    """Return what the wall's tiles are and what they have to do with training."""
    omitted = _omitted(shown)
    name = plural(omitted)
    _, total = right_of(shown, shown.student.test_logits)
    return (
        f"Each tile is one of the {total:,} {name} of the test set, in the order in which the "
        f"offset turns the student's answer into {omitted}. "
        f"**{name.capitalize()} in the student's training set: {transfer_threes(shown):,}.**"
    )


def transfer_threes(shown: Experiment) -> int:
    """Return how many images of the omitted class the student learned from, by counting."""
    config = shown.student.config
    labels = shown.student.train_labels
    assert isinstance(config, StudentConfig)
    kept = ~np.isin(labels, config.omitted_classes)
    return int(np.count_nonzero(labels[kept] == _omitted(shown)))


def examples(shown: Experiment, offset: float, count: int = 10) -> pd.DataFrame:
    """Choose test images of the omitted class from the easiest to the hardest for the student.

    Returns
    -------
    DataFrame, one row an image
        ``image`` int (its number in the test set), ``flip`` float (the offset that turns it
        right), ``said`` int (the student's answer without an offset), ``state`` str
        (``right at once``, ``with the offset``, ``still wrong``).
    """
    omitted = _omitted(shown)
    images = np.flatnonzero(shown.student.test_labels == omitted)
    flips = bias.flip_thresholds(shown.student.test_logits[images], omitted)
    said = evaluation.predictions(shown.student.test_logits[images])
    fixed = evaluation.predictions(shifted_logits(shown, offset)[images]) == omitted
    state = np.where(
        said == omitted, "right at once", np.where(fixed, "with the offset", "still wrong")
    )
    table = pd.DataFrame({"image": images, "flip": flips, "said": said, "state": state})
    return _a_few_of_each(table.sort_values("flip"), count)


def sizes(shown: Experiment) -> pd.DataFrame:
    """Return what teacher and student cost: parameters, bytes, microseconds an image."""
    rows = []
    for role, stored in (("Teacher", shown.teacher), ("Student", shown.student)):
        layers = "-".join(map(str, (784, *stored.config.hidden_sizes, 10)))
        rows.append(
            {
                "Network": f"{role} {layers}",
                "Parameters": f"{stored.metrics['parameters']:,}",
                "Size in float32": f"{stored.metrics['parameters'] * 4 / 1e6:.1f} MB",
                "Time for an image": f"{stored.metrics['microseconds_per_image']:.1f} µs",
            }
        )
    return pd.DataFrame(rows).set_index("Network")


def sizes_sentence(shown: Experiment) -> str:
    """Return what distillation is for, with this run's figures."""
    teacher, student = shown.teacher.metrics, shown.student.metrics
    lighter = teacher["parameters"] / student["parameters"]
    quicker = teacher["microseconds_per_image"] / student["microseconds_per_image"]
    machine = student.get("environment", {})
    threads = machine.get("thread_count", "?")
    return (
        "Distillation moves what a large network knows into one that is cheaper to run: here the "
        f"student has {lighter:.1f} times fewer parameters and answers {quicker:.1f} times as "
        f"fast (measured in fp32 on {threads} CPU threads, batches of 500)."
    )


def matching_rows(shown: Experiment, table: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the seed table's rows if they are of this very configuration, but for the seed."""
    if table is None:
        return []
    ignored = {"seed", "teacher", "format"}
    for role, stored in (("student", shown.student), ("teacher", shown.teacher)):
        mine = {k: v for k, v in to_dict(stored.config).items() if k not in ignored}
        theirs = table["experiment"].get(role, {})
        if mine != {k: v for k, v in theirs.items() if k not in ignored}:
            return []
    return list(table["rows"])


def spread(rows: list[dict[str, Any]], field: str, shown: Experiment) -> str:
    """Return mean ± standard deviation over seeds on the omitted class, or nothing."""
    if len(rows) < 2 or not field:
        return ""
    rates = [row[field]["per_class_accuracy"][_omitted(shown)] for row in rows]
    mean, deviation = 100 * statistics.mean(rates), percent(statistics.stdev(rates))
    return f"{mean:.1f} ± {deviation} over {len(rates)} seeds"


def right_of(shown: Experiment, logits: NDArray[np.floating[Any]]) -> tuple[int, int]:
    """Return how many of the omitted class's test images *logits* get right, of how many."""
    confusion = evaluation.confusion_matrix(logits, shown.student.test_labels)
    row = confusion[_omitted(shown)]
    return int(row[_omitted(shown)]), int(row.sum())


def shifted_logits(shown: Experiment, offset: float) -> NDArray[np.float64]:
    """Return the student's test logits with *offset* on the omitted class."""
    return bias.apply_offsets(shown.student.test_logits, [_omitted(shown)], offset)


def _omitted(shown: Experiment) -> int:
    """Return the omitted class; pages have stopped before if there is none."""
    if shown.omitted_class is None:
        raise ValueError("this experiment omits no class; choose one that does.")
    return shown.omitted_class


def _a_few_of_each(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return about *count* rows, evenly spaced within each state, all states represented."""
    states = [part for _, part in table.groupby("state", sort=False)]
    share = max(1, count // len(states))
    chosen = [
        part.iloc[np.unique(np.linspace(0, len(part) - 1, share).astype(int))] for part in states
    ]
    return pd.concat(chosen).sort_values("flip")
