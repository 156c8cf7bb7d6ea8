"""The transfer set in real Chromium: its functions by themselves, then drag, keys, address."""

import json
import re

import numpy as np
import pytest

from dashboard.core.numbers import fine_percent
from dashboard.topics.dark_knowledge import figures as views
from kdengine.offsets import evaluation
from kdengine.store import runs as store
from tests.dashboard.conftest import ROOT, next_frame, press_often, settle
from tests.dashboard.topics.learning.test_browser import RUN
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped
from tests.dashboard.topics.soft_targets.test_browser import address, wait_for_address

pytestmark = pytest.mark.browser

COMPONENT = ROOT / "dashboard" / "parts" / "gallery"
PART = ".st-key-dark_knowledge_gallery"
HOST = f"document.querySelector('{PART} [data-testid=\"stBidiComponentIsolated\"]').shadowRoot"
SLIDER = f"{PART} .slider"
RNG = np.random.default_rng(3)
LOGITS = RNG.normal(0, 6, (50, 10)).astype(np.float32)
SENT = f"Float32Array.from({json.dumps(LOGITS.ravel().astype(float).tolist())})"
READ = f"""() => {{
    const root = {HOST};
    const text = name => [...root.querySelectorAll(name)].map(e => e.textContent);
    return {{
        value: text('.value')[0],
        labels: text('.tile .label'), masses: text('.tile .mass'),
        bars: text('.bar .amount'), said: text('.said')[0],
        on: [...root.querySelectorAll('.tile')].findIndex(tile => tile.classList.contains('on')),
    }};
}}"""
# What the picture is at a time: every mass in it.
AFTER_FRAME = f"""() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
    () => done([...{HOST}.querySelectorAll('.tile .mass')].map(e => e.textContent).join()))))"""


@pytest.fixture(autouse=True)
def shipped_store(monkeypatch):
    """The files are those that came with the project."""
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)


# The functions


@pytest.fixture
def compute(tab):
    """Return a function that evaluates an expression of the softening's functions, ``m``."""
    source = (COMPONENT / "softening.js").read_text(encoding="utf-8")
    tab.goto("about:blank")
    return lambda call: tab.evaluate(RUN, [source, call])


def test_probabilities_agree_with_the_engine(compute):
    for temperature in (1.0, 4.3, 50.0):
        expected = evaluation.softmax(LOGITS, temperature)
        masses = compute(f"[...m.massesAt({SENT}, 3, {temperature})]")
        np.testing.assert_allclose(masses, expected[:, 3], rtol=1e-6)
        row = compute(f"[...m.distributionAt({SENT}, 7, {temperature})]")
        np.testing.assert_allclose(row, expected[7], rtol=1e-6)


def test_the_largest_come_first_and_equal_ones_in_order(compute):
    assert compute("m.topRows(Float64Array.from([0.1, 0.4, 0.1, 0.4, 0.3]), 4)") == [1, 3, 4, 0]


def test_shares_are_written_as_python_writes_them(compute):
    shares = [0.0, 1e-7, 2e-6, 0.00042, 0.0049, 0.031, 0.0994, 0.0996, 0.5, 0.991, 0.99996, 1.0]
    found = compute(f"{shares}.map(m.percent)")
    assert found == [fine_percent(share) for share in shares]
    brief = compute(f"{shares}.map(m.briefPercent)")
    assert brief[1] == "<0.0001\u00a0%" and brief[10] == ">99.99\u00a0%"
    assert max(map(len, brief)) <= 9


def test_tiles_hold_short_numbers(compute):
    shares = [0.00001, 0.0003, 0.00049, 0.0006, 0.034, 0.2349]
    short = ["<.01", ".03", ".05", "0.1", "3.4", "23.5"]
    assert compute(f"{shares}.map(m.tilePercent)") == short


# The page


def open_page(tab, server, dataset="digits", **query):
    """Open the page of a shipped run and wait until it stands still."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    tab.goto(f"{server}/dark_knowledge?run={shipped(dataset)}{more}")
    tab.locator(f"{PART} .tile").first.wait_for(timeout=60_000)
    settle(tab)


def stored(dataset):
    """Return the transfer set's labels, image numbers and the teacher's logits, from the files."""
    student = store.load(shipped(dataset))
    teacher = store.load(student.config.teacher)
    numbers = [i for i, label in enumerate(teacher.train_labels) if label != 3]
    return teacher.train_labels, np.array(numbers), teacher.train_logits.astype(float)


def number(text):
    """Return the number in ``12.3 %``."""
    return float(text.removesuffix("%").strip())


@pytest.mark.parametrize(("dataset", "temperature"), [("mnist", 4.3), ("digits", 20.0)])
def test_the_screen_agrees_with_the_stored_logits(server, tab, dataset, temperature):
    open_page(tab, server, dataset, T=temperature)
    assert_agrees(tab, dataset, temperature)


def assert_agrees(tab, dataset, temperature):
    """Compare every number on the page with what the store holds."""
    seen, (labels, numbers, logits) = tab.evaluate(READ), stored(dataset)
    said = evaluation.softmax(logits, temperature)
    masses = said[numbers, 3]
    order = np.argsort(-masses, kind="stable")
    assert seen["value"] == f"{temperature:.1f}"
    # The wall.
    best = order[: views.SHOWN]
    assert seen["labels"] == [str(label) for label in labels[numbers[best]]]
    for text, expected in zip(seen["masses"], masses[best], strict=True):
        assert float(text) == pytest.approx(100 * expected, abs=0.051)
    # The chosen image, which is the first.
    assert f"Training image {numbers[best[0]]:,}: " in seen["said"] and seen["on"] == 0
    for text, expected in zip(seen["bars"], said[numbers[best[0]]], strict=True):
        assert text.startswith("<") or number(text) == pytest.approx(100 * expected, rel=0.06)


def thumb(tab, temperature):
    """Return where on the screen the slider's thumb is at *temperature*."""
    box = tab.locator(SLIDER).bounding_box()
    size = 16
    travel = (box["width"] - size) * (temperature - 1) / 49
    return box["x"] + size / 2 + travel, box["y"] + box["height"] / 2


def drag(tab, start, end, steps=60):
    """Drag with the mouse and hold; return the pictures and how much was sent."""
    (left, y), (right, _) = thumb(tab, start), thumb(tab, end)
    tab.mouse.move(left, y)
    tab.mouse.down()
    before, pictures = len(tab.sent), []
    for step in range(1, steps + 1):
        tab.mouse.move(left + (right - left) * step / steps, y)
        pictures.append(tab.evaluate(AFTER_FRAME))
    return pictures, len(tab.sent) - before


def test_dragging_redraws_in_the_browser_without_a_rerun(server, tab):
    open_page(tab, server, "mnist", T=1)
    assert_agrees(tab, "mnist", 1.0)
    pictures, sent = drag(tab, 1, 50)
    assert len(set(pictures)) >= 50
    assert sent == 0
    assert address(tab)["T"] == "1"
    before = len(tab.sent)
    tab.mouse.up()
    value = f"{float(tab.evaluate(READ)['value']):g}"
    wait_for_address(tab, "T", value)
    assert len(tab.sent) - before == 1
    assert f"T = {value}" in tab.inner_text(".st-key-lead").replace("\u00a0", " ")


def test_keys_move_the_slider_and_choose_an_image_that_the_address_opens(server, tab, browser):
    open_page(tab, server, T=4, digit=8)
    keys_move_the_slider_and_ask_once_they_rest(tab)
    keys_walk_over_the_wall_and_choose_an_image(tab)
    settle(tab)
    assert set(tab.evaluate(READ)["labels"]) == {"8"}
    other = browser.new_page(viewport={"width": 1280, "height": 720})
    other.goto(tab.url)
    other.locator(f"{PART} .tile").first.wait_for()
    settle(other)
    assert other.evaluate(READ) == tab.evaluate(READ)
    other.close()


def keys_move_the_slider_and_ask_once_they_rest(tab):
    before = len(tab.sent)
    bursts = press_often(tab, tab.locator(SLIDER), "ArrowRight", 10)
    next_frame(tab)
    assert tab.evaluate(READ)["value"] == "5.0"
    wait_for_address(tab, "T", "5")
    assert len(tab.sent) - before <= 1 + bursts
    assert tab.locator(SLIDER).get_attribute("aria-valuetext") == "T = 5"
    said = tab.locator(f"{PART} .spoken").last.inner_text()
    assert said.startswith("At T = 5 the first images are: 8") and said.endswith(" on 3.")
    tab.keyboard.press("End")
    wait_for_address(tab, "T", "50")


def keys_walk_over_the_wall_and_choose_an_image(tab):
    tiles = tab.locator(f"{PART} .tile")
    tiles.first.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    assert tab.evaluate(READ)["on"] == 9  # eight in a row
    chosen = re.search(r"training image (\d+)", tiles.nth(9).get_attribute("aria-label")).group(1)
    wait_for_address(tab, "image", chosen)
    assert tiles.nth(9).get_attribute("aria-pressed") == "true"
    assert tab.evaluate(READ)["on"] == 9
    # Tab enters the wall at one place.
    assert tab.locator(f"{PART} .tile[tabindex='0']").count() == 1


def test_an_edited_address_is_said(server, tab):
    open_page(tab, server, T="-7", digit="3", image="x")
    settle(tab)
    assert tab.locator('[data-testid="stAlert"]').count() == 3
    on = f"{HOST}.querySelectorAll('.tile')[0].classList.contains('on')"
    assert tab.evaluate(on)


def test_nothing_is_cut_off(server, tab):
    open_page(tab, server)
    for width, height in ((1280, 720), (1920, 1080), (390, 844)):
        tab.set_viewport_size({"width": width, "height": height})
        settle(tab)
        assert_nothing_is_cut_off(tab, width)


def assert_nothing_is_cut_off(tab, width):
    """Check the page and the tiles and words on it."""
    main = '[data-testid="stMain"]'
    assert tab.evaluate(f"document.querySelector('{main}').scrollWidth") <= width
    beyond = tab.evaluate(
        f"""() => [...{HOST}.querySelectorAll('.tile, .heading, .amount, .value')].filter(
            e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > {width}
        ).map(e => e.className + ' ' + e.textContent)"""
    )
    assert beyond == []
