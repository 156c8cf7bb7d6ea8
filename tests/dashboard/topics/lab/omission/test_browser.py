"""The lab's omissions in real Chromium: toggles, clicks on the map, refused choices, a phone."""

import re

import pytest

from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser

CELLS = "[class*='st-key-lab_map_'] g.mark-rect path"
LEAD = ".st-key-lead"


def open_page(tab, server, query=""):
    """Open the page and wait until its map is drawn."""
    tab.goto(f"{server}/lab{query}")
    settle(tab)
    tab.wait_for_selector(CELLS)


def toggle(tab, digit):
    """Switch one digit on or off."""
    tab.locator(".st-key-lab_keep").get_by_role("button", name=str(digit)).click()
    settle(tab)


def test_the_papers_case_comes_first_with_its_figures(server, tab):
    open_page(tab, server)
    text = tab.inner_text('[data-testid="stMain"]')
    assert "nothing but sevens and eights" in tab.inner_text(LEAD)
    assert "47.3\u00a0%" in text and "13.2\u00a0%" in text


def test_a_click_on_the_map_shows_that_pair(server, tab):
    open_page(tab, server)
    cell = tab.locator(CELLS + "[aria-label*='one digit: 2; the other: 5']")
    cell.scroll_into_view_if_needed()
    cell.click(force=True)  # its number lies above it
    tab.wait_for_url(re.compile("keep=2%2C5|keep=2,5"))
    settle(tab)
    assert "nothing but twos and fives" in tab.inner_text(LEAD)


def test_toggles_choose_and_an_empty_transfer_set_is_refused(server, tab):
    open_page(tab, server, "?keep=7,8")
    toggle(tab, 7)
    assert "nothing but eights" in tab.inner_text(LEAD)
    toggle(tab, 8)
    text = tab.inner_text('[data-testid="stMain"]')
    assert "Keep at least one digit" in text
    assert "nothing but eights" in tab.inner_text(LEAD)
    toggle(tab, 3)
    assert "nothing but threes" in tab.inner_text(LEAD)
    assert re.search("keep=3(&|$)", tab.url)


def test_on_a_phone_nothing_is_cut_off(server, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    open_page(tab, server)
    width = tab.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth")
    assert width <= 390
    buttons = tab.locator(".st-key-lab_keep").get_by_role("button")
    assert buttons.count() == 10
    for index in range(10):
        box = buttons.nth(index).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert box["height"] >= 40
