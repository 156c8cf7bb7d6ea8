"""Files are read only as what they must be."""

import json
from typing import TypedDict

import pytest

from kdengine.offsets import evaluation
from kdengine.store import shapes
from tests.kdengine import tiny_runs

KEY = "student-mnist-omit3-seed0-1f3a9c2e"


def test_what_is_read_is_what_was_written(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, 2.5, null]}')
    assert shapes.read_json(path) == {"a": [1, 2.5, None]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [(c, "strict JSON") for c in ("NaN", "-Infinity", "{", "", '{"a": 1} 2', '{"a": 1e999}')]
    + [("[" * 100_000, "nested too deeply"), ("[]", "Expected `object`, got `array`")],
)
def test_a_refusal_says_why(content, reason, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=reason):
        shapes.read_json(path)


@pytest.mark.parametrize(
    ("shape", "right", "wrong"),
    [
        (shapes.Number, [1, -2.5, 10**300], [True, "1", None, 10**400]),
        (shapes.Rate, [0, 0.5, 1.0], [-0.1, 1.1, True, None]),
        (shapes.Count, [0, 7], [-1, 1.0, 0.5, True]),
        (shapes.Digit, [0, 9], [-1, 10, 3.5, True]),
        (shapes.RunKey, [KEY], ["../../etc", KEY + "\n", "x" + KEY, KEY + "a" * 80, 7]),
        (shapes.RatePerClass, [[0.5] * 9 + [None]], [[0.5] * 9, [0.5] * 11, [2.0] * 10]),
        (shapes.Confusion, [[[1] * 10] * 10], [[[1] * 10] * 9, [[1] * 9] * 10, [[-1] * 10] * 10]),
    ],
)
def test_each_shape_tells_right_from_wrong(shape, right, wrong):
    for value in right:
        assert shapes.checked(value, shape) is value
    for value in wrong:
        with pytest.raises(ValueError):
            shapes.checked(value, shape)


def test_entries_that_no_reader_relies_on_stay():
    record = {"size": 1, "more": "kept"}
    assert shapes.checked(record, TypedDict("Sized", {"size": int})) == record


def test_figures_are_those_of_an_evaluation():
    logits = tiny_runs.parts()["logits"]
    figures = evaluation.summary(logits["test_logits"], logits["test_labels"], (3,))
    assert shapes.checked(json.loads(json.dumps(figures)), shapes.Figures)
    for name in figures:
        with pytest.raises(ValueError, match=f"field `{name}`"):
            shapes.checked({k: v for k, v in figures.items() if k != name}, shapes.Figures)
