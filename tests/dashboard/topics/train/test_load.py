"""Networks loaded through the Train page: taken, refused, and shown on every page."""

from dataclasses import replace

import pytest

from dashboard import catalogue
from dashboard.core import runs, sidebar
from dashboard.handout import page as handout
from dashboard.jobs import processes
from dashboard.topics.story import figures as story
from kdengine import pipeline
from kdengine.config import TeacherConfig, run_key, to_dict
from kdengine.recipes import plans
from kdengine.store import archive
from kdengine.store import runs as store
from tests.dashboard.pages import open_page
from tests.kdengine.test_adopt import (
    TEACHER,
    adopt,
    file_of,
    files_are_read_once,  # noqa: F401
    reorder,
    trained,
)


def loaded(network, change=lambda state: None, name="my net.safetensors", student=False):
    """Load a network through the page; return the page."""
    page = open_page("train", dataset="digits")
    content = file_of(network, change).getvalue()
    page.file_uploader(key="train_upload").upload(name, content, "application/x").run()
    assert not page.exception and not page.success and not page.error
    if student:
        page.radio(key="train_network_role").set_value("student").run()
    page.button(key="train_network").click().run()
    assert not page.exception
    return page


def own_plan(**options):
    """Take in a teacher; return the plan of a student of it."""
    return plans.experiment(dataset="digits", teacher=adopt(trained()[0]).config, **options)


def test_a_teacher_is_taken_chosen_and_asked_for_by_the_next_training(empty_store, monkeypatch):
    page = loaded(trained()[0])
    (told,) = [box.value for box in page.success]
    assert told.startswith("Own teacher, my") and "scaling 0-1" in told
    (entry,) = store.list_runs()
    assert page.selectbox(key="train_teacher").value == entry.key
    assert page.selectbox(key="train_teacher").options[1] == "own teacher, my_net.safetensors"
    assert page.number_input(key="train_teacher_epochs").disabled
    asked = []
    monkeypatch.setattr(processes, "start", asked.append)
    page.button(key="train_start").click().run()
    plan = processes.plan_of(asked[0])
    assert plan.teacher == entry.config and plan.student.teacher == entry.key
    assert any("teacher is stored and reused" in caption.value for caption in page.caption)


def test_a_refused_network_is_told_with_the_cause_and_taken_if_accepted(empty_store):
    page = loaded(trained()[0], reorder)
    (told,) = [box.value for box in page.error]
    assert "was not taken: with scaling 0-1" in told and "1,2,3,4,5,6,7,8,9,0" in told
    assert store.list_runs() == []
    next(box for box in page.checkbox if box.label == "Accept").check().run()
    page.button(key="train_network").click().run()
    assert not page.exception and not page.error and page.success


def test_a_student_needs_its_teacher(empty_store):
    page = loaded(trained(seed=2)[0], student=True)
    assert [box.value for box in page.error] == [
        "Its teacher, as the settings have it, is not stored: train or load that first."
    ]
    adopt(trained()[0])
    # Its teacher is then the recipe's, unless the own one is chosen.
    page = loaded(trained(seed=2)[0], student=True)
    assert page.error and len(store.list_runs()) == 1


def test_uploads_count_and_the_audience_loads_nothing(empty_store, monkeypatch):
    monkeypatch.setattr(archive, "MOST_UPLOADED_RUNS", 0)
    page = loaded(trained()[0])
    assert "uploads may store 0 runs" in page.error[0].value
    monkeypatch.setenv("KDENGINE_PRESENTER_KEY", "k" * 20)
    page = open_page("train", dataset="digits")
    assert page.file_uploader(key="train_upload").disabled


@pytest.fixture
def own(empty_store):
    """An experiment whose teacher and student came in files; return its key."""
    plan = own_plan()
    return run_key(adopt(trained(seed=2)[0], plan.student, name="student.pt.safetensors").config)


@pytest.mark.parametrize("topic", catalogue.PAGES)
def test_every_page_shows_networks_that_came_in_files(own, topic):
    page = open_page(topic, run=own)
    assert not page.exception
    assert page.session_state["run_key"] == own


def test_what_is_not_known_of_them_is_not_told(own):
    entry = next(entry for entry in runs.students() if entry.key == own)
    assert sidebar.run_label(entry) == (
        "digits no 3, seed 0, T=20 · own teacher, my_net.safetensors · "
        "own student, student.pt.safetensors"
    )
    shown = runs.experiment(own)
    assert "whoever brought it says that it **never saw a 3**" in story.cast(shown)
    assert "learned all ten digits" not in story.cast(shown)
    trained_one = replace(shown, student=replace(shown.student, config=own_plan().student))
    assert "answers to 1,078 images, **none of which shows a 3**" in story.cast(trained_one)
    told = "".join(handout._colophon(handout.Material(shown, None, None, None)))
    assert "from the file student.pt.safetensors" in told and "trained in" not in told
    page = open_page("learning", run=own)
    assert any("how it learned is not known" in box.value for box in page.info)
    page = open_page("train", run=own)
    assert any("how they learned is not known" in caption.value for caption in page.caption)


def test_a_job_takes_its_teacher_along(empty_store):
    plan = own_plan(student_epochs=2)
    request = {"dataset": "digits", "student_epochs": 2, "teacher": to_dict(plan.teacher)}
    assert processes.plan_of(request) == plan
    pipeline.run(processes.plan_of(request))
    assert run_key(plan.student) in [entry.key for entry in runs.students()]
    with pytest.raises(ValueError, match="a configuration is a JSON object, not int"):
        processes.plan_of({"teacher": 3})
    assert isinstance(TEACHER, TeacherConfig)
