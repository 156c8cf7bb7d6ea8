"""What networks cost in three precisions: counted against the stored run, measured once."""

import json
from dataclasses import replace

import pytest

from kdengine import pipeline
from kdengine.cli.main import main
from kdengine.config import run_key
from kdengine.recipes import plans
from kdengine.store import experiments, runs, tables
from kdengine.studies import cost_table


@pytest.fixture(params=[0, 2], ids=["whole", "margin"])
def trained(request, empty_store):
    """A teacher and a student on digits, that look at all pixels or not, after a second."""
    plan = plans.experiment(dataset="digits", teacher_epochs=20, student_epochs=40)
    teacher = replace(plan.teacher, margin_pixels=request.param)
    student = replace(plan.student, margin_pixels=request.param, teacher=run_key(teacher))
    pipeline.run(replace(plan, teacher=teacher, student=student))
    return run_key(student)


def test_costs_are_counted_and_measured_and_go_with_the_weights(trained, capsys):
    shown = experiments.find(trained)
    assert cost_table.load_table(shown) is None
    assert main(["costs", trained]) == 0
    costs = cost_table.load_table(shown)["costs"]
    for role, run in (("teacher", shown.teacher), ("student", shown.student)):
        parameters, cost = run.metrics["parameters"], costs[role]
        wrong = (run.test_logits.argmax(axis=1) != run.test_labels).sum()
        assert cost["fp32"]["errors"] == wrong
        agreed = (run.test_logits.argmax(axis=1) == shown.teacher.test_logits.argmax(axis=1)).mean()
        assert cost["fp32"]["agreement"] == pytest.approx(agreed)
        for precision, size in (("fp32", 4), ("bf16", 2), ("int8", 1)):
            # The weights, and little beside: names, scales, biases that stay fp32.
            assert size * parameters < cost[precision]["bytes"] < size * parameters + 12_000
            assert cost[precision]["agreement"] > 0.9
            assert cost[precision]["microseconds"] > 0.0
    printed = capsys.readouterr().out
    assert json.loads(printed.partition("wrote")[0]) == costs
    path = tables.path_of(cost_table.table_of(trained))
    assert json.loads(path.read_text())["made_by"] == f"python -m kdengine costs {trained}"
    other = json.loads(path.read_text()) | {"weights": {"teacher": "0" * 64, "student": "0" * 64}}
    path.write_text(json.dumps(other))
    assert cost_table.load_table(shown) is None  # of other weights than are stored now


def test_a_key_without_a_student_has_no_table(small_store, capsys):
    teacher = plans.experiment(dataset="digits").teacher
    assert main(["costs", next(e.key for e in runs.list_runs() if e.config == teacher)]) == 1
    assert "is not a student's run" in capsys.readouterr().err


def test_shipped_costs_are_of_the_shipped_weights(monkeypatch):
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    for path in tables.files.shipped_dir().glob("costs-*.json"):
        shown = experiments.find(path.stem.removeprefix("costs-"))
        costs = cost_table.load_table(shown)["costs"]
        wrong = (shown.student.test_logits.argmax(axis=1) != shown.student.test_labels).sum()
        assert abs(costs["student"]["fp32"]["errors"] - wrong) <= 1
