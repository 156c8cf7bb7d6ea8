"""Drag a page's slider in real Chromium and watch what the browser draws meanwhile."""

import statistics

from playwright.sync_api import Browser

from benchmarks.browser.dashboard import settle
from benchmarks.measurement import p95

SLIDERS = {
    "soft_targets": '[data-testid="stVegaLiteChart"] input[type="range"]',
    "offset": ".st-key-offset_wall input.range",
    "story": ".st-key-story_wall input.range",
}
MOVES = 60
FRAMES = """() => {
    window.frames_at = [];
    const note = now => { window.frames_at.push(now); requestAnimationFrame(note) };
    requestAnimationFrame(note);
}"""
# What the page's charts and components show, but for the sliders themselves.
PICTURE = """() => {
    const marks = [...document.querySelectorAll('[data-testid="stVegaLiteChart"] svg.marks *')]
        .map(e => (e.getAttribute('d') || '') + (e.getAttribute('transform') || '')
            + (e.children.length ? '' : e.textContent));
    const hash = canvas => {
        const context = canvas.getContext('2d');
        const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
        return new Uint32Array(data.buffer).reduce((sum, v) => (Math.imul(sum, 31) + v) | 0, 0);
    };
    const canvases = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
        .flatMap(host => [...host.shadowRoot.querySelectorAll('canvas')]);
    return [...marks, ...canvases.map(hash)].join();
}"""


def drag(browser: Browser, address: str, slider: str) -> dict[str, float]:
    """Drag the *slider* (a selector) of the page at *address* in `MOVES` moves.

    Returns
    -------
    dict
        ``frame_median_ms`` and ``frame_p95_ms``, the time between two frames of the browser;
        ``pictures``, the different ones among the moves; ``reruns``, the messages sent to the
        server meanwhile.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    page.goto(address)
    settle(page)
    page.wait_for_selector(slider)
    settle(page)
    box = page.locator(slider).bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.1 * box["width"], middle)
    page.mouse.down()
    page.wait_for_timeout(600)  # taking hold is a first change of value; let it be answered
    settle(page)
    page.evaluate(FRAMES)
    before, pictures = len(sent), set()
    for move in range(1, MOVES + 1):
        page.mouse.move(box["x"] + (0.1 + 0.78 * move / MOVES) * box["width"], middle)
        pictures.add(page.evaluate(PICTURE))
    during = len(sent) - before
    frames = page.evaluate("() => window.frames_at")
    page.mouse.up()
    page.close()
    return {**frame_times(frames), "pictures": len(pictures), "reruns": during}


def frame_times(frames: list[float]) -> dict[str, float]:
    """Return median and 95th percentile of the time between *frames* (moments in ms)."""
    gaps = [later - earlier for earlier, later in zip(frames[:-1], frames[1:], strict=True)]
    return {
        "frame_median_ms": statistics.median(gaps),
        "frame_p95_ms": p95(gaps),
    }
