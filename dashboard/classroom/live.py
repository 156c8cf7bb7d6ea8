"""Where the presenter's tour is: one locked place for all sessions of this server's process."""

import threading
import time
from dataclasses import dataclass

from dashboard.core import presenter

# A presenter who has gone is not followed for ever.
_STALE_SECONDS = 4 * 3600.0


@dataclass(frozen=True)
class Place:
    """A step of the tour that the presenter is at."""

    step: str  # What its address calls it
    run: str  # The key of the run that is shown
    moved: int  # Grows with every move
    since: float  # Seconds of `time.monotonic` at which the tour began
    at: float  # Seconds of `time.monotonic` of the last move


_lock = threading.Lock()
_place: Place | None = None
_moves = 0


def publish(step: str, run: str) -> None:
    """Say where the presenter is; the presenter's alone.

    Raises
    ------
    PermissionError
        If this session may not drive the tour.
    """
    global _place, _moves
    presenter.require("drive the tour")
    now = time.monotonic()
    with _lock:
        if _place is not None and (_place.step, _place.run) == (step, run):
            return
        _moves += 1
        began = now if _place is None or step == "1" else _place.since
        _place = Place(step, run, _moves, began, now)


def end() -> None:
    """Say that the tour is over; the presenter's alone."""
    global _place
    presenter.require("end the tour")
    with _lock:
        _place = None


def news() -> str:
    """Return a word that changes when the presenter goes on."""
    found = place()
    return f"step{found.moved if found else 0}"


def place() -> Place | None:
    """Return where the presenter is, None if nobody presents."""
    with _lock:
        if _place is None or time.monotonic() - _place.at > _STALE_SECONDS:
            return None
        return _place
