"""The page of reproductions in real Chromium: shipped tables, the slider, controls, a phone."""

import re

import pandas as pd
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


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_table_is_drawn_with_its_finding(server, tab, name):
    tab.goto(f"{server}/lab?tab=reproductions&source={name}")
    settle(tab)
    charts(tab).locator(".mark-symbol path, canvas").first.wait_for()
    frame = figures.figures(reproduction_table.load_table(name))
    shown = tab.locator(".st-key-lead").inner_text()
    told = show.opening(words.lead(frame, name))[0].replace("**", "")
    assert re.sub(r"[ \t\n]+", " ", shown).strip() == told
    assert words.title(frame, name) in charts(tab).first.inner_text()


def test_the_slider_reads_the_curves_off_without_asking_the_server(server, tab):
    tab.goto(f"{server}/lab?tab=reproductions&source=hinton-problems&look=offset")
    settle(tab)
    sweep = pd.DataFrame(reproduction_table.load_table("hinton-problems")["sweep"])
    slider = tab.locator('.vega-bind input[type="range"]')
    slider.wait_for()
    for offset in (0.0, 2.5, 5.0):
        slider.evaluate(
            "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }",
            offset,
        )
        row = sweep[(sweep["offset"] - offset).abs() < 1e-9].iloc[0]
        for column in ("all", "omitted", "others"):
            expected = f"{100 * row[column]:.2f}%"
            charts(tab).first.get_by_text(expected).first.wait_for(timeout=15_000)


def test_controls_change_page_and_address_and_the_address_changes_them(server, tab):
    tab.goto(f"{server}/lab?tab=reproductions&source=hinton-problems")
    settle(tab)
    tab.get_by_text("How they learned", exact=True).click()
    tab.wait_for_url(re.compile("look=curves"))
    settle(tab)
    assert "its training loss goes from" in tab.locator(".stMainBlockContainer").inner_text()
    tab.reload()
    settle(tab)
    assert "its training loss goes from" in tab.locator(".stMainBlockContainer").inner_text()


@pytest.mark.parametrize("look", figures.LOOKS)
def test_on_a_phone_nothing_is_cut_off(server, tab, look):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server}/lab?tab=reproductions&source=hinton-problems&look={look}")
    settle(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
