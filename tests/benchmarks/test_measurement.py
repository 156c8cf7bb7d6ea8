"""The common form of measured figures."""

import getpass
import json
import platform
from pathlib import Path

import torch

from benchmarks import measurement


def test_spreads_keep_the_form_and_drop_what_is_no_number():
    records = [
        {"wall": {"total": value}, "epochs": 6, "name": "x", "memory": None, "list": [1]}
        for value in (3.0, 1.0, 2.0)
    ]
    assert measurement.spreads(records) == {
        "wall": {"total": {"median": 2.0, "min": 1.0, "max": 3.0}},
        "epochs": {"median": 6, "min": 6, "max": 6},
    }


def test_the_95th_percentile_is_that_of_the_slow_ones():
    """Of twenty-one values, nineteen of 1 and two of 3, one in twenty is above 3."""
    found = measurement.median_and_p95("wait", [1.0] * 19 + [3.0] * 2)
    assert found == {"wait_median_ms": 1.0, "wait_p95_ms": 3.0}
    assert measurement.p95([2.0]) == 2.0


def test_a_record_says_what_made_it_and_where(tmp_path, capsys):
    path = tmp_path / "results" / "it.json"
    measurement.write(path, "python -m it", figures={"one": 1})
    record = json.loads(path.read_text())
    assert record["made_by"] == "python -m it" and record["figures"] == {"one": 1}
    assert record["format"] == 1 and record["machine"]["cores"] >= 1 and record["created"]


def test_the_description_has_what_matters_and_no_names():
    described = measurement.machine()
    assert described["thread_count"] == torch.get_num_threads()
    assert described["cores"] >= 1
    assert set(described["capabilities"]) == {"avx512_bf16", "amx_bf16"}
    text = json.dumps(described)
    assert str(Path.home()) not in text or str(Path.home()) == "/"
    assert platform.node() not in text or not platform.node()
    assert f'"{getpass.getuser()}"' not in text
