"""The table of a sweep: its figures are those of the stored runs, and a damaged one is refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from kdengine import files, pipeline
from kdengine.config import run_key
from kdengine.store import runs as store
from kdengine.studies import extras, needed, runner, sweep_table, sweeps
from kdengine.studies.workers import Workers
from kdengine.training import fit as training
from tests.kdengine import tiny_sweep
from tests.kdengine.tiny_runs import DELETE
from tests.kdengine.tiny_tables import changed, put

ALONE = Workers(1)
COMMAND = "python -m kdengine sweep tiny"


SWEEP = replace(tiny_sweep.SWEEP, probe_sizes=(400, 1200), with_details=True)
TABLE = sweep_table.table_of


def as_read(made):
    """Return a table as its file has it."""
    return json.loads(json.dumps(made, allow_nan=False))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train the tiny sweep; return its cache and its table, probes and details included."""
    cache = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        tiny_sweep.install(patch)
        assert all(o.problem is None for o in runner.train(needed.of_sweep("tiny"), ALONE))
        patch.setitem(sweeps.SWEEPS, "tiny", SWEEP)
        patch.setattr(extras, "PROBE_DRAWS", 3)
        made = sweep_table.make("tiny", sweeps.points("tiny"), ALONE, made_by=COMMAND)
    return cache, as_read(made)


@pytest.fixture
def table(trained, empty_store, monkeypatch):
    """Make the tiny sweep known, with an empty cache, and return its table."""
    monkeypatch.setitem(sweeps.SWEEPS, "tiny", SWEEP)
    return trained[1]


@pytest.fixture
def points(trained, empty_store, monkeypatch):
    """Use a copy of that cache; nothing can be trained. Return the sweep's points."""
    shutil.copytree(trained[0], empty_store)
    tiny_sweep.install(monkeypatch)
    monkeypatch.setattr(training, "fit", lambda *a, **o: pytest.fail("something was trained"))
    return sweeps.points("tiny")


def test_the_figures_are_those_of_the_pipeline(trained, points):
    table = trained[1]
    assert len(table["rows"]) == len(points) == 4
    for point, row in zip(points, table["rows"], strict=True):
        made = point.plan
        result = as_read(pipeline.run(made))
        for name in ("teacher", "student_before", "student_after", "baseline", "offset"):
            assert row[name] == result[name], name
        assert row["run_keys"] == result["run_keys"]
        assert row["environment"] == result["environment"]
        assert row["parameters"] == {"temperature": made.student.temperature}
        assert row["seed"] == made.student.seed
        student = store.load(row["run_keys"]["student"])
        assert row["images"] == {
            "transfer": student.metrics["split_sizes"]["transfer"],
            "test": 597,
            "omitted": int((student.test_labels == 3).sum()),
        }
        sizes = [(found["size"], len(found["offsets"])) for found in row["probes"]]
        assert sizes == [(400, 3), (400, 3), (1200, 1), (1200, 1)]
        for role, key in row["run_keys"].items():
            assert row["wall_seconds"][role] == store.load(key).metrics["wall_seconds"]


def test_the_table_says_where_it_comes_from(table):
    assert table["format"] == 1
    assert table["name"] == "tiny"
    assert table["made_by"] == COMMAND
    assert len(table["created"]) == 10
    assert table["environment"]["thread_count"] == 1
    assert table["experiment"]["recipe"] == "classroom"
    assert table["failed"] == []


def test_processes_make_the_same_table(trained, points):
    again = as_read(sweep_table.make("tiny", points, Workers(2), made_by=COMMAND))
    for row, other in zip(again["rows"], trained[1]["rows"], strict=True):
        assert row == {name: other[name] for name in other if name not in ("probes", "details")}
    assert {**again, "rows": []} == {**trained[1], "rows": []}


def test_a_missing_run_is_among_the_failed(points):
    whole = sweep_table.make("tiny", points, ALONE, made_by=COMMAND)
    lost = run_key(points[2].plan.student)
    store.delete(lost)
    made = sweep_table.make("tiny", points, ALONE, made_by=COMMAND)
    assert made["rows"] == [whole["rows"][i] for i in (0, 1, 3)]
    (failed,) = made["failed"]
    assert failed["run_keys"]["student"] == lost
    assert failed["parameters"] == points[2].parameters
    assert lost in failed["problem"]
    put(TABLE("tiny"), made)
    assert sweep_table.load_table("tiny") == made


def test_without_any_run_there_is_no_table(points):
    shutil.rmtree(files.runs_dir())
    with pytest.raises(store.RunNotFound, match="no table"):
        sweep_table.make("tiny", points, ALONE, made_by=COMMAND)


# Reading


def test_a_whole_table_is_read(table):
    put(TABLE("tiny"), table)
    assert sweep_table.load_table("tiny") == table


def test_an_unknown_name_reads_no_file():
    with pytest.raises(ValueError, match="the sweeps are"):
        sweep_table.load_table("../../etc/passwd")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("rows",), []),
        (("rows",), {}),
        (("rows", 0), "row"),
        (("failed",), DELETE),
        (("failed",), [{}]),
        (("environment",), None),
        (("experiment",), DELETE),
        (("rows", 0, "parameters"), DELETE),
        (("rows", 0, "seed"), "0"),
        (("rows", 0, "seed"), True),
        (("rows", 0, "teacher"), DELETE),
        (("rows", 0, "student_after"), None),
        (("rows", 0, "student_before", "accuracy"), 98.5),
        (("rows", 0, "student_before", "accuracy"), "<b>1</b>"),
        (("rows", 0, "student_before", "errors"), 1.5),
        (("rows", 0, "student_before", "per_class_accuracy"), [0.5] * 9),
        (("rows", 0, "student_before", "per_class_accuracy", 3), "x"),
        (("rows", 0, "student_before", "omitted_accuracy"), DELETE),
        (("rows", 0, "baseline"), DELETE),
        (("rows", 0, "baseline"), {}),
        (("rows", 0, "offset"), DELETE),
        (("rows", 0, "offset", "value"), DELETE),
        (("rows", 0, "offset", "value"), []),
        (("rows", 0, "offset", "value"), ["1"]),
        (("rows", 0, "run_keys"), {}),
        (("rows", 0, "run_keys", "student"), "../../etc"),
        (("rows", 0, "run_keys", "teacher"), DELETE),
        (("rows", 0, "wall_seconds"), DELETE),
        (("rows", 0, "wall_seconds", "student"), 10**400),
        (("rows", 0, "wall_seconds", "teacher"), DELETE),
        (("rows", 0, "run_keys", "baseline"), "baseline-mnist-omit3-seed0-fbfb373b"),
        (("rows", 0, "environment"), []),
        (("rows", 0, "images"), [1]),
        (("rows", 0, "images", "test"), "597"),
        (("rows", 0, "probes"), {}),
        (("rows", 0, "probes"), [{}]),
        (("rows", 0, "probes", 0, "size"), "100"),
        (("rows", 0, "probes", 0, "offsets"), DELETE),
        (("rows", 0, "probes", 0, "offsets", 0), "x"),
        (("rows", 0, "probes", 0, "errors"), [1]),
    ],
)
def test_a_damaged_table_is_refused(table, place, value):
    put(TABLE("tiny"), changed(table, place, value))
    assert sweep_table.load_table("tiny") is None


# What an omission sweep's rows hold beside the figures


def test_details_are_counted_from_the_stored_logits(trained, points):
    for row in trained[1]["rows"]:
        run, details = store.load(row["run_keys"]["student"]), row["details"]
        offset = np.zeros(10)
        for when in ("before", "after"):
            table = np.zeros((10, 10), dtype=int)
            answers = (run.test_logits.astype(np.float64) + offset).argmax(axis=1)
            for true, called in zip(run.test_labels, answers, strict=True):
                table[true, called] += 1
            assert details[f"confusion_{when}"] == table.tolist()
            wrong = table.sum() - np.trace(table)
            assert row[f"student_{when}"]["errors"] == wrong
            offset[row["offset"]["classes"]] = row["offset"]["value"]
        other = details["other_match"]
        assert (row["offset"]["match"], other["match"]) == ("omitted", "all")
        odds = np.exp(run.train_logits + np.array(other["value"]))
        masses = (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)
        shares = np.bincount(run.train_labels, minlength=10) / len(run.train_labels)
        np.testing.assert_allclose(masses, shares, atol=1e-5)
        answers = (run.test_logits + np.array(other["value"])).argmax(axis=1)
        assert other["errors"] == int((answers != run.test_labels).sum())
        history = run.metrics["history"]
        assert [epoch[0] for epoch in details["curve"]] == pytest.approx(
            [epoch["accuracy"] for epoch in history], abs=1e-4
        )


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((), None),
        (("confusion_before",), DELETE),
        (("confusion_after",), [[1] * 10] * 9),
        (("confusion_after", 3), [1] * 9),
        (("confusion_after", 3, 3), -1),
        (("confusion_after", 3, 3), 0.5),
        (("other_match",), DELETE),
        (("other_match", "match"), "<b>"),
        (("other_match", "errors"), "1"),
        (("curve",), {}),
        (("curve", 0), [0.5, 0.5]),
        (("curve", 0, 1), 95),
        (("curve", 0, 1), None),
    ],
)
def test_damaged_details_are_refused(table, place, value):
    put(TABLE("tiny"), changed(table, ("rows", 0, "details", *place), value))
    assert sweep_table.load_table("tiny") is None
