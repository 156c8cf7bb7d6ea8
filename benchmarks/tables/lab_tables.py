"""The sweeps' shipped tables as lines of the README's: JSON in, markdown out, nothing read."""

import statistics
from collections.abc import Callable, Sequence

from benchmarks.tables.tables import Record, not_yet, table
from kdengine.recipes.recipe import PAPER_TWO_DIGITS
from kdengine.studies.ablations import CAUSALITY

_BEFORE = f"{PAPER_TWO_DIGITS['before']:.1%}".replace("%", " %")
_AFTER = f"{PAPER_TWO_DIGITS['after']:.1%}".replace("%", " %")
_OFFSET = f"{PAPER_TWO_DIGITS['offset']:.1f}".replace("-", "−")
PAPER_PAIR = {
    "as trained": ("student_before", _BEFORE),
    "with offsets": ("student_after", f"{_AFTER}, {_OFFSET} on the biases of 7 and 8"),
}
# How the settings of the sweep `causality` read; a setting without words is told by its name.
CAUSES = {
    "plain": "the student as it is",
    "hard-labels": "hard labels instead of soft targets",
    "temperature-1": "soft targets at T=1",
    "omitted-removed": "column of 3 removed, the rest renormalised",
    "shuffled-in-class": "soft targets shuffled among the images of a class",
    "uniform-same-entropy": "uniform smoothing with the same entropy",
    "top-tenth": "only the 10 % of the images with most mass on 3",
    "random-tenth": "only a random 10 % of the images",
    "other-nine-tenths": "only the other 90 %",
    "not-called-omitted": "no image that the teacher itself calls a 3",
    "teacher-without": "a teacher that never saw a 3 either",
}


def omit_one_table(record: Record | None) -> list[str]:
    """Return a row for each omitted digit: accuracy on it before and after its offset.

    Parameters
    ----------
    record : dict or None
        The table of the sweep ``omit-one``; None if there is none.
    """
    if record is None:
        return not_yet("python -m kdengine sweep omit-one --write")
    rows = []
    for digit in range(10):
        found = [row for row in record["rows"] if row["parameters"]["omitted_classes"] == [digit]]
        rows.append(
            (
                str(digit),
                _percent(found, lambda row: row["student_before"]["omitted_accuracy"]),
                _percent(found, lambda row: row["student_after"]["omitted_accuracy"]),
                _percent(found, lambda row: row["student_after"]["other_accuracy"]),
                _spread([row["offset"]["value"] for row in found], "+.2f"),
            )
        )
    heads = (
        "omitted digit",
        "on it, no offset",
        "on it, with its offset",
        "other digits",
        "offset",
    )
    return [*table(heads, rows), "", _origin(record)]


def paper_pair_table(record: Record | None) -> list[str]:
    """Return the errors of a student of sevens and eights alone beside the paper's.

    Parameters
    ----------
    record : dict or None
        The table of the sweep ``paper-pair``; None if there is none.
    """
    if record is None:
        return not_yet("python -m kdengine sweep paper-pair --write")
    rows = [
        (name, paper, _percent(record["rows"], lambda row, role=role: 1 - row[role]["accuracy"]))
        for name, (role, paper) in PAPER_PAIR.items()
    ]
    heads = ("nothing but 7s and 8s", "Hinton et al. 2015", "here, ten frequencies matched")
    return [*table(heads, rows), "", "Errors on all ten digits. " + _origin(record)]


def causality_table(record: Record | None) -> list[str]:
    """Return a row for each thing taken away: accuracy on threes and on the other digits.

    Parameters
    ----------
    record : dict or None
        The table of the sweep ``causality``; None if there is none.
    """
    if record is None:
        return not_yet("python -m kdengine sweep causality --write")
    rows = []
    for name, setting in CAUSALITY.items():
        found = [row for row in record["rows"] if row["parameters"] == setting]
        if not found:
            continue
        rows.append(
            (
                CAUSES.get(name, name),
                _percent(found, lambda row: row["student_before"]["omitted_accuracy"]),
                _percent(found, lambda row: row["student_after"]["omitted_accuracy"]),
                _percent(found, lambda row: row["student_after"]["other_accuracy"]),
            )
        )
    heads = ("the student's training", "threes, no offset", "threes, with it", "other digits")
    return [*table(heads, rows), "", _origin(record)]


def _percent(rows: Sequence[Record], share: Callable[[Record], float]) -> str:
    """Return mean and standard deviation of a share over *rows*, in percent."""
    return _spread([100 * share(row) for row in rows], ".1f") + " %"


def _spread(values: Sequence[float], form: str) -> str:
    """Return ``mean ± standard deviation`` of *values*."""
    mean = format(statistics.mean(values), form).replace("-", "−")
    return f"{mean} ± {format(statistics.stdev(values), form.lstrip('+'))}"


def _origin(record: Record) -> str:
    """Say which seeds, which command and which day."""
    seeds = ", ".join(str(seed) for seed in sorted({row["seed"] for row in record["rows"]}))
    return (
        f"MNIST's 10,000 test images; mean ± standard deviation over seeds {seeds}. "
        f"`{record['made_by']}`, {record['created']}."
    )
