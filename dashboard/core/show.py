"""What every page looks like: its frame, its first sentence, its large numbers."""

import functools
import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from dashboard.core import numbers, terms

FRAME = Path(__file__).with_name("frame.css")  # the style of every page, for `st.html`
_SENTENCE_END = re.compile(r"(?<=[.?!])(?<!et al\.)((?:\*\*)?)\s+")
_FOUND_ANYWHERE = re.compile(r":\S|@|www\.", re.IGNORECASE)
# Underscores inside a word mean nothing.
_MARKS = re.compile(r"[\\`*\[\]<>$~&]|(?<![^\W_])_|_(?![^\W_])")
# Before what makes a line a heading, a quotation or a list; a number's own sign stands behind it.
_BLOCK = re.compile(r"^\d*(?=[#>+.)|=-])")


def lead(sentence: str, *, explain: bool = True) -> None:
    """Show the sentence that a page opens with, in larger type; its terms are explained beside."""
    sentence = numbers.in_its_words(sentence)
    # Keyed by its content, it is replaced whole: a translator may have moved its words about.
    content = hashlib.sha256(sentence.encode()).hexdigest()[:12]
    with st.container(key="lead"), st.container(key=f"lead_{content}"):
        st.markdown(sentence, help=terms.tooltip(sentence) if explain else None)


def fragment(part: Callable[..., None], run_every: float | None = None) -> Callable[..., None]:
    """Return a *part* of a page that is drawn anew by itself, in the words of the same data set.

    It may be drawn by another thread than the page.
    """
    dataset = numbers.spoken()

    @functools.wraps(part)
    def speaking(*arguments: Any) -> None:
        numbers.speak(dataset)
        part(*arguments)

    return st.fragment(speaking, run_every=run_every)


def opening(text: str) -> tuple[str, str]:
    """Return the first sentence of *text*, a lead, and what it says besides."""
    end = _SENTENCE_END.search(text)
    return (text[: end.end(1)], text[end.end() :]) if end else (text, "")


def shown(text: str, longest: int = 60) -> str:
    """Return *text* from outside as Markdown that shows it letter by letter and asks no host.

    Whatever a file, an address or an upload says is text: no link, picture, formula or colour.
    Characters that cannot be sent or that would rearrange the line become a question mark.
    """
    line = _printable(text, longest)
    # A code span begins and ends with more backticks than any run inside it.
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if line.strip() else "` `"


def told(message: object, longest: int = 1000) -> str:
    """Return a sentence that may hold text from outside, an error's for instance, as Markdown.

    It reads as the sentence does; what would be Markdown in it is shown as it is written.
    """
    words = _printable(" ".join(str(message).split()), longest).split(" ")
    # Links, icons and the like are found in any text, however it is escaped, but not in code.
    escaped = [
        shown(word, longest) if _FOUND_ANYWHERE.search(word) else _MARKS.sub(r"\\\g<0>", word)
        for word in words
    ]
    return _BLOCK.sub(r"\g<0>\\", " ".join(escaped), count=1)


def _printable(text: str, longest: int) -> str:
    """Return *text* cut, in one line, without what cannot be sent or would rearrange it."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in text[: longest + 1])
    return line if len(line) <= longest else line[: longest - 1] + "…"


def end_page() -> NoReturn:
    """End the page here; unlike after `st.stop`, the frame can still write the address."""
    raise StopException


def presents() -> bool:
    """Return whether the page is shown to a room, and its type has to be larger."""
    return bool(st.session_state.get("tour_presents", False))


def mode() -> str:
    """Return ``"dark"`` or ``"light"``, as the viewer's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


@dataclass(frozen=True)
class Card:
    """One large number with what it is, big enough for the last row."""

    # The number, its name, what it was counted on, its spread (may be empty)
    value: str
    label: str
    detail: str
    note: str
    colour: str  # Of the bar beside it


def cards(row: list[Card]) -> str:
    """Return a row of cards as HTML; they wrap on a narrow screen."""
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:1rem">'
        + "".join(
            f'<div style="flex:1 1 8.5rem;border-left:0.5rem solid {card.colour};'
            'padding:0.1rem 0 0.1rem 0.9rem">'
            f'<div style="font-size:2.9rem;font-weight:700;line-height:1.15">'
            f"{html.escape(card.value)}</div>"
            f'<div style="font-size:1.1rem;font-weight:600">{html.escape(card.label)}</div>'
            f'<div style="font-size:1rem">{html.escape(card.detail)}</div>'
            f'<div style="font-size:0.9rem">{html.escape(card.note)}</div></div>'
            for card in row
        )
        + "</div>"
    )
