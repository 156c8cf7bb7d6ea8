"""Use every discrete control of a page in real Chromium and time the way to the finished page."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from benchmarks.browser.dashboard import opened
from benchmarks.measurement import median_and_p95, p95
from dashboard import catalogue

# Where a training is followed, the page never stands still.
UNSTILL = "train"
CONTROLS = (
    '[data-testid="stSelectbox"], [data-testid="stButtonGroup"], [data-testid="stRadio"], '
    '[data-testid="stCheckbox"]'
)
# Nothing has changed for so long: the page is finished, and was when it changed last.
QUIET_MS = 250
RUN = "Stored run"  # what the sidebar's choice of a run is called
LIMIT_MS = 15_000
# What the page notes of itself.
NOTES = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def figures(browser: Browser, url: str, repeats: int, *, training: bool) -> dict[str, float]:
    """Use the controls of every page of the dashboard at *url*, *repeats* times each.

    In ms: the 95th percentile of each page that has controls, and median and 95th percentile of
    all pages; the choice of another run, which changes all of a page, is told apart.
    """
    topics = [topic for topic in sorted(catalogue.PAGES) if not (training and topic == UNSTILL)]
    by_topic = {topic: waits(browser, f"{url}/{topic}", repeats) for topic in topics}
    found = {}
    for kind in ("control", "run"):
        own = {topic: taken[kind] for topic, taken in by_topic.items() if taken[kind]}
        found |= {f"{topic} {kind}_p95_ms": p95(taken) for topic, taken in own.items()}
        every = median_and_p95(kind, [wait for taken in own.values() for wait in taken])
        found |= {f"all {name}": value for name, value in every.items()}
    return found


def waits(browser: Browser, address: str, repeats: int) -> dict[str, list[float]]:
    """Use each discrete control of the page at *address*, *repeats* times; return the ms it took.

    They count from the press on an option until the page last changed. A page is finished when its
    script has finished and nothing has changed for `QUIET_MS`. The sidebar's choice of a ``run``
    is told from every other ``control``.
    """
    found: dict[str, list[float]] = {"control": [], "run": []}
    with opened(browser, address, lambda page: page.add_init_script(f"{NOTES}.listen()")) as page:
        page.evaluate(f"{NOTES}.watch()")
        for _ in range(repeats):
            for number in range(page.locator(CONTROLS).count()):
                control = page.locator(CONTROLS).nth(number)
                if control.count() and control.is_visible():
                    kind = "run" if control.inner_text().startswith(RUN) else "control"
                    found[kind] += use(page, control)
    return found


def use(page: Page, control: Locator) -> list[float]:
    """Choose another option of *control*; return how long it took, if there is another."""
    option = another(page, control)
    if option is None:
        return []
    page.evaluate(f"{NOTES}.arm()")
    option.click()
    taken = page.evaluate(f"{NOTES}.finished([{QUIET_MS}, {LIMIT_MS}])")
    if taken is None:
        raise RuntimeError(f"no answer within {LIMIT_MS} ms: {control.inner_text()[:60]!r}")
    return [float(taken)]


def another(page: Page, control: Locator) -> Locator | None:
    """Return an option of *control* that is not chosen, in sight and ready to be pressed."""
    kind = control.get_attribute("data-testid")
    if kind == "stSelectbox":
        control.locator("input").click()
        return next(seen(page.locator('[role="option"]:not([aria-selected="true"])')), None)
    if kind == "stCheckbox":
        return control.locator("label").first
    options = (
        'button:not([aria-checked="true"], [aria-pressed="true"]), label:has(input:not(:checked))'
    )
    return next(seen(control.locator(options)), None)


def seen(found: Locator) -> Iterator[Locator]:
    """Yield those of *found* that are in sight."""
    for number in range(found.count()):
        if found.nth(number).is_visible():
            yield found.nth(number)
