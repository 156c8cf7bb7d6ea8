"""The questions the class commits to before the tour answers them: words, checks, histograms."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.core.numbers import a_digit, plural, signed
from dashboard.topics.tour.facts import Facts

_SHOWN_CHARACTERS = 30


@dataclass(frozen=True)
class Question:
    """One question and what an answer to it may be."""

    name: str  # In the address
    # The question, and what the words in it mean
    text: str
    help: str
    # What the run says; several digits at a tie, none if no image is wrong
    truth: tuple[float, ...]
    unit: str = ""  # After a number: ``%`` or nothing
    choices: tuple[int, ...] = ()  # The digits to choose from; empty if a number is asked for
    # Limits of a number
    low: float = 0.0
    high: float = 100.0
    # Of a bin of the histogram, and of a step of the number's buttons; also how near a guess has
    # to be to count as near
    width: float = 5.0


def questions(found: Facts) -> dict[str, Question]:
    """Return the questions about a run, by name, in the tour's order."""
    omitted, things = found.omitted, plural(found.omitted)
    needy = found.brief or found
    who = "The same student after a single epoch" if found.brief else "The student"
    made = [
        Question(
            "accuracy",
            f"The student never saw {a_digit(omitted)}. What share of {found.held_out:,} held-out "
            f"{things} does it get right?",
            "Ten digits: somebody who guesses blindly gets 10\u00a0%.",
            (100.0 * found.before / found.held_out,) if found.held_out else (),
            unit="%",
        ),
        Question(
            "mistaken",
            f"Some {things} it gets wrong. Which digit does it call them most often?",
            "No offset yet; counted on the held-out test images.",
            tuple(float(digit) for digit in found.called),
            choices=tuple(digit for digit in range(10) if digit != omitted),
            width=1.0,
        ),
        Question(
            "offset",
            f"Which number, added to its score for {omitted}, makes the fewest errors?",
            f"{who} gets {needy.before:,} of {found.held_out:,} {things} right. The number is the "
            f"same for every picture: 0 changes nothing, a large one calls everything {omitted}.",
            (needy.best_offset,),
            low=-4.0,
            high=10.0,
            width=0.5,
        ),
    ]
    if found.noise is not None:
        made.append(
            Question(
                "noise",
                "Another student is shown nothing but noise. What share of all "
                f"{found.test_images:,} test digits does it get right?",
                "It hears only how much each picture of noise looks like a 0, a 1, a 2 … to a "
                "teacher. Guessing blindly gives 10\u00a0%.",
                (100.0 * found.noise,),
                unit="%",
            )
        )
    return {question.name: question for question in made}


def nothing_given(question: Question) -> str:
    """Return what to say of a vote that is empty, or that the browser found to be no number."""
    if question.choices:
        return "Choose a digit first."
    return f"Your guess has to be a number from {limits(question)}. Type one and send it."


def limits(question: Question) -> str:
    """Return ``0 to 100 %``."""
    return f"{question.low:g} to {question.high:g} {question.unit}".strip().replace(" %", "\u00a0%")


def parse(question: Question, given: object) -> float:
    """Return the vote in what was *given*.

    Raises
    ------
    ValueError
        If it is no number, or out of the question's range.
    """
    text = str(given).strip()[:_SHOWN_CHARACTERS].removesuffix("%").strip()
    shown = "".join(c for c in text if c.isalnum() or c in " +-.,")
    try:
        number = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        number = math.nan
    if question.choices:
        if number not in question.choices:
            allowed = ", ".join(map(str, question.choices))
            raise ValueError(f"'{shown}' is none of the digits {allowed}. Choose one of them.")
        return number
    if not question.low <= number <= question.high:
        raise ValueError(
            f"'{shown}' is not a number from {limits(question)}. Type one and send it again."
        )
    return number


def written(question: Question, vote: float) -> str:
    """Return a vote or a truth with its unit."""
    if question.choices:
        return f"{vote:g}"
    if question.unit == "%":
        return f"{vote:.1f}\u00a0%".replace(".0\u00a0%", "\u00a0%")
    return signed(vote)


def axis_title(question: Question) -> str:
    """Return the title of the histogram's axis."""
    if question.choices:
        return "Digit guessed"
    return f"Guess ({question.unit})" if question.unit else "Number guessed"


def histogram(question: Question, votes: Sequence[float]) -> pd.DataFrame:
    """Count votes in bins, empty ones too.

    Returns
    -------
    DataFrame, one row a bin
        ``start``, ``end`` (the bin holds ``start <= vote < end``; the last one its end too),
        ``label``, ``votes`` int.
    """
    if question.choices:
        starts = [float(digit) for digit in question.choices]
    else:
        bins = round((question.high - question.low) / question.width)
        starts = [question.low + question.width * place for place in range(bins)]
    counts = [0] * len(starts)
    for vote in answering(question, votes):
        if question.choices:
            place = starts.index(vote)
        else:
            place = min(int((vote - question.low) / question.width), len(starts) - 1)
        counts[place] += 1
    frame = pd.DataFrame({"start": starts, "votes": counts})
    frame["end"] = frame["start"] + question.width
    frame["label"] = [
        f"{start:g}" if question.choices else f"{start:g} to {start + question.width:g}"
        for start in starts
    ]
    return frame[["start", "end", "label", "votes"]]


def answering(question: Question, votes: Sequence[float]) -> list[float]:
    """Return the votes that answer *question*; others were cast on one about another run."""
    if question.choices:
        return [vote for vote in votes if vote in question.choices]
    return [vote for vote in votes if question.low <= vote <= question.high]


def count_words(count: int) -> str:
    """Return ``no guess yet``, ``1 guess`` or ``17 guesses``."""
    return f"{count:,} guess{'' if count == 1 else 'es'}" if count else "No guess yet"


def histogram_title(question: Question, votes: Sequence[float]) -> str:
    """Return what the class thinks, as the chart's title."""
    if not votes:
        return "No guess yet"
    if question.choices:
        most = statistics.multimode(votes)
        times = sum(vote == most[0] for vote in votes)
        named = " and ".join(f"{digit:g}" for digit in sorted(most))
        each = "" if len(most) == 1 else " each"
        return f"{count_words(len(votes))}: most often {named} ({times:,}{each})"
    middle = written(question, statistics.median(votes))
    return f"{count_words(len(votes))}, median {middle}"


def description(question: Question, votes: Sequence[float], with_truth: bool) -> str:
    """Return the histogram in words, from its counts."""
    table = histogram(question, votes)
    filled = [f"{row.label}: {row.votes}" for row in table.itertuples() if row.votes]
    unit = f" ({question.unit})" if question.unit else ""
    told = f"Bar chart of {count_words(len(votes)).lower()}{unit}. {'; '.join(filled)}."
    if with_truth and question.truth:
        named = " and ".join(written(question, truth) for truth in question.truth)
        told += f" The run says {named}."
    return told.replace(". .", ".")


def truth_sentence(question: Question, votes: Sequence[float], found: Facts) -> str:
    """State what the run says and how near the class came."""
    things, needy = plural(found.omitted), found.brief or found
    if not question.truth:
        return f"The student gets every one of {found.held_out:,} held-out {things} right."
    named = " and ".join(f"**{written(question, truth)}**" for truth in question.truth)
    told = {
        "accuracy": f"The run says {named}: {found.before:,} of {found.held_out:,} {things} right, "
        "without having seen one.",
        "mistaken": f"The run says {named}: {found.called_count:,} of the "
        f"{found.held_out - found.before:,} wrong answers"
        f"{' each' if len(question.truth) > 1 else ''}.",
        "offset": f"The run says {named}: {needy.errors_best:,} errors instead of "
        f"{needy.errors_before:,}. From unlabelled pictures and the share the criterion finds "
        f"{signed(needy.offset)} ({needy.errors_after:,} errors).",
        "noise": f"The run says {named}, and not one picture was a digit.",
    }[question.name]
    if not votes:
        return told
    near = sum(is_near(question, vote) for vote in votes)
    unit = "percentage points" if question.unit == "%" else question.unit
    was = "was" if near <= 1 else "were"
    aim = "right" if question.choices else f"within {question.width:g} {unit}".strip()
    return f"{told} Of {count_words(len(votes))}, {near or 'none'} {was} {aim}."


def is_near(question: Question, vote: float) -> bool:
    """Return whether a vote is right, or within the question's width of being so."""
    if question.choices:
        return vote in question.truth
    return any(abs(vote - truth) <= question.width for truth in question.truth)
