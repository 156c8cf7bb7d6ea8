"""The leak page in real Chromium: bars, variants."""

import re

import pytest

from dashboard.topics.leak import figures
from kdengine.store import tables
from kdengine.store.shapes import read_json
from kdengine.studies import sweep_table
from tests.dashboard.conftest import settle
from tests.dashboard.test_phone import cut

pytestmark = pytest.mark.browser


@pytest.fixture
def table():
    """The table that comes with the project."""
    return read_json(tables.path_of(sweep_table.table_of("causality"), shipped=True))


def test_a_guess_is_a_click_and_its_bar_is_as_long_as_the_table_says(server, tab, table):
    tab.goto(f"{server}/leak")
    settle(tab)
    shown, rows = figures.means(table), tab.locator(".st-key-leak_rows")
    assert not rows.locator("strong:has-text('%')").count()
    rows.get_by_role("radio", name="Most").first.click()
    tab.wait_for_url(re.compile("plain=most"))
    bar = rows.locator("[style*='calc(']").first
    bar.wait_for()
    box, track = bar.bounding_box(), bar.locator("xpath=..").bounding_box()
    expected = figures.recognised(shown, "plain")
    assert box["width"] / track["width"] == pytest.approx(expected, abs=0.01)
    assert "You said: most ✓" in rows.inner_text().replace("\u00a0", " ")
    tab.get_by_role("button", name="Show all").click()
    tab.get_by_text("No leak.").wait_for()
    settle(tab)
    assert rows.inner_text().count("none\n") == 3


def test_a_variant_is_one_click_away(server, tab):
    tab.goto(f"{server}/leak?variant=not-called-omitted")
    settle(tab)
    assert "No 3 is smuggled in" in tab.locator("body").inner_text()
    tab.get_by_text("For engineers").click()
    tab.locator('[data-testid="stVegaLiteChart"] svg.marks').wait_for()


def test_on_a_phone_nothing_is_cut_off_and_the_first_screen_asks(server, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server}/leak")
    settle(tab)
    asked = tab.get_by_role("radio", name="Most")
    assert asked.nth(2).bounding_box()["y"] < 800
    tab.get_by_text("For engineers").click()
    chart = tab.locator('[data-testid="stVegaLiteChart"] svg.marks')
    chart.wait_for()
    settle(tab)
    assert cut(tab) == []
    box = chart.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390  # it does not scroll: bars are whole
