"""Every page, once with a small store, once with an empty one, once without MNIST's files."""

import pytest

from dashboard.core import presenter, runs
from tests.conftest import make_store
from tests.dashboard.pages import VIEWS, WITHOUT_RUN, open_view


@pytest.mark.parametrize("view", VIEWS)
def test_page_draws_with_a_small_store(view, small_store):
    page = open_view(view)
    assert not page.exception
    assert len(page.title) == 1
    assert not page.error


@pytest.mark.parametrize("view", VIEWS)
def test_page_says_what_to_do_when_nothing_is_stored(view, empty_store):
    page = open_view(view)
    assert not page.exception
    assert len(page.title) == 1
    assert any("python -m kdengine run" in info.value for info in page.info)


@pytest.mark.parametrize("view", VIEWS)
def test_page_draws_a_stored_mnist_run_without_mnist(view, empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    page = open_view(view)
    assert not page.exception
    assert not page.error
    assert any("Keras's" in info.value for info in page.info)  # how to copy them: no network here


@pytest.mark.parametrize("view", VIEWS)
def test_page_survives_a_student_that_saw_every_digit(view, empty_store):
    make_store(empty_store, omitted=())
    page = open_view(view)
    assert not page.exception
    assert len(page.title) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_page_draws_with_two_omitted_classes(view, empty_store):
    make_store(empty_store, omitted=(3, 5))
    page = open_view(view)
    assert not page.exception


@pytest.mark.parametrize("variable", ["KDENGINE_CACHE_DIR", "KDENGINE_DATA_DIR"])
def test_a_folder_that_cannot_be_used_is_named_with_its_variable(
    variable, tmp_path, monkeypatch, caplog
):
    """On the page, and to whoever started the server."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    page = open_view("story")
    assert not page.exception
    (error,) = page.error
    assert error.value.startswith(f"{variable} is {tmp_path / 'file'}, which is no folder")
    assert error.value in caplog.messages


@pytest.mark.parametrize("view", VIEWS)
def test_an_audience_is_shown_no_command_and_no_path(view, empty_store, no_mnist, monkeypatch):
    """A presenter is: see above."""
    monkeypatch.setenv(presenter.ENVIRONMENT, "a key")
    for is_stored in (False, True):
        if is_stored:
            make_store(empty_store, dataset="mnist")
        page = open_view(view)
        told = "\n".join(str(getattr(node, "proto", "")) for node in page._tree)
        assert page.title[0].value in told
        assert "python -m" not in told
        assert str(empty_store) not in told
        assert "mnist.npz" not in told


def test_only_a_sentence_that_holds_a_command_is_kept_from_an_audience(monkeypatch):
    text = "Made by 2.5 people (a.json). In a terminal: `python -m kdengine run --x 0.5`. It works."
    assert presenter.public(text) == text
    monkeypatch.setenv(presenter.ENVIRONMENT, "a key")
    assert presenter.public(text) == "Made by 2.5 people (a.json). It works."


def test_the_run_is_chosen_only_where_it_is_shown(small_store):
    with_choice = {v for v in VIEWS if open_view(v).sidebar.selectbox}
    assert with_choice == {*VIEWS} - WITHOUT_RUN


def test_without_mnist_digits_stand_in_until_it_is_asked_for(empty_store, no_mnist, monkeypatch):
    make_store(empty_store, dataset="mnist")
    make_store(empty_store, dataset="digits")
    page = open_view("story")
    assert "digits" in page.session_state["run_key"]
    assert any("MNIST is not here" in info.value for info in page.main.info)
    images = runs.test_images("digits")
    monkeypatch.setattr(runs, "test_images", lambda dataset: images)  # MNIST has come
    page.run()
    assert "digits" in page.session_state["run_key"]  # nothing moves under a viewer
    page.button(key="story_mnist").click().run()
    assert "mnist" in page.session_state["run_key"]
    assert not page.exception
    assert not [button for button in page.button if button.key == "story_mnist"]
