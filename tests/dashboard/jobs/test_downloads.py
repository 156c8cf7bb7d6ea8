"""MNIST in the background: the thread's state, and how the sidebar shows it."""

import threading

import pytest

from dashboard.jobs import downloads
from kdengine.data import fetching, mnist_files
from tests.conftest import make_store
from tests.dashboard.pages import open_page
from tests.kdengine.data.test_fetching import identity, mirrors, of_a_user  # noqa: F401
from tests.kdengine.data.tiny_mnist import CONTENTS, expect


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


def words_of(page) -> str:
    """Return all that a page says in words."""
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.fixture
def fashion(tmp_path, monkeypatch, empty_store):
    """A data folder with four valid files of another set, where MNIST is twelve tiny images."""
    expect(monkeypatch, CONTENTS)
    make_store(empty_store, dataset="mnist")
    folder = tmp_path / "no-data" / "mnist"
    folder.mkdir(parents=True)
    of_a_user(folder, "another set", tmp_path)
    return folder


def test_the_button_leaves_another_set_as_it_is(fashion, mirrors, monkeypatch):  # noqa: F811
    """To the byte, the inode and the time; MNIST comes beside it and is found."""
    monkeypatch.setattr(fetching, "MNIST_MIRRORS", (mirrors.base("good"),))
    monkeypatch.setattr(downloads, "_state", {**downloads._IDLE, "status": "done"})
    monkeypatch.delenv("KDENGINE_OFFLINE")
    before = identity(fashion)
    page = open_page("train")  # shows none of MNIST's pictures, which may come while it runs
    told = words_of(page)
    assert str(fashion) in told and "an IDX file, 12 × 28 × 28, SHA-256" in told
    page.button(key="sidebar_fetch").click().run()
    join()
    assert not page.exception and downloads.state()["status"] == "done"
    after = identity(fashion)
    assert {path: after[path] for path in before} == before
    assert sorted(set(after) - set(before)) == sorted(
        str(fashion / f"{name}.fetched.gz") for name in CONTENTS
    )
    page.run()
    assert "sidebar_fetch" not in [button.key for button in page.button]


def test_an_audience_is_shown_no_path_and_cannot_fetch(fashion, monkeypatch):
    monkeypatch.setenv("KDENGINE_PRESENTER_KEY", "secret")
    failed = {**downloads._IDLE, "status": "failed", "message": f"Cannot write to {fashion}"}
    monkeypatch.setattr(downloads, "_state", failed)
    monkeypatch.delenv("KDENGINE_OFFLINE")
    for topic in ("story", "train"):
        page = open_page(topic)
        assert str(fashion.parent) not in words_of(page)
        assert "sidebar_fetch" not in [button.key for button in page.button]
    assert "which this server does not have" in words_of(open_page("story"))
    with pytest.raises(PermissionError, match="presenter"):
        downloads._ask()
    assert str(fashion) in words_of(open_page("story", key="secret"))


def test_a_room_without_a_network_is_told_how_to_copy(fashion):
    told = words_of(open_page("story"))
    assert "Copy the four, or Keras's `mnist.npz`" in told
    assert "kdengine data`" not in told and "With a network" not in told


def test_a_file_name_is_no_markdown(no_mnist, tmp_path, empty_store):
    make_store(empty_store, dataset="mnist")
    (tmp_path / "no-data").mkdir()
    (tmp_path / "no-data" / "![](http:%2f%2fhost%2fa).gz").write_text("")
    told = words_of(open_page("story"))
    (line,) = [line for line in told.splitlines() if "host" in line]
    assert line.startswith("- ` ") and line.endswith(" `")
