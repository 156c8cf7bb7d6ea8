"""The published sources' tables in the README from hand-made records, checked by hand."""

import json
import statistics

from scipy import stats

from benchmarks import readme
from benchmarks.tables import source_tables
from kdengine import files
from kdengine.recipes import published
from kdengine.studies import reproductions
from tests.benchmarks.tables.test_tables import cells


def record(name, ours, verdicts):
    """Return a table of one source: its main figure, and as many others as there are verdicts."""
    main = source_tables.SOURCES[name][1]
    figure = next(f for f in published.FIGURES[name] if f.quantity == main)
    mean = sum(ours) / len(ours)
    rows = [{"quantity": "another", "verdict": verdict} for verdict in verdicts]
    rows.append(
        {
            **vars(figure),
            "mean": mean,
            "sd": None if len(ours) == 1 else abs(ours[0] - ours[1]) / 2**0.5,
            "verdict": "far",
        }
    )
    return {
        "figures": rows,
        "seeds": list(range(len(ours))),
        "made_by": f"python -m kdengine reproduce {name}",
        "created": "2026-01-02",
    }


def test_a_sources_row_counts_its_verdicts_and_names_one_figure():
    """Errors 500 and 520: mean 510, deviation 20 / √2 = 14.1; 0.4 and 0.5: 45 %, 7.1 points."""
    known = {
        "am207": record(
            "am207",
            [500, 520],
            ["within spread", "close", "within spread", "too few seeds to tell"],
        ),
        "hiverxd": record("hiverxd", [0.4, 0.5], []),
        "rp13": record("rp13", [17], ["close"]),
    }
    lines = source_tables.reproductions_table(*(known.get(n) for n in source_tables.SOURCES))
    assert cells(lines, "Harvard AM207") == [
        "Harvard AM207",
        "2",
        "1",
        "1",
        "1",
        "no 3, soft T=3, errors on threes",
        "523",
        "510.0 ± 14.1",
    ]
    assert cells(lines, "HiverXD")[-2:] == ["39.1 %", "45.0 ± 7.1 %"]
    assert cells(lines, "TU Delft RP13")[-2:] == ["20", "17"]
    assert "python -m kdengine reproduce hinton2015 --write" in "\n".join(lines)
    assert "`python -m kdengine reproduce am207` (seeds 0, 1; 2026-01-02)" in lines[-1]
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1


def test_the_readme_says_how_wide_the_interval_of_three_seeds_is():
    """Of four draws of a normal distribution, one from three: t · sqrt(1 + 1/3)."""
    wide = stats.t.ppf(0.975, df=2) * (4 / 3) ** 0.5
    prose = " ".join(readme.README.read_text().split())
    assert f"three seeds make it {wide:.2f} standard deviations wide" in prose


def test_shipped_figures_are_called_what_their_seeds_allow():
    """Counted from the three seeds of each row, by z = |mean − published| / s."""
    for name in source_tables.SOURCES:
        record = json.loads((files.shipped_dir() / f"reproduction-{name}.json").read_text())
        for row in record["figures"]:
            claimed = row["value"] if row["corrected"] is None else row["corrected"]
            gap, sd = abs(statistics.mean(row["ours"]) - claimed), statistics.stdev(row["ours"])
            assert (row["verdict"] == "within spread") == (gap <= 2 * sd + 1e-5), row["quantity"]


def test_every_source_has_a_row():
    assert source_tables.SOURCES.keys() == reproductions.REPRODUCTIONS.keys()
    paths = (readme.SOURCES["reproductions"].path, *readme.SOURCES["reproductions"].more)
    assert [path.name for path in paths] == [
        f"reproduction-{name}.json" for name in source_tables.SOURCES
    ]


def test_the_synthetic_errors_stand_beside_the_published_ones():
    """Hard labels 600 and 620: 610 ± 20 / √2."""

    def seed(number, extra):
        wanted = {"class_separation": 0.2, "informative_share": 0.5}
        one = {**wanted, "teacher": 118 + extra, "hard_student": 600 + extra}
        other = {"class_separation": 1.0, "informative_share": 0.5, "teacher": 1}
        return {
            "seed": number,
            "data_sets": [other, {**one, "distilled": [190 + extra, 1, 2, 230]}],
        }

    lines = source_tables.synthetic_table(
        {
            "seeds": [seed(0, 0), seed(3, 20)],
            "settings": {"temperatures": [2.0, 2.5, 3.0, 4.0], "test_samples": 10_000},
            "made_by": "python -m kdengine synthetic",
            "created": "2026-01-02",
        }
    )
    assert cells(lines, "teacher")[1:] == ["118", "128 ± 14"]
    assert cells(lines, "student on hard labels")[1:] == ["587", "610 ± 14"]
    assert cells(lines, "student distilled, T = 2")[1:] == ["199", "200 ± 14"]
    assert cells(lines, "student distilled, T = 2.5")[1:] == ["213", "1 ± 0"]
    assert "over seeds 0, 3." in lines[-1]
    assert "587 and 213 are 588 and 214 by their accuracies" in lines[-1]
    assert "synthetic --seeds 0-2 --write" in source_tables.synthetic_table(None)[0]
