"""What every page looks like: its frame, its first sentence, its large numbers."""

import hashlib
import html
import re
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from dashboard.core import terms

# On a projector every line counts: no empty band above the title, wide pages, a sentence that
# the last row reads; captions are small, but not too pale to read. On a phone a wide picture
# keeps its proportions and scrolls sideways.
# The theme's 18px, but larger where the viewer's browser asks for larger type.
FRAME_STYLE = """<style>
html {font-size: 112.5%}
.stMainBlockContainer {padding: 2.4rem 2.2rem 2rem 2.2rem}
.stMainBlockContainer h1 {font-size: 2.3rem; padding: 0 0 0.3rem 0}
.st-key-lead p {font-size: 1.3rem; line-height: 1.4}
.st-key-frame_part {display: none}
[data-testid="stPageLink"] :is(p, span) {white-space: normal}
.stApp [data-testid="stCaptionContainer"] {color: inherit; opacity: 1}
.stApp [data-testid="stCaptionContainer"] code {opacity: 1}
.stApp [data-testid^="stBaseButton-primary"]:enabled, .stApp [data-tag] * {
  color: light-dark(#FFFFFF, #171614)}
[data-testid^="stBaseButton-primary"] kbd {color: inherit; border-color: currentColor; opacity: 1}
@media (min-width: 801px) {
  [data-testid="stSidebarHeader"] {height: 1.8rem; min-height: 0; margin: 0; padding: 0.4rem 1rem 0}
  [data-testid="stSidebarNavLink"] {height: 1.45rem; min-height: 0; margin: 0; padding: 0 0.5rem}
  [data-testid="stSidebarNavItems"] :is(div, li) {margin-top: 0; margin-bottom: 0}
  [data-testid="stNavSectionHeader"] {min-height: 0; margin: 0; padding: 0.2rem 0 0 0.2rem}
  [data-testid="stSidebarNavSeparator"] {padding-top: 0.4rem}
  [data-testid="stSidebarUserContent"] {padding-top: 0.6rem; padding-bottom: 2rem}
}
@media (forced-colors: active) {
  [data-testid="stButtonGroup"] :is([aria-checked="true"], [aria-pressed="true"]) {
    outline: 3px solid Highlight; outline-offset: -3px}
}
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"],
  [data-testid="stElementToolbar"], [data-testid="stExpandSidebarButton"] {display: none}
  .stApp *:not(svg *) {overflow: visible !important}
  .stMainBlockContainer {padding: 0; zoom: 0.7}
  [data-testid="stVerticalBlock"], [data-testid="stLayoutWrapper"] {
    height: auto !important; max-height: none !important; position: static !important}
  [data-testid="stVegaLiteChart"] :is(svg, canvas).marks {max-width: 100%; height: auto !important}
  :is([data-testid="stVegaLiteChart"], [data-testid^="stBidiComponent"], figure) {
    break-inside: avoid}
  :is(h1, h2, h3) {break-after: avoid}
}
@media screen and (max-width: 800px) {
  .stMainBlockContainer {padding: 3.8rem 1rem 1rem 1rem}
  .stMainBlockContainer h1 {font-size: 1.7rem}
  .st-key-lead p {font-size: 1.1rem}
  [class*="_wide_picture"] {overflow-x: auto}
  [class*="_wide_picture"] > div {min-width: 42rem}
  .st-key-teaching_formula .katex {font-size: 0.95rem}
  .st-key-teaching_formula .katex-display {overflow-x: auto; text-align: left}
}
@media screen and (max-width: 389px) {
  [data-testid="stFullScreenFrame"]:has([data-testid="stVegaLiteChart"]) {
    overflow-x: auto; padding-top: 2.5rem}
  [data-testid="stVegaLiteChart"]:not([class*="_wide_picture"] *) {min-width: 355px}
}
</style>"""

_SENTENCE_END = re.compile(r"(?<=[.?!])(?<!et al\.)((?:\*\*)?)\s+")
_FOUND_ANYWHERE = re.compile(r":\S|@|www\.", re.IGNORECASE)
# Underscores inside a word mean nothing.
_MARKS = re.compile(r"[\\`*\[\]<>$~&]|(?<![^\W_])_|_(?![^\W_])")
# Before what makes a line a heading, a quotation or a list; a number's own sign stands behind it.
_BLOCK = re.compile(r"^\d*(?=[#>+.)|=-])")


def lead(sentence: str, *, explain: bool = True) -> None:
    """Show the sentence that a page opens with, in larger type; its terms are explained beside."""
    # Keyed by its content, it is replaced whole: a translator may have moved its words about.
    content = hashlib.sha256(sentence.encode()).hexdigest()[:12]
    with st.container(key="lead"), st.container(key=f"lead_{content}"):
        st.markdown(sentence, help=terms.tooltip(sentence) if explain else None)


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
