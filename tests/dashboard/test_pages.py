"""Every page, once with a small store, once with an empty one, once without MNIST's files."""

import pytest

from tests.conftest import make_store
from tests.dashboard.pages import VIEWS, open_view


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
