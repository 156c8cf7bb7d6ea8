"""The page of reproductions in real Chromium: shipped tables, a phone."""

import re

import pytest

from dashboard.core import show
from dashboard.topics.lab.reproductions import figures, words
from kdengine.store import tables
from kdengine.studies import reproduction_table
from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser

SHIPPED = [
    name
    for name in figures.SOURCES
    if tables.path_of(reproduction_table.table_of(name), shipped=True).exists()
]


def charts(tab):
    """Return the page's charts."""
    return tab.locator('[class*="_wide_picture"] [data-testid="stVegaLiteChart"]')


def choose(tab, name):
    """Choose a source, and wait until its chart is drawn."""
    tab.get_by_test_id("stButtonGroup").get_by_text(figures.SOURCES[name], exact=True).click()
    asked = "" if name == figures.FIRST_SOURCE else f"source={name}"  # the usual one is not there
    tab.wait_for_url(lambda url: asked in url and ("source=" in url) == bool(asked))
    settle(tab)
    charts(tab).locator(".mark-symbol path, canvas").first.wait_for()


def test_every_shipped_table_is_drawn_with_its_finding(server, tab):
    tab.goto(f"{server}/lab?tab=reproductions")
    settle(tab)
    for name in SHIPPED:
        choose(tab, name)
        frame = figures.figures(reproduction_table.load_table(name))
        shown = tab.locator(".st-key-lead").inner_text()
        told = show.opening(words.lead(frame, name))[0].replace("**", "")
        assert re.sub(r"[ \t\n]+", " ", shown).strip() == told
        assert words.title(frame, name) in charts(tab).first.inner_text()


def test_on_a_phone_nothing_is_cut_off(server, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server}/lab?tab=reproductions")
    settle(tab)
    for name in SHIPPED:
        choose(tab, name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, name
