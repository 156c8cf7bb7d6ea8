"""The leak page in real Chromium: bars, variants, the images behind them."""

import re

import pytest

from dashboard.topics.leak import figures, words
from kdengine.data import mnist_files
from kdengine.store import tables
from kdengine.store.shapes import read_json
from kdengine.studies import sweep_table
from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser


@pytest.fixture
def table():
    """The table that comes with the project."""
    return read_json(tables.path_of(sweep_table.table_of("causality"), shipped=True))


def test_bars_are_as_long_as_the_table_says(server, tab, table):
    tab.goto(f"{server}/leak")
    settle(tab)
    shown = figures.means(table)
    bars = tab.locator(".st-key-leak_wide_picture .mark-rect.role-mark path")
    bars.first.wait_for()
    widths = [bar.bounding_box()["width"] for bar in bars.all()]
    assert len(widths) == len(shown) == 2 * len(figures.VARIANTS)
    means = shown["mean"].tolist()
    scale = max(widths) / max(means)
    for width, mean in zip(sorted(widths), sorted(means), strict=True):
        assert width == pytest.approx(scale * mean, abs=2.0)
    told = re.sub(r"[ \t\n]+", " ", tab.locator(".st-key-lead").inner_text()).strip()
    assert told == words.lead(shown, table).replace("**", "")


def test_a_variant_and_its_images_are_one_click_away(server, tab, table):
    tab.goto(f"{server}/leak?variant=not-called-omitted")
    settle(tab)
    assert "No 3 is smuggled in" in tab.locator("body").inner_text()
    tab.get_by_text("Show the images behind it").click()
    tab.wait_for_url(re.compile("images=1"))
    settle(tab)
    assert "taken away, because the teacher calls them a 3" in tab.locator("body").inner_text()
    if mnist_files.present():
        pictures = tab.locator("figure img")
        assert pictures.count() == 24
        assert "the teacher says 3" in pictures.first.get_attribute("alt")
    else:
        assert "Keras's" in tab.locator("body").inner_text()


def test_on_a_phone_nothing_is_cut_off(server, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server}/leak?images=1")
    settle(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
