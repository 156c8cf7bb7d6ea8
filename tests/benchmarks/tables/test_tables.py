"""The tables of hand-made records, every number checked by hand."""

import pytest

from benchmarks.tables import page_tables, tables
from tests.benchmarks.tables.records import pages_record, pipeline_record, sessions_record


def cells(lines, first):
    """Return the cells of the row whose first cell is *first*."""
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    (found,) = [row for row in rows if row[0] == first]
    assert all(len(row) == len(rows[0]) for row in rows)
    return found


def test_pipeline_rows():
    lines = tables.pipeline_table(pipeline_record())
    assert cells(lines, "plain numpy") == [
        "plain numpy",
        "12 + 20",
        "200.0 s",
        "8.0",
        "9.0 s",
        "4.5 s",
        "3.0",
        "150 (15) → 150 (15) → 150 (15)",
        "1,234 MiB",
    ]
    assert cells(lines, "`classroom`")[2:5] == ["25.0 s (20.0 to 30.0)", "–", "3.0 s (2.0 to 4.0)"]


def test_the_bound_and_the_conditions_are_told():
    """8·10¹² at 400 GFLOP/s and 0.5·10¹² at 100: 20 s and 5 s, and the median took 25 s."""
    text = "\n".join(tables.pipeline_table(pipeline_record()))
    assert "8.0·10¹² in bf16 (peak 400 GFLOP/s) and 0.5·10¹² in fp32 (peak 100 GFLOP/s)" in text
    assert "at least 25.0 s, of which the measured whole is 1.0 times" in text
    assert "others had at most 2% of the machine" in text
    assert "Toy 1; 2 cores, 2 threads; avx512_bf16; Linux" in text


def test_a_quick_measurement_is_refused():
    with pytest.raises(ValueError, match="make it anew: python -m benchmarks.pipeline"):
        tables.pipeline_table(pipeline_record(quick=True))


def test_a_system_that_tells_no_memory_gets_a_dash():
    record = pipeline_record()
    del record["pipelines"]["a"]["spread"]["peak_memory_mib"]
    assert cells(tables.pipeline_table(record), "plain numpy")[-1] == "–"


def test_pages_rows():
    lines = page_tables.pages_table(pages_record())
    assert cells(lines, "first page after `streamlit run`, cold")[1:] == ["4.3 s (4.1 to 4.8)", "–"]
    assert cells(lines, "any page, warm: fastest to slowest")[1:] == [
        "0.2 to 0.9 s",
        "0.3 to 1.2 s",
    ]
    assert cells(
        lines, "any control: median / 95th percentile (aim: 95th 300 ms, while training 600)"
    )[1:] == ["202 / 298 ms", "–"]
    assert cells(lines, "a stroke on the pad: median / 95th percentile (aim: median 100 ms)")[
        1:
    ] == ["–", "68 / 110 ms"]
    frames = cells(lines, "a drag of T: time a frame, median / 95th percentile")
    assert frames[1:] == ["16.7 / 33.4 ms", "–"]
    pictures = cells(lines, "a drag of the offset: pictures in 60 moves / messages to the server")
    assert pictures[1:] == ["60 / 0", "–"]
    assert cells(lines, "training: start to first point")[1:] == ["–", "4.5 s"]
    assert cells(lines, "training: cancel to stopped")[1:] == ["–", "–"]


def test_sessions_rows():
    lines = page_tables.sessions_table(sessions_record())
    assert cells(lines, "an action until its answer, median")[1:] == ["0.05 s", "–"]
    assert cells(lines, "95th percentile")[1:] == ["0.44 s", "1 s"]
    assert cells(lines, "slowest")[1:] == ["1.50 s", "–"]
    assert cells(lines, "the server's memory at most")[1:] == ["1,234 MiB", "1,536 MiB"]
    assert lines[-1].startswith(
        "2 sessions, one action each every 5 s, for 1.5 minutes: 1,036 actions. Toy 1; 2 cores"
    )


@pytest.mark.parametrize(
    ("table", "command"),
    [
        (tables.pipeline_table, "python -m benchmarks.pipeline"),
        (page_tables.pages_table, "python -m benchmarks.pages"),
        (page_tables.sessions_table, "python -m benchmarks.sessions"),
        (tables.criteria_table, "python -m benchmarks.criteria"),
        (
            tables.best_table,
            "python -m benchmarks.seeds --recipe best --seeds 0-2 --all-digits --write",
        ),
    ],
)
def test_what_is_not_measured_yet_says_how_to(table, command):
    (line,) = table(None)
    assert f"`{command}`" in line


def test_the_best_recipes_row_is_mean_and_deviation_of_its_seeds():
    """Counted by hand: 60, 63 and 66 errors are 63 ± 3; 8, 10 and 12 missed threes 10 ± 2."""
    rows = [
        {
            "seed": seed,
            "offset": {"value": 1.5 + 0.5 * seed},
            **{
                role: {"errors": errors, "per_class_accuracy": [0.5] * 3 + [1 - missed / 1010]}
                for role in ("teacher", "student_after")
            },
        }
        for seed, errors, missed in ((0, 60, 8), (1, 63, 10), (2, 66, 12))
    ]
    lines = tables.best_table(
        {
            "rows": rows,
            "experiment": {"criterion": "frequency"},
            "environment": {"processor": "P", "precision": "bf16", "thread_count": 2},
            "made_by": "python -m it",
            "created": "2026-01-02",
        }
    )
    assert "| teacher 1200-1200 | 67 | 63.0 ± 3.0 |" in lines
    assert (
        "| student without threes, with its offset | 109 (14) | 63.0 ± 3.0 (10.0 ± 2.0) |" in lines
    )
    assert not any("146" in line for line in lines)  # no row without figures
    assert "Offset +2.00 ± 0.50 by frequency" in lines[-1]
    assert "over seeds 0, 1, 2" in lines[-1]


def test_the_classroom_row_is_mean_and_deviation_of_its_seeds():
    """By hand: 98 and 99 % are 98.5 ± 0.71 %; 96 and 98 % on threes are 97 ± 1.41 %."""
    rows = [
        {
            "seed": seed,
            "offset": {"value": 1.0, "probe_size": 60_000},
            **{
                role: {"accuracy": rate, "per_class_accuracy": [0.5] * 3 + [on_threes]}
                for role in ("teacher", "student_before", "student_after")
            },
        }
        for seed, rate, on_threes in ((0, 0.98, 0.96), (1, 0.99, 0.98))
    ]
    lines = tables.classroom_table(
        {
            "rows": rows,
            "experiment": {"criterion": "frequency", "probe_size": None},
            "made_by": "python -m it",
            "created": "2026-01-02",
        }
    )
    teacher = next(line for line in lines if line.startswith("| teacher"))
    assert teacher.endswith("| 98.50 ± 0.71 % (97.00 ± 1.41 %) |")
    assert "+1.00 ± 0.00, frequency on all 60,000" in lines[5]
