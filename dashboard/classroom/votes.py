"""The class's guesses: one locked, bounded store for all sessions of this server's process.

Asking, closing, dropping and starting anew are the presenter's alone (PermissionError); casting
is everybody's. A voter has a name that this server signed, and counts where they first voted from:
no address can fill a vote, it can only outnumber itself.
"""

import hashlib
import hmac
import math
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.core import presenter
from dashboard.core.presenter import Allowance

# A full lecture hall behind one address votes within seconds; a script does so for minutes.
NEW_AT_ONCE, NEW_A_SECOND = 300, 1.0
MOST_VOTERS = 5000  # to a question; beyond it whoever has the most makes room
MOST_QUESTIONS = 16
_MOST_CROWDS = 3  # addresses that the presenter is warned of
_NAME = 16  # hexadecimal digits, and as many of its signature
_SECRET = secrets.token_bytes(32)  # for the life of this process, as the votes are

ASKED, SHOWN, REVEALED = "asked", "shown", "revealed"
STAGES = (ASKED, SHOWN, REVEALED)


class VoteRefused(ValueError):
    """A vote that cannot be counted; the message says why."""


def new_voter() -> str:
    """Return the signed name of a new voter."""
    name = secrets.token_hex(_NAME // 2)
    return name + _signature(name)


def is_voter(text: str) -> bool:
    """Return whether this server has given the name *text* to somebody."""
    name, signature = text[:_NAME], text[_NAME:]
    return text.isascii() and hmac.compare_digest(signature, _signature(name))


def _signature(name: str) -> str:
    """Return what nobody else can write below a voter's name."""
    return hmac.new(_SECRET, name.encode(), hashlib.sha256).hexdigest()[:_NAME]


@dataclass(frozen=True)
class Poll:
    """One question as it stands."""

    # One of `STAGES`; empty if nobody has asked it yet. Votes are taken until it is revealed.
    stage: str = ""
    votes: tuple[float, ...] = ()  # One for each voter, in the order of their first vote
    round: int = 0  # Grows whenever the question is asked anew, which drops the votes
    context: str = ""  # What the question is about: the presenter's run

    @property
    def is_open(self) -> bool:
        """Whether votes are taken."""
        return self.stage in (ASKED, SHOWN)


class BallotBox:
    """Questions and votes, safe to use from many threads, never larger than its bounds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._votes: dict[str, dict[str, float]] = {}
        self._whence: OrderedDict[str, str] = OrderedDict()  # from voters to their addresses
        self._new = Allowance(NEW_AT_ONCE, NEW_A_SECOND, clock)
        self._crowded: OrderedDict[str, str] = OrderedDict()  # addresses that sent too many
        self._stages: dict[str, str] = {}
        self._contexts: dict[str, str] = {}
        self._rounds: dict[str, int] = {}
        self._current = ""

    def ask(self, question: str, context: str = "") -> None:
        """Open *question*, unless it has been asked; about another *context* it starts anew."""
        presenter.require("ask the class")
        with self._lock:
            if question not in self._stages and len(self._stages) >= MOST_QUESTIONS:
                raise ValueError(f"no more than {MOST_QUESTIONS} questions can be asked.")
            if self._contexts.get(question) != context or question not in self._stages:
                self._start_anew(question, context)
            self._current = question

    def set_stage(self, question: str, stage: str) -> None:
        """Take votes, show them, or close the vote with the answer."""
        presenter.require("close a vote")
        if stage not in STAGES:
            raise ValueError(f"stage is {stage!r}; it must be one of {', '.join(STAGES)}.")
        with self._lock:
            if question in self._stages:
                self._stages[question] = stage

    def reset(self, question: str) -> None:
        """Drop the votes and ask anew."""
        presenter.require("reset a vote")
        with self._lock:
            if question in self._stages:
                self._start_anew(question, self._contexts[question])

    def forget_revealed(self) -> None:
        """Drop every question that has been answered, as if nobody had asked it."""
        presenter.require("reset a vote")
        with self._lock:
            for question, stage in list(self._stages.items()):
                if stage == REVEALED:
                    del self._stages[question], self._votes[question], self._contexts[question]
            if self._current not in self._stages:
                self._current = ""

    def end(self) -> None:
        """Ask nobody any more; the guesses stay, for whoever presents."""
        presenter.require("end a vote")
        with self._lock:
            self._current = ""

    def drop(self, question: str, address: str) -> None:
        """Drop the votes from one address."""
        presenter.require("drop guesses")
        with self._lock:
            votes = self._votes.get(question, {})
            for voter in [each for each in votes if self._whence.get(each) == address]:
                del votes[voter]
            self._crowded.pop(address, None)

    def welcome(self, address: str) -> None:
        """Take as many new voters from one address once more."""
        presenter.require("take more guesses")
        with self._lock:
            self._new.renew(address)
            self._crowded.pop(address, None)

    def crowds(self, question: str) -> dict[str, int]:
        """Return the addresses that sent more new voters than a class, with their votes."""
        with self._lock:
            counts = Counter(self._whence.get(voter, "") for voter in self._votes.get(question, {}))
            return {address: counts[address] for address in self._crowded}

    def cast(self, question: str, voter: str, vote: float, address: str = "") -> None:
        """Count *vote*, in the place of the same voter's earlier one.

        The *address* is where a voter who has not voted yet comes from; empty for this machine.
        VoteRefused if the vote is no finite number, the voter no signed one, the question not open,
        or if so many new voters come from their address that this one has to wait.
        """
        if isinstance(vote, bool) or not isinstance(vote, int | float) or not math.isfinite(vote):
            raise VoteRefused("A guess is a number.")
        if not is_voter(voter):
            raise VoteRefused("This page has no voter's name; open the vote's link again.")
        with self._lock:
            if self._stages.get(question) not in (ASKED, SHOWN):
                raise VoteRefused("This vote is closed; wait for the next question.")
            votes = self._votes[question]
            if voter not in self._whence:
                self._take_in(voter, address)
            if voter not in votes and len(votes) >= MOST_VOTERS:
                self._make_room(votes)
            votes[voter] = float(vote)

    def poll(self, question: str) -> Poll:
        """Return how *question* stands."""
        with self._lock:
            return Poll(
                self._stages.get(question, ""),
                tuple(self._votes.get(question, {}).values()),
                self._rounds.get(question, 0),
                self._contexts.get(question, ""),
            )

    def own(self, question: str, voter: str) -> float | None:
        """Return what *voter* has guessed, None if nothing."""
        with self._lock:
            return self._votes.get(question, {}).get(voter)

    def current(self) -> str:
        """Return the question that was asked last; empty if none was."""
        with self._lock:
            return self._current

    def news(self) -> str:
        """Return a word that changes with what decides which question is drawn, and how.

        A new guess alone does not; and the word tells nothing of what it stands for.
        """
        with self._lock:
            name, held = self._current, (self._rounds, self._contexts)
            is_open = self._stages.get(name) in (ASKED, SHOWN)
            return f"{hash((name, is_open, *(each.get(name) for each in held))):x}"

    def _take_in(self, voter: str, address: str) -> None:
        """Remember a new voter, unless too many come from the same address; the lock is held."""
        if not self._new.take(address):
            _remember(self._crowded, address, "", _MOST_CROWDS)
            raise VoteRefused(
                "Very many new guesses come from your network just now, and yours is not counted "
                "yet. Send it again in a few seconds."
            )
        _remember(self._whence, voter, address, 4 * MOST_VOTERS)

    def _make_room(self, votes: dict[str, float]) -> None:
        """Drop the last vote of the address that has most; the lock is held."""
        whence = {voter: self._whence.get(voter, "") for voter in votes}
        ((most, _),) = Counter(whence.values()).most_common(1)
        del votes[next(voter for voter in reversed(votes) if whence[voter] == most)]

    def _start_anew(self, question: str, context: str) -> None:
        """Open *question* without a vote; the lock is held."""
        self._votes[question] = {}
        self._stages[question] = ASKED
        self._contexts[question] = context
        self._rounds[question] = self._rounds.get(question, 0) + 1


def _remember(kept: OrderedDict[str, str], key: str, value: str, most: int) -> None:
    """Keep *value* as the newest of no more than *most*."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)


BOX = BallotBox()  # one for the process: every session imports the same module
