"""A set of one's own through the terminal: listed, trained on, verified, sent, changed, refused."""

import json
import re

import numpy as np
import pytest

from kdengine.cli import main as cli
from kdengine.store import archive, runs
from tests.kdengine.data import tiny_set

BRIEF = ["--teacher-epochs", "1", "--student-epochs", "1", "--quiet"]


@pytest.fixture
def data(tmp_path, empty_store, monkeypatch):
    """Return a data folder with a set of little things; the store is empty."""
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "data"))
    tiny_set.write_npz(tmp_path / "data" / "things", tiny_set.arrays())
    return tmp_path / "data"


def keys() -> list[str]:
    """Return the keys of the stored runs."""
    return [entry.key for entry in runs.list_runs(with_logits=True) if entry.problem is None]


def test_the_sets_are_listed_with_what_each_lacks(data, capsys):
    tiny_set.write_idx(data / "half", tiny_set.arrays())
    (data / "half" / f"{tiny_set.NAMES[1]}.gz").unlink()
    assert cli.main(["data", "digits"]) == 0
    lines = dict(
        line.split(": ", 1) for line in capsys.readouterr().out.splitlines() if ": " in line
    )
    assert lines["things"] == "Little things, 200 + 100 images, made up, CC0"
    assert lines["digits"].startswith("scikit-learn's digits, 1,200 + 597 images")
    assert "no file has the training labels" in lines["half"] and "200 × 28 × 28" in lines["half"]
    assert "python -m kdengine data kmnist" in lines["kmnist"]
    assert lines["mnist"].startswith("MNIST is not complete")


def test_a_set_that_is_here_is_complete_and_a_wrong_one_says_what_is_wrong(data, capsys):
    assert cli.main(["data", "things"]) == 0
    about = "Little things, 200 + 100 images, made up, CC0"
    assert capsys.readouterr().out.endswith(f"things is complete: {about}\n")
    tiny_set.write_idx(data / "half", tiny_set.arrays(), packed=False)
    (data / "half" / tiny_set.NAMES[1]).unlink()
    assert cli.main(["data", "half"]) == 1
    told = capsys.readouterr().err
    assert "half" in told and "no file has the training labels" in told


@pytest.mark.parametrize("name", ["..", "a/b", "", "MNIST", "a\nb", "x" * 300])
def test_a_name_that_none_may_have_is_not_invited(data, name, capsys):
    assert cli.main(["data", name]) == 1
    told = capsys.readouterr().err
    assert f"Unknown dataset {name[:60]!r}; choose one of mnist" in told and "x" * 61 not in told
    assert "at most 24 letters, digits and hyphens" in told and "Put its files" not in told


def test_a_set_in_a_folder_that_may_not_be_called_so_is_listed_as_refused(data, capsys):
    for name in ("Digits", "my set"):
        tiny_set.write_npz(data / name, tiny_set.arrays())
        assert cli.main(["data", name]) == 1
        told = capsys.readouterr()
        assert f"{name}: No data set can be called '{name}': a name is at most 24" in told.out
        assert f"No data set can be called '{name}'" in told.err


def test_four_wrong_files_in_mnists_place_are_told_as_such(data, capsys):
    tiny_set.write_idx(data / "mnist", tiny_set.arrays())
    assert cli.main(["data"]) == 1
    told = capsys.readouterr()
    assert f"mnist: The files in {data / 'mnist'} are not MNIST's" in told.out
    assert "an IDX file, 200 × 28 × 28" in told.err


def test_an_experiment_is_stored_verified_and_goes_elsewhere_with_its_set(
    data, tmp_path, monkeypatch, capsys
):
    result = tmp_path / "result.json"
    assert cli.main(["run", "--dataset", "things", *BRIEF, "--json", str(result)]) == 0
    found = json.loads(result.read_text())["run_keys"]
    assert sorted(found.values()) == keys()
    teacher, student = found["teacher"], found["student"]
    assert teacher.startswith("teacher-things-") and student.startswith("student-things-")
    assert len(runs.load(student).test_logits) == 100
    assert cli.main(["verify", student]) == 0
    assert cli.main(["export", student, str(tmp_path / "runs.zip")]) == 0
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "elsewhere"))
    assert cli.main(["import", str(tmp_path / "runs.zip")]) == 0
    assert keys() == sorted([teacher, student])
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "without"))
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "no-data"))
    capsys.readouterr()
    changed = tiny_set.arrays()
    changed["x_test"][0, 0, 0] ^= 1
    place = tmp_path / "no-data" / "things"
    for write, made, why in (
        (None, {}, f"The data set things is not here. Put four IDX files.* into {place}"),
        (tiny_set.write_npz, changed, "the files of things have changed since.*the old files back"),
        (tiny_set.write_npz, changed | {"y_test": np.arange(99)}, "not one for each"),
    ):
        if write:
            write(place, made)
        assert cli.main(["import", str(tmp_path / "runs.zip")]) == 1
        told = capsys.readouterr().out
        assert re.search(why, told) and "Delete its folder" not in told and not keys()
    imported = archive.import_runs(tmp_path / "runs.zip")  # from where no reason is told
    assert f"data set is not here as it was: put it into {place}" in imported[0].why


def test_a_teacher_from_a_file_answers_such_a_set(data, tmp_path):
    shapes = {"w1": (20, 784), "b1": (20,), "w2": (10, 20), "b2": (10,)}
    np.savez(tmp_path / "t.npz", **{name: np.full(of, 0.01) for name, of in shapes.items()})
    command = ["run", "--dataset", "things", "--teacher-file", str(tmp_path / "t.npz"), "--accept"]
    assert cli.main([*command, "--student-epochs", "1", "--quiet"]) == 0
    student, teacher = keys()
    assert student.startswith("student-things-") and teacher.startswith("teacher-things-")


def test_an_import_with_other_labels_is_refused(data, tmp_path, monkeypatch, capsys):
    assert cli.main(["run", "--dataset", "things", *BRIEF]) == 0
    made = keys()
    archive.export_runs(made, tmp_path / "runs.zip")
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "elsewhere"))

    def array_of(dataset, part):
        return np.zeros(200 if part.startswith("train") else 100, np.int64)

    imported = archive.import_runs(tmp_path / "runs.zip", array_of)
    assert {run.outcome for run in imported} == {"skipped"}
    assert all("not all of things-" in run.why for run in imported)


def test_changed_files_are_trained_on_anew(data, capsys):
    assert cli.main(["run", "--dataset", "things", *BRIEF]) == 0
    old = set(keys())
    made = tiny_set.arrays()
    made["y_test"][:2] = made["y_test"][1::-1]
    tiny_set.write_npz(data / "things", made)
    assert cli.main(["run", "--dataset", "things", *BRIEF]) == 0
    assert len(old) == 2 and old < set(keys()) and len(keys()) == 4
    capsys.readouterr()
    assert cli.main(["verify", min(old)]) == 1
    told = capsys.readouterr().err
    assert "files of things have changed since" in told
    assert "Put the old files back, or train anew: `python -m kdengine run --dataset thi" in told


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("..", 2, "choose one of mnist, digits"),
        ("a/b", 2, "choose one of mnist, digits"),
        ("kmnist", 1, "python -m kdengine data kmnist"),
        ("wrong", 2, "labels are 0 to 11; 0 to 9 are allowed"),
    ],
)
def test_a_set_that_cannot_be_had_is_told_and_nothing_stored(data, capsys, name, code, told):
    tiny_set.write_npz(data / "wrong", tiny_set.arrays() | {"y_test": np.arange(100) % 12})
    assert cli.main(["run", "--dataset", name, *BRIEF]) == code
    assert told in capsys.readouterr().err and not keys()


def test_more_probed_images_than_there_are_is_told_before_any_training(data, capsys):
    assert cli.main(["run", "--dataset", "things", "--probe-size", "300", *BRIEF]) == 1
    assert "outside 1 to 200" in capsys.readouterr().err and not keys()
