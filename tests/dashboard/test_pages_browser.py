"""Every page in real Chromium against the real app and its shipped runs."""

import pytest

from tests.dashboard.conftest import settle
from tests.dashboard.pages import TOPICS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("topic", TOPICS)
def test_page_draws_without_an_error_or_a_request_elsewhere(topic, server, tab):
    tab.goto(f"{server}/{topic}")
    settle(tab)
    assert tab.locator("h1").count() == 1
    assert f"/{topic}" in tab.url


def test_root_leads_to_the_overview_and_keeps_the_run(server, tab):
    tab.goto(f"{server}/")
    settle(tab)
    assert "/story" in tab.url
