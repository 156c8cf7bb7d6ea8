"""Who may what: with a key on the server, without one, and what happens to the key."""

import pytest
from streamlit.runtime.context import StreamlitHeaders

from dashboard.classroom import votes
from dashboard.core import presenter
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
    assert not presenter.everybody_needs_key()
    assert not presenter.is_right("") and not presenter.is_right(empty)


@pytest.mark.parametrize(
    "offered", ["", "correct", KEY + " ", KEY.upper(), "\udc80", "é", "x" * 10**5]
)
def test_a_wrong_key_is_refused(keyed, offered):
    assert not presenter.is_right(offered)
    assert presenter.is_right(KEY)


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


HERE = [("Host", "localhost:8501"), ("Origin", "http://localhost:8501"), ("Upgrade", "websocket")]


@pytest.mark.parametrize(
    ("headers", "is_here"),
    [
        (HERE, True),
        ([("host", "127.0.0.1:8501")], True),
        ([("Host", "[::1]:8501")], True),
        ([("Host", "127.8.9.1")], True),
        ([], False),
        ([("Host", "")], False),
        ([("Host", "192.168.1.20:8501")], False),
        # A foreign name that has been made to point to this machine
        ([("Host", "evil.example:8501"), ("Origin", "http://evil.example:8501")], False),
        ([("Host", "localhost.evil.example")], False),
        ([("Host", "127.0.0.1.evil.example")], False),
        ([("Host", "[::1")], False),
        # Another page of this machine, such as a notebook's
        ([("Host", "localhost:8501"), ("Origin", "http://localhost:8888")], False),
        ([("Host", "localhost:8501"), ("Origin", "null")], False),
        ([("Host", "localhost:8501"), ("Host", "evil.example")], False),
        *[
            ([*HERE, (name, "203.0.113.9")], False)
            for name in (
                "X-Forwarded-For",
                "x-forwarded-host",
                "x-forwarded-proto",
                "Forwarded",
                "X-Real-IP",
                "Via",
                "CF-Connecting-IP",
                "X-Client-IP",
                "X-Cluster-Client-IP",
                "X-Original-Host",
                "Fly-Client-IP",
                "Tailscale-User-Login",
            )
        ],
    ],
)
def test_a_browser_of_this_machine_is_told_from_whatever_comes_through_another(headers, is_here):
    assert presenter.is_direct(StreamlitHeaders(headers)) is is_here


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("127.0.0.1", ""),
        ("::ffff:127.0.0.1", ""),
        ("::1", ""),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("x" * 1000, "x" * 64),
        ("", ""),
    ],
)
def test_addresses_are_counted_by_machine(given, counted):
    assert presenter.network_of(given) == counted


@pytest.mark.parametrize(
    ("option", "value", "needs"),
    [
        ("server.address", "127.0.0.1", False),
        ("server.address", "localhost", False),
        ("server.address", "::1", False),
        ("server.address", "0.0.0.0", True),
        ("server.address", "::", True),
        ("server.address", "192.168.1.20", True),
        ("server.address", None, True),
        ("server.baseUrlPath", "user/ann/proxy", True),
        ("server.enableCORS", False, True),
    ],
)
def test_whoever_else_may_reach_the_server_needs_a_key(free, monkeypatch, option, value, needs):
    options = {"server.address": "127.0.0.1", "server.baseUrlPath": "", "server.enableCORS": True}
    monkeypatch.setattr(presenter.st, "get_option", (options | {option: value}).get)
    assert presenter.needs_key() is needs
    assert presenter.is_presenter() is not needs


def test_a_made_key_is_in_the_link_alone_and_admits(free, small_store, monkeypatch):
    monkeypatch.setattr(presenter, "everybody_needs_key", lambda: True)
    key = presenter.link("http://10.0.0.5:8501").removeprefix("http://10.0.0.5:8501/?key=")
    assert len(key) >= 22 and presenter.is_right(key)
    assert open_page("train").button(key="train_start").disabled
    page = open_page("train", key=key)
    assert not page.button(key="train_start").disabled
    assert key not in str(page.main) + str(page.sidebar)
    monkeypatch.setenv(presenter.ENVIRONMENT, KEY)
    assert presenter.link("http://10.0.0.5:8501") == "" and not presenter.is_right(key)


def test_wrong_keys_are_slowed_and_logged_and_keep_nobody_out(
    keyed, small_store, monkeypatch, caplog
):
    pauses = []
    monkeypatch.setattr(presenter, "_pause", pauses.append)
    monkeypatch.setattr(presenter, "_WRONG_KEYS", presenter.Allowance(2, 0.0))
    page = open_page("train", key="guess")
    for number in range(4):
        page.query_params["key"] = f"guess {number}"
        page.run()
    assert len(pauses) == 3 and min(pauses) >= 1.0
    told = [record.getMessage() for record in caplog.records if record.name == presenter.__name__]
    assert told == ["A wrong presenter's key was offered from 'this machine'."] * 2
    page.query_params["key"] = KEY
    page.run()
    assert not page.button(key="train_start").disabled


def test_an_allowance_is_each_addresss_own_comes_back_and_is_bounded(monkeypatch):
    now = [100.0]
    allowance = presenter.Allowance(3, 0.5, clock=lambda: now[0])
    assert [allowance.take("a") for _ in range(5)] == [True, True, True, False, False]
    assert not allowance.is_left("a") and allowance.is_left("b") and allowance.take("b")
    now[0] += 2.0
    assert [allowance.take("a") for _ in range(2)] == [True, False]
    allowance.renew("a")
    assert allowance.take("a")
    monkeypatch.setattr(presenter, "_MOST_REMEMBERED", 10)
    for number in range(50):
        allowance.take(str(number))
    assert len(allowance._used) <= 12


@pytest.mark.parametrize(
    ("presents", "told"), [(True, "of /srv/runs"), (False, "Whoever presents")]
)
def test_what_may_name_a_path_is_told_to_the_presenter_alone(presents, told, monkeypatch):
    monkeypatch.setattr(presenter, "is_presenter", lambda: presents)
    for reason in (FileNotFoundError("none of /srv/runs"), "the disk of /srv/runs is full"):
        assert told in presenter.told(reason)
    assert presenter.told(ValueError("no offset")) == "no offset"
