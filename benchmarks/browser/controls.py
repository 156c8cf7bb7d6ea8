"""Use every discrete control of a page in real Chromium and time the way to the finished page."""

from collections.abc import Iterator

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
# Kept by the page itself, so that measuring costs it little: since the press, when it last asked
# the server and heard from it. On a busy page an answer may begin and end within one drawing.
LISTEN = """window.WebSocket = class extends WebSocket {
    constructor(...given) {
        super(...given);
        this.addEventListener('message', () => {
            if (window.asked) window.heard = performance.now();
        });
    }
    send(message) {
        if (window.began) window.asked = performance.now();
        super.send(message);
    }
}"""
# The same for when the page changed last, in its own parts and in the shadow roots of components.
# The sign that a script runs is no change of the page, nor is the replay, which moves by itself.
WATCH = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    const state = 'data-test-script-state';
    const passing = '[data-testid="stHeader"], [data-testid="stStatusWidget"]';
    const watched = new WeakSet();
    const options = { subtree: true, childList: true, attributes: true, characterData: true };
    const observer = new MutationObserver(changes => {
        const real = changes.filter(({ target, attributeName }) =>
            !(target === app && attributeName === state)
            && !(target.closest ? target : target.parentElement)?.closest(passing)
            && !target.getRootNode().querySelector('.play'));
        if (real.length) window.changed = performance.now();
        for (const change of real) change.addedNodes.forEach(reach);
    });
    const watch = root => { if (!watched.has(root)) {
        watched.add(root); observer.observe(root, options); } };
    const reach = node => {
        if (node.shadowRoot) watch(node.shadowRoot);
        node.querySelectorAll?.('*').forEach(e => { if (e.shadowRoot) watch(e.shadowRoot); });
    };
    watch(app);
    reach(app);
    // Capturing, and before the control itself: from here on it is the page's time.
    addEventListener('pointerdown', () => {
        if (window.armed) { window.began = performance.now(); window.armed = false; }
    }, true);
    window.changed = performance.now();
}"""
ARM = "() => { window.armed = true; window.began = window.asked = window.heard = null; }"
# The milliseconds from the press to the last change, once the server has answered, no script runs
# and nothing changes any more; null if that takes too long.
FINISHED = """([quiet, limit]) => new Promise(done => {
    const app = document.querySelector('[data-testid="stApp"]');
    const first = performance.now();
    const look = () => {
        const now = performance.now();
        if (window.heard && app.getAttribute('data-test-script-state') === 'notRunning'
            && now - Math.max(window.changed, window.heard) > quiet)
            done(window.changed - window.began);
        else if (now - first > limit) done(null);
        else setTimeout(look, 50);
    };
    look();
})"""
LIMIT_MS = 15_000


def figures(browser: Browser, url: str, repeats: int, *, training: bool) -> dict[str, float]:
    """Use the controls of every page of the dashboard at *url*, *repeats* times each.

    Returns
    -------
    dict
        In ms: the 95th percentile of each page that has controls, and median and 95th percentile
        of all pages.
    """
    topics = [topic for topic in sorted(catalogue.PAGES) if not (training and topic == UNSTILL)]
    by_topic = {topic: waits(browser, f"{url}/{topic}", repeats) for topic in topics}
    found = {
        f"{topic} control_p95_ms": p95(taken) for topic, taken in by_topic.items() if len(taken) > 1
    }
    every = median_and_p95("control", [wait for taken in by_topic.values() for wait in taken])
    return found | {f"all {name}": value for name, value in every.items()}


def waits(browser: Browser, address: str, repeats: int) -> list[float]:
    """Use each discrete control of the page at *address*, *repeats* times.

    Returns
    -------
    list of float
        From the press on an option until the page last changed, in ms. A page counts as finished
        when its script has finished and nothing has changed for `QUIET_MS`.
    """
    found = []
    with opened(browser, address, lambda page: page.add_init_script(LISTEN)) as page:
        page.evaluate(WATCH)
        for _ in range(repeats):
            for number in range(page.locator(CONTROLS).count()):
                control = page.locator(CONTROLS).nth(number)
                if control.count() and control.is_visible():
                    found += use(page, control)
    return found


def use(page: Page, control: Locator) -> list[float]:
    """Choose another option of *control*; return how long it took, if there is another."""
    option = another(page, control)
    if option is None:
        return []
    page.evaluate(ARM)
    option.click()
    taken = page.evaluate(FINISHED, [QUIET_MS, LIMIT_MS])
    if taken is None:
        raise RuntimeError(f"no answer within {LIMIT_MS} ms: {control.inner_text()[:60]!r}")
    return [float(taken)]


def another(page: Page, control: Locator) -> Locator | None:
    """Return an option of *control* that is not chosen, in sight and ready to be pressed."""
    kind = control.get_attribute("data-testid")
    if kind == "stSelectbox":
        control.locator("input").click()
        options = page.locator('[role="option"]:not([aria-selected="true"])')
        return next(seen(options), None)
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
