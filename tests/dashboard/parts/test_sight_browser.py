"""Charts wait until they come into sight, in real Chromium."""

import pytest

from tests.dashboard.conftest import settle_in_sight
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

pytest.importorskip("playwright.sync_api", reason="needs Playwright and Chromium")

CHART = '[data-testid="stVegaLiteChart"]'
PRINT = """window.print = () => {
    window.printed = document.querySelectorAll('svg.marks').length;
};"""


def test_a_chart_is_built_when_it_comes_into_sight(server, fresh_tab):
    # So low a window that the chart is below it even before the parts above have their height
    fresh_tab.set_viewport_size({"width": 1280, "height": 200})
    fresh_tab.goto(f"{server}/offset?run={shipped('mnist')}")
    settle_in_sight(fresh_tab)
    assert fresh_tab.locator("svg.marks").count() == 0
    chart = fresh_tab.locator(CHART).first
    assert chart.bounding_box()["height"] > 100  # it keeps its place meanwhile
    chart.scroll_into_view_if_needed()
    chart.locator("svg.marks").wait_for()
    assert fresh_tab.locator("svg.marks").count() == 1  # those behind the fold below still wait


@pytest.mark.parametrize("press", ["Control+p", "Meta+p", None])
def test_whoever_prints_gets_the_charts_that_nobody_has_seen(server, fresh_tab, press):
    fresh_tab.add_init_script(PRINT)
    fresh_tab.goto(f"{server}/offset")
    settle_in_sight(fresh_tab)
    fresh_tab.keyboard.press(press) if press else fresh_tab.evaluate("() => window.print()")
    fresh_tab.wait_for_function("() => window.printed === 1")
