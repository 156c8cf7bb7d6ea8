"""Draw on the pad in real Chromium and time the way from a stroke's end to new answers."""

import math
import statistics

from playwright.sync_api import Browser

from benchmarks.browser.dashboard import settle
from benchmarks.measurement import p95

STROKES = 40
# Two turns of a spiral over the pad, in shares of its side: each stroke changes the picture.
_TURNS, _REACH = 2.0, 0.4
WATCH = """() => {
    const host = [...document.querySelectorAll('*')].find(
        e => e.shadowRoot && e.shadowRoot.querySelector('.digit-pad'));
    const answers = () => [...host.shadowRoot.querySelectorAll('.bar')]
        .map(bar => bar.dataset.share).join();
    window.waits = [];
    let ended = null, before = answers();
    host.shadowRoot.querySelector('.pad').addEventListener(
        'pointerup', () => { ended = performance.now(); before = answers(); }, true);
    new MutationObserver(() => {
        if (ended === null || answers() === before) return;
        window.waits.push(performance.now() - ended);
        ended = null;
    }).observe(host.shadowRoot, { subtree: true, attributes: true, childList: true });
}"""


def waits(browser: Browser, address: str) -> dict[str, float]:
    """Draw `STROKES` strokes on the pad of the page at *address*, each after the last's answers.

    Returns
    -------
    dict
        ``stroke_median_ms`` and ``stroke_p95_ms``: from the end of a stroke (pointer up) until
        the page's probabilities have changed.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{address}?image=empty")
    page.wait_for_selector("canvas.pad")
    settle(page)
    page.evaluate(WATCH)
    box = page.locator("canvas.pad").bounding_box()
    assert box is not None
    for number in range(STROKES):
        start, end = (spiral((number + step) / STROKES) for step in (0.0, 0.9))
        for place, (x, y) in enumerate((start, end)):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if not place:
                page.mouse.down()
        page.mouse.up()
        page.wait_for_function("count => window.waits.length > count", arg=number)
        page.wait_for_timeout(60)  # a hand lifts the pen; the rest of the rerun ends
    found = page.evaluate("() => window.waits")
    page.close()
    return wait_times(found)


def spiral(share: float) -> tuple[float, float]:
    """Return the point at a *share* of the spiral's length, in shares of the pad's side."""
    angle, radius = 2.0 * math.pi * _TURNS * share, _REACH * (0.2 + 0.8 * share)
    return 0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)


def wait_times(found: list[float]) -> dict[str, float]:
    """Return median and 95th percentile of the waits *found*, in ms."""
    return {
        "stroke_median_ms": statistics.median(found),
        "stroke_p95_ms": p95(found),
    }
