"""The teaching panel and the glossary in real Chromium, with the shipped runs."""

import re

import pytest

from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser
LABEL = "Exercises, the formula, the Python and the words of this page"


def opened(tab, address):
    """Open an address and wait for the panel below the page."""
    tab.goto(address)
    tab.get_by_text(LABEL).wait_for(timeout=60_000)
    settle(tab)


def test_the_first_sentence_explains_and_the_panel_opens_answers_and_gives_code(server, tab):
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(tab, f"{server}/story")
    explains_its_terms_by_keyboard_and_mouse(tab)
    main = tab.locator('[data-testid="stMain"]')
    assert main.get_by_text("Answer", exact=True).count() == 0
    tab.get_by_text(LABEL).click()
    answers = main.get_by_text("Answer", exact=True)
    answers.first.wait_for()
    settle(tab)
    assert answers.count() == 3
    assert main.get_by_text("of what was missed").count() == 0
    answers.first.click()
    told = main.get_by_text("of what was missed")
    told.wait_for()
    assert re.search(r"\d+ of \d+", told.inner_text())
    tab.wait_for_url(re.compile("learn=exercises"))

    tab.get_by_role("radio", name="Python").click()
    code = main.locator('[data-testid="stCode"]')
    code.wait_for()
    code.hover()
    code.get_by_role("button").click()
    code.get_by_role("button", name="Copied").wait_for()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('"""') and "thresholds.correct_at" in copied
    assert re.search(r'(?m)^key = "student-(mnist|digits)-omit3-seed0-[0-9a-f]+"$', copied)
    tab.wait_for_url(re.compile("learn=python"))


def explains_its_terms_by_keyboard_and_mouse(tab):
    """Check what the sign beside the first sentence shows, and when."""
    icon = tab.locator('.st-key-lead [data-testid="stTooltipIcon"]')
    tooltip = tab.locator('[data-testid="stTooltipContent"]')
    icon.hover()
    tooltip.wait_for()
    assert "Student" in tooltip.inner_text()
    tab.mouse.move(5, 700)
    tooltip.wait_for(state="detached")
    icon.get_by_role("button").focus()
    tooltip.wait_for()


def test_opening_the_panel_leaves_the_page_as_it_is(server, tab):
    opened(tab, f"{server}/offset")
    tab.evaluate("document.querySelector('h1').dataset.mark = 'kept'")
    chart = tab.locator('[data-testid="stVegaLiteChart"]').first
    chart.evaluate("element => { element.dataset.mark = 'kept' }")
    tab.get_by_text(LABEL).click()
    tab.get_by_role("radio", name="Formula").click()
    tab.locator(".st-key-teaching_formula .katex").first.wait_for()
    assert chart.get_attribute("data-mark") == "kept"
    assert tab.locator("h1").get_attribute("data-mark") == "kept"


@pytest.mark.parametrize("page", ["story", "soft_targets", "offset", "train", "mistakes"])
def test_a_formula_stays_within_a_phones_width(server, tab, page):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, f"{server}/{page}?learn=formula")
    tab.locator(".st-key-teaching_formula .katex").first.wait_for()
    widths = tab.locator(".st-key-teaching_formula").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert widths[0] <= widths[1]
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_glossary_finds_a_term_and_leads_to_its_page(server, tab):
    tab.goto(f"{server}/glossary")
    settle(tab)
    tab.get_by_label("Search").fill("flip threshold")
    tab.get_by_label("Search").press("Enter")
    tab.wait_for_url(re.compile(r"[?&]q=flip(\+|%20)threshold(&|$)"))
    settle(tab)
    assert tab.get_by_text(re.compile(r"^\d+ of \d+ terms")).is_visible()
    tab.get_by_text("See it", exact=True).first.click()
    tab.wait_for_url("**/mistakes*")
