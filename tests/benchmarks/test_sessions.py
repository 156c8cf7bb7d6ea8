"""What is made of the actions of many sessions; the whole is tried on a small app."""

import os
import random
from collections import Counter
from types import SimpleNamespace

import psutil
import pytest

sessions = pytest.importorskip("benchmarks.sessions", reason="needs Playwright and websockets")
from benchmarks.browser.wire import Control  # noqa: E402
from benchmarks.measurement import options_of  # noqa: E402
from tests.benchmarks.browser.loops import run  # noqa: E402
from tests.benchmarks.browser.test_wire import app  # noqa: E402, F401

Action = sessions.Action


def actions(*seconds, page="confusion", what="Called"):
    """Return one action for each wait."""
    return [Action(page, what, taken) for taken in seconds]


def test_95th_percentile_is_that_of_the_slow_ones():
    """Of twenty-one waits, nineteen of 1 s and two of 3 s, one in twenty is slower than 3 s."""
    found = sessions.waits(actions(*[1.0] * 19, 3.0, 3.0))
    assert found == {"count": 21, "unanswered": 0, "p50": 1.0, "p95": 3.0, "max": 3.0}


def test_what_was_not_answered_is_counted_and_fails():
    found = sessions.waits(actions(0.1, None))
    assert (found["count"], found["unanswered"], found["p95"]) == (2, 1, 0.1)
    assert sessions.waits(actions(None)) == {"count": 1, "unanswered": 1}


def test_arriving_is_no_action():
    found = sessions.summary(
        actions(0.1, 0.2) + actions(9.0, what="open") + actions(0.3, page="draw", what="Digit")
    )
    assert found["actions"]["max"] == 0.3
    assert found["arrivals"] == {"count": 1, "unanswered": 0, "p50": 9.0, "p95": 9.0, "max": 9.0}
    assert {name: group["count"] for name, group in found["by_page"].items()} == {
        "confusion": 2,
        "draw": 1,
    }


GOOD = {
    "sessions": 30,
    "seconds": 180,
    "every": 10,
    **sessions.summary(actions(0.2, 0.3) + actions(0.4, what="open")),
    "exceptions": 0,
    "memory": {"before_mib": 200, "after_mib": 500, "peak_mib": 600, "growth_mib": 70},
}


@pytest.mark.parametrize(
    "changed",
    [
        {"actions": sessions.waits(actions(1.2))},
        {"actions": sessions.waits(actions(0.2, None))},
        {"actions": sessions.waits([])},
        {"arrivals": sessions.waits(actions(None))},
        {"exceptions": 1},
        {"memory": {"before_mib": 200, "after_mib": 500, "peak_mib": 1600, "growth_mib": 0}},
    ],
    ids=["slow", "unanswered", "none", "nobody in", "exception", "memory"],
)
def test_each_target_can_be_missed(changed):
    assert sessions.is_reached(GOOD)
    assert not sessions.is_reached(GOOD | changed)


def test_table_tells_every_page():
    told = "\n".join(sessions.lines(GOOD))
    assert "30 sessions" in told and "600 MiB" in told
    assert "confusion" in told


def test_action_chooses_what_is_not_chosen():
    """With one control and one other option, nothing is left to chance but the page."""
    chosen = []

    async def choose(control, option):
        chosen.append((control.label, option))
        return 0.1

    async def go(page):
        chosen.append(("page", page))
        return 0.2

    control = Control("c", "checkbox", "Log", ("off", "on"), "off")
    viewer = SimpleNamespace(
        controls={"c": control}, pages={"a": "1", "b": "2"}, page="a", choose=choose, go=go
    )
    for _ in range(200):
        run(sessions.act(viewer, CHANCE))
    assert set(chosen) == {("Log", "on"), ("page", "b")}
    moves = chosen.count(("page", "b"))
    assert 20 <= moves <= 65  # one in five


def test_a_mixed_session_opens_what_it_has_seen_least():
    opened = []

    async def go(page):
        opened.append(page)
        return 0.1

    viewer = SimpleNamespace(controls={}, pages=dict.fromkeys("abcd", "1"), page="a", go=go)
    visits = Counter(a=1, b=2, c=1, d=1)
    for _ in range(50):
        run(sessions.act(viewer, CHANCE, visits))
    assert set(opened) == {"c", "d"}


def test_memory_that_grows_late_misses_the_mixed_targets():
    assert sessions.growth([100, 200, 300, 300, 300, 300, 310, 310]) == 10
    assert sessions.growth([5.0]) == 0
    mixed = sessions.MIXED_TARGETS
    assert sessions.is_reached(GOOD) and not sessions.is_reached(GOOD, mixed)
    flat = {"before_mib": 200, "after_mib": 500, "peak_mib": 600, "growth_mib": 5}
    assert sessions.is_reached(GOOD | {"memory": flat}, mixed)


@pytest.mark.parametrize("given", [["--sessions", "-1"], ["--seconds", "nan"], ["--walk", "x"]])
def test_options_that_are_no_such_numbers_are_refused(given, capsys):
    with pytest.raises(SystemExit):
        options_of("sessions", "Told.", given, sessions=1, seconds=1.0, walk=0)
    assert given[0] in capsys.readouterr().err


def test_a_switch_is_off_unless_given():
    assert options_of("s", "Told.", [], mixed=False)["mixed"] is False
    assert options_of("s", "Told.", ["--mixed"], mixed=False)["mixed"] is True


CHANCE = random.Random(0)


def test_several_sessions_act_once_in_each_interval(app, monkeypatch):  # noqa: F811
    """Three viewers, two intervals: six actions, all answered; this process for the server."""
    monkeypatch.setattr(sessions, "ARRIVAL_SECONDS", 0.3)
    monkeypatch.setattr(sessions, "_MOVES", 0.0)
    found = run(
        sessions.measure(
            app, psutil.Process(os.getpid()), sessions=3, seconds=1.0, every=0.5, seed=0
        )
    )
    assert found["actions"]["count"] == 6 and found["actions"]["unanswered"] == 0
    assert found["exceptions"] == 0
    assert found["memory"]["peak_mib"] >= found["memory"]["before_mib"] > 0
