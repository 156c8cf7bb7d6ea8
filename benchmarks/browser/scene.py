"""Let the page *Watch it learn* train its students in real Chromium, and time what is seen."""

import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browser.dashboard import opened
from benchmarks.browser.gestures import frame_times

SEEDS = 5
# What the scene shows, starts and measures.
NOTES = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_SHARES = ("right", "right_with_offset", "others_right", "others_right_with_offset")


def figures(browser: Browser, url: str) -> Iterator[tuple[str, list[float], str]]:
    """Yield the scene's figures, each its name, a value a repetition and their unit.

    What is shared between seeds is measured once; ``messages`` are those sent to the server from
    the first *Play* to the end.
    """
    sent: list[int] = []
    largest = [0]

    def listen(page: Page) -> None:
        def hear(socket: object) -> None:
            socket.on("framesent", lambda _: sent.append(1))  # type: ignore[attr-defined]
            socket.on("framereceived", lambda data: largest.append(len(data)))  # type: ignore[attr-defined]

        page.on("websocket", hear)

    with opened(browser, f"{url}/learning", listen) as page:
        page.locator(".distil .play:enabled").wait_for(timeout=120_000)
        before = len(sent)
        runs = [page.evaluate(f"{NOTES}.run", ["soft"]) for _ in range(SEEDS)]
        yield "first_change_ms", [run["first"] for run in runs], "ms"
        yield "soft_run", [run["seconds"] for run in runs], "s"
        for name in _SHARES:
            yield f"{name}_mean", [_percent(run[name] for run in runs)], "%"
        pair = page.evaluate(f"{NOTES}.run", ["soft", "hard"])
        yield "soft_beside_hard_run", [pair["seconds"]], "s"
        yield "frame_median_ms", [frame_times(pair["frames"])["frame_median_ms"]], "ms"
        for kind in ("hard", "cut"):
            run = page.evaluate(f"{NOTES}.run", [kind])
            yield f"{kind}_right", [_percent([run["right"]])], "%"
        noise = [page.evaluate(f"{NOTES}.run", ["noise"]) for _ in range(SEEDS)]
        yield "noise_run", [run["seconds"] for run in noise], "s"
        yield "noise_right_mean", [_percent(run["right"] for run in noise)], "%"
        yield "pictures_a_run", [runs[0]["images"]], ""
        yield "messages", [float(len(sent) - before)], ""
        yield "largest_message", [float(max(largest))], "bytes"


def _percent(shares: Iterable[float]) -> float:
    """Return the mean of *shares* in per cent."""
    return 100.0 * statistics.fmean(shares)
