"""The published sources' shipped tables as lines of the README's: JSON in, markdown out."""

import statistics
from collections import Counter

from benchmarks.tables.tables import Record, not_yet, table
from kdengine.recipes.published import OFFSET
from kdengine.studies.reproduction_measures import VERDICTS, WITHIN
from kdengine.synthetic.data import PUBLISHED, ROUNDED_DOWN

# Name -> how the row calls the source, and the figure that it is about.
SOURCES = {
    "hinton2015": ("Hinton et al. 2015", "student without 3, after, errors on threes"),
    "hinton-problems": ("hinton-problems", "student after, accuracy on 3"),
    "am207": ("Harvard AM207", "no 3, soft T=3, errors on threes"),
    "hiverxd": ("HiverXD", "KD no 3 + 3.5, accuracy on 3"),
    "rp13": ("TU Delft RP13", "800 units, no 3, all ten biases 3.5, errors on threes"),
}


def reproductions_table(*records: Record | None) -> list[str]:
    """Return a row for each source: how its figures come out, and the one it is about.

    Parameters
    ----------
    records : dict or None
        The reproductions' tables in the order of `SOURCES`; None for one that is not there.
    """
    rows, origins = [], []
    for (name, (title, main)), record in zip(SOURCES.items(), records, strict=True):
        if record is None:
            told = not_yet(f"python -m kdengine reproduce {name} --write")
            rows.append((title, *told, *["–"] * (len(VERDICTS) + 2)))
            continue
        counts = Counter(row["verdict"] for row in record["figures"])
        row = next(row for row in record["figures"] if row["quantity"] == main)
        rows.append(
            (
                title,
                *(str(counts[verdict]) for verdict in VERDICTS),
                main,
                _in_units(row["value"], row["measure"]),
                _ours(row),
            )
        )
        seeds = ", ".join(map(str, record["seeds"]))
        origins.append(f"`{record['made_by']}` (seeds {seeds}; {record['created']})")
    others = (verdict for verdict in VERDICTS if verdict != WITHIN)
    heads = ("source", f"figures {WITHIN}", *others, "for example", "published", "ours")
    return [*table(heads, rows), "", f"Mean ± standard deviation. {', '.join(origins)}."]


def synthetic_table(record: Record | None) -> list[str]:
    """Return the published errors on one synthetic data set beside ours.

    Parameters
    ----------
    record : dict or None
        The table of the synthetic experiment; None if there is none.
    """
    if record is None:
        return not_yet("python -m kdengine synthetic --seeds 0-2 --write")
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
        place = temperatures.index(temperature)
        ours = [one["distilled"][place] for one in found]
        rows.append((f"student distilled, T = {temperature:g}", errors, ours))
    heads = (f"errors on {record['settings']['test_samples']:,} test samples", "published", "ours")
    seeds = ", ".join(str(seed["seed"]) for seed in record["seeds"])
    lines = table(heads, [(name, f"{errors:,}", _spread(ours)) for name, errors, ours in rows])
    low = " and ".join(f"{errors:,}" for errors in ROUNDED_DOWN)
    right = " and ".join(f"{errors + 1:,}" for errors in ROUNDED_DOWN)
    return [
        *lines,
        "",
        f"The source's counts round down: {low} are {right} by their accuracies. "
        f"Class separation {PUBLISHED.place.class_separation:g}, "
        f"{100 * PUBLISHED.place.informative_share:g} % of the features informative; mean ± "
        f"standard deviation over seeds {seeds}. `{record['made_by']}`, {record['created']}.",
    ]


def _in_units(value: float, measure: str) -> str:
    """Return a figure as errors, per cent or an offset."""
    if measure == "errors":
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:+.2f}" if measure == OFFSET else f"{100 * value:.1f} %"


def _ours(row: Record) -> str:
    """Return our mean and standard deviation of a figure."""
    if row["sd"] is None:
        return _in_units(row["mean"], row["measure"])
    if row["measure"] in ("errors", OFFSET):
        return f"{row['mean']:,.1f} ± {row['sd']:.1f}"
    return f"{100 * row['mean']:.1f} ± {100 * row['sd']:.1f} %"


def _spread(values: list[int]) -> str:
    """Return mean and standard deviation of counts."""
    mean = f"{statistics.mean(values):,.0f}"
    return f"{mean} ± {statistics.stdev(values):.0f}" if len(values) > 1 else mean
