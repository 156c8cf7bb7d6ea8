"""The confusion matrix in real Chromium: clicking cells, menus, networks, pictures."""

import re
import time

import pytest

from dashboard.core.numbers import plural
from kdengine.config import run_key
from kdengine.recipes import plans
from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser

PER_PAGE = 24
OMITTED = 3
CELLS = "[class*='st-key-mistakes_matrix'] g.mark-rect:has(path:nth-child(100)) path"
COUNT = re.compile(r"calls ([\d,]+|none) of [\d,]+ \w+")


def shipped(dataset):
    """Return the key of the dataset's shipped experiment without threes."""
    return run_key(plans.experiment(dataset=dataset, omitted_classes=(OMITTED,)).student)


def open_page(tab, address):
    """Open the page and wait until its matrix is drawn."""
    tab.goto(address)
    settle(tab)
    tab.wait_for_selector(CELLS)


def click_cell(tab, true, called):
    """Click the middle of a cell with the mouse; the address has to name it."""
    cell = tab.locator(CELLS).nth(10 * true + called)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    sentence = re.compile(rf"of [\d,]+ {plural(true)} {called}\b")
    tab.locator('[data-testid="stColumn"]').get_by_text(sentence).first.wait_for()
    settle(tab)


def told(tab):
    """Return the count that the sentence of the chosen cell states."""
    (count,) = [
        found.group(1)
        for text in tab.locator('[data-testid="stColumn"] [data-testid="stMarkdown"]').all()
        if (found := COUNT.search(text.inner_text()))
    ]
    return 0 if count == "none" else int(count.replace(",", ""))


def cards(tab):
    """Return the cards of the picture grid."""
    return tab.locator("[class*='st-key-mistakes_cell'] a.card")


def wait_for_count(locator, count, limit=15.0):
    """Wait until there are *count* such elements; fail with how many there are instead."""
    end = time.monotonic() + limit
    while locator.count() != count:
        assert time.monotonic() < end, f"{locator.count()} elements, not {count}"
        locator.page.wait_for_timeout(50)


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
def test_clicking_cells_shows_as_many_images_as_they_count(server, tab, dataset):
    open_page(tab, f"{server}/mistakes?run={shipped(dataset)}")
    counts = []
    for cell in [(8, 8), (3, 5), (9, 9), (3, 5), (0, 1)]:
        click_cell(tab, *cell)
        counts.append(told(tab))
        wait_for_count(cards(tab), min(counts[-1], PER_PAGE))
    assert counts[0] > PER_PAGE
    assert counts[1] == counts[3]
    assert ("This cell is empty" in tab.inner_text('[data-testid="stMain"]')) == (counts[-1] == 0)


def test_a_cell_chosen_in_the_menus_can_be_left_and_clicked_again(server, tab):
    open_page(tab, f"{server}/mistakes?run={shipped('digits')}")
    click_cell(tab, 9, 1)
    tab.get_by_role("combobox", name="True digit").click()
    tab.get_by_role("option", name="8", exact=True).click()
    tab.wait_for_url(re.compile("cell=8-1(&|$)"))
    settle(tab)
    click_cell(tab, 9, 1)
    assert "cell=9-1" in tab.url


def test_the_network_is_in_the_address_and_survives_a_reload(server, tab):
    open_page(tab, f"{server}/mistakes?run={shipped('digits')}&cell=9-9")
    tab.get_by_role("radio", name="teacher").click()
    tab.wait_for_url(re.compile("network=teacher"))
    settle(tab)
    before = told(tab)
    tab.reload()
    settle(tab)
    assert "The teacher rightly calls" in tab.inner_text('[data-testid="stMain"]')
    assert told(tab) == before


def test_a_picture_leads_to_its_soft_targets(server, tab):
    run = shipped("digits")
    open_page(tab, f"{server}/mistakes?run={run}&cell=9-9")
    card = cards(tab).nth(2)
    assert card.locator("canvas").count() == 1
    image = card.get_attribute("data-image")
    card.click()
    tab.wait_for_url(re.compile(r"/soft_targets\?"))
    settle(tab)
    assert f"image={image}" in tab.url
    assert f"run={run}" in tab.url
