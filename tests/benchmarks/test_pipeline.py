"""The comparison: what it hands to its processes, what it makes of their figures."""

import io
import json
import sys
from contextlib import redirect_stdout

import pytest

from benchmarks import pipeline
from benchmarks.measurement import spreads
from benchmarks.pipelines import classroom


def fake_run(total, teacher, student):
    """Return the part of a pipeline's record that ratios look at."""
    return {
        "wall_seconds": {"total": total},
        "seconds_per_epoch": {"teacher": teacher, "student": student, "both": teacher},
    }


def test_numpy_starts_without_the_handicaps_and_with_torchs_threads(monkeypatch, tmp_path):
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path))
    inherited = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "1", "PATH": "x"}
    made = pipeline.environment(inherited | {"OMP_NUM_THREADS": "7"}, 2)
    assert made == {
        "PATH": "x",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "2",
        "KDENGINE_DATA_DIR": str(tmp_path.resolve()),
    }


def test_ratios_are_of_medians_and_of_epochs_too():
    runs = {
        "numpy": [fake_run(100.0, 5.0, 4.0)],
        "classroom": [fake_run(20.0, 2.0, 4.0), fake_run(10.0, 2.0, 4.0), fake_run(90.0, 2.0, 4.0)],
    }
    assert pipeline.ratios({name: spreads(found) for name, found in runs.items()}) == {
        "numpy/classroom": {
            "total": 5.0,
            "teacher_epoch": 2.5,
            "student_epoch": 1.0,
            "both_epoch": 2.5,
        }
    }


@pytest.mark.parametrize("given", [["--only", "d"], ["--repeats", "-1"], ["--threads", "-2"]])
def test_what_cannot_be_is_refused(given, capsys):
    with pytest.raises(SystemExit):
        pipeline.main(given)
    assert "choose from" in (told := capsys.readouterr().err) or "at least 1" in told


def test_a_failing_pipeline_is_named(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path))
    target = tmp_path / "out.json"
    assert pipeline.main(["--only", "numpy", "--quick", "--json", str(target)]) == 1
    assert "benchmarks.pipelines.plain_numpy" in capfd.readouterr().err
    assert not target.exists()


def test_plain_numpy_runs_in_a_process_of_its_own():
    module = "benchmarks.pipelines.plain_numpy"
    run = pipeline.in_a_process(module, ("--dataset=digits", "--quick"), 1)
    assert run["epochs"] == {"teacher": 1, "student": 1}
    assert set(run["wall_seconds"]) == {"load", "teacher", "student", "offset", "total"}
    assert run["peak_memory_mib"] > 0


def test_the_engines_pipeline_is_asked_and_its_line_understood(monkeypatch, tmp_path):
    """In this process and on the digits: MNIST would take it a minute."""

    def here(module, arguments, threads):
        assert module == classroom.__name__
        monkeypatch.setattr(sys, "argv", [module, *arguments, "--dataset=digits"])
        with redirect_stdout(io.StringIO()) as output:
            assert classroom.main() == 0
        return json.loads(output.getvalue().splitlines()[-1])

    monkeypatch.setattr(pipeline, "in_a_process", here)
    target = tmp_path / "out.json"
    chosen = ["--only", "classroom", "--quick", "--repeats", "1", "--json", str(target)]
    assert pipeline.main(chosen) == 0
    report = json.loads(target.read_text())
    assert report["pipelines"]["classroom"]["runs"][0]["epochs"] == {"teacher": 1, "student": 1}
    assert report["pipelines"]["classroom"]["spread"]["wall_seconds"]["total"]["median"] > 0.0
