"""What fits on a phone: nothing reaches beyond the edge, no words of ours are cut.

That every page does shows `test_pages_browser`.
"""

import re

import pytest

from tests.dashboard import accessibility
from tests.dashboard.conftest import next_frame, settle

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
WITH_SLIDER = ("draw", "offset", "soft_targets")
# What is wider than the page, and what of ours is cut, unless it scrolls sideways by itself.
CUT = (
    "({ own, streamlits }) => { const isOwn = "
    + accessibility.IS_OWN
    + """;
    const width = document.documentElement.clientWidth;
    const main = document.querySelector('[data-testid="stMain"]');
    const wide = [document.documentElement, main]
        .filter(e => e.scrollWidth > e.clientWidth)
        .map(e => `${e.dataset.testid ?? e.tagName} is ${e.scrollWidth} wide of ${e.clientWidth}`);
    const scrolls = e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
    const up = e => e.parentElement ?? e.getRootNode().host;
    const mayScroll = e => { for (let at = e; at && at !== main; at = up(at))
        if (scrolls(at)) return true; return false; };
    const all = root => [...root.querySelectorAll('*')]
        .flatMap(e => e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]);
    const seen = e => e.checkVisibility({ visibilityProperty: true })
        && e.getBoundingClientRect().width > 2;
    const cut = all(main).filter(e => seen(e) && isOwn(e, own, streamlits) && !mayScroll(e))
        .filter(e => { const box = e.getBoundingClientRect();
            const hides = getComputedStyle(e).overflowX !== 'visible';
            return box.right > width + 1 || box.left < -1
                || (hides && e.scrollWidth > e.clientWidth + 1); })
        .map(e => `${e.tagName}.${e.getAttribute('class')}: ${e.textContent.slice(0, 60)}`);
    // A chart cuts what reaches beyond its own picture, even where the picture scrolls. The box
    // of a text is some pixels larger than its letters.
    const clipped = [...main.querySelectorAll('svg.marks text')].filter(e => {
        const [box, picture] = [e, e.closest('svg')].map(at => at.getBoundingClientRect());
        return box.width > 0 && (box.left < picture.left - 4 || box.right > picture.right + 4);
    }).map(e => `in a chart: ${e.textContent}`);
    return [...wide, ...cut, ...clipped];
}"""
)
LONG_TITLE = """() => {
    const text = document.querySelector('[data-testid="stMain"] svg.marks text');
    text.textContent = 'a title that does not end '.repeat(9);
}"""
TOO_WIDE = """where => {
    const made = document.createElement('div');
    made.textContent = 'words that do not end';
    made.style.cssText = 'width:500px;white-space:nowrap';
    document.querySelector(where).append(made);
}"""


def cut(tab):
    """Return what is cut off, in words."""
    return tab.evaluate(CUT, {"own": accessibility.OWN, "streamlits": accessibility.STREAMLITS})


def open_on_phone(tab, address):
    """Open a page on a phone, where the sidebar hides by itself."""
    tab.set_viewport_size(PHONE)
    tab.goto(address)
    settle(tab)


def assert_it_fits(tab, view):
    """Check one of `VIEWS`, opened on a phone."""
    if view in WITH_SLIDER:
        assert_slider_stays_whole(tab)
    assert cut(tab) == []


def assert_slider_stays_whole(tab):
    """A chart's slider is on the screen wherever its wide picture is scrolled to."""
    slider = tab.locator('.vega-bind input[type="range"]')
    slider.wait_for()
    settle(tab)
    # Vega's own would be such as 1.50278601828981.
    told = slider.get_attribute("aria-valuetext")
    assert re.fullmatch(r"-?\d+(\.\d{1,3})?", told)
    assert float(told) == pytest.approx(float(slider.input_value()), abs=0.01)
    assert slider.locator("xpath=following-sibling::*").inner_text() == told
    for scrolled in (200, 0):
        tab.eval_on_selector_all(
            '[class*="_wide_picture"]',
            "(all, left) => all.forEach(one => one.scrollTo({left, behavior: 'instant'}))",
            scrolled,
        )
        place = slider.bounding_box()
        assert place["width"] > 150
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= PHONE["width"]


def test_what_is_too_wide_is_found_and_so_is_a_charts_cut_title(server, tab):
    open_on_phone(tab, f"{server}/mistakes")
    tab.evaluate(TOO_WIDE, '[data-testid="stMain"] [data-testid="stMarkdown"]')
    assert any("words that do not end" in found for found in cut(tab))
    tab.evaluate(LONG_TITLE)
    assert any("in a chart: a title that does not end" in found for found in cut(tab))


def test_the_morphs_blend_is_seen_on_a_phone_at_every_end(server, tab):
    open_on_phone(tab, f"{server}/draw")
    picture = tab.locator(".st-key-draw_picture")
    slider = picture.locator('.vega-bind input[type="range"]')
    slider.wait_for()
    for share in ("0", "0.5", "1"):
        slider.evaluate(
            "(e, share) => { e.value = share; e.dispatchEvent(new Event('input')) }", share
        )
        next_frame(tab)
        for image in picture.locator("svg image").all():
            place = image.bounding_box()
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= PHONE["width"]
