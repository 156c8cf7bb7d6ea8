"""The dashboard in real Chromium: first page, page to page, drags, controls, strokes, training.

    python -m benchmarks.pages [--json PATH] [--repeats N]

Needs requirements-dev.txt and Chromium; the training part needs MNIST. Prints medians with the
smallest and the largest of the repeats, and writes them to benchmarks/results/pages.json.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser import controls
from benchmarks.browser.dashboard import ROOT, launched, settle, start_server
from benchmarks.browser.drags import SLIDERS, drag
from benchmarks.browser.strokes import waits
from benchmarks.measurement import spread
from kdengine import files
from kdengine.data import mnist_files
from kdengine.store import shapes

RESULT = ROOT / "benchmarks" / "results" / "pages.json"
TITLES = {
    "Soft targets": "soft_targets",
    "The offset": "offset",
    "Mistakes": "mistakes",
    "Draw your own": "draw",
    "Train": "train",
    "The missing 3": "story",
}
HEADINGS = {"The missing 3": "never saw a"}
UNITS = {"frame_median_ms": "ms", "frame_p95_ms": "ms"}
# The measured training must outlast what is measured beside it; it is cancelled in the end.
EPOCHS = 200
POINT = """() => document.querySelector(
    '[data-testid="stVegaLiteChart"] .mark-symbol.role-mark path')"""
Figures = dict[str, dict[str, Any]]


class Server(NamedTuple):
    """A running dashboard: its address, its process, and when its start began."""

    url: str
    process: psutil.Process
    began: float


def main() -> int:
    """Measure everything, print it and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=RESULT)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    figures: Figures = {}
    with sync_playwright() as driver:
        browser = launched(driver)
        cold = [
            with_server(lambda server: first_page(browser, server)) for _ in range(options.repeats)
        ]
        note(figures, "first_page", "cold", cold)
        with_server(lambda server: warm_figures(browser, server, options.repeats, figures))
        browser.close()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    shapes.write_json(options.json, report_of(figures))
    print(f"wrote {options.json}")
    return 0


def report_of(figures: Figures) -> dict[str, Any]:
    """Return the figures with where and when they were measured."""
    from benchmarks import machine  # imports torch, which must not weigh on what is measured

    return {
        "format": 1,
        "made_by": "python -m benchmarks.pages",
        "created": datetime.now(UTC).date().isoformat(),
        "machine": machine.describe(),
        "figures": figures,
    }


def with_server(measure: Callable[[Server], Any]) -> Any:
    """Start a dashboard with the shipped runs in a cache of its own and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
        environment = {
            **os.environ,
            "KDENGINE_DATA_DIR": str(files.data_dir().resolve()),
            "KDENGINE_CACHE_DIR": str(cache),
            "KDENGINE_OFFLINE": "1",
        }
        began = time.monotonic()
        process, url = start_server(environment, Path(folder) / "app.log")
        try:
            server = Server(url, psutil.Process(process.pid), began)
            return measure(server)
        finally:
            # A training outlives the server that started it, as it should, but not this one.
            for worker in workers(server):
                worker.kill()
            process.terminate()
            process.wait(10)


def first_page(browser: Browser, server: Server) -> float:
    """Return the seconds from the start of the server to the overview's last element."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(server.url)
    page.get_by_text("What distillation is for").wait_for(timeout=60_000)
    seconds = time.monotonic() - server.began
    page.close()
    return seconds


def warm_figures(browser: Browser, server: Server, repeats: int, figures: Figures) -> None:
    """Measure page to page and the drags, then both again beside a live training."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(server.url)
    settle(page)
    walk(page)  # once, so that every page is warm
    pages_and_drags(page, server.url, repeats, figures, "")
    if mnist_files.present():
        train(page, server.url, figures)
        pages_and_drags(page, server.url, repeats, figures, "_while_training")
        cancel(page, server, figures)
    page.close()


def pages_and_drags(page: Page, url: str, repeats: int, figures: Figures, when: str) -> None:
    """Measure the walk through all pages, drags, controls and strokes, *repeats* times."""
    rounds = [walk(page) for _ in range(repeats)]
    for topic in TITLES.values():
        note(figures, f"pages{when}", topic, [seconds[topic] for seconds in rounds])
    browser = page.context.browser
    assert browser is not None
    for topic, slider in SLIDERS.items():
        drags = [drag(browser, f"{url}/{topic}", slider) for _ in range(repeats)]
        for name in drags[0]:
            values = [figure[name] for figure in drags]
            note(figures, f"drags{when}", f"{topic} {name}", values, UNITS.get(name, ""))
    used = controls.figures(browser, url, repeats, training=bool(when))
    for name, values in used.items():
        note(figures, f"controls{when}", name, values, "ms")
    strokes = [waits(browser, f"{url}/draw") for _ in range(repeats)]
    for name in strokes[0]:
        values = [figure[name] for figure in strokes]
        note(figures, f"strokes{when}", f"draw {name}", values, "ms")


def walk(page: Page) -> dict[str, float]:
    """Visit every page through the sidebar; return the seconds until each stands still."""
    seconds = {}
    for title, topic in TITLES.items():
        began = time.monotonic()
        page.get_by_role("link", name=title, exact=True).click()
        heading = page.get_by_role("heading", level=1)
        heading.filter(has_text=HEADINGS.get(title, title)).wait_for(timeout=60_000)
        if topic in SLIDERS:
            page.wait_for_selector(SLIDERS[topic], timeout=60_000)
        settle(page)
        seconds[topic] = time.monotonic() - began - 0.4  # settle watches that long to be sure
    return seconds


def train(page: Page, url: str, figures: Figures) -> None:
    """Start a long MNIST training and measure the way to its first point."""
    page.goto(f"{url}/train")
    settle(page)
    epochs = page.get_by_role("spinbutton", name="Teacher's epochs", exact=True)
    epochs.fill(str(EPOCHS))
    epochs.press("Enter")
    settle(page)
    began = time.monotonic()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text(re.compile("(Before its first|After) epoch")).wait_for(timeout=120_000)
    page.wait_for_function(POINT, timeout=120_000)
    note(figures, "training", "start to first point", [time.monotonic() - began])


def cancel(page: Page, server: Server, figures: Figures) -> None:
    """Cancel the training and measure until no process of it is left.

    Raises
    ------
    RuntimeError
        If it has ended by itself: then not everything was measured beside it.
    """
    if not workers(server):
        raise RuntimeError(f"the training of {EPOCHS} epochs ended too early; raise EPOCHS.")
    page.get_by_role("link", name="Train", exact=True).click()
    # A page that shows a training never stands still for long, so there is no settling.
    page.get_by_role("button", name="Cancel").first.wait_for(timeout=60_000)
    began = time.monotonic()
    page.get_by_role("button", name="Cancel").first.click()
    while workers(server):
        page.wait_for_timeout(20)
    note(figures, "training", "cancel to stopped", [time.monotonic() - began])


def workers(server: Server) -> list[psutil.Process]:
    """Return the training processes that *server* has started and that are alive."""
    found = []
    for process in server.process.children(recursive=True):
        with suppress(psutil.Error):  # it may end while it is looked at
            if "dashboard.jobs.worker" in process.cmdline():
                found.append(process)
    return found


def note(figures: Figures, group: str, name: str, values: list[float], unit: str = "s") -> None:
    """Keep a figure and print its median and range."""
    figure = {**spread(values), "repeats": len(values), "unit": unit}
    figures.setdefault(group, {})[name] = figure
    around = f"  ({figure['min']:.2f} to {figure['max']:.2f})" if len(values) > 1 else ""
    label = f"{group.replace('_', ' ')}: {name.replace('_', ' ')}"
    print(f"{label:<60}{figure['median']:>8.2f} {unit}{around}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
