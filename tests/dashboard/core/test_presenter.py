"""Who may what: with a key on the server, without one, and what happens to the key."""

import pytest

from dashboard.classroom import votes
from dashboard.core import presenter
from dashboard.jobs import processes
from tests.dashboard.pages import open_page

KEY = "correct horse"


@pytest.fixture
def keyed(monkeypatch):
    """A server that has a key."""
    monkeypatch.setenv(presenter.ENVIRONMENT, KEY)
    monkeypatch.setattr(votes, "BOX", votes.BallotBox())


@pytest.fixture
def free(monkeypatch):
    """A server without one."""
    monkeypatch.delenv(presenter.ENVIRONMENT, raising=False)


def test_without_a_key_nothing_is_asked(small_store, free):
    assert presenter.is_presenter()
    presenter.require("train")
    page = open_page("train", key="anything")
    assert not page.main.warning
    assert "key" not in page.run().query_params
    assert not page.button(key="train_start").disabled


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_key_is_no_key(monkeypatch, empty):
    monkeypatch.setenv(presenter.ENVIRONMENT, empty)
    assert not presenter.needs_key()
    assert not presenter.is_right("") and not presenter.is_right(empty)


@pytest.mark.parametrize(
    "offered", ["", "correct", KEY + " ", KEY.upper(), "\udc80", "é", "x" * 10**5]
)
def test_a_wrong_key_is_refused(keyed, offered):
    assert not presenter.is_right(offered)
    assert presenter.is_right(KEY)


def test_what_is_the_presenters_alone_is_refused_where_it_is_done(keyed, small_store):
    request = {"recipe": "classroom", "dataset": "digits", "seed": 1, "omitted_classes": [3]}
    for act in (
        lambda: processes.start(request),
        lambda: processes.cancel("20260101-000000-abcdef"),
        lambda: votes.BOX.ask("q", ""),
        lambda: votes.BOX.set_stage("q", votes.REVEALED),
        lambda: votes.BOX.reset("q"),
        votes.BOX.forget_revealed,
    ):
        with pytest.raises(PermissionError, match="Only the presenter may"):
            act()
    assert not processes.live()


def test_the_audience_cannot_train_but_sees_the_page(keyed, small_store):
    page = open_page("train")
    assert page.button(key="train_start").disabled
    assert any("only the presenter trains" in info.value for info in page.main.info)
    page.session_state["presenter_admitted"] = "yes"
    page.run()
    assert page.button(key="train_start").disabled


@pytest.mark.parametrize("topic", ["train", "tour", "story"])
def test_the_key_admits_and_leaves_the_address(keyed, small_store, topic):
    page = open_page(topic, key=KEY)
    assert not page.main.warning
    assert "key" not in page.run().query_params
    assert page.session_state["presenter_admitted"] is True
    if topic == "train":
        assert not page.button(key="train_start").disabled


def test_a_wrong_key_is_said_once_and_leaves_the_address_too(keyed, small_store):
    page = open_page("train", key="wrong")
    assert "not this server's" in page.main.warning[0].value
    assert "wrong" not in page.main.warning[0].value.split()
    assert page.button(key="train_start").disabled
    assert "key" not in page.run().query_params
    page.run()
    assert not page.main.warning


def test_one_session_is_not_admitted_by_anothers_key(keyed, small_store):
    open_page("train", key=KEY)
    assert open_page("train").button(key="train_start").disabled
