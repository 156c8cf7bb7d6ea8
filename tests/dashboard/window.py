"""A browser's page for tests: what must not happen on it, and one that many tests share."""

from contextlib import contextmanager

from benchmarks.browser.dashboard import note_problems

SIZE = {"width": 1280, "height": 720}
OUTSIDE = (-100, -100)  # where a mouse hovers over nothing
CLEAR = """() => {
    window.name = '';
    if (location.origin === 'null') return;
    localStorage.clear();
    sessionStorage.clear();
}"""


def new_page(browser):
    """Return a page of 1280×720 in a context of its own."""
    return browser.new_context(viewport=SIZE).new_page()


def messages_sent(page) -> list:
    """Return a list that grows by every message that *page* sends its server from now on.

    What listens holds the list itself: a message that is told late, when the test has ended and
    its page belongs to the next, goes nowhere.
    """
    sent: list = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda one: sent.append(one)))
    return sent


@contextmanager
def watched(page):
    """Fail the test on any error or any request to another host, seen on *page* meanwhile.

    `page.problems` lists them, `page.sent` the messages to the server.
    """
    problems: list[str] = []
    note_problems(page, problems)
    page.problems = problems
    page.sent = messages_sent(page)
    yield page
    shown = page.eval_on_selector_all(
        '[data-testid="stException"]', "all => all.map(e => e.innerText.slice(0, 400))"
    )
    assert not problems + shown, "\n".join(problems + shown)


class Window:
    """One page for many tests, which see nothing of each other in it.

    A page whose scripts the browser has read already opens in half the time of one in a new
    context, and every address that is opened in it is a new session of the dashboard's. What a
    test may have changed in it besides is undone by `leave`.
    """

    def __init__(self, browser):
        self.browser = browser
        self.page = None

    def enter(self):
        """Return the page, as a new one would be."""
        if self.page is None or self.page.is_closed():
            self.page = new_page(self.browser)
            self.protocol = self.page.context.new_cdp_session(self.page)
            self.own = set(vars(self.page))
        page, self.listeners = self.page, []

        def on(event, listener):
            self.listeners.append((event, listener))
            type(page).on(page, event, listener)

        page.on = on
        return page

    def leave(self):
        """Undo what a test has changed."""
        page = self.page
        for event, listener in self.listeners:
            page.remove_listener(event, listener)
        for name in set(vars(page)) - self.own:
            delattr(page, name)
        for other in page.context.pages:
            if other != page:
                other.close()
        page.evaluate(CLEAR)
        page.unroute_all()
        page.goto("about:blank")
        page.context.clear_cookies()
        page.context.clear_permissions()
        page.set_viewport_size(SIZE)
        page.emulate_media(
            media="null",
            color_scheme="null",
            reduced_motion="null",
            forced_colors="null",
            contrast="null",
        )
        page.mouse.move(*OUTSIDE)
        self.protocol.send("Page.resetNavigationHistory")

    def close(self):
        """Close the page, which the next `enter` replaces."""
        if self.page is not None:
            self.page.context.close()
        self.page = None
