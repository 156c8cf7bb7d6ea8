"""The dashboard in real Chromium: first page, page to page, drags, strokes, scene, training.

    python -m benchmarks.pages [--json PATH] [--repeats N]

Needs requirements-dev.txt and Chromium; the training part needs MNIST. Prints medians with the
smallest and the largest of the repeats, and writes them to benchmarks/results/pages.json.
"""

import sys
import time
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser import controls, gestures, scene
from benchmarks.browser.dashboard import Server, launched, opened, served, settle
from benchmarks.measurement import options_of, spread, write
from dashboard import catalogue
from kdengine.cli import command_line
from kdengine.data import mnist_files

TOPICS = ("soft_targets", "offset", "mistakes", "draw", "train", "story")
HEADINGS = {"story": "never saw a"}
# The measured training must outlast what is measured beside it; it is cancelled in the end.
EPOCHS = 200
POINT = """() => document.querySelector(
    '[data-testid="stVegaLiteChart"] .mark-symbol.role-mark path')"""
Figures = dict[str, dict[str, Any]]


def main() -> int:
    """Measure everything, print it and write it."""
    options = options_of("pages", __doc__, repeats=3)
    repeats = options["repeats"]
    figures: Figures = {}
    with sync_playwright() as driver:
        browser = launched(driver)
        note(figures, "first_page", "cold", [first_page(browser) for _ in range(repeats)])
        with served() as server:
            warm_figures(browser, server, repeats, figures)
        browser.close()
    write(options["json"], "python -m benchmarks.pages", figures=figures)
    return 0


def first_page(browser: Browser) -> float:
    """Return the seconds from the start of a server to the first page's last element."""
    with served() as server:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(server.url)
        page.get_by_role("button", name="Take it with you").wait_for(timeout=60_000)
        seconds = time.monotonic() - server.began
        page.close()
    return seconds


def warm_figures(browser: Browser, server: Server, repeats: int, figures: Figures) -> None:
    """Measure page to page and the drags, then both again beside a live training."""
    for name in ("vote", "draw", "story"):
        value = own_bytes(browser, f"{server.url}/{name}") / 10**6
        note(figures, "bytes", name, [value], "MB")
    with opened(browser, server.url) as page:
        walk(page)  # once, so that every page is warm
        pages_and_gestures(page, server.url, repeats, figures, "")
        for name, values, unit in scene.figures(browser, server.url):
            note(figures, "scene", name, values, unit)
        if mnist_files.present():
            train(page, server.url, figures)
            pages_and_gestures(page, server.url, repeats, figures, "_while_training")
            cancel(page, server, figures)


def pages_and_gestures(page: Page, url: str, repeats: int, figures: Figures, when: str) -> None:
    """Measure the walk through the pages, drags, controls and strokes, *repeats* times."""
    browser = page.context.browser
    assert browser is not None
    note_all(figures, f"pages{when}", "", (walk(page) for _ in range(repeats)))
    for topic, slider in gestures.SLIDERS.items():
        drags = (gestures.drag(browser, f"{url}/{topic}", slider) for _ in range(repeats))
        note_all(figures, f"drags{when}", f"{topic} ", drags)
    used = controls.figures(browser, url, repeats, training=bool(when))
    note_all(figures, f"controls{when}", "", [used])
    strokes = (gestures.strokes(browser, f"{url}/draw") for _ in range(repeats))
    note_all(figures, f"strokes{when}", "draw ", strokes)


def own_bytes(browser: Browser, address: str) -> float:
    """Return the bytes a phone receives for a page until it stands still, after Streamlit's own."""
    page, frames, asked = browser.new_page(viewport={"width": 390, "height": 844}), [], []
    page.on("websocket", lambda it: it.on("framereceived", lambda f: frames.append(len(f))))
    page.on("requestfinished", lambda request: asked.append(request))
    page.goto(address)
    settle(page)
    own = [r for r in asked if r.url.startswith("http") and "/static/" not in r.url]
    files = sum(r.sizes()["responseBodySize"] + r.sizes()["responseHeadersSize"] for r in own)
    page.close()
    return float(files + sum(frames))


def walk(page: Page) -> dict[str, float]:
    """Visit pages through the sidebar; return the seconds until each stands still."""
    seconds = {}
    for topic in TOPICS:
        title = catalogue.PAGES[topic].title
        began = time.monotonic()
        page.get_by_role("link", name=title, exact=True).first.click()
        heading = page.get_by_role("heading", level=1)
        heading.filter(has_text=HEADINGS.get(topic, title)).wait_for(timeout=60_000)
        if topic in gestures.SLIDERS:
            page.wait_for_selector(gestures.SLIDERS[topic], timeout=60_000)
        settle(page)
        watched = 0.1 * (page.evaluate("window.looks.quiet") + 1)  # by settle, to be sure
        seconds[topic] = time.monotonic() - began - watched
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
    page.get_by_text("So far the").first.wait_for(timeout=120_000)
    page.wait_for_function(POINT, timeout=120_000)
    note(figures, "training", "start to first point", [time.monotonic() - began])


def cancel(page: Page, server: Server, figures: Figures) -> None:
    """Cancel the training and measure until no process of it is left."""
    if not server.workers():  # not everything was measured beside it
        raise RuntimeError(f"the training of {EPOCHS} epochs ended too early; raise EPOCHS.")
    page.get_by_role("link", name="Train", exact=True).first.click()
    # A page that shows a training never stands still for long, so there is no settling.
    page.get_by_role("button", name="Cancel").first.wait_for(timeout=60_000)
    began = time.monotonic()
    page.get_by_role("button", name="Cancel").first.click()
    while server.workers():
        page.wait_for_timeout(20)
    note(figures, "training", "cancel to stopped", [time.monotonic() - began])


def note_all(figures: Figures, group: str, prefix: str, rounds: Iterable[dict[str, float]]) -> None:
    """Keep every figure of several rounds that measured the same; names end in their unit."""
    every = list(rounds)
    for name in every[0]:
        unit = "ms" if name.endswith("_ms") else "s" if group.startswith("pages") else ""
        note(figures, group, prefix + name, [measured[name] for measured in every], unit)


def note(figures: Figures, group: str, name: str, values: list[float], unit: str = "s") -> None:
    """Keep a figure and print its median and range."""
    figure = {**spread(values), "repeats": len(values), "unit": unit}
    figures.setdefault(group, {})[name] = figure
    around = f"  ({figure['min']:.2f} to {figure['max']:.2f})" if len(values) > 1 else ""
    label = f"{group.replace('_', ' ')}: {name.replace('_', ' ')}"
    print(f"{label:<60}{figure['median']:>8.2f} {unit}{around}", flush=True)


if __name__ == "__main__":
    sys.exit(command_line.run(main))
