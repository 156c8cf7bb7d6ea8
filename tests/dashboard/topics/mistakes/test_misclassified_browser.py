"""The wall of misclassified images in real Chromium: filters, orders, links."""

import re

import pytest

from tests.dashboard.conftest import settle
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped, wait_for_count

pytestmark = pytest.mark.browser

PER_PAGE = 48
FILTERS = ".st-key-mistakes_show button"


def cards(tab):
    """Return the cards of the wall."""
    return tab.locator(".st-key-mistakes_pictures a.card")


def open_page(tab, server, dataset, **query):
    """Open the page and wait until the wall stands."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    tab.goto(f"{server}/mistakes?view=misclassified&run={shipped(dataset)}{more}")
    settle(tab)
    cards(tab).first.wait_for()


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
def test_every_filter_shows_as_many_images_as_its_label_counts(server, tab, dataset):
    open_page(tab, server, dataset)
    labels = tab.locator(FILTERS).all_inner_texts()
    assert len(labels) >= 6
    for label in reversed(labels):
        before = tab.url
        tab.locator(FILTERS).get_by_text(label, exact=True).click()
        tab.wait_for_function("before => location.href !== before", arg=before)
        count = int(re.search(r"\(([\d,]+)\)$", label).group(1).replace(",", ""))
        wait_for_count(cards(tab), min(count, PER_PAGE))


def test_pictures_are_large_and_sharp_and_in_the_order_asked_for(server, tab):
    open_page(tab, server, "digits", sort="number")
    numbers = [int(card.get_attribute("data-image")) for card in cards(tab).all()]
    assert numbers == sorted(numbers)
    picture = cards(tab).first.locator("canvas")
    assert picture.bounding_box()["width"] >= 112
    assert picture.evaluate("e => getComputedStyle(e).imageRendering") == "pixelated"
    assert picture.evaluate(
        "e => new Set(e.getContext('2d').getImageData(0, 0, 28, 28).data).size > 3"
    )


def test_a_picture_leads_to_its_soft_targets_and_back_to_the_same_wall(server, tab):
    open_page(tab, server, "digits", show="still-wrong", sort="number")
    images = [card.get_attribute("data-image") for card in cards(tab).all()]
    cards(tab).first.click()
    tab.wait_for_url(re.compile(r"/soft_targets\?"))
    settle(tab)
    assert re.search(rf"[?&]image={images[0]}(&|$)", tab.url)
    assert f"run={shipped('digits')}" in tab.url
    tab.go_back()
    tab.wait_for_url(re.compile(r"/mistakes\?"))
    settle(tab)
    wait_for_count(cards(tab), len(images))
    assert "show=still-wrong" in tab.url
    assert [card.get_attribute("data-image") for card in cards(tab).all()] == images


def test_the_keyboard_reaches_a_picture_and_its_words(server, tab):
    open_page(tab, server, "digits")
    card = cards(tab).first
    assert "opens its soft targets" in card.get_attribute("aria-label")
    card.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(r"/soft_targets\?"))
    settle(tab)
