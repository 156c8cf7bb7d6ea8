"""The real dashboard in real Chromium: one server and one window a process."""

import functools
import os
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner

from benchmarks.browser.dashboard import (
    OWN_ADDRESS,
    ROOT,
    chromium_path,
    launched,
    start_server,
)
from benchmarks.browser.dashboard import settle as settle_in_sight
from tests.dashboard.window import Window, new_page, watched

KEY = "correct-horse-battery"


@pytest.fixture(scope="session", autouse=True)
def packages_looked_at_once():
    """Look for components in the installed packages once, not again for each page of a test.

    Streamlit does at the first run of every `AppTest`, which takes longer than most pages.
    """
    with pytest.MonkeyPatch.context() as patch:
        found = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a dashboard with the shipped runs, in a cache of its own."""
    with running(tmp_path_factory.mktemp("browser"), {}) as address:
        yield address


@pytest.fixture(scope="session")
def keyed_server(tmp_path_factory):
    """The address of a dashboard whose presenter has a key."""
    with running(tmp_path_factory.mktemp("keyed"), {"KDENGINE_PRESENTER_KEY": KEY}) as address:
        yield address


@contextmanager
def running(folder, settings):
    """Run a dashboard with the shipped runs, its cache in *folder*; yield its address."""
    shutil.copytree(ROOT / "cache" / "shipped", folder / "cache" / "shipped")
    settings = {"KDENGINE_CACHE_DIR": str(folder / "cache"), "KDENGINE_OFFLINE": "1", **settings}
    process, address = start_server({**os.environ, **settings}, folder / "app.log")
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, or a skip that says how to get it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    if chromium_path() is None:
        pytest.skip("needs Chromium; install it or set CHROMIUM to its path")
    with playwright.sync_playwright() as driver:
        chromium = launched(driver)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def window(browser):
    """The page that all tests of this process share, one after another."""
    shared = Window(browser)
    yield shared
    shared.close()


@pytest.fixture
def tab(window):
    """A tab of 1280×720 that fails the test on any error or any request to another host.

    It is as good as new, but what cannot be undone in it, such as a script at every page's
    beginning or an emulated machine, needs a `fresh_tab`.
    """
    try:
        with watched(window.enter()) as page:
            yield page
        window.leave()
    except BaseException:
        window.close()  # whatever went wrong stays in this test
        raise


@pytest.fixture
def fresh_tab(browser):
    """A `tab` in a context that no other test has used or will use."""
    page = new_page(browser)
    try:
        with watched(page):
            yield page
    finally:
        page.context.close()


@pytest.fixture
def phones(browser):
    """Two phone-sized tabs, each a session of its own, that must not fail."""
    contexts = [
        browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        for _ in range(2)
    ]
    tabs, problems = [context.new_page() for context in contexts], []
    for phone in tabs:
        phone.on("pageerror", lambda error: problems.append(str(error)))
        phone.on("request", lambda r: None if OWN_ADDRESS.match(r.url) else problems.append(r.url))
    yield tabs
    for context in contexts:
        context.close()
    assert not problems


def next_frame(page) -> None:
    """Wait until what was asked of the page before has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def press_often(page, slider, key: str, times: int) -> int:
    """Press *key* on a slider; return in how many bursts it came: the server is told once a burst.

    On a busy machine the pause between two presses may be longer than the 250 ms that sliders wait
    for the next.
    """
    slider.evaluate(
        """slider => {
            window.changes = [];
            slider.addEventListener('change', () => window.changes.push(performance.now()));
        }"""
    )
    slider.focus()
    for _ in range(times):
        page.keyboard.press(key)
    changes = page.evaluate("window.changes")
    assert len(changes) == times
    return 1 + int((np.diff(changes) > 200).sum())


def settle(page, limit=60.0) -> None:
    """Wait until the page stands still with all its charts, those that nobody has seen too."""
    settle_in_sight(page, limit)
    waiting = page.locator('[data-testid="stVegaLiteChart"]:not([data-seen])')
    if waiting.count():
        waiting.evaluate_all("charts => charts.forEach(chart => { chart.dataset.seen = ''; })")
        settle_in_sight(page, limit)
