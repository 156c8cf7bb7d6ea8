"""A page's typed parameters, in one place: checked, kept in the session, bound to the address.

A page asks for its parameters by name; whatever changes them (a widget, a control that moves in
the browser, somebody's link, the browser's Back) ends up here, and `flush` writes the address
once at the end of the script, as one entry of the browser's history. What is usual stays out of
the address. A wrong address is named on the page and changes nothing.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import catalogue
from dashboard.core.numbers import several
from dashboard.core.show import shown, told

Read = Callable[[str], Any]
_LONGEST_WHOLE = 9  # more digits than any number of an image has
_MOST_EARLIER = 50  # addresses, or values of a widget, that a browser may still send
_FOLLOWS_WITHIN = 5.0  # seconds, in which a browser has followed to another page
_SESSION = "params"


class Begin(NamedTuple):
    """Where a control that moves in the browser begins, and the number of that beginning."""

    visit: int
    value: Any


@dataclass
class _Kept:
    """One parameter of one page, as this session left it."""

    value: Any = None  # The value in use
    # What the address may say without that being news: what was last read there, or written
    seen: tuple[str | None, ...] = ()
    usual: Any = None  # The value that stays out of the address
    of: Any = None  # What the value is about; it means nothing of anything else
    moves: int = 0  # Grows whenever something other than a control in the browser changes the value

    def move(self, value: Any) -> None:
        """Take a *value* that the browser's control has to be told of."""
        self.value = value
        self.moves += 1


class _Left(NamedTuple):
    """Where a browser is until it has followed to another page: which of Streamlit's, and query."""

    script: str
    query: dict[str, str]
    to: str
    when: float


@dataclass
class _Session:
    """What all pages keep for one viewer."""

    kept: dict[str, dict[str, _Kept]] = field(default_factory=dict)  # By page, then by name
    page: str | None = None  # The page that the last script drew
    is_entry: bool = True  # Whether this script is the first of a visit to the page
    # Whose parameters are on the screen: the page's, the sidebar's, the panel's
    drawn: list[str] = field(default_factory=list)
    # Other parameters of the address that have had their effect
    dropped: set[str] = field(default_factory=set)
    # By page and control: what it began by, and its `Begin`
    begins: dict[tuple[str, str], tuple[Any, Begin]] = field(default_factory=dict)
    # Page and name of what this script has asked for; the rest belongs to a part of the page that
    # is not on the screen, and stays out of the address
    taken: set[tuple[str, str]] = field(default_factory=set)
    # Page and query that `go` leads to, until it is written
    arriving: tuple[str, dict[str, str]] | None = None
    glides: bool = False  # Whether the browser moves its controls to that query by itself
    left: "_Left | None" = None  # The page that `go` has led away from
    # The query that `flush` wrote last, and for which of Streamlit's pages
    written: dict[str, str] = field(default_factory=dict)
    script: str = ""
    # What a browser that does not have it yet may still say: which query, of a widget which values
    earlier: list[dict[str, str]] = field(default_factory=list)
    outdated: dict[str, list[Any]] = field(default_factory=dict)


class Refused(ValueError):
    """The address asks for what does not exist; the message says what is allowed."""


class Params:
    """The parameters of one *page*: a topic's name, which begins the keys of its widgets."""

    def __init__(self, page: str) -> None:
        self.page = page
        session = _session()
        session.kept.setdefault(page, {})
        if page not in session.drawn:
            session.drawn.append(page)

    def choice(self, name: str, allowed: Collection[Any], usual: Any, **options: Any) -> Any:
        """Return the parameter *name*, one of *allowed* or *usual*."""

        def read(text: str) -> Any:
            for value in allowed:
                if text == _text(value):
                    return value
            names = several([_text(value) or "" for value in allowed], "or")
            raise Refused(f"one of {names}")

        return self.take(name, read, usual, **options)

    def number(
        self, name: str, low: float, high: float, usual: float | None, **options: Any
    ) -> Any:
        """Return the parameter *name*, a number from *low* to *high* of two decimals at most."""

        def read(text: str) -> float:
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            if low <= value <= high:
                return round(value, 2)
            raise Refused(f"a number from {low:g} to {high:g}")

        return self.take(name, read, usual, **options)

    def whole(
        self,
        name: str,
        allowed: Collection[int],
        usual: int | None,
        *,
        what: str = "",
        **options: Any,
    ) -> Any:
        """Return the parameter *name*, a whole number among *allowed*.

        *what* says which those are, ``the number of a test image on this wall``; else their range.
        """

        def read(text: str) -> int:
            # Not every character that int() reads is a digit somebody typed.
            is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_WHOLE
            if is_number and int(text) in allowed:
                return int(text)
            if what or not allowed:
                raise Refused(what or "anything that exists here")
            raise Refused(f"a whole number from {min(allowed):,} to {max(allowed):,}")

        return self.take(name, read, usual, **options)

    def flag(self, name: str, usual: bool = False, **options: Any) -> bool:
        """Return the parameter *name*, true (``1``) or false (``0``)."""
        return self.choice(name, (True, False), usual, **options)

    def take(self, name: str, read: Read, usual: Any, *, of: Any = None, stays: bool = True) -> Any:
        """Return the parameter *name*: from the address if that brings news, else as it was left.

        *read* takes the address's text, that of each of its own values too, and returns the value,
        or raises `Refused` with what is allowed; then, and without news, it is the *usual* one,
        which is left out of the address. A value that was left is forgotten if it is *of*
        something else now, and on return unless it *stays*.
        """
        session, kept = _session(), self._kept(name)
        session.taken.add((self.page, name))
        if session.is_entry and not stays:
            kept.seen = ()
        asked = _address().get(name)
        before = kept.value
        if not kept.seen or kept.of != of:
            kept.value = usual
        kept.usual, kept.of = usual, of
        is_told = session.arriving is not None or not kept.seen or not _is_late()
        if asked not in kept.seen and is_told:
            kept.seen = (asked,)
            if asked is not None:
                kept.value = _read(name, asked, read, usual)
            elif not session.is_entry:
                kept.value = usual  # Back, to where nothing had been chosen
        if kept.value is not None and kept.value != usual:
            try:
                read(_text(kept.value) or "")
            except Refused:
                kept.value = usual  # of another run, whose values are others
        if (kept.value != before and not session.glides) or session.is_entry:
            kept.move(kept.value)
        return kept.value

    def set(self, **values: Any) -> None:
        """Change parameters, for instance in a widget's callback; the browser's controls follow."""
        self.answers()
        for name, value in values.items():
            self._kept(name).move(value)

    def hold(self, **values: Any) -> None:
        """Keep what a control in the browser reports; it stays as it is in the viewer's hand."""
        self.answers()
        for name, value in values.items():
            self._kept(name).value = value

    def answers(self) -> None:
        """Take the address for seen: what a widget has just said is newer than it.

        A browser that was quicker than the server still sends the address of before.
        """
        for name, kept in _session().kept[self.page].items():
            kept.seen = (_address().get(name),)

    def forget(self) -> None:
        """Let the address alone say what comes next, whatever was left on the page."""
        for kept in _session().kept[self.page].values():
            kept.seen = ()

    def value(self, name: str) -> Any:
        """Return the parameter *name* as it is, in a callback for instance."""
        return self._kept(name).value

    def begin(self, control: str, value: Any, by: Collection[str], when: Any = None) -> Begin:
        """Return where a control that moves in the browser begins, and a number for that beginning.

        Both are part of what is sent to the browser. They stay as they are while the viewer moves
        the *control* of that name, and change when something else does: a parameter *by* which it
        is set is changed by other means than `hold`, or *when* is another. It then begins at
        *value*.
        """
        begins, mark = _session().begins, (sum(self._kept(name).moves for name in by), when)
        before, begin = begins.get((self.page, control), (None, Begin(0, None)))
        if before != mark:
            begin = Begin(begin.visit + 1, value)
            begins[self.page, control] = mark, begin
        return begin

    def bind(
        self,
        name: str,
        labels: Mapping[Any, str] | None = None,
        *,
        none: Any = None,
        take: Callable[..., None] | None = None,
    ) -> dict[str, Any]:
        """Return ``key`` and ``on_change`` for a widget that shows and changes the parameter.

        Call it just where the widget is drawn: a widget that was not drawn has lost its state. Of a
        menu, *labels* say what each choice is called. *none* is the widget's option that stands
        for None; *take* is called with the parameter's name and new value in place of `set`.
        """
        value, allowed = self._kept(name).value, None if labels is None else [*labels, none]
        bound = self.mirror(name, value, none=none, take=take or self.set, allowed=allowed)
        if labels is None:
            return bound
        shown = {"options": list(labels), "format_func": lambda each: labels.get(each, each)}
        return bound | shown

    def mirror(
        self,
        name: str,
        value: Any,
        *,
        take: Callable[..., None],
        none: Any = None,
        allowed: Collection[Any] | None = None,
    ) -> dict[str, Any]:
        """Return what `bind` does for a widget that shows *value*; *take* gets what is chosen.

        Anything but what is *allowed* comes of a menu that has changed meanwhile, and is passed
        over.
        """
        key, outdated = f"{self.page}_{name}", _session().outdated
        to_show = none if value is None else value
        was_shown = st.session_state.get(key, to_show)
        moves = was_shown != to_show
        if moves:
            outdated[key] = _with(outdated.get(key, []), was_shown, to_show)
        # Even what is so already would be set in the browser. The parts of a list are pressed
        # one by one: that would undo those pressed there meanwhile.
        if moves or key not in st.session_state or not isinstance(to_show, list):
            st.session_state[key] = to_show

        def changed() -> None:
            picked = st.session_state[key]
            if allowed is not None and picked not in allowed:
                return
            if _is_late() and picked in outdated.get(key, []):
                return  # the browser has not been told of another value yet; nobody picked this one
            # An answer that is on its way may set the widget back.
            outdated[key] = [to_show] if moves else []
            take(**{name: None if picked == none else picked})

        return {"key": key, "on_change": changed}

    def _kept(self, name: str) -> _Kept:
        """Return the record of a parameter."""
        return _session().kept[self.page].setdefault(name, _Kept())


def opened(page: str) -> bool:
    """Note that this script draws *page*, and return whether it has just been opened.

    The frame calls it before anything asks for a value.
    """
    session = _session()
    if _has_not_followed():
        _lead_on()
    session.is_entry, session.page = session.page != page, page
    session.drawn, session.dropped, session.taken = [], set(), set()
    if session.arriving is not None and session.arriving[0] != page:
        session.arriving = None  # somebody was quicker, and went elsewhere
    if session.is_entry or not _is_late():
        session.earlier.clear()
        session.outdated.clear()
    return session.is_entry


def go(page: str, query: Mapping[str, str], *, glides: bool = False) -> NoReturn:
    """Open *page* at the address that *query* says, as one entry of the browser's history.

    With *glides* the controls on the page that is open already stay where they are: something in
    the browser moves them there.

    Streamlit first writes the query of the page to come, as an entry of its own if it is another
    than the present one: so it is given that, and the page replaces it when it is there.
    """
    session = _session()
    session.arriving, session.glides = (page, dict(query)), glides
    present = st.query_params.to_dict()
    if session.page == page:
        st.rerun()
    session.left = _Left(_script(), present, page, time.monotonic())
    st.switch_page(catalogue.path(page), query_params=present)


def drop(*names: str) -> None:
    """Let `flush` take *names*, which are no page's parameters, out of the address."""
    _session().dropped.update(names)


def texts() -> dict[str, str]:
    """Return every parameter of what is on the screen as the address would write it, usual or not.

    One that has no value is not among them.
    """
    return _written(_on_screen())


def query() -> dict[str, str]:
    """Return what the address says of what is on the screen, as links to it need it."""
    return _written({n: kept for n, kept in _on_screen().items() if kept.value != kept.usual})


def flush() -> str | None:
    """Write the address, as one entry of the browser's history.

    On a page that has just been opened nothing has been chosen, so there is no new entry: returned
    is the query for the browser to put in place of the present one, None if nothing is to be done.
    """
    session, wanted, present = _session(), query(), st.query_params.to_dict()
    is_entry, session.is_entry, session.arriving = session.is_entry, False, None
    session.glides = False
    is_there = wanted == present and not _is_late()  # another address may be on its way there
    session.earlier = _with(session.earlier, present, session.written)
    session.written, session.script = wanted, _script()
    for page in session.drawn:
        for name, kept in session.kept[page].items():
            # A browser that has not replaced its address yet may send the one of before.
            before = (present.get(name),) if is_entry else ()
            kept.seen = (wanted.get(name), *before)
    if is_there:
        return None
    if is_entry:
        return urlencode(wanted)
    st.query_params.from_dict(wanted)
    return None


def flush_fragment() -> None:
    """Write the address from a part of the page that runs anew by itself."""
    if not _session().is_entry:  # else the whole script is about to
        flush()


def _read(name: str, asked: str, read: Read, usual: Any) -> Any:
    """Return what the address asks for, or what is usual after saying what is wrong with it."""
    try:
        return read(asked)
    except Refused as refusal:
        instead = _text(usual)
        st.warning(
            f"The address asks for {name}={shown(asked)}, which is not {told(refusal)}. "
            + (f"Shown instead: {told(instead)}." if instead else "It is left out.")
        )
        return usual


def _on_screen() -> dict[str, _Kept]:
    """Return the parameters that this script has asked for."""
    session = _session()
    return {name: session.kept[page][name] for page, name in sorted(session.taken)}


def _written(kept: Mapping[str, _Kept]) -> dict[str, str]:
    """Return parameters as the address writes them, and what it says beside those drawn."""
    session = _session()
    ours = {name for page in session.drawn for name in session.kept[page]} | session.dropped
    texts = {name: _text(each.value) for name, each in kept.items()}
    others = {name: text for name, text in _address().items() if name not in ours}
    return {**{name: text for name, text in texts.items() if text is not None}, **others}


def _address() -> dict[str, str]:
    """Return the query of the address, or the one that `go` leads to."""
    arriving = _session().arriving
    return st.query_params.to_dict() if arriving is None else arriving[1]


def _script() -> str:
    """Return which of Streamlit's pages is running."""
    context = get_script_run_ctx()
    return "" if context is None else context.page_script_hash


def _with(known: list[Any], *new: Any) -> list[Any]:
    """Return what is *known* and, last, what is *new*, each once; of much the last."""
    found: list[Any] = []
    for each in reversed([*known, *new]):
        if each not in found:
            found.insert(0, each)
    return found[-_MOST_EARLIER:]


def _is_late() -> bool:
    """Return whether the browser sent this before it had the answer to what it sent last.

    Then it says again what was so before: an address, and values of widgets that have moved since.
    The browser's Back, which leads to an earlier address too, says that it is that; so does a link
    of the menu, which runs another of Streamlit's pages.
    """
    context, session = get_script_run_ctx(), _session()
    is_way = context is not None and context.is_history_navigation
    if is_way or session.script != _script():
        return False
    present = st.query_params.to_dict()
    return present != session.written and present in session.earlier


def _has_not_followed() -> bool:
    """Return whether the browser asks for the page that it has just been led away from.

    Whoever pressed a key twice there has been led on already, and is not to be led back.
    """
    context, left = get_script_run_ctx(), _session().left
    if left is None or context is None or context.is_history_navigation:
        return False
    is_there = (left.script, left.query) == (_script(), st.query_params.to_dict())
    return is_there and time.monotonic() - left.when < _FOLLOWS_WITHIN


def _lead_on() -> NoReturn:
    """Open the page once more that the browser is on its way to."""
    session = _session()
    assert session.left is not None
    query = session.written if session.arriving is None else st.query_params.to_dict()
    st.switch_page(catalogue.path(session.left.to), query_params=query)


def _session() -> _Session:
    """Return what this viewer's session keeps."""
    return st.session_state.setdefault(_SESSION, _Session())


def _text(value: Any) -> str | None:
    """Return a value as the address writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return ",".join(_text(item) or "" for item in value)
    return str(value)
