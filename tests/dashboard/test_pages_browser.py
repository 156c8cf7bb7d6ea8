"""Every page in real Chromium against the real app and its shipped runs."""

import pytest

from dashboard import catalogue
from tests.dashboard.conftest import settle
from tests.dashboard.pages import TOPICS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("topic", TOPICS)
def test_page_draws_without_an_error_or_a_request_elsewhere(topic, server, tab):
    tab.goto(f"{server}/{topic}")
    settle(tab)
    assert tab.locator("h1").count() == 1
    assert f"/{topic}" in tab.url
    title = catalogue.PAGES[topic].title
    assert tab.title() == (title if topic == "story" else f"{title} – The missing 3")


def test_the_bare_address_shows_the_first_page_itself(server, tab):
    """To lead on from there would make Back a trap."""
    tab.goto(f"{server}/")
    settle(tab)
    assert "never saw a 3" in tab.locator("h1").inner_text()
    assert "/story" not in tab.url
