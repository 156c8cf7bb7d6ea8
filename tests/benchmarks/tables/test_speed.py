"""The tables of times from hand-made records, every number checked by hand."""

import pytest

from benchmarks.tables import speed
from tests.benchmarks.tables.records import cells, pages_record, pipeline_record, sessions_record


def test_pipeline_rows():
    lines = speed.pipeline_table(pipeline_record())
    assert cells(lines, "another checkout") == [
        "another checkout",
        "12 + 20",
        "200.0 s",
        "8.33 (6.67 to 10.00)",
        "9.0 s",
        "4.5 s",
        "3.38 (2.25 to 4.50)",
        "150 (15) → 150 (15) → 150 (15)",
        "1,234 MiB",
    ]
    assert cells(lines, "`classroom`")[2:5] == ["25.0 s (20.0 to 30.0)", "–", "3.0 s (2.0 to 4.0)"]
    told = ["a script", "–", "60.0 s", "2.50 (2.00 to 3.00)", *["–"] * 5]
    assert cells(lines, "a script") == told


def test_the_conditions_are_told():
    text = "\n".join(speed.pipeline_table(pipeline_record()))
    assert "Toy 1; 2 cores, 2 threads; avx512_bf16; Linux" in text


def test_a_system_that_tells_no_memory_gets_a_dash():
    record = pipeline_record()
    del record["pipelines"]["beside"]["spread"]["peak_memory_mib"]
    assert cells(speed.pipeline_table(record), "another checkout")[-1] == "–"


@pytest.mark.parametrize(
    "row",
    [
        ["first page after `streamlit run`, cold", "4.3 s (4.1 to 4.8)", "–"],
        ["any page, warm: fastest to slowest", "0.2 to 0.9 s", "0.3 to 1.2 s"],
        [
            "any control: median / 95th percentile (aim: 95th 300 ms, while training 500)",
            "202 / 298 ms",
            "–",
        ],
        ["another run: median / 95th percentile (aim: 95th 600 ms)", "310 / 543 ms", "–"],
        [
            "a stroke on the pad: median / 95th percentile (aim: median 100 ms)",
            "–",
            "68 / 110 ms",
        ],
        ["a drag of T: time a frame, median / 95th percentile", "16.7 / 33.4 ms", "–"],
        ["a drag of the offset: pictures in 60 moves / messages to the server", "60 / 0", "–"],
        ["a student in the browser: first change, whole run", "61 ms, 2.4 s", "–"],
        ["its threes right, with no offset and with its own", "56 %, 87 %", "–"],
        [
            "received by a phone, but for Streamlit's own: vote, draw, first page (aim: 1.5 MB)",
            "0.03, 0.12, 0.25 MB",
            "–",
        ],
        ["training: start to first point", "–", "4.5 s"],
        ["training: cancel to stopped", "–", "–"],
    ],
)
def test_pages_rows(row):
    assert cells(speed.pages_table(pages_record()), row[0]) == row


def test_sessions_rows():
    lines = speed.sessions_table(sessions_record())
    assert cells(lines, "an action until its answer, median")[1:] == ["0.05 s", "–"]
    assert cells(lines, "95th percentile")[1:] == ["0.44 s", "1 s"]
    assert cells(lines, "slowest")[1:] == ["1.50 s", "–"]
    assert cells(lines, "the server's memory at most")[1:] == ["1,234 MiB", "1,536 MiB"]
    assert lines[-1].startswith(
        "2 sessions, one action each every 5 s, for 1.5 minutes: 1,036 actions. Toy 1; 2 cores"
    )
