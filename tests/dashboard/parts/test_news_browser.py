"""What a phone asks, and when, against a server that is a list: of `parts/news` by itself."""

import pytest

from tests.dashboard.conftest import ROOT

pytestmark = pytest.mark.browser

# `page` is a part's place on a page, `draw` what Streamlit does at every run of it. Asking takes
# `delay` ms, and `answers` are what comes, the last of them for ever.
STAGE = """async ([source, answers, delay]) => {
    const blob = new Blob([source], {type: 'text/javascript'});
    const {default: part} = await import(URL.createObjectURL(blob));
    const stage = {asked: [], told: 0, page: document.createElement('div')};
    window.fetch = url => {
        stage.asked.push(url);
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        return new Promise((done, failed) => setTimeout(() => answer === null
            ? failed(new TypeError('no network'))
            : done({ok: answer.ok ?? true, text: async () => answer.text ?? answer}), delay));
    };
    stage.draw = seen => part({
        data: {seen, seconds: 0.1}, parentElement: stage.page,
        setTriggerValue: () => (stage.told += 1)});
    window.stage = stage;
}"""


@pytest.fixture
def stage(fresh_tab):
    """Put the part on an empty page with a server's *answers*, and draw it once."""
    source = (ROOT / "dashboard" / "parts" / "news" / "part.js").read_text(encoding="utf-8")
    fresh_tab.goto("about:blank")

    def put(*answers, delay=5):
        fresh_tab.evaluate(STAGE, [source, list(answers), delay])
        fresh_tab.evaluate("() => { stage.leave = stage.draw('old'); }")
        return fresh_tab

    return put


def after(tab, milliseconds):
    """Return how often has been asked and how often told after a while."""
    tab.wait_for_timeout(milliseconds)
    return tab.evaluate("[stage.asked.length, stage.told]")


def goes_on(tab):
    """Wait until has been asked five times more, however busy the machine."""
    asked, _ = after(tab, 0)
    tab.wait_for_function(f"stage.asked.length >= {asked + 5}")


def test_a_page_asks_once_a_pause_however_often_it_is_drawn(stage):
    tab = stage("old other", delay=40)
    for _ in range(20):
        tab.evaluate("() => { stage.leave = stage.draw('old'); }")
        tab.wait_for_timeout(30)  # some while it asks
    before, _ = after(tab, 0)
    asked, told = after(tab, 1400)
    assert asked - before <= 14  # a pause is 0.075 to 0.125 s, and asking takes 0.04
    goes_on(tab)
    assert told == 0 and set(tab.evaluate("stage.asked")) == {"vote/news"}


def test_news_are_told_and_asked_for_less_often_until_they_are_drawn(stage):
    tab = stage("new other")
    assert after(tab, 3000)[1] <= 8  # pauses of 1, 2, 4, 8, 8, ... tenths of a second, not thirty
    tab.wait_for_function("stage.told >= 3")
    tab.evaluate("() => stage.draw('new')")
    _, told = after(tab, 500)
    goes_on(tab)
    assert after(tab, 0)[1] == told  # it has been seen


@pytest.mark.parametrize(
    "answer", [None, "", "one", "three words here", {"ok": False, "text": "new other"}]
)
def test_what_is_no_answer_tells_nothing_and_is_asked_again(stage, answer):
    tab = stage(answer)
    goes_on(tab)
    assert after(tab, 0)[1] == 0


def test_a_page_that_has_gone_asks_no_more(stage):
    tab = stage("old other", "new other", delay=60)
    tab.wait_for_function("stage.asked.length === 2", polling=5)
    tab.evaluate("stage.leave()")  # while the news are on their way
    assert after(tab, 800) == [2, 0]
