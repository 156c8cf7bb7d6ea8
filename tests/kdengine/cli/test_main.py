"""The command line as a user types it: what it prints, writes and answers to bad input."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from kdengine.cli import main as cli
from kdengine.config import StudentConfig
from kdengine.store import runs as store
from tests import hostile_runs

QUICK = ["run", "--dataset", "digits", "--teacher-epochs", "1", "--student-epochs", "1"]


def test_help_answers_without_importing_anything_slow():
    script = (
        "import sys\nfrom kdengine.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "print([m for m in ('torch', 'numpy', 'scipy', 'joblib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("[]\n")
    for command in ("run", "list", "show", "verify", "export", "import", "prune", "data", "sweep"):
        assert re.search(rf"^ +{command} ", done.stdout, re.M)


def test_help_tells_the_limits_that_the_configuration_has(capsys):
    with pytest.raises(SystemExit):
        cli.main(["run", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "T of the soft targets, 0 to 1000, 0 excluded; the recipe's own" in told
    assert "--student-epochs N 1 to 10000; the recipe's own" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipe", "nope"], "classroom, best, hinton-problems"),
        (["--dataset", "fashion"], "mnist, digits"),
        (["--omit", "11"], "outside 0 to 9"),
        (["--omit", "0,1,2,3,4,5,6,7,8,9"], "keep one"),
        (["--omit", "three"], "list of digits"),
        (["--keep", ""], "not a list of digits"),
        (["--keep", "none"], "not a list of digits"),
        (["--keep", "seven"], "list of digits"),
        (["--omit", "none", "--frequencies", "3=0.3"], "no class gets one; match all"),
        (["--temperature", "0"], "0 excluded"),
        (["--temperature", "nan"], "nan is outside 0 to 1000"),
        (["--temperature", "inf"], "inf is outside 0 to 1000"),
        (["--temperature", "-3"], "0 excluded"),
        (["--student-epochs", "0"], "1 to 10000"),
        (["--teacher-epochs", "-2"], "1 to 10000"),
        (["--seed", "-1"], "outside 0"),
        (["--probe-size", "0"], "at least 1"),
        (["--dataset", "digits", "--probe-size", "5000"], "outside 1 to 1200"),
        (["--criterion", "best"], "frequency"),
        (["--omit", "3,5", "--criterion", "paper"], "use 'frequency' or 'teacher-mass'"),
        (["--match", "all", "--criterion", "paper"], "but 10 classes get one"),
        (["--match", "some"], "not one of omitted, all"),
        (["--frequencies", "3"], "not a list such as 3=0.3"),
        (["--frequencies", "3=much"], "not a list such as 3=0.3"),
        (["--frequencies", ""], "not a list such as 3=0.3"),
        (["--frequencies", "3=0.3,3=0.2"], "each once"),
        (["--frequencies", "3=0"], "above 0 and below 1"),
        (["--frequencies", "3=nan"], "above 0 and below 1"),
        (["--frequencies", "3=1"], "above 0 and below 1"),
        (["--frequencies", "12=0.3"], "digits 0 to 9"),
        (["--frequencies", "3=0.6,5=0.5"], "sum to 1.1;"),
        (["--frequencies", ",".join(f"{d}=0.2" for d in range(10))], "sum to 2; those of all ten"),
        (["--frequencies", "3=0.3", "--criterion", "paper"], "leave out the frequencies"),
        (["--soft-weight", "0"], "nothing to learn"),
        (["--json", "/no/such/folder/out.json"], "writable folder"),
        (["--device", "cuda:9"], "invalid choice"),
        (["--seed", "x"], "whole number"),
    ],
)
def test_unusable_arguments_end_with_2_and_say_what_to_do(arguments, message, empty_store, capsys):
    try:
        code = cli.main(["run", *arguments])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert message in capsys.readouterr().err
    assert not (empty_store / "runs").exists()


def test_run_writes_the_documented_json_and_reuses_what_is_stored(
    empty_store, no_mnist, tmp_path, capsys
):
    target = tmp_path / "out.json"
    assert cli.main([*QUICK, "--baseline", "--json", str(target)]) == 0
    result = json.loads(target.read_text())
    assert set(result) == {
        "config", "environment", "run_keys", "teacher", "student_before", "student_after",
        "baseline", "offset", "wall_seconds",
    }  # fmt: skip
    assert {"errors", "accuracy", "omitted_accuracy", "per_class_accuracy"} <= set(
        result["teacher"]
    )
    assert set(result["offset"]) == {
        "criterion", "match", "classes", "value", "target_frequency", "mean_mass_before",
        "mean_mass_after", "probe_size",
    }  # fmt: skip
    assert abs(result["offset"]["mean_mass_after"] - result["offset"]["target_frequency"]) <= 1e-6
    assert {"load", "teacher", "student", "offset", "total"} <= set(result["wall_seconds"])
    assert result["baseline"]["omitted_accuracy"] == 0.0
    capsys.readouterr()
    assert cli.main(QUICK) == 0
    printed = capsys.readouterr().out
    assert printed.count("stored") == 2
    assert "student with offset" in printed


def test_keep_matches_all_ten_classes_by_itself(empty_store, no_mnist, tmp_path, capsys):
    target = tmp_path / "out.json"
    assert cli.main([*QUICK, "--keep", "7,8", "--json", str(target)]) == 0
    result = json.loads(target.read_text())
    offset = result["offset"]
    assert offset["classes"] == list(range(10))
    for name in ("value", "target_frequency", "mean_mass_before", "mean_mass_after"):
        assert len(offset[name]) == 10, name
    assert offset["mean_mass_after"] == pytest.approx(offset["target_frequency"], abs=1e-6)
    assert "on classes 0,1,2,3,4,5,6,7,8,9: " in capsys.readouterr().out


def test_a_match_and_frequencies_can_be_asked_for(empty_store, no_mnist, tmp_path):
    target = tmp_path / "out.json"
    asked = ["--omit", "3,5", "--match", "all", "--frequencies", "3=0.3,8=0.2"]
    assert cli.main([*QUICK, *asked, "--json", str(target), "--quiet"]) == 0
    result = json.loads(target.read_text())
    assert result["config"]["match"] == "all"
    assert result["config"]["frequencies"] == {"3": 0.3, "8": 0.2}
    after = result["offset"]["mean_mass_after"]
    assert (after[3], after[8]) == pytest.approx((0.3, 0.2), abs=1e-6)
    assert sum(after) == pytest.approx(1.0)


def test_keeping_all_ten_digits_omits_none(empty_store, no_mnist, tmp_path):
    target = tmp_path / "out.json"
    every = ",".join(map(str, range(10)))
    assert cli.main([*QUICK, "--keep", every, "--json", str(target), "--quiet"]) == 0
    result = json.loads(target.read_text())
    assert result["config"]["student"]["omitted_classes"] == []
    assert result["offset"] is None


def test_quiet_prints_nothing(empty_store, capsys):
    assert cli.main([*QUICK, "--omit", "none", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_fresh_trains_again(empty_store, capsys):
    assert cli.main([*QUICK, "--quiet"]) == 0
    key = next(e.key for e in store.list_runs() if isinstance(e.config, StudentConfig))
    first = store.fingerprint(key)
    assert cli.main([*QUICK, "--quiet", "--fresh"]) == 0
    assert store.fingerprint(key) != first


def test_list_show_export_import_prune(empty_store, tmp_path, monkeypatch, capsys):
    hostile_runs.put_whole()
    key = hostile_runs.STUDENT
    assert cli.main(["list"]) == 0
    assert key in capsys.readouterr().out
    assert cli.main(["show", key]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["experiment"]["offset"]["criterion"] == "frequency"
    assert cli.main(["export", key, str(tmp_path / "run.tar")]) == 1
    assert "'run.tar' is to be a .zip (the runs)" in capsys.readouterr().err
    target = tmp_path / "run.zip"
    assert cli.main(["export", key, str(target)]) == 0
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "other"))
    assert cli.main(["import", str(target)]) == 0
    assert store.exists(key)
    capsys.readouterr()
    assert cli.main(["prune", key, "--dry-run"]) == 0
    assert "would remove" in capsys.readouterr().out
    assert store.exists(key)
    assert cli.main(["prune", key]) == 0
    assert not store.exists(key)


def test_a_file_that_is_there_is_not_exported_over(empty_store, tmp_path, capsys):
    hostile_runs.put_whole()
    for name in ("run.zip", "weights.safetensors"):
        target = tmp_path / name
        target.write_text("mine")
        assert cli.main(["export", hostile_runs.STUDENT, str(target)]) == 2
        assert f"{name} is there; give another name, or --overwrite" in capsys.readouterr().err
        assert target.read_text() == "mine"
        assert cli.main(["export", hostile_runs.STUDENT, str(target), "--overwrite"]) == 0
        assert target.stat().st_size > 1000


def test_a_teacher_stays_while_students_need_it(small_store, capsys):
    entries = {entry.key: entry.config for entry in store.list_runs()}
    teacher = next(key for key in entries if key.startswith("teacher-"))
    students = [key for key in entries if getattr(entries[key], "teacher", "") == teacher]
    for extra in ([], ["--dry-run"]):
        assert cli.main(["prune", teacher, *extra]) == 1
        told = capsys.readouterr().err
        assert f"{teacher} is the teacher of {students[0]}" in told and "name them too" in told
        assert "came from a file" not in told
    assert store.exists(teacher) and all(map(store.exists, students))
    assert cli.main(["prune", teacher, *students]) == 0
    assert not store.exists(teacher)


@pytest.mark.parametrize("is_shipped", [False, True])
def test_a_teacher_may_go_that_is_damaged_or_shipped_as_well(is_shipped, small_store, capsys):
    entry = next(entry for entry in store.list_runs() if entry.key.startswith("teacher-"))
    if is_shipped:
        shutil.copytree(entry.path, small_store / "shipped" / entry.key)
    else:
        (entry.path / "metrics.json").write_text("{}")
    assert cli.main(["prune", entry.key]) == 0
    assert store.exists(entry.key) is is_shipped


def test_prune_keeps_damaged_runs_unless_asked(small_store, capsys):
    entry = store.list_runs()[0]
    (entry.path / "metrics.json").write_text("{}")
    assert cli.main(["prune"]) == 0
    assert "--damaged removes them" in capsys.readouterr().out
    assert entry.path.is_dir()
    assert cli.main(["prune", "--damaged"]) == 0
    assert not entry.path.exists()


@pytest.mark.parametrize("is_damaged", [True, False])
def test_prune_removes_a_run_once_however_often_it_is_named(is_damaged, small_store, capsys):
    entry = store.list_runs()[0]
    if is_damaged:
        (entry.path / "metrics.json").write_text("{}")
    extra = ["--damaged"] if is_damaged else [entry.key]
    assert cli.main(["prune", entry.key, *extra, "--dry-run"]) == 0
    assert capsys.readouterr().out == f"would remove {entry.key}\n"
    assert cli.main(["prune", entry.key, *extra]) == 0
    assert capsys.readouterr() == (f"removed {entry.key}\n", "")
    assert not entry.path.exists()


def test_prune_does_not_say_that_what_it_removes_stays(small_store, capsys):
    entry = store.list_runs()[0]
    (entry.path / "metrics.json").write_text("{}")
    assert cli.main(["prune", entry.key]) == 0
    assert capsys.readouterr().out == f"removed {entry.key}\n"


@pytest.mark.parametrize("command", ["show", "verify", "prune"])
def test_a_key_that_is_not_there_fails_with_a_message(command, small_store, capsys):
    assert cli.main([command, "student-mnist-omit3-seed0-00000000"]) == 1
    assert "no run student-mnist-omit3-seed0-00000000" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["show"], ["verify"], ["prune"], ["export", "run.zip"]])
@pytest.mark.parametrize("key", ["../../etc", "x", "", "student-mnist-omit3-seed0"])
def test_what_cannot_be_a_key_is_an_unusable_argument(command, key, small_store, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command[0], key, *command[1:]])
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert f"{key!r} is not a run key" in told
    assert "python -m kdengine list" in told


def test_import_of_a_file_that_is_no_archive_fails_with_a_message(empty_store, tmp_path, capsys):
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    assert cli.main(["import", str(tmp_path / "x.zip")]) == 1
    assert "zip" in capsys.readouterr().err
    assert cli.main(["import", str(tmp_path / "missing.zip")]) == 1
    assert "missing.zip" in capsys.readouterr().err


def test_mnist_missing_says_how_to_go_on(empty_store, no_mnist, capsys):
    assert cli.main(["run", "--quiet"]) == 1
    told = capsys.readouterr().err
    assert "Copy the four files" in told and "python -m kdengine data" not in told
    assert cli.main(["data"]) == 1
    assert "KDENGINE_OFFLINE" in capsys.readouterr().err


def test_a_full_disk_is_named_with_what_to_do(empty_store, monkeypatch, capsys):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "save", full)
    assert cli.main([*QUICK, "--quiet"]) == 1
    told = capsys.readouterr().err
    assert f"the disk of {empty_store} is full" in told
    assert "Free some space and start the same again" in told


def test_an_unwritable_cache_fails_before_training(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "file"))
    assert cli.main([*QUICK, "--quiet"]) == 1
    assert "KDENGINE_CACHE_DIR" in capsys.readouterr().err
