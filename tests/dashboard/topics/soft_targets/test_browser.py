"""The temperature slider in real Chromium: smooth, without reruns, and right."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from kdengine.offsets import evaluation
from kdengine.store import runs as store
from tests.dashboard.conftest import settle
from tests.dashboard.topics.mistakes.test_confusion_browser import usual

pytestmark = pytest.mark.browser

SLIDER = '[data-testid="stVegaLiteChart"] input[type="range"]'
LEAD = ".st-key-lead"
READ = """() => {
    const chart = document.querySelector('[data-testid="stVegaLiteChart"]:has(.vega-bind)');
    const items = [...chart.querySelectorAll('path, text')].map(e => e.__data__).filter(
        i => i && i.datum && i.datum.probability !== undefined && i.mark);
    const bars = items.filter(i => i.mark.marktype === 'rect' && i.mark.name.includes('_bars'));
    return {
        geometry: bars.map(b => [b.x, b.y, b.width, b.height].map(v => Math.round(10 * v))).join(),
        rows: bars.map(b => ({role: b.datum.role, digit: b.datum.digit,
            probability: b.datum.probability, ratio: b.datum.ratio,
            first: b.datum.first, second: b.datum.second})),
        texts: [...chart.querySelectorAll('text')].map(e => e.textContent),
        T: +chart.querySelector('input[type=range]').value,
    };
}"""
NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
AFTER_FRAME = """read => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
    () => done([performance.now(), eval(read)().geometry]))))"""


def open_page(tab, server, query=""):
    """Open the page and wait for its slider."""
    tab.goto(f"{server}/soft_targets{query}")
    tab.wait_for_selector(SLIDER)
    settle(tab)


def address(tab) -> dict[str, str]:
    """Return what the address asks for."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(tab.url).query).items()}


def wait_for_address(tab, name, value):
    """Wait until the address holds *value*, then until the page stands still."""
    tab.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value",
        arg=[name, value],
    )
    settle(tab)


def shown_image(tab) -> int:
    """Return the number of the image on the page."""
    return int(tab.get_by_label("Image number").input_value())


def logits_of(tab) -> dict[str, np.ndarray]:
    """Return what the store holds for the image on the page."""
    student = store.load(address(tab).get("run", usual()))
    teacher = store.load(student.config.teacher)
    number = shown_image(tab)
    return {"teacher": teacher.test_logits[number], "student": student.test_logits[number]}


def assert_browser_agrees_with_engine(tab, temperature):
    """Compare every probability and ratio that the browser computed."""
    seen, logits = tab.evaluate(READ), logits_of(tab)
    if address(tab).get("student") != "1":
        del logits["student"]
    assert seen["T"] == pytest.approx(temperature)
    assert len(seen["rows"]) == 10 * len(logits)
    for row in seen["rows"]:
        said = logits[row["role"]]
        expected = evaluation.softmax(said, temperature)
        assert row["probability"] == pytest.approx(expected[row["digit"]], abs=1e-4)
        ratio = expected[int(row["first"])] / expected[int(row["second"])]
        assert row["ratio"] == pytest.approx(ratio, rel=1e-4)
        start = f"{row['role'].capitalize()}: {row['first']} is "
        assert any(text.startswith(start) for text in seen["texts"])


def thumb(tab, temperature):
    """Return where on the screen the slider's thumb is at *temperature*."""
    box = tab.locator(SLIDER).bounding_box()
    size = 1.6 * 18
    travel = (box["width"] - size) * (temperature - 1) / 49
    return box["x"] + size / 2 + travel, box["y"] + box["height"] / 2


def drag(tab, start, end, steps=60):
    """Drag with the mouse and hold; return pictures, rests, how much was sent.

    Streamlit takes 150 ms without a move for the end of it, so a stalled machine looks like one.
    """
    (left, y), (right, _) = thumb(tab, start), thumb(tab, end)
    tab.mouse.move(left, y)
    tab.mouse.down()
    before, pictures, times = len(tab.sent), [], [tab.evaluate("performance.now()")]
    for step in range(1, steps + 1):
        tab.mouse.move(left + (right - left) * step / steps, y)
        now, geometry = tab.evaluate(AFTER_FRAME, READ)
        times.append(now)
        pictures.append(geometry)
    rests = int((np.diff(times) > 120).sum())
    return pictures, rests, len(tab.sent) - before


def test_dragging_redraws_in_the_browser_without_a_rerun(server, tab):
    for _ in range(4):
        open_page(tab, server, "?T=1")
        pictures, rests, sent = drag(tab, 1, 50)
        assert len(set(pictures)) >= 50
        assert sent <= rests
        if not rests:
            assert address(tab)["T"] == "1"
            break
        tab.mouse.up()
    before = len(tab.sent)
    tab.mouse.up()
    wait_for_address(tab, "T", f"{tab.evaluate(READ)['T']:g}")
    if not rests:
        assert len(tab.sent) - before == 1
    assert f"At T = {tab.evaluate(READ)['T']:g} " in tab.inner_text(LEAD)


def test_neither_a_rest_in_mid_drag_nor_a_slow_server_sets_the_slider_back(server, tab):
    open_page(tab, server, "?T=1")
    tab.eval_on_selector(SLIDER, "slider => { window.slider_before = slider }")
    drag(tab, 1, 25, steps=10)
    rested = tab.evaluate(READ)["T"]
    wait_for_address(tab, "T", f"{rested:g}")
    tab.mouse.move(*thumb(tab, 40))
    tab.evaluate(NEXT_FRAME)
    assert tab.evaluate(READ)["T"] == pytest.approx(40, abs=1)
    tab.mouse.up()
    wait_for_address(tab, "T", f"{tab.evaluate(READ)['T']:g}")
    # Reports leave while the script still runs for the one before, with the address of then: a
    # slider quicker than the server is not set back.
    tab.evaluate(
        """async selector => {
            const slider = document.querySelector(selector);
            for (const T of [5, 15, 25, 35, 45]) {
                slider.value = T;
                slider.dispatchEvent(new Event('input'));
                await new Promise(done => setTimeout(done, 170));
            }
        }""",
        SLIDER,
    )
    wait_for_address(tab, "T", "45")
    assert tab.eval_on_selector(SLIDER, "slider => slider === window.slider_before")
    assert_browser_agrees_with_engine(tab, 45.0)


def test_browser_agrees_with_the_engine_in_one_long_visit(server, tab):
    """From the address, dragged, by keys, at another image, on a log scale and after a return."""
    open_page(tab, server, "?T=1&image=7&student=1")
    assert_slider_is_large_and_close_to_the_picture(tab)
    assert_browser_agrees_with_engine(tab, 1.0)
    drag(tab, 1, 31, steps=8)
    tab.mouse.up()
    dragged = tab.evaluate(READ)["T"]
    assert 29 < dragged < 33
    wait_for_address(tab, "T", f"{dragged:g}")
    assert_browser_agrees_with_engine(tab, dragged)

    tab.focus(SLIDER)
    for _ in range(5):
        tab.keyboard.press("ArrowLeft")
    temperature = dragged - 0.5
    wait_for_address(tab, "T", f"{temperature:g}")
    assert_browser_agrees_with_engine(tab, temperature)

    tab.eval_on_selector(SLIDER, "slider => { window.slider_before = slider }")
    image, picture = shown_image(tab), tab.evaluate(READ)["geometry"]
    assert image == 7
    tab.get_by_role("button", name="Next", exact=True).click()
    wait_for_another_picture(tab, picture)
    image = shown_image(tab)
    assert image != 7
    assert tab.eval_on_selector(SLIDER, "slider => slider === window.slider_before")
    assert_browser_agrees_with_engine(tab, temperature)

    linear = tab.evaluate(READ)["geometry"]
    tab.get_by_text("For engineers").click()
    settle(tab)  # opening it has moved what is below
    tab.get_by_text("Log scale").click()
    wait_for_another_picture(tab, linear)
    assert_browser_agrees_with_engine(tab, temperature)

    tab.get_by_role("link", name="Mistakes", exact=True).click()
    tab.wait_for_url(re.compile("/mistakes"))
    settle(tab)
    tab.get_by_role("link", name="Soft targets").first.click()
    tab.wait_for_selector(SLIDER)
    wait_for_address(tab, "T", f"{temperature:g}")
    assert address(tab)["image"] == str(image)
    assert_browser_agrees_with_engine(tab, temperature)


def assert_slider_is_large_and_close_to_the_picture(tab):
    slider = tab.locator(SLIDER).bounding_box()
    bars = tab.locator('[data-testid="stVegaLiteChart"]:has(.vega-bind) svg.marks').bounding_box()
    assert slider["width"] > 350
    assert 0 <= bars["y"] - (slider["y"] + slider["height"]) < 30
    assert bars["y"] + bars["height"] < 720


def wait_for_another_picture(tab, before):
    """Wait until the bars differ from *before*, then until the page stands still."""
    tab.wait_for_function(
        """([read, before]) => document.querySelector('.vega-bind')
            && eval(read)().rows.length && eval(read)().geometry !== before""",
        arg=[READ, before],
    )
    settle(tab)


def test_bad_address_is_named_the_default_shown_and_a_click_leaves_it_alone(server, tab):
    open_page(tab, server, "?T=banana&image=10000")
    told = " ".join(tab.locator('[data-testid="stAlert"]').all_inner_texts())
    assert "T=banana," in told and "image=10000," in told
    assert not {"T", "image"} & address(tab).keys()
    assert_browser_agrees_with_engine(tab, 20.0)

    before = json.dumps(tab.evaluate(READ)["rows"])
    tab.locator('[data-testid="stVegaLiteChart"]:has(.vega-bind) svg').click()
    tab.evaluate(NEXT_FRAME)
    assert json.dumps(tab.evaluate(READ)["rows"]) == before
    assert_browser_agrees_with_engine(tab, 20.0)


def test_on_a_phone_picture_and_slider_are_in_the_first_screen(server, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    open_page(tab, server)
    picture = tab.locator(".st-key-soft_targets_picture img").bounding_box()
    slider = tab.locator(SLIDER).bounding_box()
    bars = tab.locator('[data-testid="stVegaLiteChart"]:has(.vega-bind) svg.marks').bounding_box()
    assert picture["y"] > 0 and picture["y"] + picture["height"] < slider["y"]
    assert bars["y"] + 200 < 844
    # Four times ten bars need a wider picture, lest the digits above them run into each other.
    tab.locator(".st-key-soft_targets_four_wide_picture svg.marks").wait_for()
    four = tab.locator(".st-key-soft_targets_four_wide_picture svg.marks").bounding_box()
    assert four["width"] > 600
