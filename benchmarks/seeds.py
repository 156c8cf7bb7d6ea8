"""One recipe over several seeds: the figures of each, their mean and standard deviation.

    python -m benchmarks.seeds --recipe classroom --seeds 0-4 --write
    python -m benchmarks.seeds --recipe best --seeds 0-2 --all-digits --write

Trains what the store lacks; ``--all-digits`` adds the student that sees every digit and its
architecture on hard labels, as in the paper. With ``--write`` the table goes to
``cache/shipped/``, where the overview reads its spread from.
"""

import argparse
import statistics
import sys
from datetime import UTC, datetime
from typing import Any

from kdengine import files, pipeline
from kdengine.recipes import recipe as recipes
from kdengine.store import runs as store

ROLES = ("teacher", "student_before", "student_after")
ALL_DIGITS_ROLES = ("all_digits_student", "all_digits_baseline")


def main() -> int:
    """Run the seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default=recipes.DEFAULT_RECIPE)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--seeds", default="0-4", help="a range such as 0-4")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument(
        "--all-digits", action="store_true", help="also distil on all digits, and train on labels"
    )
    parser.add_argument("--write", action="store_true", help="store the table in cache/shipped")
    options = parser.parse_args()
    rows = [run_seed(options, seed) for seed in seed_range(options.seeds)]
    print_means(rows)
    if options.write:
        write_table(options, rows)
    return 0


def seed_range(text: str) -> range:
    """Return the seeds in ``0-4`` or ``3``."""
    first, _, last = text.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    if not seeds:
        raise ValueError(f"--seeds {text} holds no seed; write the smaller one first, as in 0-4.")
    return seeds


def run_seed(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Run one seed and print its line."""
    experiment = recipes.experiment(options.recipe, dataset=options.dataset, seed=seed)
    result = pipeline.run(experiment, precision=options.precision, fresh=options.fresh)
    row = {
        "seed": seed,
        **{role: result[role] for role in ROLES},
        "offset": result["offset"],
        "environment": result["environment"],
        "wall_seconds": result["wall_seconds"],
    }
    if options.all_digits:
        row |= all_digits(options, seed)
    cells = [f"seed {seed}"]
    for role in roles_of(row):
        figures = row[role]
        on_threes = figures["per_class_accuracy"][3]
        cells.append(f"{role} {figures['accuracy']:.2%} ({on_threes:.2%} on threes)")
    cells.append(f"offset {result['offset']['value']:+.2f}")
    cells.append(f"{result['wall_seconds']['total']:.1f} s")
    print(", ".join(cells), flush=True)
    return row


def all_digits(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Return the figures of the student that sees every digit, and of its baseline."""
    everything = recipes.experiment(
        options.recipe, dataset=options.dataset, seed=seed, omitted_classes=()
    )
    # The teacher is the same and comes from the store: --fresh has just trained it anew.
    result = pipeline.run(everything, with_baseline=True, precision=options.precision)
    return {
        "all_digits_student": result["student_after"],
        "all_digits_baseline": result["baseline"],
        "all_digits_wall_seconds": result["wall_seconds"],
    }


def roles_of(row: dict[str, Any]) -> list[str]:
    """Return the networks whose figures a row holds."""
    return [role for role in (*ROLES, *ALL_DIGITS_ROLES) if role in row]


def print_means(rows: list[dict[str, Any]]) -> None:
    """Print mean and standard deviation over the seeds."""
    for role in roles_of(rows[0]):
        overall = [row[role]["accuracy"] for row in rows]
        threes = [row[role]["per_class_accuracy"][3] for row in rows]
        print(f"{role:<19} overall {_spread(overall)}   on threes {_spread(threes)}")
    # What came from the store took no time worth counting.
    walls = [row["wall_seconds"]["total"] for row in rows if row["wall_seconds"]["load"] > 0.0]
    if walls:
        middle, low, high = statistics.median(walls), min(walls), max(walls)
        print(
            f"wall seconds    median {middle:.1f} ({low:.1f}-{high:.1f}), {len(walls)} trained now"
        )


def _spread(rates: list[float]) -> str:
    """Return mean ± standard deviation in percent."""
    deviation = statistics.stdev(rates) if len(rates) > 1 else 0.0
    return f"{statistics.mean(rates):.2%} ± {deviation:.2%} (n={len(rates)})"


def write_table(options: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """Write the table that the overview reads."""
    experiment = recipes.experiment(options.recipe, dataset=options.dataset)
    path = files.shipped_dir() / f"seeds-{options.recipe}-{options.dataset}.json"
    store.write_json(
        path,
        {
            "format": 1,
            "made_by": f"python -m benchmarks.seeds --recipe {options.recipe} "
            f"--dataset {options.dataset} --seeds {options.seeds}"
            f"{' --all-digits' if options.all_digits else ''} --write",
            "created": datetime.now(UTC).date().isoformat(),
            "experiment": experiment.to_dict(),
            "environment": rows[0]["environment"],
            "rows": rows,
        },
    )
    print(f"wrote {path.name}")


if __name__ == "__main__":
    sys.exit(main())
