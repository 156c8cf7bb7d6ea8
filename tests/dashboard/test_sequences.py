"""What one does after another: runs switched there and back, every button of every page pressed.

Random sequences in a real browser are `benchmarks.browser.walk`'s.
"""

import shutil

import pytest

from benchmarks.browser.dashboard import ROOT
from dashboard.classroom import live, votes
from dashboard.core import presenter, runs
from dashboard.handout import files as handout
from dashboard.jobs import processes
from dashboard.topics.tour import steps as tour
from dashboard.topics.tour.facts import facts
from tests.dashboard.pages import TOPICS, VIEWS, WITHOUT_RUN, open_page, open_view


@pytest.fixture(autouse=True)
def nobody_presents_or_trains(monkeypatch):
    """A server of each test's own, without a key, on which no process starts."""
    monkeypatch.delenv(presenter.ENVIRONMENT, raising=False)
    monkeypatch.setattr(votes, "BOX", votes.BallotBox())
    monkeypatch.setattr(live, "_place", None)
    monkeypatch.setattr(processes, "start", lambda request: None)
    monkeypatch.setattr(handout, "make", lambda *given: handout.Handout({}, []))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A cache with the shipped runs and tables."""
    cache = tmp_path_factory.mktemp("shipped") / "cache"
    shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
    return cache


@pytest.mark.parametrize("view", sorted({*VIEWS} - WITHOUT_RUN))
def test_a_run_is_left_and_found_again(view, shipped, monkeypatch):
    """What one of them does not show must not be missing when the other is back."""
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(shipped))
    page = open_view(view)
    keys = [entry.key for entry in runs.students()]
    mnist, digits = (next(k for k in keys if f"-{name}-" in k) for name in ("mnist", "digits"))
    for key in (digits, mnist, digits):
        page.selectbox(key="sidebar_run").select(key).run()
        assert not page.exception
        assert page.session_state["run_key"] == key


def press_all(again, but=()):
    """Press all buttons *but* some of the page that *again* opens, each twice; return which."""
    page, pressed, home = again(), [], None
    todo = [each.key for each in page.button if not each.disabled and each.key not in but]
    for key in todo:
        home = home or page.title[0].value
        for _ in range(2):
            if not [each for each in page.button if each.key == key and not each.disabled]:
                break
            page.button(key=key).click().run()
            assert not page.exception, key
            pressed.append(key)
        if not page.title or page.title[0].value != home:
            page = again()
    return pressed


@pytest.mark.parametrize("view", VIEWS)
def test_every_button_of_every_page_can_be_pressed(view, small_store):
    pressed = press_all(lambda: open_view(view))
    assert "sidebar_share" in pressed


LEADING_AWAY = {"tour_next", "tour_back", "tour_all", "tour_leave"}


def test_every_button_of_every_step_of_the_tour_can_be_pressed(small_store):
    """Those that lead to another page on three steps, of a page of each kind; the rest on all."""
    found = tour.steps(facts(runs.experiment(runs.students()[0].key)), TOPICS, lambda name: None)
    pressed = set()
    for number, step in enumerate(found, start=1):
        own = "step" if step.page == tour.PAGE else "tour"
        pressed |= set(
            here := press_all(
                lambda: open_page(step.page, **{**step.state, own: step.place}),  # noqa: B023
                () if number in (1, 4, len(found)) else LEADING_AWAY,
            )
        )
        assert {"sidebar_share", "tour_share"} <= set(here), step.title
    assert LEADING_AWAY <= pressed
