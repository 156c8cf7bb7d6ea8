"""Drawings from the class, while the presenter collects them: in memory, bounded, pixels alone.

All but sending is the presenter's (PermissionError). An address can replace its own only.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.classroom.votes import NEW_A_SECOND, NEW_AT_ONCE
from dashboard.core import presenter
from dashboard.core.presenter import Allowance
from kdengine.data import drawing

MOST = 30  # the newest of them are kept


@dataclass(frozen=True)
class Drawing:
    """One drawing of somebody's."""

    number: int  # None comes twice
    pixels: NDArray[np.uint8]  # (28, 28)
    address: str  # Where it came from; told to nobody


class Box:
    """The drawings, safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._sent: dict[str, Drawing] = {}  # by sender, in the order of their coming
        self._count = 0
        self._allowance = Allowance(NEW_AT_ONCE, NEW_A_SECOND, clock)
        self.is_open = self.is_shown = False  # to senders; on the viewers' own pages

    def collect(self, on: bool) -> None:
        """Begin to take drawings, or end it and forget them all."""
        presenter.require("collect drawings")
        with self._lock:  # in one: what comes in between would be kept
            self._sent.clear()
            self.is_open, self.is_shown = on, False

    def show(self, on: bool) -> None:
        """Let the viewers' pages show the drawings, or not."""
        presenter.require("show drawings")
        self.is_shown = on and self.is_open

    def clear(self) -> None:
        """Forget all drawings."""
        presenter.require("clear drawings")
        with self._lock:
            self._sent.clear()

    def remove(self, number: int) -> None:
        """Forget one drawing."""
        presenter.require("remove a drawing")
        with self._lock:
            self._sent = {who: each for who, each in self._sent.items() if each.number != number}

    def send(self, sender: str, pixels: object, address: str = "") -> None:
        """Take a drawing, in place of the same sender's earlier one; ValueError says why not."""
        checked = drawing.checked(pixels)
        if not checked.any():
            raise ValueError("The pad is empty; draw something first.")
        with self._lock:
            if not self.is_open:
                raise ValueError("Nobody collects drawings just now.")
            if not self._allowance.take(address):
                raise ValueError(
                    "Very many drawings come from your network just now. Send yours again in a "
                    "few seconds."
                )
            self._sent.pop(sender, None)
            if len(self._sent) >= MOST:
                # The oldest one of the address that has most gives way.
                whence = Counter(each.address for each in self._sent.values())
                ((most, _),) = whence.most_common(1)
                del self._sent[next(w for w, each in self._sent.items() if each.address == most)]
            self._count += 1
            self._sent[sender] = Drawing(self._count, checked, address)

    def sent(self) -> list[Drawing]:
        """Return what there is, the newest first."""
        with self._lock:
            return list(self._sent.values())[::-1]

    def sent_by(self, sender: str) -> NDArray[np.uint8] | None:
        """Return the pixels that *sender* shows; None if there are none."""
        with self._lock:
            return self._sent[sender].pixels if sender in self._sent else None


BOX = Box()  # one for the process: every session imports the same module
