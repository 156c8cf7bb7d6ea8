"""MNIST in the background: the thread's state, and how the sidebar shows it."""

import threading

import pytest

from dashboard.jobs import downloads
from kdengine.data import fetching, mnist_files
from tests.conftest import make_store
from tests.dashboard.pages import open_page


@pytest.fixture(autouse=True)
def fresh_state(monkeypatch, no_mnist):
    """Every test begins as a server does."""
    monkeypatch.setattr(downloads, "_state", dict(downloads._IDLE))


@pytest.fixture
def held(monkeypatch):
    """A download that goes on until the test lets go of it; counts how often it was begun."""
    gate, calls = threading.Event(), []

    def fetch(progress):
        calls.append(1)
        progress("train-images-idx3-ubyte.gz", 2_500_000, 10_000_000)
        assert gate.wait(20.0)

    monkeypatch.setattr(fetching, "fetch_mnist", fetch)
    yield gate, calls
    gate.set()
    join()


def join():
    for thread in threading.enumerate():
        if thread.name == "fetch-mnist":
            thread.join(20.0)


def test_two_starts_make_one_download(held):
    gate, calls = held
    downloads.start()
    downloads.start()
    gate.set()
    join()
    assert len(calls) == 1
    assert downloads.state()["status"] == "done"


def test_a_failure_keeps_its_message_and_allows_another_try(monkeypatch):
    def refuse(progress):
        raise mnist_files.DataMissing("Could not fetch. Tried:\n  a mirror")

    monkeypatch.setattr(fetching, "fetch_mnist", refuse)
    downloads.start()
    join()
    failed = downloads.state()
    assert failed["status"] == "failed"
    assert downloads.text(failed) == "MNIST could not be fetched. Could not fetch. Tried:"
    monkeypatch.setattr(fetching, "fetch_mnist", lambda progress: None)
    downloads.start()
    join()
    assert downloads.state() == {**downloads._IDLE, "status": "done"}


def test_nothing_starts_by_itself_offline_or_with_the_data(held, monkeypatch):
    _, calls = held
    downloads.start_once()
    monkeypatch.delenv("KDENGINE_OFFLINE")
    monkeypatch.setattr(mnist_files, "present", lambda: True)
    downloads.start_once()
    assert calls == [] and downloads.state()["status"] == "idle"


def test_the_first_page_starts_it_once_and_does_not_wait(held, monkeypatch, empty_store):
    gate, calls = held
    monkeypatch.delenv("KDENGINE_OFFLINE")
    make_store(empty_store, dataset="mnist")
    page = open_page("train")
    assert not page.exception
    assert downloads.state()["status"] == "running"
    assert "sidebar_fetch" not in [button.key for button in page.button]
    page.run()
    gate.set()
    join()
    assert len(calls) == 1


def test_the_sidebar_offers_another_try_after_a_failure(monkeypatch, empty_store):
    def refuse(progress):
        raise mnist_files.DataMissing("no mirror answered")

    monkeypatch.setattr(fetching, "fetch_mnist", refuse)
    monkeypatch.delenv("KDENGINE_OFFLINE")
    make_store(empty_store, dataset="mnist")
    downloads.start()
    join()
    page = open_page("story")
    assert any("no mirror answered" in caption.value for caption in page.caption)
    assert page.button(key="sidebar_fetch").label == "Try again"
    monkeypatch.setattr(fetching, "fetch_mnist", lambda progress: None)
    page.button(key="sidebar_fetch").click().run()
    join()
    assert downloads.state()["status"] == "done" and not page.exception


def test_share_of_an_unknown_length_is_nothing():
    assert downloads.share({"bytes": 5, "total": 0}) == 0.0
    assert downloads.share({"bytes": 5, "total": 20}) == 0.25
