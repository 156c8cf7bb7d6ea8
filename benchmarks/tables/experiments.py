"""What the networks do, as tables: the recipes, the offset, the sweeps, the published sources."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.tables.markdown import Record, origin, percent, spread, table
from dashboard.core import terms
from dashboard.topics.lab.since_2015 import figures as studies
from dashboard.topics.leak import figures as leak
from kdengine.config import other_classes, run_key
from kdengine.recipes import known, plans
from kdengine.recipes.sources.hinton2015 import TWO_DIGITS
from kdengine.studies import differences
from kdengine.studies.differences import LEVEL, Verdict
from kdengine.studies.reproduction_table import judged
from kdengine.studies.sweeps import CAUSALITY

THREES = 1010  # among the 10,000 test images
# Role -> title; errors in the paper and, by its accuracies, in the numpy reproduction.
NETWORKS = {
    "teacher": ("teacher, 1200-1200", "67", "161"),
    "all_digits_baseline": ("student, 800-800, hard labels, all digits", "146", "–"),
    "all_digits_student": ("student, distilled, all digits", "74", "–"),
    "student_before": ("student without threes, no offset", "206 (133)", "217 (82)"),
    "student_after": ("student without threes, with its offset", "109 (14)", "193 (22)"),
}
SHORT = ("teacher", "student_before", "student_after")
COUNTED = ("offset", "errors", "errors_on_omitted", "errors_above_best")


def recipes_table(*records: Record, roles: Iterable[str] = NETWORKS) -> list[str]:
    """Return the networks of `classroom` and `best`, over their seeds, beside the published ones.

    *records* are what `benchmarks.seeds` writes of the two recipes.
    """
    rows = [[*NETWORKS[role], *(_errors(r["rows"], role) for r in records)] for role in roles]
    offsets = [spread([row["offset"]["value"] for row in r["rows"]], "+.2f") for r in records]
    told = [origin(record, [row["seed"] for row in record["rows"]]) for record in records]
    return table(
        ("errors (on threes)", "Hinton et al. 2015", "hinton-problems", "`classroom`", "`best`"),
        [*rows, ["that offset", "+3.5", "+2.70", *offsets]],
        f"Of MNIST's 10,000 test images, of which {THREES:,} are threes. The paper chose its "
        "offset on the test set, the numpy reproduction on its first 5,000 training images, ours "
        "on all of them: unlabelled, but for the share of threes, counted from the labels. "
        f"{_counting(records[0])} {' '.join(told)}",
    )


def _counting(record: Record) -> str:
    """Return how sure a count of threes is, beside how far the seeds of a recipe scatter."""
    rates = [row["student_after"]["per_class_accuracy"][3] for row in record["rows"]]
    right = sum(rates) / len(rates)
    counting = differences.counting_error(THREES * right, THREES) / THREES
    return (
        f"`classroom` with its offset gets {percent(rates)} of the threes right over the seeds; "
        f"counting {THREES:,} images alone makes that uncertain by ± {100 * counting:.2f} points."
    )


def _errors(rows: Sequence[Record], role: str) -> str:
    """Return the errors of *role*, those on threes in brackets where it never saw one."""
    if role not in rows[0]:
        return "–"
    cell = spread([row[role]["errors"] for row in rows])
    if role not in ("student_before", "student_after"):
        return cell
    missed = [round(THREES * (1 - row[role]["per_class_accuracy"][3])) for row in rows]
    return f"{cell} ({spread(missed)})"


def criteria_table(record: Record) -> list[str]:
    """Return the criteria for the offset beside each other, a table for each recipe."""
    lines: list[str] = []
    for recipe, measured in sorted(record["recipes"].items()):
        sizes = measured["split_sizes"]
        rows = [_criterion_row(row, sizes["train"]) for row in measured["rows"]]
        seeds = [figure["seed"] for figure in measured["rows"][0]["per_seed"]]
        told = (
            f"Recipe `{recipe}`, student without threes: errors on the {sizes['test']:,} test "
            f"images, of which {sizes['test_threes']:,} are threes. {origin(measured, seeds)}"
        )
        if not _is_current(recipe, measured):
            told += " These students are of an earlier version of the recipe."
        heads = ("criterion", "it looks at", "offset", "errors", "on threes", "above the best")
        lines += [*([""] if lines else []), *table(heads, rows, told)]
    return lines


def _criterion_row(row: Record, train_images: int) -> list[str]:
    name, size = f"`{row['criterion']}`", row["probe_size"]
    if size is not None:
        name += f", all {size:,}" if size == train_images else f", the first {size:,}"
    cells = [
        spread([seed[each] for seed in row["per_seed"]], "+.2f" if each == "offset" else ".1f")
        for each in COUNTED
    ]
    return [name, row["uses"], *cells]


def _is_current(recipe: str, measured: Record) -> bool:
    """Return whether the students that were measured are those that *recipe* trains today."""
    if recipe not in known.RECIPES:
        return False
    seeds = [figure["seed"] for figure in measured["rows"][0]["per_seed"]]
    today = [run_key(plans.experiment(known.RECIPES[recipe], seed=seed).student) for seed in seeds]
    return measured["students"] == today


def causality_table(record: Record) -> list[str]:
    """Return a row for each thing taken away: accuracy on threes and on the other digits."""
    rows = [
        (words["label"].format(digit=3), *_accuracies(found))
        for name, words in leak.VARIANTS.items()
        if (found := _rows(record, **CAUSALITY[name]))
    ]
    heads = ("the student's training", "threes, no offset", "threes, with it", "other digits")
    return table(heads, rows, _sweep_origin(record))


def omit_one_table(record: Record) -> list[str]:
    """Return a row for each omitted digit: accuracy on it before and after its offset."""
    rows = []
    for digit in range(10):
        found = _rows(record, omitted_classes=[digit])
        offset = spread([row["offset"]["value"] for row in found], "+.2f")
        rows.append((str(digit), *_accuracies(found), offset))
    heads = ("omitted", "on it, no offset", "on it, with its offset", "other digits", "offset")
    return table(heads, rows, _sweep_origin(record))


def paper_pair_table(record: Record) -> list[str]:
    """Return the errors of a student of sevens and eights alone beside the paper's."""
    roles = ("student_before", "student_after")
    rows = _rows(record, omitted_classes=other_classes(TWO_DIGITS["kept"]))
    ours = [percent([1 - row[role]["accuracy"] for row in rows]) for role in roles]
    return table(
        ("nothing but 7s and 8s", "Hinton et al. 2015", "here, ten frequencies matched"),
        (
            ("as trained", "47.3 %", ours[0]),
            ("with offsets", "13.2 %, −7.6 on the biases of 7 and 8", ours[1]),
        ),
        "Errors on all ten digits. " + _sweep_origin(record),
    )


def studies_table(*records: Record) -> list[str]:
    """Return what each study of what came after 2015 compares, and whether it differs."""
    rows, origins = [], []
    for record in records:
        told = studies.told(record["name"])
        title = f"{told['title']} ({told['compared']['what']})"
        for row in studies.compared(record, told):
            rows.append((title, *row))
            title = ""
        seeds = ", ".join(str(seed["seed"]) for seed in record["seeds"])
        origins.append(f"`{record['made_by']}` (seeds {seeds}; {record['created']})")
    heads = ("study (what is counted)", "compared", "beside it", "verdict")
    return table(heads, rows, f"Mean ± standard deviation. {', '.join(origins)}.")


def _rows(record: Record, **parameters: Any) -> list[Record]:
    """Return the rows of a sweep, one a seed, that have just these parameters."""
    return [row for row in record["rows"] if row["parameters"] == parameters]


def _accuracies(rows: Sequence[Record]) -> list[str]:
    """Return the accuracy on the omitted class, before and after the offset, and on the others."""
    places = (
        ("student_before", "omitted_accuracy"),
        ("student_after", "omitted_accuracy"),
        ("student_after", "other_accuracy"),
    )
    return [percent([row[role][name] for row in rows]) for role, name in places]


def _sweep_origin(record: Record) -> str:
    """Return on what, over which seeds, by what and when a sweep was made."""
    told = origin(record, [row["seed"] for row in record["rows"]])
    return f"MNIST's 10,000 test images. {told}"


def reproductions_table(*records: Record) -> list[str]:
    """Return a row for each source: how its figures come out, and the one it is about.

    *records* are the reproductions' tables in the order of `known.SOURCES`.
    """
    rows, origins = [], []
    for source, record in zip(known.SOURCES.values(), records, strict=True):
        verdicts = [verdict for row in record["figures"] if (verdict := judged(row))]
        counts = Counter(verdicts)
        row = next(row for row in record["figures"] if row["quantity"] == source.example)
        value, is_count = row["value"], row["measure"] == "errors"
        theirs = f"{value:g}" if is_count else f"{100 * value:.1f} %"
        ours = spread(row["ours"]) if is_count else percent(row["ours"])
        told = (len(verdicts), *(counts[v] for v in Verdict), f"{LEVEL * len(verdicts):.1f}")
        rows.append((source.short, *map(str, told), source.example, theirs, ours))
        seeds = ", ".join(map(str, record["seeds"]))
        origins.append(f"`{record['made_by']}` (seeds {seeds}; {record['created']})")
    heads = ("source", "figures judged", *Verdict, "would differ by chance")
    words = " ".join(terms.every()[verdict].line for verdict in Verdict)
    return table(
        (*heads, "for example", "published", "ours"),
        rows,
        f"{words} Mean ± standard deviation. {', '.join(origins)}.",
    )
