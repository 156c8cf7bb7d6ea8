"""The common form of the pipelines' figures."""

import getpass
import json
import platform
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import measurement


def test_errors_are_counted_over_all_and_over_threes():
    labels = np.array([3, 3, 1, 2])
    logits = np.eye(10)[[3, 1, 1, 5]]
    assert measurement.error_counts(logits, labels) == {"errors": 2, "errors_on_threes": 1}


def test_seconds_an_epoch_are_the_whole_stage_over_its_epochs():
    logits = dict.fromkeys(measurement.ROLES, np.eye(10))
    wall = {"load": 1.0, "teacher": 12.0, "student": 10.0, "offset": 1.0, "total": 24.0}
    record = measurement.record(
        epochs={"teacher": 6, "student": 5},
        wall_seconds=wall,
        logits=logits,
        labels=np.arange(10),
        offset=1.5,
    )
    assert record["seconds_per_epoch"] == {"teacher": 2.0, "student": 2.0, "both": 2.0}
    assert record["figures"]["teacher"] == {"errors": 0, "errors_on_threes": 0}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_peak_memory_is_in_mib():
    block = np.ones(64 * 2**20, dtype=np.uint8)
    assert 64 <= measurement.peak_memory_mib() < 100_000
    assert block[-1] == 1


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
