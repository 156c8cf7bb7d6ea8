"""The comparison of criteria: its rows against brute force, its file, its table."""

import json
import statistics

import numpy as np
import pytest

from benchmarks import criteria as benchmark
from benchmarks.seeds import seed_range
from kdengine.config import run_key
from kdengine.offsets.rule import CRITERIA
from kdengine.recipes import recipe as recipes
from kdengine.store import runs as store
from tests.conftest import make_store


@pytest.fixture(scope="module")
def two_seeds(tmp_path_factory):
    """Use a cache with made-up MNIST runs of two seeds: 600 training and 400 test images."""
    cache = tmp_path_factory.mktemp("two-seeds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        for seed in (0, 1):
            make_store(cache, dataset="mnist", seed=seed)
        yield


def pair(seed):
    """Return the stored teacher and student of one seed."""
    made = recipes.experiment(seed=seed)
    return store.load(run_key(made.teacher)), store.load(run_key(made.student))


def wrong_by_argmax(student, offset):
    """Return the errors, and those on threes, by argmax over shifted logits."""
    shifted = student.test_logits.astype(np.float64) + offset * np.eye(10)[3]
    wrong = shifted.argmax(axis=1) != student.test_labels
    return int(wrong.sum()), int(wrong[student.test_labels == 3].sum())


def test_every_criterion_is_compared_with_a_small_and_a_full_probe():
    compared = benchmark.choices(60_000)
    assert {name for name, _ in compared} == {"none", *CRITERIA}
    assert compared == [
        ("none", None),
        ("frequency", 5000),
        ("frequency", 60_000),
        ("predicted-share", 5000),
        ("predicted-share", 60_000),
        ("teacher-mass", 5000),
        ("teacher-mass", 60_000),
        ("teacher-agreement", 5000),
        ("teacher-agreement", 60_000),
        ("paper", None),
        ("test-optimal", None),
    ]
    assert ("frequency", 5000) not in benchmark.choices(1200)
    assert set(benchmark.USES) == {name for name, _ in compared}


def test_figures_are_those_of_argmax_and_the_best_has_none_above_it(two_seeds):
    teacher, student = pair(0)
    figures = benchmark.seed_figures(teacher, student)
    assert [(f["criterion"], f["probe_size"]) for f in figures] == benchmark.choices(600)
    assert figures[0]["offset"] == 0.0
    for figure in figures:
        counted = wrong_by_argmax(student, figure["offset"])
        assert (figure["errors"], figure["errors_on_threes"]) == counted
        assert figure["seed"] == 0
    best = next(f for f in figures if f["criterion"] == "test-optimal")
    assert best["errors_above_best"] == 0
    assert figures[0]["errors_above_best"] == figures[0]["errors"] - best["errors"] > 0


def test_the_first_images_are_a_probe_of_their_own(two_seeds, monkeypatch):
    monkeypatch.setattr(benchmark, "FIRST_IMAGES", 100)
    offsets = {
        (f["criterion"], f["probe_size"]): f["offset"] for f in benchmark.seed_figures(*pair(0))
    }
    assert offsets["frequency", 100] != offsets["frequency", 600]
    assert offsets["teacher-mass", 100] != offsets["teacher-mass", 600]


def test_rows_hold_each_seed_their_mean_and_their_deviation(two_seeds):
    by_seed = [benchmark.seed_figures(*pair(seed)) for seed in (0, 1)]
    for index, row in enumerate(benchmark.rows(by_seed)):
        assert [figure["seed"] for figure in row["per_seed"]] == [0, 1]
        for name in ("offset", "errors", "errors_on_threes"):
            values = [figures[index][name] for figures in by_seed]
            assert [figure[name] for figure in row["per_seed"]] == values
            assert row[name]["mean"] == pytest.approx(np.mean(values))
            assert row[name]["std"] == pytest.approx(statistics.stdev(values))
    assert benchmark.spread([7]) == {"mean": 7.0, "std": 0.0}


def test_command_prints_and_writes_and_leaves_other_recipes_alone(two_seeds, tmp_path, capsys):
    path = tmp_path / "results" / "criteria.json"
    arguments = ["--seeds", "0-1", "--json", str(path)]
    assert benchmark.main(arguments) == 0
    record = json.loads(path.read_text())
    assert record["format"] == 1
    (measured,) = record["recipes"].values()
    assert measured["recipe"] == "classroom"
    assert measured["made_by"] == "python -m benchmarks.criteria --recipe classroom --seeds 0-1"
    assert measured["split_sizes"]["test"] == 400
    assert measured["environment"]["device"] == "cpu"
    assert {"created", "rows"} < measured.keys()
    path.write_text(json.dumps({"format": 1, "recipes": {"other": {"rows": []}, "classroom": {}}}))
    assert benchmark.main(arguments) == 0
    again = json.loads(path.read_text())
    assert again["recipes"] == {"other": {"rows": []}, "classroom": measured}


def test_table_says_what_was_looked_at_and_what_was_counted(two_seeds):
    record = {
        "format": 1,
        "recipes": {"classroom": benchmark.recipe_record("classroom", [pair(0), pair(1)])},
    }
    lines = benchmark.markdown_table(record)
    assert "400 test images" in lines[0]
    assert "seeds 0, 1" in lines[0]
    head, rule, *body = lines[2:]
    assert {line.count("|") for line in (head, rule, *body)} == {7}
    paper = next(line for line in body if line.startswith("| `paper` "))
    assert "chose it on its own test set" in paper
    assert "+3.50 ± 0.00" in paper
    assert any(line.startswith("| `teacher-agreement`, all 600 | the teacher's") for line in body)
    best = next(line for line in body if line.startswith("| `test-optimal` "))
    assert "the labels of the test set" in best
    assert best.endswith("| 0.0 ± 0.0 |")


def test_a_table_of_several_recipes_has_a_part_for_each(two_seeds):
    measured = benchmark.recipe_record("classroom", [pair(0)])
    record = benchmark.with_recipe({"format": 1, "recipes": {}}, "classroom", measured)
    lines = benchmark.markdown_table(benchmark.with_recipe(record, "hinton-problems", measured))
    assert [line.split(",")[0] for line in lines if line.startswith("Recipe")] == [
        "Recipe `classroom`",
        "Recipe `hinton-problems`",
    ]
    assert not any("± " in line for line in lines if line.startswith("| `"))


def test_a_table_says_when_its_recipe_has_changed_since(two_seeds, monkeypatch):
    measured = benchmark.recipe_record("classroom", [pair(0), pair(1)])
    record = {"format": 1, "recipes": {"classroom": measured}}
    assert measured["students"] == [pair(seed)[1].key for seed in (0, 1)]
    assert "earlier version" not in benchmark.markdown_table(record)[0]
    monkeypatch.setitem(recipes.RECIPES["classroom"].student, "epochs", 99)
    line = benchmark.markdown_table(record)[0]
    assert "earlier version" in line
    assert "`python -m benchmarks.criteria --recipe classroom --seeds 0-1`" in line
    others = {name: each for name, each in recipes.RECIPES.items() if name != "classroom"}
    monkeypatch.setattr(recipes, "RECIPES", others)
    assert "earlier version" in benchmark.markdown_table(record)[0]


@pytest.mark.parametrize(("text", "seeds"), [("0-2", [0, 1, 2]), ("7", [7])])
def test_seeds_are_a_range_or_one(text, seeds):
    assert list(seed_range(text)) == seeds


def test_no_seeds_are_refused():
    with pytest.raises(ValueError, match="smaller one first"):
        seed_range("4-0")
