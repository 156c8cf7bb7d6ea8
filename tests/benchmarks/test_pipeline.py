"""The comparison: what it hands to its processes, what it makes of their figures."""

import json
import subprocess
import sys

import pytest

from benchmarks import pipeline
from benchmarks.measurement import spreads


def fake_run(total, teacher, student):
    """Return the part of a record that ratios look at."""
    return {
        "wall_seconds": {"total": total},
        "seconds_per_epoch": {"teacher": teacher, "student": student, "both": teacher},
    }


def test_processes_start_without_the_handicaps_and_with_one_number_of_threads(
    monkeypatch, tmp_path
):
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


def test_ratios_are_of_the_pairs_of_a_turn_and_of_epochs_too():
    """Of medians it would be 1: the machine was slow in the second turn."""
    runs = {
        "classroom": [fake_run(10.0, 1.0, 4.0), fake_run(40.0, 4.0, 4.0), fake_run(20.0, 2.0, 4.0)],
        "beside": [fake_run(20.0, 2.0, 4.0), fake_run(80.0, 8.0, 4.0), fake_run(20.0, 2.0, 4.0)],
        "script": [{"wall_seconds": {"total": total}} for total in (30.0, 120.0, 60.0)],
    }
    titles = dict.fromkeys(runs, "x")
    found = pipeline.report_of(runs, titles, 0)["ratios"]
    assert found["beside/classroom"]["total"] == {"median": 2.0, "min": 1.0, "max": 2.0}
    assert found["beside/classroom"]["student_epoch"]["median"] == 1.0
    assert found["script/classroom"] == spreads([{"total": 3.0}] * 3)


@pytest.mark.parametrize("given", [["--repeats", "0"], ["--threads", "-2"]])
def test_what_cannot_be_is_refused(given, capsys):
    with pytest.raises(SystemExit):
        pipeline.main(given)
    assert "at least 1" in capsys.readouterr().err


@pytest.mark.parametrize("module", pipeline.MODULES)
def test_another_checkout_is_measured_wherever_it_keeps_the_module(tmp_path, module):
    path = tmp_path / f"{module.replace('.', '/')}.py"
    path.parent.mkdir(parents=True)
    path.write_text("print('{\"ran\": 1}')")
    command = pipeline.own_command(tmp_path, 0)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == '{"ran": 1}\n'


@pytest.fixture
def quick(monkeypatch):
    """Measure one epoch on the digits: MNIST would take a minute."""
    ways = pipeline.ways

    def on_digits(options):
        return {
            name: way._replace(command=[*way.command, "--quick", "--dataset=digits"])
            for name, way in ways(options).items()
        }

    monkeypatch.setattr(pipeline, "ways", on_digits)


def test_a_failing_way_is_named(quick, tmp_path, capfd):
    target = tmp_path / "out.json"
    script = f"{sys.executable} -c 'raise SystemExit(3)'"
    assert pipeline.main(["--repeats", "1", "--script", script, "--json", str(target)]) == 1
    assert "raise SystemExit(3)" in capfd.readouterr().err
    assert not target.exists()


def test_this_checkout_another_and_a_script_are_timed_in_turns(quick, tmp_path, capsys):
    target, script = tmp_path / "out.json", f"{sys.executable} -c 'print(1)'"
    chosen = ["--repeats", "1", "--beside", str(pipeline.ROOT), "--script", script]
    assert pipeline.main([*chosen, "--json", str(target)]) == 0
    report = json.loads(target.read_text())
    measured = {name: each["runs"][0] for name, each in report["pipelines"].items()}
    assert measured.keys() == {"classroom", "beside", "script"}
    assert measured["classroom"]["epochs"] == {"teacher": 1, "student": 1}
    assert measured["classroom"]["figures"] == measured["beside"]["figures"]
    assert measured["script"]["wall_seconds"]["total"] > 0.0
    assert report["ratios"].keys() == {"beside/classroom", "script/classroom"}
    assert "errors" in capsys.readouterr().out
