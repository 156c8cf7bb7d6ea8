"""Every page in real Chromium against the real app and its shipped runs.

A page opens without an error or a request elsewhere, and none of the project's own elements in it
breaks a serious or critical rule of axe-core, in light or in dark. It is opened on a phone, where
it must fit (see `test_phone`), and then looked at on a large screen.
"""

from collections import defaultdict

import pytest

from dashboard import catalogue
from tests.dashboard import accessibility
from tests.dashboard.conftest import settle
from tests.dashboard.pages import VIEWS
from tests.dashboard.test_phone import assert_it_fits, open_on_phone

pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
pytestmark = pytest.mark.browser
# axe cannot judge the contrast of what is scrolled out of sight, so all of a page is in sight.
TALL = {"width": 1280, "height": 4000}
OPEN_EXPANDERS = """() => document.querySelectorAll(
    '[data-testid="stExpander"] details:not([open]) > summary').forEach(e => e.click())"""
# What breaks a rule: a picture without words, a button without a name, text hardly to be seen.
BAD = """<img src="data:," class="NAME's bad"><button class="NAME's bad"></button>
    <p class="NAME's bad" style="color:#ccc;background:#fff">pale words</p>"""
NAMELESS = {"button-name", "image-alt"}
BROKEN = NAMELESS | {"color-contrast"}
OURS = {
    "html": '[data-testid="stHtml"]:has(div div)',
    "markdown": '[data-testid="stMain"] [data-testid="stMarkdown"]',
    "shadow": "shadow",
}
STREAMLITS = {
    "select": '[data-testid="stSelectbox"]',
    "header": '[data-testid="stSidebarHeader"]',
}
INTO = """([where, html]) => {
    const place = where === 'shadow'
        ? [...document.querySelectorAll('*')].find(
            e => e.shadowRoot && e.offsetHeight > 100).shadowRoot
        : document.querySelector(where);
    const made = document.createElement('div');
    made.innerHTML = html;
    place.append(made);
}"""


def all_in_sight(tab):
    """Show all of the page, and nothing folded away."""
    tab.set_viewport_size(TALL)
    tab.evaluate(OPEN_EXPANDERS)


@pytest.mark.parametrize("view", VIEWS)
def test_page_opens_fits_on_a_phone_and_breaks_no_rule_in_light_and_dark(view, server, tab):
    topic = view.split("?")[0]
    open_on_phone(tab, f"{server}/{view}")
    assert_it_fits(tab, view)
    assert tab.locator("h1").count() == 1
    assert f"/{view}" in tab.url
    title = catalogue.PAGES[topic].title
    assert tab.title() == (title if topic == "story" else f"{title} – The missing 3")
    all_in_sight(tab)
    settle(tab)
    assert tab.locator('[data-testid="stSidebar"]').is_visible()
    found = {"light": accessibility.own_findings(tab) + accessibility.pale(tab)}
    tab.emulate_media(color_scheme="dark")
    app = "document.querySelector('[data-testid=stApp]')"
    tab.wait_for_function(f"getComputedStyle({app}).colorScheme === 'dark'")
    tab.keyboard.press("r")  # charts have the colours of the page's last run
    settle(tab)
    # What else breaks a rule is the same in every colour.
    found["dark"] = accessibility.own_findings(tab, ["color-contrast"]) + accessibility.pale(tab)
    assert found == {"light": [], "dark": []}


def test_the_bare_address_shows_the_first_page_itself(server, tab):
    """To lead on from there would make Back a trap."""
    tab.goto(f"{server}/")
    settle(tab)
    assert "never saw a 3" in tab.locator("h1").inner_text()
    assert "/story" not in tab.url


def test_what_breaks_a_rule_counts_where_it_is_ours(server, tab):
    broken, counted = defaultdict(set), defaultdict(set)
    places = OURS | STREAMLITS
    for page, names in (("lab", ("html", "markdown")), ("story", ("shadow", *STREAMLITS))):
        tab.goto(f"{server}/{page}")
        settle(tab)
        all_in_sight(tab)
        for name in names:
            tab.evaluate(INTO, [places[name], BAD.replace("NAME", name)])
        for finding in accessibility.findings(tab):
            for name in names:
                if f"{name}'s bad" in finding.html:
                    broken[name].add(finding.rule)
                    if finding.own:
                        counted[name].add(finding.rule)
    assert all(counted[name] >= BROKEN for name in OURS)
    assert all(broken[name] >= NAMELESS and not counted[name] for name in STREAMLITS)
