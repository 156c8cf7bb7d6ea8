"""Whatever an address says, in whichever parameter of whichever page, is text on the page.

What a browser makes of such text is asked of a browser: it shows it as it is, and asks no host.
"""

import os
import re
from urllib.parse import quote

import pytest

from benchmarks.browser.dashboard import ROOT, settle, start_server
from tests.dashboard.pages import VIEWS, open_page

MARKUP = "![](http://h/a)<img src=x>$x$:red[x]**b**`c`"
PIECES = ("![", "](", "<img", "$x$", ":red[", "**b**", "`c`", "http://h")
PAYLOAD = MARKUP + "\0\u202e" + "x" * 10_000
# Beside those that the pages themselves ask for.
OTHERS = {"key", "tour", "step", "notes", "voter", "learn", "omitted", "present", "unknown"}
MORE_VIEWS = [
    "lab?keep=0,1,2,4,5,6,7,8,9",
    "glossary?q=bias",
]
CODE = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)


def strings(message):
    """Yield every text that is sent as Markdown in a message to the browser."""
    for field, value in message.ListFields():
        if field.name in ("body", "label", "help", "title", "caption", "text"):
            yield value
        elif field.message_type and not field.is_repeated:
            yield from strings(value)


def elements(block):
    """Yield the messages of everything on a page."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from elements(child)
        if child.proto is not None:
            yield child.proto


def told(page):
    """Return what the page says as Markdown, its code left out."""
    kinds = ("vega_lite_chart", "bidi_component", "code", "html")
    shown = [p for p in elements(page._tree) if p.DESCRIPTOR.name.lower() not in kinds]
    return [CODE.sub("", text) for proto in shown for text in strings(proto)]


@pytest.mark.parametrize("view", [*VIEWS, *MORE_VIEWS])
def test_markup_in_any_parameter_is_text_and_what_cannot_be_sent_is_not(view, small_store):
    topic, _, query = view.partition("?")
    own = dict(pair.split("=") for pair in query.split("&") if pair)
    page = open_page(topic, **own)
    before = told(page)
    taken = {name for _, name in page.session_state["params"].taken} | OTHERS
    page = open_page(topic, **{**dict.fromkeys(sorted(taken), PAYLOAD), **own})
    assert not page.exception
    news = [text for text in told(page) if text not in before]
    assert not [text for text in news if any(piece in text for piece in PIECES)]
    assert all("\0" not in text and "\u202e" not in text and len(text) < 5000 for text in news)
    assert len(page.warning) >= len(taken - OTHERS - own.keys() - {"q"})


PAGE = """
import streamlit as st
from dashboard.core.show import shown, told
for place, text in enumerate(PAYLOADS):
    for write in (shown, told):
        with st.container(key=f"text_{place}_{write.__name__}"):
            st.warning(f"Before {write(text)}, after")
            st.info(write(text))
st.title("End")
"""
PAYLOADS = [
    *(MARKUP, "![](http://h/a)", "[x](http://h/a)", "<img src=http://h/a>", "www.h.org http://h"),
    *("$x$", "$$x$$", ":red[x]", ":smile:", "# x", "- x", "1. x", "> x"),
    *("a `b` c", "``", "\\`x\\`", "*x* _y_ __z__ ~w~ ~~v~~", "x_y_z", "&lt;b&gt;", "a|b", "---"),
    *("me@h.org", "<http://h/a>", "[x]: http://h/a", "| a |", "`x", "x`` ` y", "\\", "a\\"),
]


@pytest.mark.browser
def test_a_browser_shows_such_text_as_it_is_and_asks_no_host(tmp_path, fresh_tab):
    script = tmp_path / "page.py"
    script.write_text(PAGE.replace("PAYLOADS", repr(PAYLOADS)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process, address = start_server(environment, tmp_path / "log", script)
    try:
        fresh_tab.goto(address)
        settle(fresh_tab)
        assert (
            fresh_tab.locator(
                '[data-testid="stMain"] :is(a[href^=http], img, .katex, em, strong, del)'
            ).count()
            == 0
        )
        assert (
            fresh_tab.locator('[data-testid="stMain"] :is(li, h2, blockquote, hr, table)').count()
            == 0
        )
        wrong = []
        for place, text in enumerate(PAYLOADS):
            for write in ("shown", "told"):
                box = fresh_tab.locator(f".st-key-text_{place}_{write}")
                alert, alone = (
                    box.get_by_test_id("stAlertContentWarning"),
                    box.get_by_test_id("stAlertContentInfo"),
                )
                for found, expected in ((alert, f"Before {text}, after"), (alone, text)):
                    seen = " ".join(found.inner_text().replace(" ,", ",").split())
                    if seen != expected:
                        wrong.append((write, expected, seen))
        assert not wrong
    finally:
        fresh_tab.goto("about:blank")  # which misses no server
        process.terminate()
        process.wait(10)


@pytest.mark.browser
def test_an_address_makes_no_browser_ask_another_host(server, tab):
    """Any foreign request would fail the tab."""
    tab.goto(f"{server}/soft_targets?" + "&".join(f"{n}={quote(MARKUP)}" for n in ("digit", "run")))
    settle(tab)
    assert tab.get_by_text("![](http://h/a)<img src=x>").count() == 2
