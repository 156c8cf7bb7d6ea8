"""Try other settings of a recipe without touching the test set.

    python -m benchmarks.tune --seeds 10-12 --teacher epochs=8 --student dropout=0.1

Trains on the first five sixths of the training images (50,000 of MNIST's 60,000) and counts
errors on the rest (10,000). Nothing is stored, and the test set is not read into anything.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.pipelines.classroom import empty_cache
from benchmarks.seeds import figures_after, parser_of, planned
from benchmarks.tables.markdown import spread
from kdengine import pipeline
from kdengine.cli import command_line, terminal
from kdengine.cli.arguments import omitted_digits, seed_range
from kdengine.config import RunConfig, StudentConfig, TeacherConfig, run_key
from kdengine.data import datasets
from kdengine.offsets.rule import CRITERIA, FOR_SEVERAL, OffsetRule
from kdengine.recipes import plans
from kdengine.store import runs as store

HELD_OUT = 6  # one training image in so many, the last ones
SET_HERE = ("dataset", "seed", "teacher")  # by other flags, or by what was trained before
LABEL_FREE = tuple(name for name in CRITERIA if name not in ("paper", "test-optimal"))
COLUMNS = {"errors": ".1f", "errors_on_omitted": ".1f", "offset": "+.2f", "seconds": ".1f"}
Figures = dict[str, dict[str, float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train every seed and print the figures."""
    parser = parser_of(__doc__, "10-12")
    parser.add_argument("--omit", metavar="DIGITS", help="digits left out, such as 3,5; default: 3")
    parser.add_argument("--teacher", nargs="*", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--student", nargs="*", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args(arguments)
    try:
        omitted = omitted_digits(options.omit, None)
        teacher = changes(TeacherConfig, options.teacher)
        student = changes(StudentConfig, options.student)
        seeds = seed_range(options.seeds)
        every = [changed(planned(options, seed, omitted), teacher, student) for seed in seeds]
    except ValueError as error:
        parser.error(str(error))
    data = held_out(datasets.load(options.dataset))
    learnt, counted = len(data.train_labels), len(data.test_labels)
    print(f"learns from {learnt:,} training images, counts errors on the last {counted:,}")
    how = {"device": options.device, "precision": options.precision}
    with empty_cache(), mock.patch.object(pipeline, "_dataset", lambda name: data):
        results = []
        for plan in every:
            results.append(figures(plan, **how))
            errors = (f"{name} {row['errors']:.0f}" for name, row in results[-1].items())
            print(f"seed {plan.student.seed}: {', '.join(errors)}", flush=True)
    print(table(results))
    return 0


def changes(config: type[RunConfig], assignments: Sequence[str]) -> dict[str, Any]:
    """Return the fields that ``FIELD=VALUE`` texts set; a value that is no JSON is a text."""
    known = [field.name for field in fields(config) if field.name not in SET_HERE]
    found = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or name not in known:
            raise ValueError(
                f"{assignment!r} sets no field of a {config.kind}; write FIELD=VALUE with a field "
                f"of {', '.join(known)}."
            )
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found


def changed(plan: plans.Plan, teacher: dict[str, Any], student: dict[str, Any]) -> plans.Plan:
    """Return the plan with other values in the named fields of its two configurations."""
    new = replace(plan.teacher, **teacher)
    own = replace(plan.student, teacher=run_key(new), **student)
    return replace(plan, teacher=new, student=own)


def held_out(data: datasets.Dataset) -> datasets.Dataset:
    """Return *data* with its last training images in the place of its test images."""
    kept = len(data.train_labels) - len(data.train_labels) // HELD_OUT
    train_images, test_images = np.split(data.train_images, [kept])
    train_labels, test_labels = np.split(data.train_labels, [kept])
    return datasets.Dataset(
        data.name, train_images, train_labels, test_images, test_labels, data.sha256
    )


def figures(plan: plans.Plan, **how: str) -> Figures:
    """Train teacher and student and count errors on the held-out images, as `figures_after` does.

    A row each for ``teacher``, ``no offset`` and every criterion that uses no labels and serves so
    many omitted classes; the networks' rows have their ``seconds``.
    """
    result = pipeline.run(plan, **how)
    teacher, student = (store.load(result["run_keys"][role]) for role in ("teacher", "student"))
    seconds = result["wall_seconds"]
    unchanged = figures_after(None, student, teacher)
    found = {
        "teacher": {"errors": result["teacher"]["errors"], "seconds": seconds["teacher"]},
        "no offset": unchanged | {"seconds": seconds["student"]},
    }
    for criterion in served(len(plan.student.omitted_classes)):
        found[criterion] = figures_after(OffsetRule(criterion), student, teacher)
    return found


def served(omitted: int) -> tuple[str, ...]:
    """Return the label-free criteria that choose offsets for so many omitted classes."""
    return (LABEL_FREE if omitted == 1 else FOR_SEVERAL) if omitted else ()


def table(results: Sequence[Figures]) -> str:
    """Return the mean and the standard deviation over the seeds, a line a network or criterion."""
    rows = [["", *(name.replace("_", " ") for name in COLUMNS)]]
    for name, first in results[0].items():
        cells = [
            spread([result[name][column] for result in results], form) if column in first else "–"
            for column, form in COLUMNS.items()
        ]
        rows.append([name, *cells])
    return f"mean ± standard deviation over {len(results)} seeds\n{terminal.aligned(rows)}"


if __name__ == "__main__":
    sys.exit(command_line.run(main))
