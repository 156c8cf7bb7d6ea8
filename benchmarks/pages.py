"""The dashboard in real Chromium: first page, page to page, drags, live training.

    python -m benchmarks.pages [--json PATH]

Needs requirements-dev.txt and Chromium; the training part needs MNIST. Prints medians with the
smallest and the largest of the repeats.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from kdengine import datasets
from tests.browser.conftest import ROOT, chromium_path, settle, start_server

TITLES = {
    "Soft targets": "soft_targets",
    "The offset": "bias_sweep",
    "Confusions": "confusion",
    "Misclassified": "misclassified",
    "Train": "train",
    "The missing 3": "overview",
}
HEADINGS = {"The missing 3": "never saw a"}
SLIDER = '[data-testid="stVegaLiteChart"] input[type="range"]'
POINT = """() => document.querySelector(
    '[data-testid="stVegaLiteChart"] .mark-symbol.role-mark path')"""
FRAMES = """() => {
    window.frames_at = [];
    const note = now => { window.frames_at.push(now); requestAnimationFrame(note) };
    requestAnimationFrame(note);
}"""
PICTURE = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"] svg.marks *')]
    .map(e => (e.getAttribute('d') || '') + (e.getAttribute('transform') || '')
        + (e.children.length ? '' : e.textContent)).join()"""


def main() -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    figures: dict[str, Any] = {"cores": os.cpu_count()}
    with sync_playwright() as driver:
        arguments = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
        if os.name == "posix" and os.geteuid() == 0:
            arguments.append("--no-sandbox")
        browser = driver.chromium.launch(executable_path=chromium_path(), args=arguments)
        cold = [
            with_server(lambda url, began: first_page(browser, url, began))
            for _ in range(options.repeats)
        ]
        report(figures, "first page after `streamlit run`, cold", "s", cold)
        with_server(lambda url, _: warm_figures(browser, url, options.repeats, figures))
        browser.close()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def with_server(measure: Callable[[str, float], Any]) -> Any:
    """Start a dashboard with the shipped runs in a cache of its own and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
        environment = {**os.environ, "KDENGINE_CACHE_DIR": str(cache), "KDENGINE_OFFLINE": "1"}
        began = time.monotonic()
        process, url = start_server(environment, Path(folder) / "app.log")
        try:
            return measure(url, began)
        finally:
            process.terminate()
            process.wait(10)


def first_page(browser: Browser, url: str, began: float) -> float:
    """Return the seconds from the start of the server to the overview's last element."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(url)
    page.get_by_text("What distillation is for").wait_for(timeout=60_000)
    seconds = time.monotonic() - began
    page.close()
    return seconds


def warm_figures(browser: Browser, url: str, repeats: int, figures: dict[str, Any]) -> None:
    """Measure page to page, the drags and a live training on one running server."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(url)
    settle(page)
    walk(page)  # once, so that every page is warm
    rounds = [walk(page) for _ in range(repeats)]
    for topic in TITLES.values():
        report(figures, f"page {topic}, warm", "s", [seconds[topic] for seconds in rounds])
    for topic, other in (("soft_targets", "T"), ("bias_sweep", "the offset")):
        drags = [drag(browser, f"{url}/{topic}") for _ in range(repeats)]
        for name, unit in (("frame", "ms"), ("pictures", "of 60 moves"), ("reruns", "")):
            report(figures, f"drag of {other}: {name}", unit, [d[name] for d in drags])
    if datasets.mnist_present():
        train(page, url, figures)
    page.close()


def walk(page: Page) -> dict[str, float]:
    """Visit every page through the sidebar; return the seconds until each stands still."""
    seconds = {}
    for title, topic in TITLES.items():
        began = time.monotonic()
        page.get_by_role("link", name=title, exact=True).click()
        heading = page.get_by_role("heading", level=1)
        heading.filter(has_text=HEADINGS.get(title, title)).wait_for(timeout=60_000)
        if topic in ("soft_targets", "bias_sweep"):
            page.wait_for_selector(SLIDER, timeout=60_000)
        settle(page)
        seconds[topic] = time.monotonic() - began - 0.4  # settle watches that long to be sure
    return seconds


def drag(browser: Browser, address: str) -> dict[str, float]:
    """Drag the page's slider in 60 moves; return frame time, pictures and messages sent."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    page.goto(address)
    settle(page)
    page.wait_for_selector(SLIDER)
    box = page.locator(SLIDER).bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.1 * box["width"], middle)
    page.mouse.down()
    page.wait_for_timeout(600)  # taking hold is a first change of value; let it be answered
    settle(page)
    page.evaluate(FRAMES)
    before, pictures = len(sent), set()
    for move in range(1, 61):
        page.mouse.move(box["x"] + (0.1 + 0.013 * move) * box["width"], middle)
        pictures.add(page.evaluate(PICTURE))
    during = len(sent) - before
    frames = page.evaluate("() => window.frames_at")
    page.mouse.up()
    page.close()
    gaps = [later - earlier for earlier, later in zip(frames, frames[1:], strict=False)]
    return {"frame": statistics.median(gaps), "pictures": len(pictures), "reruns": during}


def train(page: Page, url: str, figures: dict[str, Any]) -> None:
    """Measure a live MNIST training: first point, pages meanwhile, cancel."""
    page.goto(f"{url}/train")
    settle(page)
    began = time.monotonic()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text(re.compile("(Before its first|After) epoch")).wait_for(timeout=120_000)
    page.wait_for_function(POINT, timeout=120_000)
    report(figures, "click on Start to the first point", "s", [time.monotonic() - began])
    busy = walk(page)
    for topic, seconds in busy.items():
        report(figures, f"page {topic}, while training", "s", [seconds])
    page.get_by_role("link", name="Train", exact=True).click()
    settle_or_go_on(page)
    began = time.monotonic()
    page.get_by_role("button", name="Cancel").first.click()
    while any("dashboard.worker" in (p.info["cmdline"] or []) for p in _processes()):
        page.wait_for_timeout(20)
    report(figures, "cancel to stopped", "s", [time.monotonic() - began])


def settle_or_go_on(page: Page) -> None:
    """Wait for the cancel button; a page that shows a training never stands still for long."""
    page.get_by_role("button", name="Cancel").first.wait_for(timeout=60_000)


def _processes() -> Any:
    """Return the machine's processes with their command lines."""
    return psutil.process_iter(["cmdline"])


def report(figures: dict[str, Any], name: str, unit: str, values: list[float]) -> None:
    """Keep a figure and print its median and range."""
    median = statistics.median(values)
    figures[name] = {"median": median, "min": min(values), "max": max(values), "unit": unit}
    spread = f"  ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else ""
    print(f"{name:<45}{median:>8.2f} {unit}{spread}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
