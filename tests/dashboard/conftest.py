"""The real dashboard in real Chromium: one server for the session, one browser tab a test."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Streamlit looks for its own server below a deep link's path before it tries the root.
STREAMLIT_PROBE = re.compile(r"/_stcore/(health|host-config)$")
OWN_ADDRESS = re.compile(r"^(https?|wss?)://127\.0\.0\.1[:/]|^(data|blob|about):")


def chromium_path() -> str | None:
    """Return the browser's path: CHROMIUM, or what the system has."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def start_server(
    environment: dict[str, str], log: Path, script: Path = ROOT / "dashboard" / "Home.py"
) -> tuple[subprocess.Popen, str]:
    """Start the dashboard, or another *script*, on a free port and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = [
        "--server.headless=true",
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.fileWatcherType=none",
    ]
    with log.open("w") as output:
        process = subprocess.Popen(
            command + options, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        if process.poll() is not None:
            pytest.fail(f"the dashboard ended at once:\n{log.read_text()}")
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
            return process, address
        except OSError:
            time.sleep(0.25)
    process.kill()
    return pytest.fail(f"the dashboard did not answer within 60 s:\n{log.read_text()}")


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
    path = chromium_path()
    if path is None:
        pytest.skip("needs Chromium; install it or set CHROMIUM to its path")
    arguments = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
    if os.name == "posix" and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses root otherwise
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, args=arguments)
        yield launched
        launched.close()


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


def settle(page, limit: float = 60.0) -> float:
    """Wait until the page's script has run and nothing changes; return the seconds it took."""
    began = time.monotonic()
    page.wait_for_selector('[data-testid="stMain"] h1', timeout=limit * 1000)
    quiet, seen = 0, None
    while time.monotonic() - began < limit:
        state = page.evaluate(
            """() => [
                document.querySelectorAll('[data-testid="stStatusWidget"]').length,
                document.querySelectorAll(
                    '[data-testid="stSkeleton"], [data-testid="stSpinner"]').length,
                document.body.innerText.length, document.querySelectorAll('*').length].join()"""
        )
        still = state.startswith("0,0,") and state == seen
        quiet = quiet + 1 if still else 0
        seen = state
        if quiet >= 3:
            return time.monotonic() - began
        page.wait_for_timeout(100)
    return pytest.fail(f"the page never stood still within {limit:g} s")


def next_frame(page) -> None:
    """Wait until what was asked of the page before has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
