"""No page breaks a serious or critical rule of axe-core in the project's own elements."""

import pytest

from tests.dashboard import accessibility
from tests.dashboard.conftest import settle
from tests.dashboard.pages import TOPICS

pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
pytestmark = pytest.mark.browser
# axe cannot judge the contrast of what is scrolled out of sight, so all of a page is in sight.
TALL = {"width": 1280, "height": 4000}
OPEN_EXPANDERS = """() => document.querySelectorAll(
    '[data-testid="stExpander"] details:not([open]) > summary').forEach(e => e.click())"""
# What breaks a rule: a picture without words, a button without a name, text hardly to be seen.
BAD = """<div class="bad"><img src="data:,"><button></button>
    <p style="color:#ccc;background:#fff">pale words</p></div>"""
INTO = """([where, html]) => {
    const place = where.endsWith('shadow')
        ? [...document.querySelectorAll('*')].find(e => e.shadowRoot).shadowRoot
        : document.querySelector(where);
    const made = document.createElement('div');
    made.innerHTML = html;
    place.append(made);
}"""
BROKEN = {"button-name", "color-contrast", "image-alt"}


def open_tall(tab, address):
    """Open a page with all of it in sight and nothing folded away."""
    tab.set_viewport_size(TALL)
    tab.goto(address)
    settle(tab)
    tab.evaluate(OPEN_EXPANDERS)


@pytest.mark.parametrize("topic", TOPICS)
def test_own_elements_break_no_rule_in_light_and_dark(topic, server, tab):
    open_tall(tab, f"{server}/{topic}")
    found = {}
    for mode in ("light", "dark"):
        tab.emulate_media(color_scheme=mode)
        tab.wait_for_timeout(300)
        settle(tab)
        found[mode] = accessibility.own_findings(tab)
    assert found == {"light": [], "dark": []}


@pytest.mark.parametrize(
    ("topic", "where"),
    [
        ("story", '[data-testid="stHtml"]:has(div div)'),
        ("story", '[data-testid="stMain"] [data-testid="stMarkdown"]'),
        ("draw", "shadow"),
    ],
)
def test_a_bad_element_of_ours_is_found(topic, where, server, tab):
    open_tall(tab, f"{server}/{topic}")
    tab.evaluate(INTO, [where, BAD])
    assert {finding.rule for finding in accessibility.own_findings(tab)} >= BROKEN


@pytest.mark.parametrize(
    "where", ['[data-testid="stSelectbox"]', '[data-testid="stSidebarHeader"]']
)
def test_a_bad_element_of_streamlit_is_not_counted(where, server, tab):
    open_tall(tab, f"{server}/draw")
    tab.evaluate(INTO, [where, BAD])
    every = accessibility.findings(tab)
    assert {finding.rule for finding in every} >= {"button-name", "image-alt"}
    assert accessibility.own_findings(tab) == []
