"""Try other settings of a recipe without touching the test set.

    python -m benchmarks.tune --seeds 10-12 --teacher epochs=8 --student dropout=0.1

Trains on the first five sixths of the training images (50,000 of MNIST's 60,000) and counts
errors on the rest (10,000). Nothing is stored, and the test set is not read into anything.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables.markdown import spread
from kdengine.cli.arguments import omitted_digits, seed_range
from kdengine.config import (
    RunConfig,
    StudentConfig,
    TeacherConfig,
    distorts,
    omitted_classes,
    run_key,
)
from kdengine.data import datasets, transfer
from kdengine.offsets import criteria, thresholds
from kdengine.offsets.evaluation import Answers
from kdengine.offsets.rule import CRITERIA, FOR_SEVERAL, OffsetRule
from kdengine.recipes import recipe as recipes
from kdengine.training import devices, fit

HELD_OUT = 6  # one training image in so many, the last ones
SET_HERE = ("dataset", "seed", "teacher")  # by other flags, or by what was trained before
LABEL_FREE = tuple(name for name in CRITERIA if name not in ("paper", "test-optimal"))
COLUMNS = {"errors": ".1f", "on_omitted": ".1f", "offset": "+.2f", "seconds": ".1f"}
Figures = dict[str, dict[str, float]]


class Trained(NamedTuple):
    """A network, what it answers to both parts of the images, and how long it trained."""

    network: Any
    answers: Answers
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Train every seed and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default=recipes.DEFAULT_RECIPE)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--seeds", default="10-12", help="a range such as 10-12")
    parser.add_argument("--omit", metavar="DIGITS", help="digits left out, such as 3,5; default: 3")
    parser.add_argument("--teacher", nargs="*", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--student", nargs="*", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args(arguments)
    try:
        omitted = omitted_digits(options.omit, None)
        pairs = [
            changed(
                recipes.experiment(
                    options.recipe, dataset=options.dataset, seed=seed, omitted_classes=omitted
                ),
                changes(TeacherConfig, options.teacher),
                changes(StudentConfig, options.student),
            )
            for seed in seed_range(options.seeds)
        ]
        device = devices.choose_device(options.device)
        precision = devices.choose_precision(options.precision, device)
    except ValueError as error:
        parser.error(str(error))
    data = held_out(datasets.load(options.dataset))
    print(
        f"learns from {len(data.train_labels):,} training images, counts errors on the last "
        f"{len(data.test_labels):,}; {device.type}, {precision}"
    )
    results = []
    for teacher, student in pairs:
        results.append(figures(teacher, student, data, device=device, precision=precision))
        print(f"seed {teacher.seed}: {one_line(results[-1])}", flush=True)
    print("\n".join(table(results)))
    return 0


def changes(config: type[RunConfig], assignments: Sequence[str]) -> dict[str, Any]:
    """Return the fields that ``FIELD=VALUE`` texts set; a value that is no JSON is a text.

    Raises
    ------
    ValueError
        For a field that a network of that kind does not have, with those that it has.
    """
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


def changed(
    experiment: recipes.Plan, teacher: dict[str, Any], student: dict[str, Any]
) -> tuple[TeacherConfig, StudentConfig]:
    """Return the experiment's two configurations with other values in the named fields."""
    changed_teacher = replace(experiment.teacher, **teacher)
    return changed_teacher, replace(experiment.student, teacher=run_key(changed_teacher), **student)


def held_out(data: datasets.Dataset) -> datasets.Dataset:
    """Return *data* with its last training images in the place of its test images."""
    held = len(data.train_labels) // HELD_OUT
    return replace(
        data,
        train_images=data.train_images[:-held],
        train_labels=data.train_labels[:-held],
        test_images=data.train_images[-held:],
        test_labels=data.train_labels[-held:],
    )


def figures(
    teacher_config: TeacherConfig,
    student_config: StudentConfig,
    data: datasets.Dataset,
    *,
    device: Any,
    precision: str,
) -> Figures:
    """Train teacher and student and count errors on the held-out images.

    Returns
    -------
    dict
        ``teacher``, ``no offset`` and each label-free criterion's name, each with ``errors``
        and, where the student lacks a class, ``on_omitted``; the teacher's and the student's
        ``seconds``; a criterion's ``offset`` (their mean, if there are several).
    """
    omitted = omitted_classes(student_config)
    teacher = train(teacher_config, data, None, device=device, precision=precision)
    student = train(student_config, data, teacher, device=device, precision=precision)
    found = {
        name: {"seconds": each.seconds, **counts(each.answers.test_logits, data, omitted)}
        for name, each in (("teacher", teacher), ("no offset", student))
    }
    for criterion in served(len(omitted)):
        offset = criteria.choose_offsets(
            OffsetRule(criterion), student.answers, teacher.answers, omitted_classes=omitted
        )
        values = offset["value"]
        shifted = thresholds.apply_offsets(student.answers.test_logits, offset["classes"], values)
        found[criterion] = {"offset": float(np.mean(values)), **counts(shifted, data, omitted)}
    return found


def served(omitted: int) -> tuple[str, ...]:
    """Return the label-free criteria that choose offsets for so many omitted classes."""
    if omitted == 0:
        return ()
    return LABEL_FREE if omitted == 1 else FOR_SEVERAL


def train(
    config: RunConfig,
    data: datasets.Dataset,
    teacher: Trained | None,
    *,
    device: Any,
    precision: str,
) -> Trained:
    """Train one network on the images that its configuration chooses from the first part."""
    began = time.perf_counter()
    answers = teacher.answers.train_logits if teacher else None
    mask = transfer.chosen_images(config, data.train_labels, answers)
    network = fit.build_network(config).to(device)
    for record in fit.fit(  # noqa: B007
        network,
        config,
        images=data.train_images[mask],
        labels=data.train_labels[mask],
        test_images=data.test_images,
        test_labels=data.test_labels,
        teacher_logits=None if answers is None else answers[mask],
        teacher=teacher.network if teacher and distorts(config) else None,
        device=device,
        precision=precision,
    ):
        pass
    seconds = time.perf_counter() - began
    train_logits = fit.compute_logits(network, data.train_images, device=device)
    told = Answers(
        train_logits=train_logits,
        train_labels=data.train_labels,
        test_logits=record.test_logits,
        test_labels=data.test_labels,
    )
    return Trained(network, told, seconds)


def counts(
    logits: NDArray[Any], data: datasets.Dataset, omitted: Sequence[int]
) -> dict[str, float]:
    """Return errors among the held-out images: all, and those of the omitted classes."""
    wrong = logits.argmax(axis=1) != data.test_labels
    found = {"errors": float(wrong.sum())}
    if omitted:
        found["on_omitted"] = float(wrong[np.isin(data.test_labels, omitted)].sum())
    return found


def one_line(result: Figures) -> str:
    """Return one seed's errors."""
    return ", ".join(
        f"{name} {row['errors']:.0f}"
        + (f" ({row['on_omitted']:.0f} on omitted)" if "on_omitted" in row else "")
        for name, row in result.items()
    )


def table(results: Sequence[Figures]) -> list[str]:
    """Return the mean and the standard deviation over the seeds, a line a network or criterion."""
    lines = [f"mean ± standard deviation over {len(results)} seeds"]
    lines.append(f"{'':<20}" + "".join(f"{name.replace('_', ' '):>18}" for name in COLUMNS))
    for name, first in results[0].items():
        cells = [
            spread([result[name][column] for result in results], form) if column in first else "–"
            for column, form in COLUMNS.items()
        ]
        lines.append(f"{name:<20}" + "".join(f"{cell:>18}" for cell in cells))
    return lines


if __name__ == "__main__":
    sys.exit(main())
