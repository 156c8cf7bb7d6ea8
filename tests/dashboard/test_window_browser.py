"""The page that tests share: as good as new, watched for what must not happen, waited for."""

import pytest

from tests.dashboard.conftest import settle
from tests.dashboard.window import Window, new_page, watched

pytestmark = pytest.mark.browser
LEAVE_TRACES = """() => {
    localStorage.setItem('left', 1);
    sessionStorage.setItem('left', 1);
    document.cookie = 'left=1';
    window.name = 'left';
    history.pushState({}, '', '?left=1');
    window.open('about:blank');
}"""
# A fixed box under the mouse tells whether it hovers.
SEEN = """() => {
    const box = document.createElement('div');
    box.style.cssText = 'position:fixed;inset:0';
    document.body.append(box);
    return [localStorage.length, sessionStorage.length, document.cookie.includes('left'),
        window.name, history.length, innerWidth, innerHeight,
        matchMedia('(prefers-color-scheme: dark)').matches,
        matchMedia('(prefers-reduced-motion: reduce)').matches,
        new Promise(done => requestAnimationFrame(() => done(box.matches(':hover'))))];
}"""
LIGHT = "/_stcore/health"  # an address that opens at once


def seen(page, address):
    """Return what a page shows of its past."""
    page.goto(address)
    *facts, hovers = page.evaluate(f"async () => Promise.all(({SEEN})())")
    return facts, hovers, len(page.context.pages)


def test_a_shared_page_is_as_a_new_one(server, browser):
    address = f"{server}{LIGHT}"
    shared, fresh = Window(browser), new_page(browser)
    page, calls = shared.enter(), []
    page.on("request", lambda _: calls.append(1))
    page.route("**/*", lambda route: route.continue_())
    page.sent = []
    page.goto(address)
    page.mouse.move(300, 300)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.evaluate(LEAVE_TRACES)
    assert len(calls) > 0
    calls.clear()
    before = seen(page, address)
    shared.leave()
    calls.clear()

    again = shared.enter()
    assert again is page
    assert not hasattr(page, "sent")
    after = seen(page, address)
    assert after == seen(fresh, address)
    assert [old for old, new in zip(before[0], after[0], strict=True) if old == new] == []
    assert before[1:] != after[1:]
    assert calls == []
    shared.close()
    fresh.context.close()
    assert shared.enter() is not page
    shared.close()


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("console.error('it broke')", "it broke"),
        ("setTimeout(() => { throw Error('it threw') })", "it threw"),
        ("fetch('http://elsewhere.invalid/').catch(() => 0)", "http://elsewhere.invalid/"),
        ("fetch('/media/nothing.png')", "404"),
        (
            "document.body.innerHTML = '<p data-testid=stException>it failed</p>'",
            "it failed",
        ),
    ],
)
def test_what_must_not_happen_fails_a_test(does, told, server, window):
    page = window.enter()
    with pytest.raises(AssertionError, match=told), watched(page):
        page.goto(f"{server}{LIGHT}")
        page.evaluate(does)
        for _ in range(300):
            if page.problems or page.locator("p[data-testid=stException]").count():
                break
            page.wait_for_timeout(100)
    window.leave()


LATE = """(() => {
    const late = hear => event => setTimeout(() => hear(event), 1200);
    window.WebSocket = class extends WebSocket {
        addEventListener(type, hear, ...more) {
            super.addEventListener(type, type === 'message' ? late(hear) : hear, ...more);
        }
        set onmessage(hear) { super.onmessage = late(hear); }
    };
})()"""


def test_a_run_that_was_asked_for_is_awaited_before_its_first_word_comes(server, fresh_tab):
    """The page itself looks as if nothing were to come for more than a second."""
    fresh_tab.add_init_script(LATE)
    fresh_tab.goto(f"{server}/glossary")
    settle(fresh_tab)
    fresh_tab.get_by_label("Search").fill("temperature")
    fresh_tab.get_by_label("Search").press("Enter")
    settle(fresh_tab)
    assert fresh_tab.url.endswith("?q=temperature")
