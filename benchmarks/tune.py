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
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.criteria import spread
from benchmarks.seeds import seed_range
from kdengine.cli.arguments import omitted_digits
from kdengine.config import (
    RunConfig,
    StudentConfig,
    TeacherConfig,
    omitted_classes,
    run_key,
)
from kdengine.data import datasets, transfer
from kdengine.offsets import criteria
from kdengine.offsets import thresholds as bias
from kdengine.offsets.evaluation import Answers
from kdengine.offsets.rule import CRITERIA, FOR_SEVERAL, OffsetRule
from kdengine.recipes import recipe as recipes
from kdengine.training import devices
from kdengine.training import fit as training

HELD_OUT = 6  # one training image in so many, the last ones
SET_HERE = ("dataset", "seed", "teacher")  # by other flags, or by what was trained before
LABEL_FREE = tuple(name for name in CRITERIA if name not in ("paper", "test-optimal"))


class Split(NamedTuple):
    """The training images in two parts: what is learnt from, and what is counted on."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    held_images: NDArray[np.uint8]
    held_labels: NDArray[np.int64]


@dataclass(frozen=True)
class Trained:
    """A network with its logits of both parts."""

    network: Any
    train_logits: NDArray[np.float32]
    held_logits: NDArray[np.float32]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Train every seed and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default=recipes.DEFAULT_RECIPE)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--seeds", type=seed_range, default="10-12", help="a range such as 10-12")
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
            for seed in options.seeds
        ]
        device = devices.choose_device(options.device)
        precision = devices.choose_precision(options.precision, device)
    except ValueError as error:
        parser.error(str(error))
    split = split_of(datasets.load(options.dataset))
    print(
        f"learns from {len(split.labels):,} training images, counts errors on the last "
        f"{len(split.held_labels):,}; {device.type}, {precision}"
    )
    results = []
    for teacher, student in pairs:
        results.append(figures(teacher, student, split, device=device, precision=precision))
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


def split_of(data: datasets.Dataset) -> Split:
    """Return the training images as two parts; the test images stay out."""
    held = len(data.train_labels) // HELD_OUT
    return Split(
        data.train_images[:-held],
        data.train_labels[:-held],
        data.train_images[-held:],
        data.train_labels[-held:],
    )


def figures(
    teacher_config: TeacherConfig,
    student_config: StudentConfig,
    split: Split,
    *,
    device: Any,
    precision: str,
) -> dict[str, dict[str, float]]:
    """Train teacher and student and count errors on the held-out images.

    Returns
    -------
    dict
        ``teacher``, ``no offset`` and each label-free criterion's name, each with ``errors``
        and, where the student lacks a class, ``on_omitted``; the teacher's and the student's
        ``seconds``; a criterion's ``offset`` (their mean, if there are several).
    """
    omitted = omitted_classes(student_config)
    teacher = train(teacher_config, split, None, device=device, precision=precision)
    student = train(student_config, split, teacher, device=device, precision=precision)
    found = {
        "teacher": {"seconds": teacher.seconds, **counts(teacher.held_logits, split, omitted)},
        "no offset": {"seconds": student.seconds, **counts(student.held_logits, split, omitted)},
    }
    answers = [
        Answers(
            train_logits=network.train_logits,
            train_labels=split.labels,
            test_logits=network.held_logits,
            test_labels=split.held_labels,
        )
        for network in (student, teacher)
    ]
    for criterion in served(len(omitted)):
        offset = criteria.choose_offsets(OffsetRule(criterion), *answers, omitted_classes=omitted)
        values = offset["value"]
        shifted = bias.apply_offsets(student.held_logits, offset["classes"], values)
        found[criterion] = {"offset": float(np.mean(values)), **counts(shifted, split, omitted)}
    return found


def served(omitted: int) -> tuple[str, ...]:
    """Return the label-free criteria that choose offsets for so many omitted classes."""
    if omitted == 0:
        return ()
    return LABEL_FREE if omitted == 1 else FOR_SEVERAL


def train(
    config: RunConfig, split: Split, teacher: Trained | None, *, device: Any, precision: str
) -> Trained:
    """Train one network on its transfer set within the first part."""
    began = time.perf_counter()
    mask = transfer.without(split.labels, omitted_classes(config))
    network = training.build_network(config).to(device)
    for record in training.fit(  # noqa: B007
        network,
        config,
        images=split.images[mask],
        labels=split.labels[mask],
        test_images=split.held_images,
        test_labels=split.held_labels,
        teacher_logits=teacher.train_logits[mask] if teacher else None,
        teacher=teacher.network if teacher and config.jitter_pixels else None,
        device=device,
        precision=precision,
    ):
        pass
    seconds = time.perf_counter() - began
    train_logits = training.compute_logits(network, split.images, device=device)
    return Trained(network, train_logits, record.test_logits, seconds)


def counts(logits: NDArray[Any], split: Split, omitted: Sequence[int]) -> dict[str, float]:
    """Return errors among the held-out images: all, and those of the omitted classes."""
    wrong = logits.argmax(axis=1) != split.held_labels
    found = {"errors": float(wrong.sum())}
    if omitted:
        found["on_omitted"] = float(wrong[np.isin(split.held_labels, omitted)].sum())
    return found


def one_line(result: dict[str, dict[str, float]]) -> str:
    """Return one seed's errors."""
    return ", ".join(
        f"{name} {row['errors']:.0f}"
        + (f" ({row['on_omitted']:.0f} on omitted)" if "on_omitted" in row else "")
        for name, row in result.items()
    )


def table(results: Sequence[dict[str, dict[str, float]]]) -> list[str]:
    """Return the mean and the standard deviation over the seeds, a line a network or criterion."""
    columns = ("errors", "on_omitted", "offset", "seconds")
    lines = [f"mean ± standard deviation over {len(results)} seeds"]
    lines.append(f"{'':<20}" + "".join(f"{name.replace('_', ' '):>18}" for name in columns))
    for name in results[0]:
        cells = []
        for column in columns:
            if column not in results[0][name]:
                cells.append(f"{'–':>18}")
                continue
            found = spread([result[name][column] for result in results])
            form = "+.2f" if column == "offset" else ".1f"
            cell = f"{found['mean']:{form}} ± {found['std']:{form.lstrip('+')}}"
            cells.append(f"{cell:>18}")
        lines.append(f"{name:<20}" + "".join(cells))
    return lines


if __name__ == "__main__":
    sys.exit(main())
