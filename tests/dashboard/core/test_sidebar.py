"""The sidebar: which run comes first, and that the menu tells all runs apart."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.core import runs
from dashboard.core import sidebar as views
from kdengine.config import StudentConfig, run_key
from kdengine.recipes import plans
from kdengine.recipes.own import CLASSROOM
from kdengine.store import experiments
from kdengine.store import runs as store
from kdengine.studies import sweeps
from tests.conftest import make_store
from tests.dashboard.pages import open_page
from tests.kdengine import tiny_runs


def listed(config, recipe=CLASSROOM.name):
    """Return a stored run of *config* as the store lists it."""
    return store.Listed(
        key=run_key(config), path=Path("somewhere"), config=config, metrics={"recipe": recipe}
    )


def test_the_menu_tells_every_student_of_every_sweep_apart():
    students = {}
    for name in sweeps.SWEEPS:
        for point in sweeps.points(name):
            student = point.plan.student
            students[run_key(student)] = views.run_label(listed(student))
    assert len(set(students.values())) == len(students)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "MNIST no 3, seed 0, T=20"),
        ({"hidden_sizes": (30, 30)}, "MNIST no 3, seed 0, T=20 · 30-30 units"),
        ({"soft_weight": 0.3, "hard_weight": 0.7}, "MNIST no 3, seed 0, T=20 · soft weight 0.3"),
        ({"scale_soft_by_t2": False}, "MNIST no 3, seed 0, T=20 · without T²"),
        ({"selection": "top-tenth"}, "MNIST no 3, seed 0, T=20 · top tenth"),
        ({"temperature": 4.0}, "MNIST no 3, seed 0, T=4"),
        (
            {"teacher": "teacher-mnist-all-seed0-abcd1234"},
            "MNIST no 3, seed 0, T=20 · teacher abcd",
        ),
    ],
)
def test_a_label_says_what_was_changed(changed, words):
    student = replace(plans.experiment().student, **changed)
    assert views.run_label(listed(student)) == words


def test_a_label_says_that_few_images_were_not_shown_more_often():
    asked = plans.experiment(dataset="digits", student_epochs=6).student
    assert asked.epochs == plans.experiment(dataset="digits").student.epochs
    assert views.run_label(listed(asked)).endswith(" · 6 epochs")
    assert "epoch" not in views.run_label(listed(plans.experiment(dataset="digits").student))


def test_the_experiment_itself_comes_before_what_sweeps_left(empty_store):
    """``keep0`` comes before ``omit3`` by name."""
    make_store(empty_store, dataset="mnist", omitted=tuple(range(1, 10)))
    make_store(empty_store, dataset="mnist", omitted=(3,), seed=1)
    make_store(empty_store, dataset="mnist", omitted=(3,))
    page = open_page("story")
    assert not page.exception
    assert page.session_state["run_key"] == run_key(plans.experiment().student)
    assert len(runs.students()) == 3


def test_a_student_whose_teacher_is_another_student_is_not_offered(small_store, monkeypatch):
    """Such a run may lie in a cache from before it was refused."""
    usable = [entry.key for entry in runs.students()]
    monkeypatch.setattr(StudentConfig, "__post_init__", lambda self: None)
    odd = replace(plans.experiment(dataset="digits").student, teacher=usable[0])
    key = tiny_runs.save(replace(odd, hidden_sizes=(4,)))
    monkeypatch.undo()
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(small_store))
    assert [entry.key for entry in runs.students()] == usable
    assert [entry.key for entry in runs.damaged()] == [key]
    page = open_page("mistakes", run=key)
    assert not page.exception
    assert page.session_state["run_key"] == usable[0]


def test_a_teacher_of_other_images_is_told_and_breaks_no_page(small_store):
    """Twenty random images have another teacher's answers beside them."""
    made = plans.experiment(dataset="digits")
    store.delete(run_key(made.teacher))
    tiny_runs.save(made.teacher)
    key = run_key(made.student)
    with pytest.raises(store.RunDamaged, match="their labels differ"):
        runs.experiment(key)
    teacher, student = (store.load(run_key(config)) for config in (made.teacher, made.student))
    with pytest.raises(store.RunDamaged, match="their labels differ"):
        experiments.of_runs(student, teacher, None)
    page = open_page("mistakes")
    assert not page.exception
    assert "do not belong together" in " ".join(one.value for one in page.warning)
