"""The class's drawings: one a sender, bounded, refused where they are none, forgotten."""

import contextlib

import pytest

from dashboard.classroom import drawings
from dashboard.classroom.votes import NEW_AT_ONCE


@pytest.fixture
def box():
    """An open box whose clock stands still."""
    made = drawings.Box(clock=lambda: 0.0)
    made.collect(True)
    return made


def grey(value):
    """Return a drawing of one grey."""
    return [value] * 784


def values(box):
    """Return the grey of each drawing, the newest first."""
    return [int(each.pixels[0, 0]) for each in box.sent()]


def test_a_sender_has_one_drawing_the_newest(box):
    box.send("a", grey(1))
    box.send("b", grey(2))
    box.send("a", grey(3))
    assert values(box) == [3, 2]
    assert box.sent_by("a")[0, 0] == 3 and box.sent_by("c") is None
    assert len({each.number for each in box.sent()}) == 2


def test_the_newest_are_kept_and_an_address_replaces_its_own_alone(box):
    box.send("first", grey(200), "10.0.0.1")
    box.send("second", grey(201), "10.0.0.2")
    for count in range(100):
        box.send(f"script {count}", grey(1 + count), "10.0.0.66")
    kept = values(box)
    assert len(kept) == drawings.MOST
    assert kept == [*range(100, 102 - drawings.MOST, -1), 201, 200]


@pytest.mark.parametrize(
    ("garbage", "message"),
    [
        (None, "drawing"),
        ("x" * 784, "drawing"),
        ([1] * 783, "784"),
        ([1] * 785, "784"),
        (grey(256), "outside"),
        (grey(-1), "outside"),
        (grey(float("nan")), "outside"),
        ([[1]] * 784, "784"),
        ([{}] * 784, "784"),
        (grey(0), "empty"),
    ],
)
def test_what_is_no_drawing_is_refused(box, garbage, message):
    with pytest.raises(ValueError, match=message):
        box.send("a", garbage)
    assert box.sent() == []


def test_a_closed_box_takes_nothing_and_keeps_nothing(box):
    box.show(True)
    box.send("a", grey(1))
    box.collect(False)
    assert box.sent() == [] and not box.is_shown
    with pytest.raises(ValueError, match="Nobody collects"):
        box.send("a", grey(1))
    box.show(True)
    assert not box.is_shown


def test_a_drawing_that_comes_while_the_box_is_closed_is_not_kept(box, monkeypatch):
    """Tried at every moment at which the box lets somebody else in."""

    class Crowded:
        def __enter__(self):
            pass

        def __exit__(self, *error):
            monkeypatch.undo()
            with contextlib.suppress(ValueError):
                box.send("late", grey(5))

    monkeypatch.setattr(box, "_lock", Crowded())
    box.collect(False)
    assert box.sent() == []


def test_single_drawings_are_removed_and_all_are_cleared(box):
    for name, value in (("a", 1), ("b", 2), ("c", 3)):
        box.send(name, grey(value))
    box.remove(box.sent()[1].number)
    assert values(box) == [3, 1]
    box.clear()
    assert values(box) == [] and box.is_open


def test_an_address_that_sends_without_end_has_to_wait_and_others_notice_nothing(box):
    for _ in range(NEW_AT_ONCE):
        box.send("a", grey(1), "10.0.0.66")
    with pytest.raises(ValueError, match="few seconds"):
        box.send("a", grey(1), "10.0.0.66")
    box.send("b", grey(2), "10.0.0.5")
    assert values(box) == [2, 1]
