"""What a run from elsewhere must be; in a store, one that is not right is nobody else's trouble."""

import hashlib
import io
import json
import re
import shutil
import zipfile

import numpy as np
import pytest

from kdengine import files
from kdengine.cli import main as cli
from kdengine.config import LABELS_SHA256
from kdengine.data import datasets, mnist_files
from kdengine.store import admission, archive, run_files, runs
from kdengine.store.run_files import RunDamaged
from tests import hostile_runs
from tests.hostile_runs import CHANGED, IMPORT, LIST, PART, READ, SHIPPED, STUDENT, TEACHER


def array_of(dataset, part):
    """Return the images of a data set, where they are here."""
    if dataset == "mnist" and not mnist_files.present():
        return None
    return getattr(datasets.load(dataset), part)


def zip_of(*keys) -> io.BytesIO:
    """Return stored folders as a zip, as they are, and take them out of the store."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for key in keys:
            for path in sorted((files.runs_dir() / key).iterdir()):
                made.write(path, f"{key}/{path.name}")
            shutil.rmtree(files.runs_dir() / key)
    return packed


@pytest.mark.parametrize("key", sorted(path.name for path in SHIPPED.glob("*-*-*-seed*/")))
def test_every_run_that_ships_is_right(key):
    admission.check(SHIPPED / key, key, array_of)


@pytest.mark.parametrize("dataset", ["digits", "mnist"])
def test_the_labels_that_are_known_are_those_of_the_data(dataset, request):
    data = request.getfixturevalue("mnist") if dataset == "mnist" else datasets.load(dataset)
    labels = np.concatenate([data.train_labels, data.test_labels]).astype(np.uint8)
    assert hashlib.sha256(labels.tobytes()).hexdigest() == LABELS_SHA256[dataset]


def test_what_is_right_is_stored_and_then_is_there(empty_store):
    hostile_runs.put_whole()
    packed = zip_of(STUDENT, TEACHER)
    outcomes = [(run.key, run.outcome, run.why) for run in archive.import_runs(packed, array_of)]
    assert outcomes == [(TEACHER, "stored", ""), (STUDENT, "stored", "")]
    assert {run.outcome for run in archive.import_runs(packed, array_of)} == {"already there"}


@pytest.mark.parametrize("name", CHANGED)
def test_one_that_is_not_right_is_skipped_alone_and_says_why(name, empty_store):
    hostile_runs.put_whole()
    key = hostile_runs.put_changed(name)
    teacher, student = archive.import_runs(zip_of(key, TEACHER), array_of)
    assert (teacher.key, teacher.outcome) == (TEACHER, "stored")
    assert (student.key, student.outcome) == (key, "skipped")
    assert re.search(CHANGED[name].reason, student.why)
    assert student.why.isprintable()
    assert len(student.why) < 500
    assert {entry.key for entry in runs.list_runs()} >= {TEACHER, STUDENT}
    assert not runs.exists(key)
    assert not list(files.runs_dir().glob(".tmp-*"))


def test_in_a_store_each_is_named_and_the_others_stay(empty_store, capsys):
    hostile_runs.put_whole()
    keys = {hostile_runs.put_changed(name): name for name in CHANGED}
    problems = {entry.key: entry.problem for entry in runs.list_runs()}
    whole = {entry.key: entry.problem for entry in runs.list_runs(with_logits=True)}
    assert {problems.pop(key) for key in (STUDENT, TEACHER, hostile_runs.BASELINE)} == {None}
    for key, name in keys.items():
        expected = CHANGED[name]
        assert (problems[key] is not None) == (expected.noticed_by == LIST), name
        assert (whole[key] is not None) == (expected.noticed_by in (LIST, READ)), name
        assert whole[key] is None or re.search(expected.reason, whole[key]), name
        if expected.noticed_by == PART:
            with pytest.raises(RunDamaged, match=expected.reason):
                run_files.check_run(runs.find(key), key)
        elif expected.noticed_by == IMPORT:
            run_files.check_run(runs.find(key), key)
    assert cli.main(["list"]) == 0
    told = capsys.readouterr().out
    assert told.count("DAMAGED") == sum(CHANGED[n].noticed_by in (LIST, READ) for n in CHANGED)
    assert all(line.isprintable() and len(line) < 600 for line in told.splitlines())


def test_the_command_says_what_became_of_each(empty_store, tmp_path, capsys):
    hostile_runs.put_whole()
    key = hostile_runs.put_changed("another network")
    (tmp_path / "runs.zip").write_bytes(zip_of(key, TEACHER).getvalue())
    command = ["import", str(tmp_path / "runs.zip")]
    assert cli.main(command) == 1
    stored, skipped = capsys.readouterr().out.splitlines()
    assert stored == f"stored {TEACHER}"
    assert skipped.startswith(f"skipped {key}: ")
    assert cli.main(command) == 1
    assert f"already there {TEACHER}" in capsys.readouterr().out


def test_a_network_is_taken_as_it_is_where_its_images_are_not(empty_store):
    """MNIST may not be here; everything else is checked all the same."""
    hostile_runs.put_whole()
    key = hostile_runs.put_changed("another network")
    assert [run.outcome for run in archive.import_runs(zip_of(key))] == ["stored"]


def test_a_damaged_run_that_is_stored_stays_and_is_not_called_stored(empty_store):
    hostile_runs.put_whole()
    packed = zip_of(STUDENT)
    hostile_runs.put_changed("fewer rows")
    shutil.copytree(SHIPPED / STUDENT, files.runs_dir() / STUDENT)
    (files.runs_dir() / STUDENT / "metrics.json").write_text("{}")
    (student,) = archive.import_runs(packed, array_of)
    assert student.outcome == "skipped"
    assert f"until `python -m kdengine prune {STUDENT}`" in student.why
    assert json.loads((files.runs_dir() / STUDENT / "metrics.json").read_text()) == {}


@pytest.mark.parametrize(
    ("limit", "most"), [("MOST_UPLOADED_RUNS", 1), ("MOST_UPLOADED_BYTES", 1_200_000)]
)
def test_uploads_end_where_the_quota_does_and_commands_do_not(
    empty_store, monkeypatch, limit, most
):
    hostile_runs.put_whole()
    packed = zip_of(STUDENT, TEACHER)
    monkeypatch.setattr(archive, limit, most)
    teacher, student = archive.import_runs(packed, array_of, is_upload=True)
    assert (teacher.outcome, student.outcome) == ("stored", "skipped")
    assert "and 1 of 1 MB are" in student.why
    runs.delete(TEACHER)  # which makes room
    assert archive.import_runs(packed, array_of, is_upload=True)[0].outcome == "stored"
    assert archive.import_runs(packed, array_of)[1].outcome == "stored"
