"""The real dashboard, started for a measurement or a test, and the browser beside it.

The tests of the dashboard use it too; it imports neither them nor Playwright.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from kdengine import files

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
# Streamlit looks for its own server below a deep link's path before it tries the root.
STREAMLIT_PROBE = re.compile(r"/_stcore/(health|host-config)$")
OWN_ADDRESS = re.compile(r"^(https?|wss?)://127\.0\.0\.1[:/]|^(data|blob|about):")
# Looked at every 100 ms: whether the script has run, no run of it that was asked for is still to
# begin, no part of the page is still to come, and the page has been the same for three looks.
# `began` tells one wait from the next. The page does not tell that it has asked: from the first
# look on, what it sends and gets does, in Streamlit's protocol (`BackMsg`, `ForwardMsg`). Where it
# has asked twice, one run may answer both or the second be still to come: it is watched for longer.
STANDS_STILL = """began => {
    const [RERUN_SCRIPT, NEW_SESSION] = [11, 4];
    const about = bytes => {  // the number of a message's first field after those of its delivery
        for (let at = 0; at < bytes.length;) {
            const field = bytes[at++] >> 3;
            if (field > 2) return field;
            let length = 0;
            for (let shift = 0, more = true; more; shift += 7) {
                more = bytes[at] > 127;
                length += (bytes[at++] & 127) << shift;
            }
            at += length;
        }
    };
    if (!WebSocket.prototype.sendUnseen) {
        const unseen = WebSocket.prototype.sendUnseen = WebSocket.prototype.send;
        WebSocket.prototype.send = function (bytes) {
            if (about(new Uint8Array(bytes)) === RERUN_SCRIPT) {
                const answered = () => {
                    window.enough = window.runsAsked > 1 ? 12 : 3;
                    window.runsAsked = 0;
                };
                if (!this.isHeard) {
                    this.addEventListener('close', answered);
                    this.addEventListener('message', ({ data }) => {
                        if (about(new Uint8Array(data)) === NEW_SESSION) answered();
                    });
                }
                this.isHeard = true;
                window.runsAsked = (window.runsAsked ?? 0) + 1;
            }
            return unseen.call(this, bytes);
        };
    }
    const looks = window.looks?.began === began ? window.looks : { began, quiet: 0 };
    const ran = !window.runsAsked && document.querySelector(
        '[data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]');
    const awaited = document.querySelector(
        '[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-testid="stSpinner"]');
    const seen = [document.body.innerText.length, document.querySelectorAll('*').length].join();
    looks.quiet = ran && !awaited && seen === looks.seen ? looks.quiet + 1 : 0;
    looks.seen = seen;
    window.looks = looks;
    return looks.quiet >= (window.enough ?? 3);
}"""


def chromium_path() -> str | None:
    """Return the browser's path: CHROMIUM, or what the system has."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def launched(driver: Any) -> Any:
    """Return headless Chromium, started by Playwright's *driver*."""
    arguments = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
    # Another name of this machine, under which plain http is what it is in a lecture hall
    arguments.append("--host-resolver-rules=MAP lecture.example 127.0.0.1")
    if os.name == "posix" and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses root otherwise
    return driver.chromium.launch(executable_path=chromium_path(), args=arguments)


def start_server(
    environment: dict[str, str],
    log: Path,
    script: Path = ROOT / "dashboard" / "Home.py",
    bound_to: str = "127.0.0.1",
) -> tuple[subprocess.Popen, str]:
    """Start the dashboard, or another *script*, on a free port and return it and its address.

    RuntimeError if it ends at once or does not answer, with what it wrote to *log*.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = {"headless": "true", "port": port, "address": bound_to, "fileWatcherType": "none"}
    options = [f"--server.{name}={value}" for name, value in settings.items()]
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *options],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise RuntimeError(f"the dashboard ended at once:\n{log.read_text()}")
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
            return process, address
        except OSError:
            time.sleep(0.25)
    process.kill()
    raise RuntimeError(f"no answer within {START_SECONDS:g} s:\n{log.read_text()}")


def note_problems(page: Any, problems: list[str]) -> None:
    """Note what must not happen on *page*: an error, a request that fails or goes elsewhere."""

    def note(is_wrong: bool, words: str) -> None:
        if is_wrong:
            problems.append(words)

    page.on("pageerror", lambda error: note(True, str(error)))
    page.on("request", lambda r: note(not OWN_ADDRESS.match(r.url), r.url))
    page.on(
        "requestfailed",
        # The browser itself gives up what another page does not need.
        lambda r: note(r.failure != "net::ERR_ABORTED", f"{r.failure} {r.url}"),
    )
    page.on(
        "response",
        lambda r: note(
            r.status >= 400 and not STREAMLIT_PROBE.search(r.url), f"{r.status} {r.url}"
        ),
    )
    page.on("console", lambda m: note(m.type == "error" and "status of 404" not in m.text, m.text))


def settle(page: Any, limit: float = 60.0) -> float:
    """Wait until the page's script has run and nothing changes; return the seconds it took.

    Playwright's TimeoutError if it has not stood still after *limit* seconds.
    """
    began = time.monotonic()
    page.wait_for_selector('[data-testid="stMain"] h1', timeout=limit * 1000)
    page.wait_for_function(STANDS_STILL, arg=began, polling=100, timeout=limit * 1000)
    return time.monotonic() - began


class Server(NamedTuple):
    """A running dashboard: its address, its process, and when its start began."""

    url: str
    process: psutil.Process
    began: float

    def workers(self) -> list[psutil.Process]:
        """Return the training processes that it has started and that are alive."""
        found = []
        for process in self.process.children(recursive=True):
            with suppress(psutil.Error):  # it may end while it is looked at
                if "dashboard.jobs.worker" in process.cmdline():
                    found.append(process)
        return found


@contextmanager
def served(**more: str) -> Iterator[Server]:
    """Run a dashboard with the shipped runs in a cache of its own, *more* in its environment."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
        environment = {
            **os.environ,
            "KDENGINE_DATA_DIR": str(files.data_dir().resolve()),
            "KDENGINE_CACHE_DIR": str(cache),
            "KDENGINE_OFFLINE": "1",
            **more,
        }
        began = time.monotonic()
        process, url = start_server(environment, Path(folder) / "app.log")
        server = Server(url, psutil.Process(process.pid), began)
        try:
            yield server
        finally:
            # A training outlives the server that started it, as it should, but not this one.
            for worker in server.workers():
                worker.kill()
            process.terminate()
            process.wait(10)


@contextmanager
def opened(
    browser: Any, address: str, prepare: Callable[[Any], None] = lambda page: None
) -> Iterator[Any]:
    """Open the page at *address* in a tab of its own, once it stands still; then close it."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    prepare(page)
    page.goto(address)
    settle(page)
    yield page
    page.close()
