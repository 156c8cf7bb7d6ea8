"""The real dashboard in real Chromium: one server for the session, one browser tab a test."""

import os
import re
import shutil

import pytest

from benchmarks.browser.dashboard import ROOT, chromium_path, launched, start_server
from benchmarks.browser.dashboard import settle as settle  # for the tests beside this file

# Streamlit looks for its own server below a deep link's path before it tries the root.
STREAMLIT_PROBE = re.compile(r"/_stcore/(health|host-config)$")
OWN_ADDRESS = re.compile(r"^(https?|wss?)://127\.0\.0\.1[:/]|^(data|blob|about):")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a dashboard with the shipped runs, in a cache of its own."""
    folder = tmp_path_factory.mktemp("browser")
    cache = folder / "cache"
    cache.mkdir()
    shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
    environment = {**os.environ, "KDENGINE_CACHE_DIR": str(cache), "KDENGINE_OFFLINE": "1"}
    process, address = start_server(environment, folder / "app.log")
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


@pytest.fixture
def tab(browser):
    """A tab of 1280×720 that fails the test on any error or any request to another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda r: None if OWN_ADDRESS.match(r.url) else problems.append(r.url))
    page.on(
        "response",
        lambda r: (
            problems.append(f"{r.status} {r.url}")
            if r.status >= 400 and not STREAMLIT_PROBE.search(r.url)
            else None
        ),
    )
    page.on(
        "console",
        lambda m: (
            problems.append(m.text) if m.type == "error" and "status of 404" not in m.text else None
        ),
    )
    page.problems = problems
    yield page
    shown = page.eval_on_selector_all(
        '[data-testid="stException"]', "all => all.map(e => e.innerText.slice(0, 400))"
    )
    context.close()
    assert not problems + shown


def next_frame(page) -> None:
    """Wait until what was asked of the page before has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
