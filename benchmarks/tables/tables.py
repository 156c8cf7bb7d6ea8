"""Measured figures as the lines of the README's tables: JSON in, markdown out, nothing read."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.criteria import markdown_table
from benchmarks.measurement import ROLES

Record = dict[str, Any]
TEST_THREES = 1010
# Title, role, the paper's figure, whether errors on threes stand beside it.
BEST_ROWS = (
    ("teacher 1200-1200", "teacher", "67", False),
    ("student 800-800 on hard labels, all digits", "all_digits_baseline", "146", False),
    ("student 800-800 distilled, all digits", "all_digits_student", "74", False),
    ("student without threes, before its offset", "student_before", "206 (133)", True),
    ("student without threes, with its offset", "student_after", "109 (14)", True),
)

# Title, role, what the paper and what the numpy reproduction published.
CLASSROOM_ROWS = (
    ("teacher 784-1200-1200-10", "teacher", "67 errors", "98.39 % (97.43 %)"),
    (
        "student 784-800-800-10 without threes, no offset",
        "student_before",
        "206 errors, 133 on threes",
        "97.83 % (91.88 %)",
    ),
    (
        "the same with an offset on class 3",
        "student_after",
        "109 errors, 14 on threes",
        "98.07 % (97.82 %)",
    ),
)


def pipeline_table(record: Record | None) -> list[str]:
    """Return the comparison of the pipelines: a row each, then how it was measured.

    Parameters
    ----------
    record : dict or None
        What `benchmarks.pipeline` writes; None if there is no such file yet.

    Raises
    ------
    ValueError
        If it was measured with ``--quick``.
    """
    if record is None:
        return not_yet("python -m benchmarks.pipeline")
    if record["quick"]:
        raise ValueError(
            "pipeline.json was made with --quick, one epoch each, which says nothing; "
            "make it anew: python -m benchmarks.pipeline"
        )
    rows = [_pipeline_row(name, record) for name in record["pipelines"]]
    return [
        *table(
            (
                "pipeline",
                "epochs, teacher + student",
                "whole",
                "× `classroom`",
                "teacher, an epoch",
                "student, an epoch",
                "an epoch, × `classroom`",
                "errors: teacher → student → with its offset",
                "memory",
            ),
            rows,
        ),
        "",
        "Errors are on the 10,000 test images (on the 1,010 threes). Medians (smallest to "
        f"largest). {record['clock']}",
        "",
        *(_bound_line(name, record) for name in record["bounds"]),
        "",
        _pipeline_conditions(record),
    ]


def criteria_table(record: Record | None) -> list[str]:
    """Return the criteria for the offset beside each other.

    Parameters
    ----------
    record : dict or None
        The content of benchmarks/results/criteria.json; None if there is no such file yet.
    """
    if record is None:
        return not_yet("python -m benchmarks.criteria")
    return markdown_table(record)


def best_table(record: Record | None) -> list[str]:
    """Return the recipe `best` over its seeds beside the paper's figures.

    Parameters
    ----------
    record : dict or None
        What ``python -m benchmarks.seeds --recipe best --all-digits --write`` writes; None if
        there is no such file yet.
    """
    if record is None:
        return not_yet("python -m benchmarks.seeds --recipe best --seeds 0-2 --all-digits --write")
    rows = record["rows"]
    lines = [
        [title, paper, _mean_errors(rows, role, threes=threes)]
        for title, role, paper, threes in BEST_ROWS
        if role in rows[0]
    ]
    seeds_used = ", ".join(str(row["seed"]) for row in rows)
    offset = _mean_and_deviation([row["offset"]["value"] for row in rows], "+.2f")
    environment = record["environment"]
    return [
        *table(("errors on the 10,000 test images", "Hinton et al. 2015", "`best`"), lines),
        "",
        f"Mean ± standard deviation over seeds {seeds_used} (on the 1,010 threes). Offset {offset} "
        f"by {record['experiment']['criterion']} on the unlabelled training images; the paper's "
        f"+3.5 was chosen on the test set. {environment['processor']}, {environment['precision']}, "
        f"{environment['thread_count']} threads. `{record['made_by']}`, {record['created']}.",
    ]


def classroom_table(record: Record | None) -> list[str]:
    """Return the recipe `classroom` over its seeds beside what two sources published.

    Parameters
    ----------
    record : dict or None
        What ``python -m benchmarks.seeds --write`` writes; None if there is no such file yet.
    """
    if record is None:
        return not_yet("python -m benchmarks.seeds --seeds 0-4 --write")
    rows = record["rows"]
    lines = [
        [title, paper, numpy, f"{_mean_rate(rows, role)} ({_mean_rate(rows, role, 3)})"]
        for title, role, paper, numpy in CLASSROOM_ROWS
    ]
    offset = _mean_and_deviation([row["offset"]["value"] for row in rows], "+.2f")
    lines.append(
        [
            "how that offset was chosen",
            "+3.5, best on the test set",
            "+2.70, frequency on the first 5,000 training images",
            f"{offset}, {record['experiment']['criterion']} on "
            f"{'all' if record['experiment']['probe_size'] is None else 'the first'} "
            f"{rows[0]['offset']['probe_size']:,}",
        ]
    )
    seeds_used = ", ".join(str(row["seed"]) for row in rows)
    return [
        *table(("", "Hinton et al. 2015", "hinton-problems (numpy, seed 0)", "`classroom`"), lines),
        "",
        "Accuracy on the 10,000 test images (on the 1,010 threes); ours are mean ± standard "
        f"deviation over seeds {seeds_used}. `{record['made_by']}`, {record['created']}.",
    ]


def not_yet(command: str) -> list[str]:
    """Return the line that stands where a table will."""
    return [f"Not measured yet; make it with `{command}`, then `python -m benchmarks.readme`."]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def seconds(figure: Record) -> str:
    """Return a spread of seconds: its median, and its range if there is one."""
    digits = 1 if figure["median"] >= 1.0 else 2
    median, low, high = (f"{figure[name]:.{digits}f}" for name in ("median", "min", "max"))
    return f"{median} s" if low == high else f"{median} s ({low} to {high})"


def conditions(record: Record) -> str:
    """Return on what machine and when a record was made."""
    machine = record["machine"]
    able = [name for name, there in machine["capabilities"].items() if there]
    parts = [
        machine["processor"],
        f"{machine['cores']} cores, {machine['thread_count']} threads",
        " and ".join(able) or "no bf16 instructions",
        f"{machine['system']}, Python {machine['python']}, torch {machine['torch']}, "
        f"numpy {machine['numpy']}",
    ]
    return f"{'; '.join(parts)}. `{record['made_by']}`, {record['created']}."


def _pipeline_row(name: str, record: Record) -> list[str]:
    """Return one pipeline's row."""
    pipeline = record["pipelines"][name]
    spread = pipeline["spread"]
    epochs = [f"{spread['epochs'][role]['median']:.0f}" for role in ("teacher", "student")]
    ratios = record["ratios"].get(f"{name}/c")
    memory = spread.get("peak_memory_mib")
    return [
        pipeline["title"],
        " + ".join(epochs),
        seconds(spread["wall_seconds"]["total"]),
        f"{ratios['total']:.1f}" if ratios else "–",
        seconds(spread["seconds_per_epoch"]["teacher"]),
        seconds(spread["seconds_per_epoch"]["student"]),
        f"{ratios['both_epoch']:.1f}" if ratios else "–",
        " → ".join(_errors(spread["figures"][role]) for role in ROLES),
        f"{memory['median']:,.0f} MiB" if memory else "–",
    ]


def _mean_errors(rows: Sequence[Record], role: str, *, threes: bool) -> str:
    """Return mean ± standard deviation of the errors, those on threes in brackets if asked for."""
    cell = _mean_and_deviation([row[role]["errors"] for row in rows], ".1f")
    if not threes:
        return cell
    missed = [round(TEST_THREES * (1 - row[role]["per_class_accuracy"][3])) for row in rows]
    return f"{cell} ({_mean_and_deviation(missed, '.1f')})"


def _mean_rate(rows: Sequence[Record], role: str, digit: int | None = None) -> str:
    """Return mean ± standard deviation of an accuracy in percent: overall, or on one digit."""
    rates = [
        100 * (row[role]["accuracy"] if digit is None else row[role]["per_class_accuracy"][digit])
        for row in rows
    ]
    return f"{_mean_and_deviation(rates, '.2f')} %"


def _mean_and_deviation(values: Sequence[float], form: str) -> str:
    """Return ``mean ± standard deviation``; the mean alone of a single value."""
    mean = format(statistics.mean(values), form)
    if len(values) < 2:
        return mean
    return f"{mean} ± {format(statistics.stdev(values), form.lstrip('+'))}"


def _errors(figures: Record) -> str:
    """Return the median errors, those on threes in brackets."""
    return f"{figures['errors']['median']:.0f} ({figures['errors_on_threes']['median']:.0f})"


def _bound_line(name: str, record: Record) -> str:
    """Return how near a pipeline comes to what this machine's matrix products allow."""
    bound = record["bounds"][name]
    peaks = {name: figure["median"] / 1e9 for name, figure in record["peaks"].items()}
    work = " and ".join(
        f"{count / 1e12:.1f}·10¹² in {precision} (peak {peaks[precision]:,.0f} GFLOP/s)"
        for precision, count in bound["operations"].items()
    )
    return (
        f"{record['pipelines'][name]['title']} does {work} floating-point operations in matrix "
        f"products: at least {bound['seconds']:.1f} s, of which the measured whole is "
        f"{bound['wall_over_bound']:.1f} times."
    )


def _pipeline_conditions(record: Record) -> str:
    """Return the conditions, with how busy others kept the machine at worst."""
    runs = [run for pipeline in record["pipelines"].values() for run in pipeline["runs"]]
    others = max(run["others_share"] for run in runs)
    return f"Seed {record['seed']}; others had at most {others:.0%} of the machine. " + conditions(
        record
    )
