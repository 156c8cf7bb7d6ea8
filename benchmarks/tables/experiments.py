"""What the networks do, as tables: the recipes, the offset, the sweeps, the published sources."""

from collections import Counter
from collections.abc import Sequence

from benchmarks.tables.markdown import Record, origin, percent, spread, table
from dashboard.topics.leak import figures as leak
from kdengine.config import run_key
from kdengine.recipes import published
from kdengine.recipes import recipe as recipes
from kdengine.studies.ablations import CAUSALITY
from kdengine.studies.reproduction_measures import VERDICTS, WITHIN
from kdengine.synthetic.data import PUBLISHED, ROUNDED_DOWN

TEST_IMAGES, TEST_THREES = 10_000, 1010
# Role -> title, what the paper calls it, what the numpy reproduction does.
NETWORKS = {
    "teacher": ("teacher, 1200-1200", "teacher", "teacher"),
    "all_digits_baseline": (
        "student, 800-800, hard labels, all digits",
        "student on hard labels, all digits",
        "",
    ),
    "all_digits_student": (
        "student, distilled, all digits",
        "student distilled, all digits",
        "",
    ),
    "student_before": (
        "student without threes, no offset",
        "student without 3, before",
        "student before",
    ),
    "student_after": (
        "student without threes, with its offset",
        "student without 3, after",
        "student after",
    ),
}
# Name -> how the row calls the source, and the figure that it is about.
SOURCES = {
    "hinton2015": ("Hinton et al. 2015", "student without 3, after, errors on threes"),
    "hinton-problems": ("hinton-problems", "student after, accuracy on 3"),
    "am207": ("Harvard AM207", "no 3, soft T=3, errors on threes"),
    "hiverxd": ("HiverXD", "KD no 3 + 3.5, accuracy on 3"),
    "rp13": ("TU Delft RP13", "800 units, no 3, all ten biases 3.5, errors on threes"),
}
COUNTED = {
    "offset": "+.2f",
    "errors": ".1f",
    "errors_on_omitted": ".1f",
    "errors_above_best": ".1f",
}


def short_recipes_table(*records: Record) -> list[str]:
    """Return `recipes_table` of the networks that both recipes have."""
    return _recipes(records, [role for role in NETWORKS if not role.startswith("all_digits")])


def recipes_table(*records: Record) -> list[str]:
    """Return the networks of `classroom` and `best`, over their seeds, beside the published ones.

    Parameters
    ----------
    records : two dicts
        What `benchmarks.seeds` writes of the two recipes.
    """
    return _recipes(records, list(NETWORKS))


def _recipes(records: Sequence[Record], roles: Sequence[str]) -> list[str]:
    """Return a row for each of *roles*, then one for the offset."""
    rows = []
    for role in roles:
        title, paper, numpy = NETWORKS[role]
        both = [_errors(record["rows"], role) for record in records]
        rows.append([title, _paper(paper), _numpy(numpy) if numpy else "–", *both])
    offsets = [spread([row["offset"]["value"] for row in r["rows"]], "+.2f") for r in records]
    papers = published.figure("hinton2015", "student without 3, offset").value
    numpys = published.figure("hinton-problems", "student, offset").value
    rows.append(["that offset", f"{papers:+.2f}", f"{numpys:+.2f}", *offsets])
    heads = ("errors (on threes)", "Hinton et al. 2015", "hinton-problems", "`classroom`", "`best`")
    return table(
        heads,
        rows,
        f"Of MNIST's {TEST_IMAGES:,} test images, of which {TEST_THREES:,} are threes. The paper "
        "chose its offset on the test set, the numpy reproduction on its first 5,000 training "
        "images, ours on all of them, without labels.",
        *(_recipes_origin(record) for record in records),
    )


def _recipes_origin(record: Record) -> str:
    """Return seeds, processor, command and day of one recipe."""
    environment = record["environment"]
    where = f"{environment['processor']}, {environment['precision']}"
    told = origin(record, [row["seed"] for row in record["rows"]])
    return f"`{record['experiment']['recipe']}` ({where}): {told}"


def _errors(rows: Sequence[Record], role: str) -> str:
    """Return the errors of *role*, those on threes in brackets where it never saw one."""
    if role not in rows[0]:
        return "–"
    cell = spread([row[role]["errors"] for row in rows])
    if role not in ("student_before", "student_after"):
        return cell
    missed = [round(TEST_THREES * (1 - row[role]["per_class_accuracy"][3])) for row in rows]
    return f"{cell} ({spread(missed)})"


def _paper(words: str) -> str:
    """Return the paper's errors."""
    errors = published.figure("hinton2015", f"{words}, errors").value
    if "without 3" not in words:
        return f"{errors:g}"
    return f"{errors:g} ({published.figure('hinton2015', f'{words}, errors on threes').value:g})"


def _numpy(words: str) -> str:
    """Return the errors that the accuracies of the numpy reproduction amount to."""
    overall = published.figure("hinton-problems", f"{words}, accuracy").value
    on_threes = published.figure("hinton-problems", f"{words}, accuracy on 3").value
    missed = round(TEST_THREES * (1 - on_threes))
    return f"{round(TEST_IMAGES * (1 - overall))}" + (f" ({missed})" if "student" in words else "")


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
    """Return one criterion's row."""
    name, size = f"`{row['criterion']}`", row["probe_size"]
    if size is not None:
        name += f", all {size:,}" if size == train_images else f", the first {size:,}"
    cells = [spread([one[each] for one in row["per_seed"]], form) for each, form in COUNTED.items()]
    return [name, row["uses"], *cells]


def _is_current(recipe: str, measured: Record) -> bool:
    """Return whether the students that were measured are those that *recipe* trains today."""
    if recipe not in recipes.RECIPES:
        return False
    seeds = [figure["seed"] for figure in measured["rows"][0]["per_seed"]]
    today = [run_key(recipes.experiment(recipe, seed=seed).student) for seed in seeds]
    return measured["students"] == today


def causality_table(record: Record) -> list[str]:
    """Return a row for each thing taken away: accuracy on threes and on the other digits."""
    rows = []
    for name, words in leak.VARIANTS.items():
        found = [row for row in record["rows"] if row["parameters"] == CAUSALITY[name]]
        if found:
            rows.append((words["label"].format(digit=3), *_accuracies(found)))
    heads = ("the student's training", "threes, no offset", "threes, with it", "other digits")
    return table(heads, rows, _sweep_origin(record))


def omit_one_table(record: Record) -> list[str]:
    """Return a row for each omitted digit: accuracy on it before and after its offset."""
    rows = []
    for digit in range(10):
        found = [row for row in record["rows"] if row["parameters"]["omitted_classes"] == [digit]]
        offset = spread([row["offset"]["value"] for row in found], "+.2f")
        rows.append((str(digit), *_accuracies(found), offset))
    heads = ("omitted", "on it, no offset", "on it, with its offset", "other digits", "offset")
    return table(heads, rows, _sweep_origin(record))


def paper_pair_table(record: Record) -> list[str]:
    """Return the errors of a student of sevens and eights alone beside the paper's."""
    paper = recipes.PAPER_TWO_DIGITS
    offset = f"{paper['offset']:.1f}".replace("-", "−")
    theirs = (
        f"{100 * paper['before']:.1f} %",
        f"{100 * paper['after']:.1f} %, {offset} on the biases of 7 and 8",
    )
    names = {"student_before": "as trained", "student_after": "with offsets"}
    rows = [
        (name, told, percent([1 - row[role]["accuracy"] for row in record["rows"]]))
        for (role, name), told in zip(names.items(), theirs, strict=True)
    ]
    heads = ("nothing but 7s and 8s", "Hinton et al. 2015", "here, ten frequencies matched")
    return table(heads, rows, "Errors on all ten digits. " + _sweep_origin(record))


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
    return f"MNIST's {TEST_IMAGES:,} test images. {told}"


def reproductions_table(*records: Record) -> list[str]:
    """Return a row for each source: how its figures come out, and the one it is about.

    Parameters
    ----------
    records : dicts
        The reproductions' tables in the order of `SOURCES`.
    """
    rows, origins = [], []
    for (title, main), record in zip(SOURCES.values(), records, strict=True):
        counts = Counter(row["verdict"] for row in record["figures"])
        row = next(row for row in record["figures"] if row["quantity"] == main)
        counted = [str(counts[verdict]) for verdict in VERDICTS]
        value = row["value"]
        theirs = f"{value:g}" if row["measure"] == "errors" else f"{100 * value:.1f} %"
        ours = spread(row["ours"]) if row["measure"] == "errors" else percent(row["ours"])
        rows.append((title, *counted, main, theirs, ours))
        seeds = ", ".join(map(str, record["seeds"]))
        origins.append(f"`{record['made_by']}` (seeds {seeds}; {record['created']})")
    others = (verdict for verdict in VERDICTS if verdict != WITHIN)
    heads = ("source", f"figures {WITHIN}", *others, "for example", "published", "ours")
    return table(heads, rows, f"Mean ± standard deviation. {', '.join(origins)}.")


def synthetic_table(record: Record) -> list[str]:
    """Return the published errors on one synthetic data set beside ours."""
    found = [
        one
        for seed in record["seeds"]
        for one in seed["data_sets"]
        if (one["class_separation"], one["informative_share"]) == PUBLISHED.place
    ]
    temperatures = record["settings"]["temperatures"]
    rows = [
        ("teacher", PUBLISHED.teacher, [one["teacher"] for one in found]),
        ("student on hard labels", PUBLISHED.hard_student, [one["hard_student"] for one in found]),
    ]
    for temperature, errors in PUBLISHED.distilled:
        ours = [one["distilled"][temperatures.index(temperature)] for one in found]
        rows.append((f"student distilled, T = {temperature:g}", errors, ours))
    heads = (f"errors on {record['settings']['test_samples']:,} test samples", "published", "ours")
    low = " and ".join(f"{errors:,}" for errors in ROUNDED_DOWN)
    right = " and ".join(f"{errors + 1:,}" for errors in ROUNDED_DOWN)
    return table(
        heads,
        [(name, f"{errors:,}", spread(ours, ",.0f")) for name, errors, ours in rows],
        f"The source's counts round down: {low} are {right} by their accuracies. "
        f"Class separation {PUBLISHED.place.class_separation:g}, "
        f"{100 * PUBLISHED.place.informative_share:g} % of the features informative. "
        + origin(record, [seed["seed"] for seed in record["seeds"]]),
    )
