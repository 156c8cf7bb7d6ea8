"""The class's guesses: one locked, bounded store for all sessions of this server's process.

Asking, closing and starting anew are the presenter's alone (PermissionError); casting is
everybody's.
"""

import math
import threading
from dataclasses import dataclass

from dashboard.core import presenter

MOST_VOTERS = 1000
MOST_QUESTIONS = 16
_LONGEST_NAME = 64

ASKED, SHOWN, REVEALED = "asked", "shown", "revealed"
STAGES = (ASKED, SHOWN, REVEALED)


class VoteRefused(ValueError):
    """A vote that cannot be counted; the message says why."""


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

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._votes: dict[str, dict[str, float]] = {}
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

    def cast(self, question: str, voter: str, vote: float) -> None:
        """Count *vote*, in the place of the same voter's earlier one.

        Raises
        ------
        VoteRefused
            If the vote is no finite number, the question is not open, or too many have voted.
        """
        if isinstance(vote, bool) or not isinstance(vote, int | float) or not math.isfinite(vote):
            raise VoteRefused("A guess is a number.")
        if not voter or len(voter) > _LONGEST_NAME:
            raise VoteRefused("This page has no voter's name; open the vote's link again.")
        with self._lock:
            if self._stages.get(question) not in (ASKED, SHOWN):
                raise VoteRefused("This vote is closed; wait for the next question.")
            votes = self._votes[question]
            if voter not in votes and len(votes) >= MOST_VOTERS:
                raise VoteRefused(f"{MOST_VOTERS:,} people have voted; no more are counted.")
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

    def _start_anew(self, question: str, context: str) -> None:
        """Open *question* without a vote; the lock is held."""
        self._votes[question] = {}
        self._stages[question] = ASKED
        self._contexts[question] = context
        self._rounds[question] = self._rounds.get(question, 0) + 1


BOX = BallotBox()  # one for the process: every session imports the same module
