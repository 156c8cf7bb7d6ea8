"""Recipes over seeds: the criteria's rows against brute force, the files, the table."""

import argparse
import json
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import seeds
from benchmarks.tables.experiments import criteria_table
from kdengine import files
from kdengine.config import run_key
from kdengine.offsets.rule import CRITERIA
from kdengine.recipes import known, plans
from kdengine.store import runs as store
from kdengine.studies import seed_table
from tests.benchmarks.tables.records import cells
from tests.conftest import make_store

OPTIONS = argparse.Namespace(
    recipe="classroom", dataset="mnist", seeds="0-1", threads=1, all_digits=False
)


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
    plan = plans.experiment(seed=seed)
    return store.load(run_key(plan.teacher)), store.load(run_key(plan.student))


def wrong_by_argmax(student, offset):
    """Return the errors, and those on threes, by argmax over shifted logits."""
    shifted = student.test_logits.astype(np.float64) + offset * np.eye(10)[3]
    wrong = shifted.argmax(axis=1) != student.test_labels
    return int(wrong.sum()), int(wrong[student.test_labels == 3].sum())


def test_every_criterion_is_compared_with_a_small_and_a_full_probe():
    compared = seeds.choices(60_000)
    assert {name for name, _ in compared} == {"none", *CRITERIA} == set(seeds.USES)
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
    assert ("frequency", 5000) not in seeds.choices(1200)


def test_figures_are_those_of_argmax_and_the_best_has_none_above_it(two_seeds):
    teacher, student = pair(0)
    figures = dict(zip(seeds.choices(600), seeds.criteria_figures(teacher, student), strict=True))
    assert figures["none", None]["offset"] == 0.0
    for figure in figures.values():
        counted = wrong_by_argmax(student, figure["offset"])
        assert (figure["errors"], figure["errors_on_omitted"]) == counted
        assert figure["seed"] == 0
    none, best = figures["none", None], figures["test-optimal", None]
    assert best["errors_above_best"] == 0
    assert none["errors_above_best"] == none["errors"] - best["errors"] > 0


def test_errors_after_an_offset_are_counted_by_hand():
    """A 3 is called an 8 by 0.5; without labels the share of threes would need more than that."""
    logits = np.eye(10)[[3, 8, 7, 1]]
    logits[1, 3] = 0.5
    student = SimpleNamespace(
        test_logits=logits,
        test_labels=np.array([3, 3, 7, 1]),
        train_logits=logits,
        train_labels=np.array([3, 3, 7, 1]),
        config=SimpleNamespace(omitted_classes=(3,)),
    )
    before = seeds.figures_after(None, student, None)
    assert before == {"offset": 0.0, "errors": 1, "errors_on_omitted": 1}
    after = seeds.figures_after(seeds.OffsetRule("paper"), student, None)
    assert after == {"offset": 3.5, "errors": 2, "errors_on_omitted": 0}


def test_the_first_images_are_a_probe_of_their_own(two_seeds, monkeypatch):
    monkeypatch.setattr(seeds, "FIRST_IMAGES", 100)
    figures = zip(seeds.choices(600), seeds.criteria_figures(*pair(0)), strict=True)
    offsets = {choice: figure["offset"] for choice, figure in figures}
    assert offsets["frequency", 100] != offsets["frequency", 600]
    assert offsets["teacher-mass", 100] != offsets["teacher-mass", 600]


def test_command_prints_and_writes_and_leaves_other_recipes_alone(
    two_seeds, tmp_path, monkeypatch, capsys
):
    known = tmp_path / "criteria.json"
    known.write_text(json.dumps({"format": 1, "recipes": {"other": {"rows": []}, "classroom": {}}}))
    monkeypatch.setattr(seeds, "CRITERIA_FILE", known)
    monkeypatch.setattr(files, "shipped_dir", lambda: tmp_path)
    before = known.read_text()
    assert seeds.main(["--seeds", "0-1"]) == 0
    assert known.read_text() == before and len(list(tmp_path.iterdir())) == 1
    assert seeds.main(["--seeds", "0-1", "--write"]) == 0
    told = capsys.readouterr().out
    assert "student_before      overall " in told and "| `paper` |" in told
    record = json.loads(known.read_text())
    assert record["format"] == 1 and record["recipes"]["other"] == {"rows": []}
    measured = record["recipes"]["classroom"]
    assert measured["made_by"] == (
        "python -m benchmarks.seeds --recipe classroom --dataset mnist --seeds 0-1 --write"
    )
    assert measured["split_sizes"]["test"] == 400
    assert measured["environment"]["device"] == "cpu"
    table = seed_table.load_table("classroom", "mnist")
    assert [row["seed"] for row in table["rows"]] == [0, 1]
    wrong, on_threes = wrong_by_argmax(pair(1)[1], 0.0)
    assert table["rows"][1]["student_before"]["errors"] == wrong
    nothing = measured["rows"][0]["per_seed"][1]
    assert (nothing["errors"], nothing["errors_on_omitted"]) == (wrong, on_threes)


def test_table_says_what_was_looked_at_and_what_was_counted(two_seeds):
    measured = seeds.criteria_record(OPTIONS, [pair(0), pair(1)])
    lines = criteria_table({"recipes": {"classroom": measured}})
    told = lines[-1]
    assert "400 test images" in told and "seeds 0, 1" in told and "earlier" not in told
    paper = cells(lines, "`paper`")
    assert "chose it on its own test set" in paper[1] and paper[2] == "+3.50 ± 0.00"
    assert cells(lines, "`teacher-agreement`, all 600")[1].startswith("the teacher's")
    best = cells(lines, "`test-optimal`")
    assert "the labels of the test set" in best[1] and best[-1] == "0.0 ± 0.0"


def test_a_table_of_several_recipes_has_a_part_for_each(two_seeds):
    measured = seeds.criteria_record(OPTIONS, [pair(0)])
    lines = criteria_table({"recipes": {"classroom": measured, "hinton-problems": measured}})
    told = [line.split(",")[0] for line in lines if line.startswith("Recipe")]
    assert told == ["Recipe `classroom`", "Recipe `hinton-problems`"]
    assert not any("± " in line for line in lines if line.startswith("| `"))


def test_a_table_says_when_its_recipe_has_changed_since(two_seeds, monkeypatch):
    measured = seeds.criteria_record(OPTIONS, [pair(0), pair(1)])
    record = {"recipes": {"classroom": measured}}
    assert measured["students"] == [pair(seed)[1].key for seed in (0, 1)]
    assert "earlier version" not in criteria_table(record)[-1]
    monkeypatch.setitem(known.RECIPES["classroom"].student, "epochs", 99)
    assert "earlier version" in criteria_table(record)[-1]
    others = {name: each for name, each in known.RECIPES.items() if name != "classroom"}
    monkeypatch.setattr(known, "RECIPES", others)
    assert "earlier version" in criteria_table(record)[-1]


def test_no_seeds_are_refused(capsys):
    with pytest.raises(SystemExit):
        seeds.main(["--seeds", "4-0"])
    assert "give one such as 0-2" in capsys.readouterr().err
