"""One recipe over several seeds: the figures of its networks, and of every criterion.

    python -m benchmarks.seeds --recipe classroom --seeds 0-7 --write
    python -m benchmarks.seeds --recipe best --seeds 0-2 --all-digits --write

Trains what the store lacks, on as many threads as a sweep does, so that a network of both has one
result; ``--all-digits`` adds the student that sees every digit and its
architecture on hard labels, as in the paper. With ``--write`` the networks' figures go to
``cache/shipped/``, where the first page reads its spread from, and the criteria's, if they are of
MNIST, to ``benchmarks/results/criteria.json``, where each recipe has a place of its own.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.measurement import OMITTED_CLASS, RESULTS, ROLES
from benchmarks.tables.experiments import criteria_table
from benchmarks.tables.markdown import percent
from kdengine import pipeline
from kdengine.cli import command_line
from kdengine.cli.arguments import seed_range
from kdengine.offsets import criteria, thresholds
from kdengine.offsets.rule import CRITERIA, OffsetRule
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM
from kdengine.store import runs as store
from kdengine.store import shapes, tables
from kdengine.store.run_files import StoredRun
from kdengine.studies import seed_table
from kdengine.training import devices

CRITERIA_FILE = RESULTS / "criteria.json"
FIRST_IMAGES = 5000  # the probe of the published numpy reproduction
WITHOUT_PROBE = ("none", "paper", "test-optimal")  # they look at no training image
USES = {
    "none": "nothing",
    "frequency": "unlabelled training images; the share of threes among all of them",
    "predicted-share": "unlabelled training images; the share of threes among all of them",
    "teacher-mass": "the teacher's answers to unlabelled training images",
    "teacher-agreement": "the teacher's answers to unlabelled training images",
    "paper": "nothing of this run; the paper chose it on its own test set",
    "test-optimal": "the labels of the test set: the best in hindsight, no fair result",
}
ALL_DIGITS_ROLES = ("all_digits_student", "all_digits_baseline")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds, print the tables and write them if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default=CLASSROOM.name)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--seeds", default="0-7", help="a range such as %(default)s")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--threads", type=int, choices=range(1, 257), default=1, metavar="N")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--all-digits", action="store_true", help="also students of all digits")
    parser.add_argument("--write", action="store_true", help="store the tables")
    options = parser.parse_args(arguments)
    try:
        seeds = seed_range(options.seeds)
    except ValueError as error:
        parser.error(str(error))
    devices.use_threads(options.threads)
    rows, pairs = [], []
    for seed in seeds:
        result = run_seed(options, seed)
        keys = result.pop("run_keys")
        rows.append({"seed": seed, **result})
        pairs.append((store.load(keys["teacher"]), store.load(keys["student"])))
        print(f"seed {seed} is stored: {keys['student']}", flush=True)
    for role in (role for role in (*ROLES, *ALL_DIGITS_ROLES) if role in rows[0]):
        overall = percent([row[role]["accuracy"] for row in rows])
        on_threes = percent([row[role]["per_class_accuracy"][OMITTED_CLASS] for row in rows])
        print(f"{role:<19} overall {overall}   on threes {on_threes}")
    measured = criteria_record(options, pairs)
    print("\n".join(criteria_table({"recipes": {options.recipe: measured}})))
    if options.write:
        write(options, rows, measured)
    return 0


def planned(
    options: argparse.Namespace, seed: int = 0, omitted: tuple[int, ...] = (OMITTED_CLASS,)
) -> plans.Plan:
    """Return the plan of one seed of the recipe that is asked for."""
    recipe = known.recipe(options.recipe)
    return plans.experiment(recipe, dataset=options.dataset, seed=seed, omitted_classes=omitted)


def run_seed(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Return one seed's figures, and the keys of its networks."""
    how = {"precision": options.precision}
    result = pipeline.run(planned(options, seed), fresh=options.fresh, **how)
    kept = (*ROLES, "offset", "environment", "wall_seconds", "run_keys")
    row = {name: result[name] for name in kept}
    if options.all_digits:
        # The teacher is the same and comes from the store: --fresh has just trained it anew.
        everything = pipeline.run(planned(options, seed, ()), with_baseline=True, **how)
        row |= {
            "all_digits_student": everything["student_after"],
            "all_digits_baseline": everything["baseline"],
            "all_digits_wall_seconds": everything["wall_seconds"],
        }
    return row


def criteria_record(
    options: argparse.Namespace, pairs: Sequence[tuple[StoredRun, StoredRun]]
) -> dict[str, Any]:
    """Return what is written of the criteria, for a (teacher, student) of each seed."""
    student = pairs[0][1]
    train = len(student.train_labels)
    by_seed = [criteria_figures(*pair) for pair in pairs]
    return {
        **tables.header(command(options)),
        "students": [student.key for _, student in pairs],
        "environment": student.metrics["environment"],
        "split_sizes": {
            "train": train,
            "test": len(student.test_labels),
            "test_threes": int((student.test_labels == OMITTED_CLASS).sum()),
        },
        "rows": [
            {"criterion": name, "probe_size": size, "uses": USES[name], "per_seed": list(figures)}
            for (name, size), *figures in zip(choices(train), *by_seed, strict=True)
        ],
    }


def choices(train_images: int) -> list[tuple[str, int | None]]:
    """Return what is compared: criteria and how many training images they look at."""
    probes = [FIRST_IMAGES] if FIRST_IMAGES < train_images else []
    named = [name for name in CRITERIA if name not in WITHOUT_PROBE]
    probed = [(name, size) for name in named for size in (*probes, train_images)]
    return [("none", None), *probed, ("paper", None), ("test-optimal", None)]


def criteria_figures(teacher: StoredRun, student: StoredRun) -> list[dict[str, Any]]:
    """Return what each of `choices` does to one seed's student, as `figures_after` does.

    ``errors_above_best`` are the errors that the best offset in hindsight would have spared.
    """
    figures = []
    for criterion, probe_size in choices(len(student.train_labels)):
        rule = None if criterion == "none" else OffsetRule(criterion, probe_size)
        figures.append({"seed": student.config.seed, **figures_after(rule, student, teacher)})
    best = min(figure["errors"] for figure in figures)
    return [{**figure, "errors_above_best": figure["errors"] - best} for figure in figures]


def figures_after(
    rule: OffsetRule | None, student: StoredRun, teacher: StoredRun
) -> dict[str, float]:
    """Return ``errors`` and ``errors_on_omitted`` of the test images after the offsets of *rule*.

    ``offset`` is their mean in logit units, 0 without a rule.
    """
    logits, offset, omitted = student.test_logits, 0.0, student.config.omitted_classes
    if rule is not None:
        chosen = criteria.choose_offsets(rule, student, teacher, omitted_classes=omitted)
        logits = thresholds.apply_offsets(logits, chosen["classes"], chosen["value"])
        offset = float(np.mean(chosen["value"]))
    wrong = logits.argmax(axis=1) != student.test_labels
    missed = int(wrong[np.isin(student.test_labels, omitted)].sum())
    return {"offset": offset, "errors": int(wrong.sum()), "errors_on_omitted": missed}


def command(options: argparse.Namespace) -> str:
    """Return the command that makes the tables again."""
    more = f" --threads {options.threads}" if options.threads != 1 else ""
    more += " --all-digits" if options.all_digits else ""
    return (
        f"python -m benchmarks.seeds --recipe {options.recipe} --dataset {options.dataset} "
        f"--seeds {options.seeds}{more} --write"
    )


def write(
    options: argparse.Namespace, rows: list[dict[str, Any]], measured: dict[str, Any]
) -> None:
    """Write both tables; of the criteria's the other recipes' stay."""
    path = tables.path_of(seed_table.table_of(options.recipe, options.dataset), shipped=True)
    made = {"environment": rows[0]["environment"], "rows": rows}
    made |= {"experiment": planned(options).to_dict(), **tables.header(command(options))}
    shapes.write_json(path, made)
    print(f"wrote {path.name}")
    if options.dataset == "mnist":
        there = json.loads(CRITERIA_FILE.read_text(encoding="utf-8"))["recipes"]
        record = {"format": 1, "recipes": {**there, options.recipe: measured}}
        shapes.write_json(CRITERIA_FILE, record)
        print(f"wrote {CRITERIA_FILE.name}")


if __name__ == "__main__":
    sys.exit(command_line.run(main))
