"""Let the page *Watch it learn* train its students in real Chromium, and time what is seen."""

import statistics
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser.dashboard import opened
from benchmarks.browser.gestures import frame_times

SEEDS = 5
# What the scene shows, starts and measures.
NOTES = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def figures(browser: Browser, url: str) -> Iterator[tuple[str, list[float], str]]:
    """Yield the scene's figures, each its name, a value a repetition and their unit.

    Shares of right answers are means over the seeds.
    """
    with opened(browser, f"{url}/learning") as page:
        page.locator(".distil .play:enabled").wait_for(timeout=120_000)
        runs = [page.evaluate(f"{NOTES}.run", ["soft"]) for _ in range(SEEDS)]
        yield "first_change_ms", [run["first"] for run in runs], "ms"
        yield "soft_run", [run["seconds"] for run in runs], "s"
        for name in ("right", "right_with_offset"):
            yield f"{name}_mean", [100 * statistics.fmean(run[name] for run in runs)], "%"
        pair = page.evaluate(f"{NOTES}.run", ["soft", "hard"])
        yield "frame_median_ms", [frame_times(pair["frames"])["frame_median_ms"]], "ms"
        noise = [page.evaluate(f"{NOTES}.run", ["noise"]) for _ in range(SEEDS)]
        yield "noise_run", [run["seconds"] for run in noise], "s"
        yield "noise_right_mean", [100 * statistics.fmean(run["right"] for run in noise)], "%"
