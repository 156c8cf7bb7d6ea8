"""The offset's slider in real Chromium: exact, redrawn at every move, no rerun meanwhile."""

import re
import time
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest

from kdengine.config import run_key
from kdengine.data import mnist_files
from kdengine.offsets import thresholds
from kdengine.recipes import plans
from kdengine.store import run_files
from tests.dashboard.conftest import ROOT, settle

pytestmark = pytest.mark.browser

SLIDER = '.st-key-offset_wide_picture .vega-bind input[type="range"]'
CHART = ".st-key-offset_wide_picture svg.marks"
# Vega keeps each mark's datum on its SVG element.
DATA = f"""() => [...document.querySelectorAll('{CHART} *')]
    .map(element => element.__data__?.datum).filter(datum => datum)"""
PICTURE = f"""() => [...document.querySelectorAll('{CHART} text, {CHART} .mark-symbol path')]
    .map(element => element.textContent + element.getAttribute('transform')).join()"""
NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def student():
    """The shipped MNIST student that never saw a 3."""
    return shipped(plans.experiment())


def shipped(plan):
    """Return the shipped student of a plan."""
    key = run_key(plan.student)
    return run_files.read_run(ROOT / "cache" / "shipped" / key, key)


@pytest.fixture
def page(server, tab, student):
    """The page of that student, at the offset of the address."""

    def open_at(**query):
        address = "&".join(f"{name}={value}" for name, value in query.items())
        tab.goto(f"{server}/offset?run={student.key}&{address}")
        settle(tab)
        tab.wait_for_selector(SLIDER)
        return tab

    return open_at


def browser_numbers(tab):
    """Return right answers by group and by class, and the mean mass, as the browser has them."""
    data = tab.evaluate(DATA)
    groups = {d["group"]: d["right"] for d in data if "caption" in d and "group" in d}
    classes = {d["label"]: d["accuracy"] for d in data if "class_images" in d}
    (mass,) = {d["now"] for d in data if "now" in d}
    return groups, [classes[digit] for digit in range(10)], mass


def engine_numbers(student, offset):
    """Return the same from the engine."""
    sweep = thresholds.offset_sweep(student.test_logits, student.test_labels, 3)
    right = thresholds.correct_at(sweep, offset)
    groups = {"omitted": right[3], "others": right.sum() - right[3], "all": right.sum()}
    mass = thresholds.mean_mass(student.train_logits, 3, offset)
    return groups, right / sweep.class_counts, float(mass)


def set_slider(tab, offset):
    """Move the slider as a key or a finger would."""
    tab.eval_on_selector(
        SLIDER,
        """(input, value) => {
            input.value = value;
            input.dispatchEvent(new Event('input', {bubbles: true}));
            input.dispatchEvent(new Event('change', {bubbles: true}));
        }""",
        offset,
    )
    tab.evaluate(NEXT_FRAME)


def test_browser_computes_what_the_engine_does(page, student):
    tab = page(offset=0.5)
    for offset in (-2.37, 1.86, 7.11):
        set_slider(tab, offset)
        settle(tab)  # where the slider rests, the chart may be built anew
        assert_as_the_engine(tab, student, offset)


def test_the_student_of_one_epoch_is_chosen_beside_the_title_and_needs_the_offset(page):
    brief = shipped(plans.experiment(student_epochs=1))
    tab = page()
    tab.get_by_role("radio", name="After one epoch").click()
    tab.wait_for_url(re.compile("student=one-epoch"))
    tab.locator(".st-key-lead", has_text="threes, not 397").wait_for()
    settle(tab)
    (chosen,) = {d["now"] for d in tab.evaluate(DATA) if "now" in d}
    assert abs(chosen - np.mean(brief.train_labels == 3)) <= 1e-6  # the frequency criterion's
    groups, _, _ = engine_numbers(brief, 0.0)
    assert (groups["omitted"], groups["all"]) == (397, 10_000 - 822)
    set_slider(tab, 4.97)
    settle(tab)
    assert_as_the_engine(tab, brief, 4.97)
    # Back leads a step back, once the slider has come to rest: to the rule's offset, to the run.
    tab.locator(".st-key-lead", has_text="Add 4.97").wait_for()
    settle(tab)
    tab.go_back()
    tab.locator(".st-key-lead", has_text="Add 4.86").wait_for()
    settle(tab)
    tab.go_back()
    tab.locator(".st-key-lead", has_text="not 975").wait_for()
    # On a phone the invitation ends before the slider's end, even nudged.
    tab.emulate_media(reduced_motion="reduce")
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{tab.url.split('?')[0]}?student=one-epoch")
    tab.locator(".track .hint").wait_for()
    settle(tab)
    hint, end = (tab.locator(f".track {part}").bounding_box() for part in (".hint", ".high"))
    assert hint["x"] + hint["width"] + 10 < end["x"]


def assert_as_the_engine(tab, student, offset):
    """Compare every number that the browser computed, and those it shows."""
    groups, classes, mass = browser_numbers(tab)
    expected_groups, expected_classes, expected_mass = engine_numbers(student, offset)
    assert groups == expected_groups
    np.testing.assert_allclose(classes, expected_classes, atol=1e-4)
    assert abs(mass - expected_mass) <= 1e-6
    shown = tab.eval_on_selector_all(f"{CHART} text", "all => all.map(e => e.textContent)")
    images = int((student.test_labels == 3).sum())
    assert f"{100 * groups['omitted'] / images:.2f} %" in shown
    assert f"{len(student.test_labels) - groups['all']:,}" in shown
    assert f"{100 * expected_mass:.2f} %" in shown
    assert f"{offset:+.2f}".replace("-", "−") in shown


def test_dragging_redraws_at_every_move_and_asks_the_server_only_afterwards(page):
    tab = page()
    tab.locator(SLIDER).scroll_into_view_if_needed()
    settle(tab)
    box = tab.locator(SLIDER).bounding_box()
    middle = box["y"] + box["height"] / 2
    asked, pictures = len(tab.sent), set()
    tab.mouse.move(box["x"] + 0.1 * box["width"], middle)
    tab.mouse.down()
    for move in range(1, 61):
        tab.mouse.move(box["x"] + (0.1 + 0.013 * move) * box["width"], middle)
        pictures.add(tab.evaluate(PICTURE))
    during = len(tab.sent) - asked
    tab.mouse.up()
    assert len(pictures) >= 50
    assert during == 0
    value = tab.eval_on_selector(SLIDER, "input => input.value")
    tab.wait_for_function(
        "value => new URLSearchParams(location.search).get('offset') === value", arg=value
    )
    settle(tab)
    assert len(tab.sent) - asked == 1
    assert "Chosen by hand" in tab.locator("body").text_content()


def test_release_reaches_address_and_sentence_and_stays_until_a_criterion_is_chosen(page, student):
    tab = page()
    lead = tab.locator(".st-key-lead")
    frequency = lead.inner_text()
    # Where MNIST is, all of it is what is usual.
    unusual = {} if mnist_files.present() else {"run": [student.key]}
    assert parse_qs(urlparse(tab.url).query) == unusual
    set_slider(tab, 2.5)
    tab.wait_for_url(re.compile("offset=2.5"))
    tab.wait_for_function(
        "document.querySelector('.st-key-lead').innerText.includes('Add 2.50 to')"
    )
    settle(tab)
    groups, _, _ = engine_numbers(student, 2.5)
    assert lead.inner_text() != frequency
    assert f"recognises {groups['omitted']:,} threes" in lead.inner_text()
    assert tab.eval_on_selector(SLIDER, "input => +input.value") == 2.5
    assert browser_numbers(tab)[0] == groups

    tab.get_by_role("link", name="Mistakes", exact=True).click()
    tab.wait_for_url(re.compile("/mistakes"))
    settle(tab)
    tab.get_by_role("link", name="The offset").click()
    tab.wait_for_url(re.compile("/offset.*offset=2.5"))
    settle(tab)  # its chart, with the slider, has come into sight
    tab.wait_for_function(f"document.querySelector('{SLIDER}')?.value === '2.5'")
    assert "Add 2.50 to" in lead.inner_text()

    tab.get_by_text("For engineers").click()
    settle(tab)  # opening it has moved what is below
    tab.get_by_role("radio", name="Paper's +3.5").or_(
        tab.get_by_role("button", name="Paper's +3.5")
    ).first.click()
    tab.wait_for_url(re.compile("criterion=paper"))
    tab.wait_for_function(f"document.querySelector('{SLIDER}')?.value === '3.5'")
    assert "offset=" not in tab.url
    assert "on the test set, for their network" in tab.locator("body").inner_text()


def test_bad_address_gives_a_message_and_the_default(page):
    tab = page(offset="banana")
    assert "banana" in " ".join(tab.locator('[data-testid="stAlert"]').all_inner_texts())
    assert "Add 1.5" in tab.locator(".st-key-lead").inner_text()


def test_chart_keeps_inside_the_page_on_both_sizes(page):
    tab = page()
    for width, height in ((1280, 720), (1920, 1080)):
        tab.set_viewport_size({"width": width, "height": height})
        tab.wait_for_function(
            f"""() => Math.abs(document.querySelector('{CHART}').getBoundingClientRect().width
            - document.querySelector('[data-testid="stVegaLiteChart"]').clientWidth) < 3"""
        )
        # Slider, readouts, marks and the main curve with its axis are seen at once.
        top = tab.locator(SLIDER).bounding_box()["y"]
        axis = tab.locator(f"{CHART} text", has_text="logit units").first.bounding_box()
        assert axis["y"] + axis["height"] - top <= height


def test_a_slider_stays_where_it_was_left_though_answers_come_late(server, fresh_tab):
    """What a browser sends before it has an answer repeats what was so before: that is no Back."""
    tab, answers, delay = fresh_tab, [], 0.0

    def late(socket):
        up = socket.connect_to_server()
        socket.on_message(up.send)
        up.on_message(lambda message: answers.append((time.monotonic() + delay, socket, message)))

    def wait_for(seconds):
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            while answers and answers[0][0] <= time.monotonic():
                _, socket, message = answers.pop(0)
                socket.send(message)
            tab.wait_for_timeout(20)

    def wait_until(is_so):
        ends = time.monotonic() + 60.0
        while not is_so():
            assert time.monotonic() < ends
            wait_for(0.25)

    tab.route_web_socket("**/_stcore/stream", late)
    tab.goto(f"{server}/offset", wait_until="commit")
    slider = tab.locator(".st-key-offset_wall input.range")
    wait_until(lambda: slider.count() == 1 and not answers)
    delay = 1.5
    for offset in ("3", "-4", "-1.35", "6"):
        slider.evaluate(
            """(input, value) => {
                input.value = value;
                for (const type of ['input', 'change'])
                    input.dispatchEvent(new Event(type, {bubbles: true}));
            }""",
            offset,
        )
        for _ in range(3):
            wait_for(0.25)
            assert slider.input_value() == offset
    wait_until(lambda: tab.url.endswith("offset=6"))
    assert slider.input_value() == "6"
    tab.go_back()
    wait_until(lambda: slider.input_value() == "-1.35")
    assert tab.url.endswith("offset=-1.35")
