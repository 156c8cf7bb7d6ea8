"""What a phone asks, and when, against a server that is a list: of `parts/news` by itself."""

import numpy as np
import pytest

from tests.dashboard.conftest import ROOT

pytestmark = pytest.mark.browser

# `page` is a part's place on a page, `draw` what Streamlit does at every run of it. `asked` and
# `told` are when, by the page's own clock: how long a wait of the test's takes tells nothing.
# Asking takes `delay` ms; `answers` are what comes, the last of them for ever. When it has been
# asked `leaving` times, the page goes while the last answer is on its way; it is drawn while each
# is on its way if it `redraws`.
STAGE = """async ([source, answers, delay, leaving, redraws]) => {
    const blob = new Blob([source], {type: 'text/javascript'});
    const {default: part} = await import(URL.createObjectURL(blob));
    const stage = {asked: [], urls: new Set(), told: [], page: document.createElement('div')};
    window.fetch = url => {
        stage.asked.push(performance.now());
        stage.urls.add(url);
        if (stage.asked.length === leaving) stage.leave();
        if (redraws) setTimeout(() => stage.draw('old'), delay / 2);
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        return new Promise((done, failed) => setTimeout(() => answer === null
            ? failed(new TypeError('no network'))
            : done({ok: answer.ok ?? true, text: async () => answer.text ?? answer}), delay));
    };
    stage.draw = seen => {
        stage.leave = part({
            data: {seen, seconds: 0.1}, parentElement: stage.page,
            setTriggerValue: () => stage.told.push(performance.now())});
    };
    stage.draw('old');
    window.stage = stage;
}"""


@pytest.fixture
def stage(fresh_tab):
    """Put the part on an empty page with a server's *answers*, and draw it once."""
    source = (ROOT / "dashboard" / "parts" / "news" / "part.js").read_text(encoding="utf-8")
    fresh_tab.goto("about:blank")

    def put(*answers, delay=5, leaving=None, redraws=False):
        fresh_tab.evaluate(STAGE, [source, list(answers), delay, leaving, redraws])
        return fresh_tab

    return put


def times(tab, name):
    """Return when was asked, or told, in milliseconds."""
    return tab.evaluate(f"stage.{name}")


def goes_on(tab):
    """Wait until has been asked five times more, however busy the machine."""
    asked = len(times(tab, "asked"))
    tab.wait_for_function(f"stage.asked.length >= {asked + 5}")


def test_a_page_asks_once_a_pause_however_often_it_is_drawn(stage):
    tab = stage("old other", delay=40, redraws=True)
    goes_on(tab)
    assert np.diff(times(tab, "asked")).min() >= 74  # a pause is 75 to 125 ms, each clock rounds
    assert times(tab, "told") == [] and tab.evaluate("[...stage.urls]") == ["vote/news"]


def test_news_are_told_and_asked_for_less_often_until_they_are_drawn(stage):
    tab = stage("new other")
    tab.wait_for_function("stage.told.length >= 6")
    pauses = np.diff(times(tab, "told"))[:5]
    assert (pauses >= 74 * np.array([2, 4, 8, 8, 8])).all()
    tab.evaluate("stage.draw('new')")
    told = len(times(tab, "told"))
    goes_on(tab)
    assert len(times(tab, "told")) == told  # it has been seen
    assert np.diff(times(tab, "asked")[-5:]).min() < 590  # the longest pauses are 600 ms and more


@pytest.mark.parametrize(
    "answer", [None, "", "one", "three words here", {"ok": False, "text": "new other"}]
)
def test_what_is_no_answer_tells_nothing_and_is_asked_again(stage, answer):
    tab = stage(answer)
    goes_on(tab)
    assert times(tab, "told") == []


def test_a_page_that_has_gone_asks_no_more(stage):
    tab = stage("old other", "new other", delay=60, leaving=2)
    tab.wait_for_function("stage.asked.length >= 2")
    tab.wait_for_timeout(800)
    assert len(times(tab, "asked")) == 2 and times(tab, "told") == []
