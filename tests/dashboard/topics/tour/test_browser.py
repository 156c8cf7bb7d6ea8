"""The tour in real Chromium: PageDown from start to end with two phones voting, links, the key."""

import io
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from kdengine.data import mnist_files
from tests.dashboard import accessibility
from tests.dashboard.conftest import KEY, ROOT, settle
from tests.dashboard.topics.learning.test_browser import RUN
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

pytestmark = pytest.mark.browser

WORDS = ".st-key-tour_words"
LABEL = re.compile("Show guesses|Reveal|Play|Next|End")
COUNT = re.compile(r"(\d+) of (\d+)")
SMALL_AXIS = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"] svg')]
    .flatMap(svg => [...svg.querySelectorAll('.role-axis text')].map(text =>
        [text.textContent, parseFloat(getComputedStyle(text).fontSize)
            * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width]))
    .filter(([words, size]) => words && size < 21)"""
# What moves in the tour, in order, and where it comes to
MOVING = [
    (".st-key-soft_targets_wide_picture .vega-bind input", 20),
    (".st-key-learning_scene .count", 300 if mnist_files.present() else 5),
    (".st-key-learning_player .scrub", 6),
    (".st-key-offset_wall .range", 4.8),
    (".st-key-noise_scene .count", 800 if mnist_files.present() else 100),
]
CHROME = ", ".join(
    f'[data-testid="{name}"]'
    for name in ("stHeader", "stSidebar", "stToolbar", "stAppDeployButton")
)
OVERFLOW = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    return main.scrollWidth - main.clientWidth }"""
COUNT_RUNS = """() => {
    window.states = 0;
    new MutationObserver(seen => { window.states += seen.length }).observe(
        document.querySelector('[data-testid="stApp"]'),
        { attributes: true, attributeFilter: ["data-test-script-state"] }) }"""
SCROLLED = "document.querySelector('[data-testid=\"stMain\"]').scrollTop"


# The component's functions


@pytest.fixture
def compute(tab):
    """Return a function that evaluates an expression of the component's functions, ``m``."""
    source = (ROOT / "dashboard/parts/spotlight/part.js").read_text(encoding="utf-8")
    tab.goto("about:blank")
    return lambda call: tab.evaluate(RUN, [source, call])


@pytest.mark.parametrize(
    ("top", "height", "moved"),
    [
        (150, 400, 0),  # in view
        (300, 500, 108),  # fits: its end 8 px above the edge, 700 + 108 - 800 = 8
        (50, 400, -58),  # hidden behind the bar: its beginning 8 px below it
        (200, 900, 92),  # larger than the room: its beginning 8 px below the bar
    ],
)
def test_a_part_is_brought_below_the_bar(compute, top, height, moved):
    part = f"{{top: {top}, bottom: {top + height}, height: {height}}}"
    assert compute(f"m.distance({part}, {{bottom: 100}}, 700)") == moved


PRESS = """(() => {
    document.body.innerHTML = %r;
    const clicks = [];
    document.querySelectorAll('button').forEach(b => b.onclick = () => clicks.push(b.id));
    let stopped = 0;
    const event = {preventDefault: () => stopped++, stopImmediatePropagation: () => stopped++, %s};
    m.press(event, document);
    return [clicks.join(), stopped];
})()"""
BAR = (
    '<div class="st-key-tour_bar"><p class="st-key-tour_back"><button id="back"></button></p>'
    '<p class="st-key-tour_next"><button id="next"></button></p></div>'
)


@pytest.mark.parametrize(
    ("page", "event", "expected"),
    [
        (BAR, "key: 'PageDown'", ["next", 2]),
        (BAR, "key: 'PageUp'", ["back", 2]),
        (BAR, "key: 'PageDown', repeat: true", ["", 2]),
        (BAR.replace('id="back"', "disabled"), "key: 'PageUp'", ["", 2]),
        (BAR, "key: 'PageDown', ctrlKey: true", ["", 0]),
        (BAR, "key: 'ArrowDown'", ["", 0]),
        ("<p>no tour</p>", "key: 'PageDown'", ["", 0]),
        (BAR.replace("tour_next", "tour_return"), "key: 'PageDown'", ["next", 2]),
    ],
)
def test_a_clickers_keys_press_the_tours_buttons_and_nothing_else(compute, page, event, expected):
    assert compute(PRESS % (page, event)) == expected


# Helpers


def button(tab):
    """Return what the forward button says."""
    return LABEL.search(tab.locator(".st-key-tour_next").inner_text()).group()


def number(tab):
    """Return the step's number and their count."""
    return tuple(map(int, COUNT.search(tab.locator(WORDS).inner_text()).groups()))


def press(tab, key, words):
    """Press a key and wait until the tour's bar says *words*."""
    tab.keyboard.press(key)
    tab.locator(".st-key-tour_bar").get_by_text(words, exact=True).first.wait_for()
    settle(tab)


def value(tab, selector):
    """Return the number that a slider stands at or that a count tells."""
    told = tab.locator(selector).first.evaluate("each => each.value ?? each.textContent")
    return 0.0 if told in ("", "–") else float(told.replace(",", ""))


def play(tab, selector, end):
    """Press PageDown and return the numbers that were seen there until they stood, past *end*."""
    seen = [value(tab, selector)]
    tab.keyboard.press("PageDown")
    while seen[-1] < end or len(set(seen[-4:])) > 1:
        tab.wait_for_timeout(100)
        seen.append(value(tab, selector))
        assert len(seen) < 300, f"it has not come to {end}: {selector} {tab.url} {button(tab)}"
    settle(tab)
    return seen


def asks(tab):
    """Return whether the step is a question; a new one's button has come when this returns."""
    if urlsplit(tab.url).path != "/tour":
        return False
    tab.locator(".st-key-tour_next").get_by_text(LABEL).wait_for()
    return button(tab) != "End"


def next_words(tab):
    """Return what the bar will say after the next PageDown."""
    step, count = number(tab)
    if asks(tab) and button(tab) in ("Show guesses", "Reveal"):
        return "Reveal" if button(tab) == "Show guesses" else "Next"
    if button(tab) == "Play":
        return "Next"
    return f"{step + 1} of {count}"


def send(phone, guess):
    """Send a guess from a phone: a number, or a digit of the pills."""
    box = phone.get_by_role("spinbutton")
    phone.get_by_role("button", name=re.compile("my guess")).wait_for()
    box.or_(phone.get_by_role("radio")).first.wait_for()
    if box.count():
        box.fill(str(guess))
    else:
        phone.get_by_role("radio", name=str(guess), exact=True).click()
    phone.get_by_role("button", name=re.compile("my guess")).click()
    phone.get_by_text(re.compile(rf"Your guess: \+?{guess}\d*\b.*It counts")).wait_for()


def guesses_on(tab):
    """Return how many guesses the presenter's page counts."""
    return int(tab.locator(".st-key-tour_question").get_by_text(re.compile(r"^\d+$")).inner_text())


def wait_for(tab, question, limit=30.0):
    """Wait until a question about the page is answered with true."""
    for _ in range(int(limit * 10)):
        if question():
            return
        tab.wait_for_timeout(100)
    pytest.fail("it never came true")


# The whole tour


def test_the_whole_tour_with_pagedown_alone_and_two_phones_voting(server, tab, phones):
    tab.goto(f"{server}/tour")
    settle(tab)
    for phone in phones:
        phone.goto(f"{server}/vote")
        settle(phone)
    press(tab, "PageDown", "Play")
    count, seen, told = number(tab)[1], [], []
    guesses, moving = iter([(20, 95), (5, 8), (1.5, 2), (10, 60)]), iter(MOVING)
    while True:
        step = number(tab)[0]
        seen.append(step)
        assert tab.evaluate(OVERFLOW) <= 0
        assert not tab.locator(CHROME).locator("visible=true").count()
        assert tab.locator('[data-testid="stAlertContentWarning"]').count() == 0
        assert tab.evaluate(SMALL_AXIS) == []
        box = tab.locator(".st-key-tour_bar").bounding_box()
        assert box["y"] >= -1 and box["height"] < 160
        assert tab.locator(".st-key-tour_words").bounding_box()["height"] < 60  # one line
        if asks(tab):
            tab.locator(".st-key-tour_next").get_by_text("Show guesses").wait_for()
            first, second = next(guesses)
            send(phones[0], second)
            send(phones[0], first)
            send(phones[1], second)
            wait_for(tab, lambda: guesses_on(tab) == 2)
            assert "The run says" not in tab.inner_text('[data-testid="stMain"]')
            press(tab, "PageDown", "Reveal")
            tab.get_by_text("2 guesses").first.wait_for()
            press(tab, "PageDown", next_words(tab))
            said = tab.get_by_text("The run says").first.inner_text()
            for phone in phones:
                phone.get_by_text("The run says").wait_for()
                assert said in phone.inner_text('[data-testid="stMain"]')
                assert phone.evaluate(OVERFLOW) <= 0
            assert tab.get_by_text("the run:").count()
            told.append(said)
        if button(tab) == "Play":
            selector, end = next(moving)
            place = tab.locator(selector).first.bounding_box()
            assert box["y"] + box["height"] <= place["y"] and place["y"] + place["height"] < 720
            size = tab.locator(".st-key-tour_text p").evaluate("p => getComputedStyle(p).fontSize")
            assert float(size.removesuffix("px")) >= 28
            numbers = play(tab, selector, end)
            assert numbers[0] < end
            assert len(set(numbers)) >= 3  # between its beginning and its end it was seen to move
            assert button(tab) == "Next" and number(tab)[0] == step
        assert accessibility.own_findings(tab) == []
        if step == count:
            break
        press(tab, "PageDown", next_words(tab))
    assert seen == list(range(1, count + 1))
    assert len(told) == 4 and next(moving, None) is None
    press(tab, "PageUp", f"{count - 1} of {count}")
    tab.locator(".st-key-noise_scene .play").locator("visible=true").wait_for()
    wait_for(tab, lambda: value(tab, MOVING[-1][0]) == 0)  # who comes back finds nothing played
    press(tab, "PageUp", "Play")
    press(tab, "PageDown", "Next")
    press(tab, "PageDown", f"{count} of {count}")
    tab.keyboard.press("PageDown")
    tab.locator(".st-key-tour_present").wait_for()
    settle(tab)
    assert tab.locator('[data-testid="stSidebar"]').locator("visible=true").count()
    phones[0].goto(f"{server}/vote")  # as a new one does
    settle(phones[0])
    phones[1].get_by_text("No question is open").wait_for()
    for phone in phones:
        assert "run says" not in phone.inner_text('[data-testid="stMain"]')
        assert not phone.locator('[data-testid="stMain"]').get_by_role("button").count()


def test_pagedown_leads_on_from_a_slider_and_never_scrolls(server, tab):
    tab.goto(f"{server}/soft_targets?tour=1b&T=20&image=6573")
    settle(tab)
    tab.wait_for_selector(".vega-bind input")
    tab.locator(".vega-bind input").first.focus()
    assert button(tab) == "Next"
    press(tab, "PageUp", "Play")
    tab.wait_for_selector(".vega-bind input")
    wait_for(tab, lambda: tab.locator(".vega-bind input").first.input_value() == "1")
    tab.locator(".vega-bind input").first.focus()
    start = tab.evaluate(SCROLLED)
    tab.keyboard.press("PageUp")  # there is no step before the first
    tab.wait_for_timeout(300)
    assert tab.evaluate(SCROLLED) == start
    wait_for(tab, lambda: tab.locator(".vega-bind input").first.input_value() == "1")


def test_a_step_can_be_left_and_found_again(server, tab):
    tab.goto(f"{server}/tour?step=2")
    settle(tab)
    assert number(tab)[0] == 2
    menu = tab.locator('[data-testid="stSidebar"]')
    assert not menu.get_by_role("link", name="Vote").count()  # the QR code and the tour lead there
    menu.get_by_role("link", name="Mistakes").click()
    tab.get_by_role("button", name="Back to step 2").wait_for()
    settle(tab)
    press(tab, "PageDown", "Next")
    assert number(tab)[0] == 2
    entries = tab.evaluate("history.length")
    tab.locator(".st-key-tour_leave button").locator("visible=true").click()
    tab.locator(".st-key-tour_bar").wait_for(state="detached")
    settle(tab)
    assert "/dark_knowledge" in tab.url and "tour=" not in tab.url
    assert tab.evaluate("history.length") == entries + 1


def test_each_step_is_one_entry_of_the_history_and_back_leads_a_step_back(server, tab):
    tab.goto(f"{server}/soft_targets?tour=1&T=1")
    settle(tab)
    slider = MOVING[0][0]
    assert max(play(tab, slider, 20)) == 20  # on the same page, then on another
    tab.wait_for_url("**tour=1b*")
    entries = tab.evaluate("history.length")
    press(tab, "PageDown", f"2 of {number(tab)[1]}")
    tab.wait_for_url("**tour=2*")
    assert tab.evaluate("history.length") == entries + 1
    tab.go_back()
    tab.wait_for_url(re.compile("tour=1b(&|$)"))
    settle(tab)
    wait_for(tab, lambda: value(tab, slider) == 20)
    for _ in range(5):  # nothing plays by itself
        tab.wait_for_timeout(100)
        assert value(tab, slider) == 20


# Links


def test_every_steps_address_shows_the_same_elsewhere(server, tab, browser):
    tab.goto(f"{server}/tour")
    settle(tab)
    links = tab.locator('[data-testid="stMain"] [data-testid="stPageLink"] a')
    count = links.count()
    for step in (2, count - 2):
        tab.goto(f"{server}/tour")
        settle(tab)
        links.nth(step - 1).click()
        tab.locator(WORDS).wait_for()
        settle(tab)
        elsewhere = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
        elsewhere.goto(tab.url)
        elsewhere.locator(WORDS).wait_for()
        settle(elsewhere)
        assert elsewhere.locator(WORDS).inner_text() == tab.locator(WORDS).inner_text()
        there, here = (parse_qs(urlsplit(page.url).query) for page in (elsewhere, tab))
        assert there == here and urlsplit(elsewhere.url).path == urlsplit(tab.url).path
        elsewhere.context.close()


def test_the_qr_code_on_the_screen_leads_to_the_same_view(server, tab, browser):
    zxingcpp = pytest.importorskip("zxingcpp", reason="needs zxing-cpp to read QR codes")
    tab.goto(f"{server}/mistakes?cell=3-5&network=teacher&run={shipped('digits')}")
    settle(tab)
    tab.get_by_role("button", name="Link and QR code").click()
    tab.locator(".qr-code").wait_for()
    tab.get_by_role("dialog").get_by_role("combobox").click()
    tab.get_by_role("option", name=server).click()
    tab.locator(f'.qr-code[alt*="{server}"]').wait_for()
    settle(tab)
    picture = Image.open(io.BytesIO(tab.screenshot())).convert("L")
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text.startswith(f"{server}/mistakes?")
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(found.text)
    settle(phone)
    assert parse_qs(urlsplit(phone.url).query) == parse_qs(urlsplit(tab.url).query)
    assert "The teacher" in phone.inner_text('[data-testid="stMain"]')
    phone.context.close()


# The key


def test_the_key_admits_its_opener_alone_and_is_nowhere_to_be_seen(keyed_server, tab, phones):
    audience, follower = phones
    audience.goto(f"{keyed_server}/train")
    settle(audience)
    start = ".st-key-train_start button"
    assert audience.locator(start).is_disabled()
    white = "rgb(255, 255, 255)"  # the page's own
    assert audience.locator(start).evaluate("start => getComputedStyle(start).color") != white
    tab.goto(f"{keyed_server}/train?key={KEY}")
    settle(tab)
    assert tab.locator(start).is_enabled()
    assert KEY not in tab.url and "key=" not in tab.url
    tab.get_by_role("button", name="Link and QR code").click()
    tab.locator(".qr-code").wait_for()
    assert KEY not in tab.content()
    tab.keyboard.press("Escape")
    tab.get_by_role("link", name="Tour", exact=True).first.click()
    tab.locator(".st-key-tour_present").wait_for()
    settle(tab)
    follower.goto(f"{keyed_server}/vote")
    settle(follower)
    press(tab, "PageDown", "Play")
    assert KEY not in tab.content() and KEY not in tab.url
    # The audience sees no way to present, but may follow.
    audience.goto(f"{keyed_server}/tour")
    settle(audience)
    assert audience.locator(".st-key-tour_take").count() == 1
    assert audience.locator(".st-key-tour_present").count() == 0
    follower.reload()
    settle(follower)
    follower.get_by_text("Follow the presenter").click()
    follower.wait_for_url(re.compile("/soft_targets"))
    press(tab, "PageDown", "Next")
    follower.wait_for_url(re.compile("tour=1b"))
    wait_for(follower, lambda: value(follower, MOVING[0][0]) == 20)
    press(tab, "PageDown", next_words(tab))
    follower.locator(WORDS).get_by_text(re.compile(r"\b2 of")).wait_for()
    assert follower.locator(".st-key-tour_next").count() == 0
    while not asks(tab):
        press(tab, "PageDown", next_words(tab))
    follower.wait_for_url(re.compile("/vote"))
    send(follower, 42)
    wait_for(tab, lambda: guesses_on(tab) == 1)


def test_phones_ask_now_and_then_and_draw_only_what_is_new(keyed_server, tab, phones):
    tab.goto(f"{keyed_server}/tour?step=3&key={KEY}")
    settle(tab)
    tab.locator(".st-key-tour_leave button").locator("visible=true").click()
    tab.locator(".st-key-tour_present").wait_for()
    cut_off, phone = phones
    cut_off.route("**/vote/news", lambda route: route.abort())
    for each in phones:
        each.goto(f"{keyed_server}/vote")
        settle(each)
    asked = []
    phone.on("requestfinished", lambda r: r.url.endswith("/vote/news") and asked.append(r))
    phone.evaluate(COUNT_RUNS)
    wait_for(phone, lambda: len(asked) >= 4)
    began = np.array([request.timing["startTime"] for request in asked])  # by the browser's clock
    assert (np.diff(began) >= 1450).all()  # it rests for 1.5 to 2.5 seconds between them
    assert {request.url for request in asked} == {f"{keyed_server}/vote/news"}
    assert phone.evaluate("window.states") == 0
    tab.goto(f"{keyed_server}/tour?step=3&key={KEY}")
    phone.locator(".st-key-vote_form").wait_for()
    assert cut_off.locator(".st-key-vote_form").count() == 0
    cut_off.unroute("**/vote/news")
    cut_off.locator(".st-key-vote_form").wait_for()
    send(cut_off, 42)
    wait_for(tab, lambda: guesses_on(tab) >= 1)


def test_a_wrong_key_admits_nobody_and_leaves_the_address(keyed_server, tab):
    tab.goto(f"{keyed_server}/train?key=wrong")
    settle(tab)
    assert tab.locator(".st-key-train_start button").is_disabled()
    assert "not this server" in tab.inner_text('[data-testid="stMain"]')
    assert "key=" not in tab.url
