"""Every criterion for the offset of the student without threes, over several seeds.

    python -m benchmarks.criteria --recipe classroom --seeds 0-2

Trains what the store lacks and looks at stored logits alone. The table goes to
``benchmarks/results/criteria.json``, where each recipe has a place of its own.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.seeds import seed_range
from kdengine import pipeline
from kdengine.config import run_key
from kdengine.offsets import criteria
from kdengine.offsets import thresholds as bias
from kdengine.offsets.rule import CRITERIA, OffsetRule
from kdengine.recipes import recipe as recipes
from kdengine.store import runs as store
from kdengine.store.run_files import StoredRun

RESULTS = Path(__file__).parent / "results" / "criteria.json"
OMITTED_CLASS = 3
FIRST_IMAGES = 5000  # the probe of the published numpy reproduction (`kdengine.recipes.recipe`)
FIXED = ("none", "paper", "test-optimal")  # they look at no training image
PROBED = tuple(criterion for criterion in CRITERIA if criterion not in FIXED)
USES = {
    "none": "nothing",
    "frequency": "unlabelled training images; the share of threes among all of them",
    "predicted-share": "unlabelled training images; the share of threes among all of them",
    "teacher-mass": "the teacher's answers to unlabelled training images",
    "teacher-agreement": "the teacher's answers to unlabelled training images",
    "paper": "nothing of this run; the paper chose it on its own test set",
    "test-optimal": "the labels of the test set: the best in hindsight, no fair result",
}
EARLIER = "These students are of an earlier version of the recipe; `{made_by}` measures today's."
COUNTED = ("offset", "errors", "errors_on_threes", "errors_above_best")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default=recipes.DEFAULT_RECIPE)
    parser.add_argument("--seeds", type=seed_range, default="0-2", help="a range such as 0-2")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the table goes")
    options = parser.parse_args(arguments)
    runs = []
    for seed in options.seeds:
        experiment = recipes.experiment(options.recipe, seed=seed, omitted_classes=(OMITTED_CLASS,))
        keys = pipeline.run(experiment, precision=options.precision)["run_keys"]
        runs.append((store.load(keys["teacher"]), store.load(keys["student"])))
        print(f"seed {seed} is stored: {keys['student']}", flush=True)
    measured = recipe_record(options.recipe, runs)
    options.json.parent.mkdir(exist_ok=True)
    store.write_json(options.json, with_recipe(read(options.json), options.recipe, measured))
    print("\n".join(markdown_table({"recipes": {options.recipe: measured}})))
    return 0


def read(path: Path) -> dict[str, Any]:
    """Return what *path* holds, or a record without recipes."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"format": 1, "recipes": {}}


def with_recipe(record: dict[str, Any], recipe: str, measured: dict[str, Any]) -> dict[str, Any]:
    """Return *record* with *recipe*'s figures new; other recipes' stay."""
    return {"format": 1, "recipes": {**record["recipes"], recipe: measured}}


def recipe_record(recipe: str, runs: Sequence[tuple[StoredRun, StoredRun]]) -> dict[str, Any]:
    """Return what is written of one recipe.

    Parameters
    ----------
    runs : sequence of (teacher, student), one pair a seed
    """
    teacher, student = runs[0]
    seeds = [student.config.seed for _, student in runs]
    return {
        "made_by": f"python -m benchmarks.criteria --recipe {recipe} "
        f"--seeds {seeds[0]}-{seeds[-1]}",
        "created": datetime.now(UTC).date().isoformat(),
        "recipe": recipe,
        "students": [student.key for _, student in runs],
        "environment": student.metrics["environment"],
        "split_sizes": {
            "train": len(student.train_labels),
            "test": len(student.test_labels),
            "test_threes": int((student.test_labels == OMITTED_CLASS).sum()),
        },
        "rows": rows([seed_figures(teacher, student) for teacher, student in runs]),
    }


def seed_figures(teacher: StoredRun, student: StoredRun) -> list[dict[str, Any]]:
    """Return what each criterion, with each of its probes, does to one seed's student.

    Returns
    -------
    list of dict
        ``criterion``, ``probe_size`` (None where no training image is looked at), ``seed``,
        ``offset`` in logit units, ``errors`` and ``errors_on_threes`` on the test set after it,
        ``errors_above_best``: those that the best offset in hindsight would have spared.
    """
    sweep = bias.offset_sweep(student.test_logits, student.test_labels, OMITTED_CLASS)
    figures = []
    for criterion, probe_size in choices(len(student.train_labels)):
        offset = chosen_offset(teacher, student, criterion, probe_size)
        wrong = sweep.class_counts - bias.correct_at(sweep, offset)
        figures.append(
            {
                "criterion": criterion,
                "probe_size": probe_size,
                "seed": student.config.seed,
                "offset": offset,
                "errors": int(wrong.sum()),
                "errors_on_threes": int(wrong[OMITTED_CLASS]),
            }
        )
    best = min(figure["errors"] for figure in figures)
    return [{**figure, "errors_above_best": figure["errors"] - best} for figure in figures]


def choices(train_images: int) -> list[tuple[str, int | None]]:
    """Return what is compared: criteria and how many training images they look at."""
    probes = [FIRST_IMAGES] if FIRST_IMAGES < train_images else []
    probed = [(name, size) for name in PROBED for size in (*probes, train_images)]
    return [("none", None), *probed, ("paper", None), ("test-optimal", None)]


def chosen_offset(
    teacher: StoredRun, student: StoredRun, criterion: str, probe_size: int | None
) -> float:
    """Return the offset that a criterion chooses for class 3; 0 for ``none``."""
    if criterion == "none":
        return 0.0
    chosen = criteria.choose_offsets(
        OffsetRule(criterion, probe_size), student, teacher, omitted_classes=(OMITTED_CLASS,)
    )
    return float(chosen["value"])


def rows(by_seed: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return one row a criterion and probe: each seed's figures, their mean and deviation.

    Parameters
    ----------
    by_seed : sequence
        `seed_figures` of each seed, in the same order of criteria.
    """
    table = []
    for figures in zip(*by_seed, strict=True):
        criterion, probe_size = figures[0]["criterion"], figures[0]["probe_size"]
        table.append(
            {
                "criterion": criterion,
                "probe_size": probe_size,
                "uses": USES[criterion],
                "per_seed": [
                    {name: figure[name] for name in ("seed", *COUNTED)} for figure in figures
                ],
                **{name: spread([figure[name] for figure in figures]) for name in COUNTED},
            }
        )
    return table


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return mean and standard deviation (of a sample; 0 for a single value)."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": float(statistics.mean(values)), "std": float(deviation)}


def is_current(recipe: str, measured: dict[str, Any]) -> bool:
    """Return whether the students that were measured are those that *recipe* trains today."""
    if recipe not in recipes.RECIPES:
        return False
    today = [
        run_key(recipes.experiment(recipe, seed=figure["seed"]).student)
        for figure in measured["rows"][0]["per_seed"]
    ]
    return measured.get("students") == today


def markdown_table(record: dict[str, Any]) -> list[str]:
    """Return the lines of a table for each recipe in what the JSON file holds."""
    lines: list[str] = []
    for recipe, measured in sorted(record["recipes"].items()):
        sizes = measured["split_sizes"]
        seeds = [figure["seed"] for figure in measured["rows"][0]["per_seed"]]
        lines += [
            *([""] if lines else []),
            f"Recipe `{recipe}`, student without threes, "
            f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}: errors on the "
            f"{sizes['test']:,} test images, of which {sizes['test_threes']:,} are threes; mean ± "
            "standard deviation."
            + ("" if is_current(recipe, measured) else " " + EARLIER.format(**measured)),
            "",
            "| criterion | it looks at | offset | errors | on threes | above the best offset |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_markdown_row(row, sizes["train"]) for row in measured["rows"]]
    return lines


def _markdown_row(row: dict[str, Any], train_images: int) -> str:
    """Return one line of the table."""
    name, size = f"`{row['criterion']}`", row["probe_size"]
    if size is not None:
        name += f", all {size:,}" if size == train_images else f", the first {size:,}"
    several = len(row["per_seed"]) > 1
    cells = []
    for counted in COUNTED:
        mean, deviation = row[counted]["mean"], row[counted]["std"]
        cell = f"{mean:+.2f}" if counted == "offset" else f"{mean:.1f}"
        digits = 2 if counted == "offset" else 1
        cells.append(f"{cell} ± {deviation:.{digits}f}" if several else cell)
    return f"| {name} | {row['uses']} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
