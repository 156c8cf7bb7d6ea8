"""The page of mistakes in real Chromium: matrix, slider, cells, filters, pictures, the game."""

import re
import time

import numpy as np
import pytest

from dashboard.core.experiment import focused
from dashboard.topics.mistakes import figures
from kdengine.config import run_key
from kdengine.data import mnist_files
from kdengine.recipes import plans
from kdengine.store import experiments
from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser

PER_PAGE = 24
OMITTED = 3
CELLS = ".st-key-mistakes_matrix td button"
GAME = ".st-key-mistakes_guess"
SLIDE = """(range, value) => {
    range.value = value;
    range.dispatchEvent(new Event('input', { bubbles: true }));
}"""


def shipped(dataset):
    """Return the key of the dataset's shipped experiment without threes."""
    return run_key(plans.experiment(dataset=dataset).student)


def usual():
    """Return the key of the run that pages show where the address names none."""
    return shipped("mnist" if mnist_files.present() else "digits")


def open_page(tab, server, dataset="digits", **query):
    """Open the page and wait until its matrix is drawn."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    tab.goto(f"{server}/mistakes?run={shipped(dataset)}{more}")
    tab.locator(CELLS).nth(99).wait_for()
    settle(tab)


def cards(tab):
    """Return the cards of the picture grid."""
    return tab.locator(".st-key-mistakes_pictures a.card")


def images(tab):
    """Return the numbers of the test images on the cards."""
    return [int(card.get_attribute("data-image")) for card in cards(tab).all()]


def wait_for_count(locator, count, limit=15.0):
    """Wait until there are *count* such elements; fail with how many there are instead."""
    end = time.monotonic() + limit
    while locator.count() != count:
        assert time.monotonic() < end, f"{locator.count()} elements, not {count}"
        locator.page.wait_for_timeout(50)


def matrix(tab):
    """Return the counts in the cells, (10, 10)."""
    return np.reshape([int(text or 0) for text in tab.locator(CELLS).all_inner_texts()], (10, 10))


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
def test_the_matrix_follows_the_slider_at_once_and_the_pictures_when_it_rests(server, tab, dataset):
    stored = experiments.find(shipped(dataset)).student
    open_page(tab, server, dataset)
    slider = tab.locator('.st-key-mistakes_matrix input[type="range"]')
    for offset in (0.0, 4.25, -3.5, 2.75):
        if offset:
            slider.evaluate(SLIDE, str(offset))
        shown = matrix(tab)
        logits = np.float64(stored.test_logits)
        logits[:, OMITTED] += offset
        expected = np.zeros((10, 10), dtype=int)
        np.add.at(expected, (stored.test_labels, logits.argmax(axis=1)), 1)
        assert (shown == expected).all()
    tab.wait_for_url(re.compile("offset=2.75"))
    assert "network=student-offset" in tab.url
    settle(tab)
    tab.locator(CELLS).nth(10 * OMITTED + OMITTED).click()
    tab.wait_for_url(re.compile("cell=3-3"))
    wait_for_count(cards(tab), min(int(shown[OMITTED, OMITTED]), PER_PAGE))
    assert slider.input_value() == "2.75"  # what came back has not moved it
    said = tab.locator(".st-key-mistakes_matrix .told").inner_text()
    own = expected[OMITTED]
    assert said.startswith(f"{own.sum() - own[OMITTED]:,} of {own.sum():,} threes wrong")


def test_cells_are_chosen_by_mouse_and_by_keyboard(server, tab):
    open_page(tab, server)
    table = matrix(tab)
    for true, called in [(8, 8), (9, 1), (0, 1)]:
        tab.locator(CELLS).nth(10 * true + called).click()
        tab.wait_for_url(re.compile(f"cell={true}-{called}"))
        settle(tab)
        wait_for_count(cards(tab), min(table[true, called], PER_PAGE))
    assert "This cell is empty" in tab.inner_text('[data-testid="stMain"]')
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("cell=1-2"))
    assert tab.locator(CELLS).nth(12).get_attribute("aria-pressed") == "true"


def test_network_and_shares_are_in_the_address_and_survive_a_reload(server, tab):
    open_page(tab, server, cell="9-9")
    before = matrix(tab)
    tab.get_by_role("radio", name="teacher").click()
    tab.wait_for_url(re.compile("network=teacher"))
    settle(tab)
    assert (matrix(tab) != before).any()
    tab.get_by_text("Row shares").click()
    tab.wait_for_url(re.compile("numbers=shares"))
    tab.reload()
    settle(tab)
    shares = tab.locator(CELLS).all_inner_texts()
    assert "100" in shares and all(text in ("", "<0.1") or float(text) <= 100 for text in shares)
    assert "The teacher rightly calls" in tab.inner_text('[data-testid="stMain"]')


def test_every_filter_shows_as_many_images_as_its_label_counts(server, tab):
    open_page(tab, server)
    menu = tab.get_by_role("combobox", name="Pictures")
    menu.click()
    labels = tab.get_by_role("option").all_inner_texts()
    tab.keyboard.press("Escape")
    assert len(labels) >= 7
    for label in labels[1:]:
        menu.click()
        tab.get_by_role("option", name=label, exact=True).click()
        settle(tab)
        count = int(re.search(r"\(([\d,]+)\)$", label).group(1).replace(",", ""))
        wait_for_count(cards(tab), min(count, PER_PAGE))
        assert tab.locator(f"{CELLS}[aria-pressed=true]").count() == 0


def test_a_picture_is_sharp_leads_to_its_soft_targets_and_back_to_the_same_pictures(server, tab):
    open_page(tab, server, show="still-wrong", sort="number")
    before = images(tab)
    assert before == sorted(before)
    picture = cards(tab).first.locator("canvas")
    assert picture.bounding_box()["width"] >= 112
    assert picture.evaluate("e => getComputedStyle(e).imageRendering") == "pixelated"
    assert picture.evaluate(
        "e => new Set(e.getContext('2d').getImageData(0, 0, 28, 28).data).size > 3"
    )
    assert "opens its soft targets" in cards(tab).first.get_attribute("aria-label")
    cards(tab).first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(rf"/soft_targets\?.*image={before[0]}(&|$)"))
    settle(tab)
    tab.go_back()
    tab.wait_for_url(re.compile(r"/mistakes\?"))
    settle(tab)
    wait_for_count(cards(tab), len(before))
    assert "show=still-wrong" in tab.url and images(tab) == before


def test_the_game_is_played_by_keyboard_and_the_server_hears_nothing(server, tab):
    open_page(tab, server)
    run = focused(experiments.find(shipped("digits")), OMITTED)
    asked = figures.game(figures.images(run, 0.0), OMITTED)
    assert "of" not in tab.locator(f"{GAME} .score").inner_text()
    heard = len(tab.sent)
    tab.get_by_role("button", name="Guess what the student says").press("Enter")
    for place, card in enumerate(asked[:3], start=1):
        question = tab.locator(f"{GAME} .asked")
        assert question.inner_text().startswith(f"This is a {card['true']}.")
        assert tab.locator(f"{GAME} .said").count() == 0
        tab.keyboard.press(str(card["true"]))  # which the student does not say: no guess
        wrong = next(d for d in range(10) if d not in (card["true"], card["said"]))
        tab.keyboard.press(str(wrong if place == 2 else card["said"]))
        told = "Not" if place == 2 else "Right!"
        assert question.inner_text().startswith(told)
        assert tab.locator(f"{GAME} .said").inner_text() == str(card["said"])
        right = place if place == 1 else place - 1
        assert tab.locator(f"{GAME} .score").inner_text() == f"{right} of {place} guessed"
        tab.keyboard.press("Enter")
    assert len(tab.sent) == heard


def test_on_a_phone_the_first_screen_says_what_to_do_and_a_tap_leads_to_the_pictures(
    server,
    tab,
    mnist,
):
    tab.set_viewport_size({"width": 390, "height": 844})
    open_page(tab, server, "mnist")
    for part in ('input[type="range"]', "table", ".legend"):
        assert tab.locator(f".st-key-mistakes_matrix {part}").bounding_box()["y"] < 800
    tab.locator(CELLS).nth(8 * 10 + 3).click()
    tab.wait_for_url(re.compile("cell=8-3"))
    settle(tab)
    box = tab.locator(".st-key-mistakes_shown").bounding_box()
    assert 60 <= box["y"] < 300  # below the toolbar
    guessing = tab.locator(f"{GAME} button.open")
    guessing.click()
    digits = tab.locator(f"{GAME} .digits button")
    for digit in digits.all():
        box = digit.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 40
    # On a laptop the choice below the table is on the first screen.
    tab.set_viewport_size({"width": 1280, "height": 720})
    tab.locator('[data-testid="stMain"]').evaluate("main => main.scrollTo(0, 0)")
    box = tab.locator(".st-key-mistakes_numbers").bounding_box()
    assert box["y"] + box["height"] <= 720
