"""The tables of experiments from hand-made records, every number checked by hand."""

import statistics

import numpy as np
from scipy import stats

from benchmarks.tables import experiments
from dashboard.topics.leak import figures as leak
from kdengine.config import other_classes
from kdengine.recipes import known
from kdengine.studies import reproduction_table
from kdengine.studies.sweeps import CAUSALITY
from tests.benchmarks.tables.records import cells
from tests.dashboard import fake_studies

MADE = {"made_by": "python -m it", "created": "2026-01-02"}


def recipe_record(roles, seeds=3):
    """Return seeds with 60, 63 and 66 errors, of which 8, 10 and 12 on threes."""
    rows = [
        {
            "seed": seed,
            "offset": {"value": 1.5 + 0.5 * seed},
            **{
                role: {"errors": errors, "per_class_accuracy": [0.5] * 3 + [1 - missed / 1010]}
                for role in roles
            },
        }
        for seed, errors, missed in ((0, 60, 8), (1, 63, 10), (2, 66, 12))
    ][:seeds]
    return {"rows": rows, **MADE}


def test_a_recipes_column_is_mean_and_deviation_of_its_seeds():
    """60, 63 and 66 errors are 63 ± 3; 8, 10 and 12 missed threes 10 ± 2; offsets 1.5 to 2.5."""
    every = recipe_record(experiments.NETWORKS)
    three = recipe_record(("teacher", "student_before", "student_after"), seeds=1)
    lines = experiments.recipes_table(three, every)
    assert cells(lines, "teacher, 1200-1200")[1:] == ["67", "161", "60.0", "63.0 ± 3.0"]
    after = cells(lines, "student without threes, with its offset")
    assert after[1:] == ["109 (14)", "193 (22)", "60.0 (8.0)", "63.0 ± 3.0 (10.0 ± 2.0)"]
    hard = cells(lines, "student, 800-800, hard labels, all digits")
    assert hard[1:] == ["146", "–", "–", "63.0 ± 3.0"]
    offset = cells(lines, "that offset")
    assert offset[1:] == ["+3.5", "+2.70", "+1.50", "+2.00 ± 0.50"]
    assert lines[-1].endswith("over seeds 0, 1, 2. `python -m it`, 2026-01-02.")
    short = experiments.recipes_table(three, every, roles=experiments.SHORT)
    assert cells(short, "teacher, 1200-1200") and not any("146" in line for line in short)


def test_what_others_published_is_what_the_engine_knows_of_them():
    """Accuracies of 10,000 and of 1,010 images are whole errors."""

    def paper(quantity):
        return known.SOURCES["hinton2015"].figure(quantity).value

    def missed(quantity, images):
        return round(images * (1 - known.SOURCES["hinton-problems"].figure(quantity).value))

    theirs = {role: row[1:] for role, row in experiments.NETWORKS.items()}
    teacher = (paper("teacher, errors"), missed("teacher, accuracy", 1e4))
    assert theirs["teacher"] == tuple(map(str, teacher))
    for role, words in (
        ("all_digits_baseline", "student on hard labels, all digits"),
        ("all_digits_student", "student distilled, all digits"),
    ):
        assert theirs[role] == (f"{paper(f'{words}, errors')}", "–")
    for role, when in (("student_before", "before"), ("student_after", "after")):
        errors = [paper(f"student without 3, {when}, errors{on}") for on in ("", " on threes")]
        numpys = missed(f"student {when}, accuracy", 1e4)
        on_threes = missed(f"student {when}, accuracy on 3", experiments.THREES)
        assert theirs[role] == (f"{errors[0]} ({errors[1]})", f"{numpys} ({on_threes})")
    pair = "student of 7 and 8 alone"
    assert round(1 - paper(f"{pair}, before, accuracy"), 3) == 0.473
    assert round(1 - paper(f"{pair}, after, accuracy"), 3) == 0.132
    assert paper(f"{pair}, offset on both") == -7.6
    assert paper("student without 3, offset") == 3.5
    assert round(known.SOURCES["hinton-problems"].figure("student, offset").value, 2) == 2.70


def sweep_row(seed, parameters, before, after, offset=1.0):
    """Return what the tables look at of one row of a sweep."""
    return {
        "seed": seed,
        "parameters": parameters,
        "offset": {"value": offset},
        "student_before": {"omitted_accuracy": before, "accuracy": before},
        "student_after": {"omitted_accuracy": after, "accuracy": after, "other_accuracy": 0.9},
    }


def test_an_omitted_digits_row_is_mean_and_deviation_of_its_seeds():
    """0.2 and 0.4: mean 30 %, deviation sqrt(2 · 10²) = 14.1 points; offsets −1 and −2."""
    rows = [
        found
        for digit in range(10)
        for found in (
            sweep_row(4, {"omitted_classes": [digit]}, 0.2, 0.8, offset=-1.0),
            sweep_row(5, {"omitted_classes": [digit]}, 0.4, 0.8, offset=-2.0 + 5 * (digit == 7)),
        )
    ]
    lines = experiments.omit_one_table({"rows": rows, **MADE})
    row = ["3", "30.0 ± 14.1 %", "80.0 ± 0.0 %", "90.0 ± 0.0 %", "−1.50 ± 0.71"]
    assert cells(lines, "3") == row
    assert cells(lines, "7")[-1] == "+1.00 ± 2.83"
    assert "seeds 4, 5. `python -m it`, 2026-01-02." in lines[-1]


def test_the_papers_pair_is_told_in_errors():
    pair, another = ({"omitted_classes": other_classes(kept)} for kept in ((7, 8), (4, 8)))
    rows = [sweep_row(0, pair, 0.5, 0.9), sweep_row(1, pair, 0.7, 0.9)]
    rows.append(sweep_row(0, another, 0.1, 0.1))
    lines = experiments.paper_pair_table({"rows": rows, **MADE})
    assert cells(lines, "as trained") == ["as trained", "47.3 %", "40.0 ± 14.1 %"]
    offsets = ["13.2 %, −7.6 on the biases of 7 and 8", "10.0 ± 0.0 %"]
    assert cells(lines, "with offsets")[1:] == offsets


def test_every_variant_of_the_causality_sweep_has_its_own_row():
    share = {name: place / 100 for place, name in enumerate(CAUSALITY)}
    rows = [sweep_row(s, CAUSALITY[name], share[name], 0.5) for name in CAUSALITY for s in (0, 1)]
    lines = experiments.causality_table({"rows": rows, **MADE})
    assert set(leak.VARIANTS) == set(CAUSALITY)
    for name, words in leak.VARIANTS.items():
        expected = f"{100 * share[name]:.1f} ± 0.0 %"
        assert cells(lines, words["label"].format(digit=3))[1] == expected


def source(name, ours, others=()):
    """Return a table of one source: its main figure, and *others*, each published as 100 errors."""
    figure = known.SOURCES[name].figure(known.SOURCES[name].example)
    plain = {"measure": "errors", "value": 100, "corrected": None}
    rows = [{**plain, "quantity": "another", "digit": None, "ours": seeds} for seeds in others]
    rows.append({**vars(figure), "ours": ours})
    rows.append({**plain, "quantity": "a single digit's", "digit": 4, "ours": [0, 0, 0]})
    return {"figures": rows, "seeds": list(range(len(ours))), **MADE}


def test_a_sources_row_counts_its_verdicts_and_names_one_figure():
    """Errors 500, 520 and 540: mean 520, deviation 20; 0.4, 0.5 and 0.6: 50 %, 10 points."""
    told = {name: ([0.5, 0.5, 0.5],) for name in known.SOURCES}
    others = [[100] * 3, [300] * 3, [301] * 3, [0, 100, 200], [100, 100]]
    told |= {"am207": ([500, 520, 540], others), "hiverxd": ([0.4, 0.5, 0.6],), "rp13": ([17],)}
    lines = experiments.reproductions_table(*(source(name, *told[name]) for name in told))
    main = "no 3, soft T=3, errors on threes"
    # 100 of 10,000: √99 · 4.303 · √(4/3) = 49.4 either way, no more than half of 100
    expected = ["Harvard AM207", "5", "2", "2", "1", "0.2", main, "523", "520.0 ± 20.0"]
    assert cells(lines, "Harvard AM207") == expected
    assert cells(lines, "HiverXD")[-2:] == ["39.1 %", "50.0 ± 10.0 %"]
    assert cells(lines, "TU Delft RP13")[1:] == [
        "0",
        "0",
        "0",
        "0",
        "0.0",
        told_of("rp13"),
        "20",
        "17.0",
    ]
    assert "`python -m it` (seeds 0, 1, 2; 2026-01-02)" in lines[-1]
    assert "**Cannot tell**: The verdict that is left" in lines[-1]


def told_of(name):
    """Return the quantity of the figure that stands for a source."""
    return known.SOURCES[name].example


def test_shipped_figures_have_the_verdict_that_scipy_gives_them():
    """Anew from each row: half-width by scipy's t, at least by the published count's own error."""
    for name in known.SOURCES:
        for row in reproduction_table.load_table(name)["figures"]:
            if row["digit"] not in (None, 3) or len(row["ours"]) < 3:
                assert row["verdict"] is None
                continue
            images = 1010 if row["digit"] == 3 else 10_000
            theirs = row["value"] if row["corrected"] is None else row["corrected"]
            ours, is_offset = np.array(row["ours"]), row["measure"] == "offset"
            if row["measure"] not in ("errors", "offset"):
                ours, theirs = images * (1 - ours), images * (1 - theirs)
            counting = 0.0 if is_offset else (theirs * (1 - theirs / images)) ** 0.5
            s = max(statistics.stdev(ours.tolist()), counting)
            half = stats.t.ppf(0.975, df=len(ours) - 1) * s * (1 + 1 / len(ours)) ** 0.5
            size = abs(theirs) if is_offset else min(theirs, images - theirs)
            expected = "agrees" if half <= size / 2 else "cannot tell"
            if abs(ours.mean() - theirs) > half + 1e-6:
                expected = "differs"
            assert row["verdict"] == expected, row["quantity"]


def test_each_study_since_2015_has_its_comparisons_with_their_verdicts():
    own, few = fake_studies.table("inherited", 4), fake_studies.table("smoothing", 2)
    lines = experiments.studies_table(own, few)
    repeated = [
        [seed["rows"][variant]["repeated"] for seed in own["seeds"]] for variant in ("own", "other")
    ]
    first, second = (
        f"{statistics.mean(found):,.0f} ± {statistics.stdev(found):,.0f}" for found in repeated
    )
    assert first in lines[2] and second in lines[2] and lines[2].endswith("| differs |")
    assert "without a verdict" in lines[3] and "(threes missed" in lines[3]
    assert lines[4].startswith("|  | missed, smoothed by 0.05")
    assert "`python -m kdengine sweep inherited` (seeds 0, 1, 2, 3; " in lines[-1]
