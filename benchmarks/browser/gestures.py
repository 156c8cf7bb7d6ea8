"""Drag a page's slider, and draw on the pad, in real Chromium; time what is seen meanwhile."""

import math
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browser.dashboard import opened, settle
from benchmarks.measurement import median_and_p95

SLIDERS = {
    "soft_targets": '[data-testid="stVegaLiteChart"] input[type="range"]',
    "offset": ".st-key-offset_wall input.range",
}
MOVES = 60
# What the page shows and answers.
NOTES = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
STROKES = 40
# Two turns of a spiral over the pad, in shares of its side: each stroke changes the picture.
_TURNS, _REACH = 2.0, 0.4


def drag(browser: Browser, address: str, slider: str) -> dict[str, float]:
    """Drag the *slider* (a selector) of the page at *address* in `MOVES` moves.

    ``frame_median_ms`` and ``frame_p95_ms`` are the time between two frames of the browser,
    ``pictures`` the different ones among the moves, ``reruns`` the messages sent to the server.
    """
    sent: list[int] = []

    def listen(page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))

    with opened(browser, address, listen) as page:
        page.wait_for_selector(slider)
        settle(page)
        box = page.locator(slider).bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 0.1 * box["width"], middle)
        page.mouse.down()
        page.wait_for_timeout(600)  # taking hold is a first change of value; let it be answered
        settle(page)
        page.evaluate(f"{NOTES}.frames()")
        before, pictures = len(sent), set()
        for move in range(1, MOVES + 1):
            page.mouse.move(box["x"] + (0.1 + 0.78 * move / MOVES) * box["width"], middle)
            pictures.add(page.evaluate(f"{NOTES}.picture()"))
        during = len(sent) - before
        frames = page.evaluate("() => window.frames_at")
        page.mouse.up()
    return {**frame_times(frames), "pictures": len(pictures), "reruns": during}


def frame_times(frames: list[float]) -> dict[str, float]:
    """Return median and 95th percentile of the time between *frames* (moments in ms)."""
    gaps = [later - earlier for earlier, later in zip(frames[:-1], frames[1:], strict=True)]
    return median_and_p95("frame", gaps)


def strokes(browser: Browser, address: str) -> dict[str, float]:
    """Draw `STROKES` strokes on the pad of the page at *address*, each after the last's answers.

    ``stroke_median_ms`` and ``stroke_p95_ms`` count from the end of a stroke (pointer up) until the
    page's probabilities have changed.
    """
    with opened(browser, f"{address}?image=empty") as page:
        page.wait_for_selector("canvas.pad")
        settle(page)
        page.evaluate(f"{NOTES}.strokes()")
        box = page.locator("canvas.pad").bounding_box()
        assert box is not None
        for number in range(STROKES):
            for step, press in ((0.0, page.mouse.down), (0.9, page.mouse.up)):
                x, y = spiral((number + step) / STROKES)
                page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
                press()
            page.wait_for_function("count => window.waits.length > count", arg=number)
            page.wait_for_timeout(60)  # a hand lifts the pen; the rest of the rerun ends
        return median_and_p95("stroke", page.evaluate("() => window.waits"))


def spiral(share: float) -> tuple[float, float]:
    """Return the point at a *share* of the spiral's length, in shares of the pad's side."""
    angle, radius = 2.0 * math.pi * _TURNS * share, _REACH * (0.2 + 0.8 * share)
    return 0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)
