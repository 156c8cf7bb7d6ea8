"""The sweeps' tables in the README from hand-made rows, every number checked by hand."""

import pytest

from benchmarks.tables import lab_tables
from tests.benchmarks.tables.test_tables import cells


def row(seed, parameters, before, after, other=0.9, offset=1.0):
    """Return what the tables look at of one row."""
    return {
        "seed": seed,
        "parameters": parameters,
        "offset": {"value": offset},
        "student_before": {"omitted_accuracy": before, "accuracy": before},
        "student_after": {"omitted_accuracy": after, "accuracy": after, "other_accuracy": other},
    }


def record(rows):
    """Return the table of a sweep."""
    return {"rows": rows, "made_by": "python -m kdengine sweep toy", "created": "2026-01-02"}


def test_an_omitted_digits_row_is_mean_and_deviation_of_its_seeds():
    """0.2 and 0.4: mean 30 %, deviation sqrt(2 · 10²) = 14.1 points; offsets −1 and 2."""
    rows = [
        found
        for digit in range(10)
        for found in (
            row(4, {"omitted_classes": [digit]}, 0.2, 0.8, offset=-1.0),
            row(5, {"omitted_classes": [digit]}, 0.4, 0.8, offset=2.0 + 2 * (digit == 7)),
        )
    ]
    lines = lab_tables.omit_one_table(record(rows))
    assert cells(lines, "3") == [
        "3",
        "30.0 ± 14.1 %",
        "80.0 ± 0.0 %",
        "90.0 ± 0.0 %",
        "+0.50 ± 2.12",
    ]
    assert cells(lines, "7")[-1] == "+1.50 ± 3.54"
    assert "seeds 4, 5. `python -m kdengine sweep toy`, 2026-01-02." in lines[-1]


def test_the_papers_pair_is_told_in_errors():
    lines = lab_tables.paper_pair_table(record([row(0, {}, 0.5, 0.9), row(1, {}, 0.7, 0.9)]))
    assert cells(lines, "as trained") == ["as trained", "47.3 %", "40.0 ± 14.1 %"]
    assert cells(lines, "with offsets")[2] == "10.0 ± 0.0 %"


def test_every_variant_of_the_causality_sweep_has_words_and_its_own_row():
    settings = list(lab_tables.CAUSALITY.values())
    rows = [row(s, p, i / 100, 0.5) for i, p in enumerate(settings) for s in (0, 1)]
    lines = lab_tables.causality_table(record(rows))
    assert set(lab_tables.CAUSES) == set(lab_tables.CAUSALITY)
    for i, words in enumerate(lab_tables.CAUSES.values()):
        assert cells(lines, words)[1] == f"{i}.0 ± 0.0 %"


@pytest.mark.parametrize("name", ["omit_one", "paper_pair", "causality"])
def test_without_a_table_the_readme_says_how_to_make_it(name):
    (line,) = getattr(lab_tables, f"{name}_table")(None)
    assert f"sweep {name.replace('_', '-')} --write" in line
