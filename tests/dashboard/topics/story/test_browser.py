"""The first page in real Chromium: a guess, then the wall and its switch."""

import re

import pytest

from kdengine.store import run_files
from tests.dashboard.conftest import ROOT, settle
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

pytestmark = pytest.mark.browser

# How many tiles are of the colour that stands for right, read from the picture itself.
GREEN = """canvas => {
    const {data, width, height} = canvas.getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height);
    let pixels = 0;
    for (let at = 0; at < data.length; at += 4)
        pixels += data[at] < 60 && data[at + 1] > 90 && data[at + 3] === 255;
    return pixels / (width * height);
}"""

# Ends once more is green, when the tiles have turned over.
TURNED = f"""async (canvas, lit) => {{
    while (({GREEN})(canvas) <= lit) await new Promise(requestAnimationFrame);
}}"""


def counts():
    """Return how many threes each stored network gets right, without an offset."""
    found = {}
    student = shipped("mnist")
    for name, key in (
        ("student", student),
        ("teacher", run_files.read_config(ROOT / "cache" / "shipped" / student, student).teacher),
    ):
        run = run_files.read_run(ROOT / "cache" / "shipped" / key, key)
        threes = run.test_labels == 3
        found[name] = int((run.test_logits[threes].argmax(axis=1) == 3).sum())
    return found


def wait_for_count(tab, count):
    """Wait until the large number says *count*."""
    tab.wait_for_function(
        """count => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')].some(
            host => host.shadowRoot?.querySelector('.count strong')?.textContent === count)""",
        arg=count,
    )


def test_a_guess_brings_the_answer_and_the_switch_leads_from_network_to_network(server, tab):
    right = counts()
    tab.goto(f"{server}/story?run={shipped('mnist')}")
    tab.get_by_role("button", name="Some").wait_for()
    settle(tab)
    everything = tab.locator("[data-testid=stMain]").inner_text()
    assert f"{right['student']:,}" not in everything
    assert tab.locator(".count strong").inner_text() == "?"
    assert tab.locator("canvas.tiles").evaluate(GREEN) == 0
    tab.get_by_role("button", name="Some").click()
    wait_for_count(tab, "0")  # hard labels have their turn first
    assert tab.get_by_role("radio", name="Hard labels").get_attribute("aria-checked") == "true"
    wait_for_count(tab, f"{right['student']:,}")
    assert tab.locator(".question").inner_text() == "You guessed: some."
    tab.wait_for_url(re.compile("network=student(&|$)"))
    settle(tab)
    lit = tab.locator("canvas.tiles").evaluate(GREEN)
    assert lit > 0.5
    tab.get_by_role("radio", name="Distilled", exact=True).focus()
    tab.keyboard.press("ArrowLeft")
    wait_for_count(tab, "0")
    tab.wait_for_url(re.compile("network=baseline"))
    assert "0 of 1,010 threes right" in tab.locator(".spoken").inner_text()
    tab.keyboard.press("ArrowLeft")  # round to the last
    wait_for_count(tab, f"{right['teacher']:,}")
    tab.wait_for_url(re.compile("network=teacher"))
    settle(tab)
    tab.locator("canvas.tiles").evaluate(TURNED, lit)
    tab.locator("canvas.tiles").focus()
    tab.keyboard.press("Home")
    told = tab.locator(".told").inner_text()
    assert told.count("✓") == 3
    assert "✗ Hard labels" in told
    tab.wait_for_url(re.compile("image="))
    settle(tab)
    tab.go_back()
    tab.wait_for_url(lambda url: "image=" not in url)
    settle(tab)
    tab.go_back()
    wait_for_count(tab, "0")
    settle(tab)


def test_a_link_that_names_a_network_skips_the_guess_and_a_still_picture_tells_the_same(
    server, tab
):
    right = counts()
    tab.emulate_media(reduced_motion="reduce")
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server}/story?run={shipped('mnist')}&network=student")
    wait_for_count(tab, f"{right['student']:,}")
    assert not tab.get_by_role("button", name="Most").is_visible()
    settle(tab)
    tab.get_by_role("radio", name="Teacher").click()
    wait_for_count(tab, f"{right['teacher']:,}")
    for part in (".switch", "canvas.tiles", ".count"):
        box = tab.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert tab.locator(".switch").bounding_box()["y"] < 844 / 2
    settle(tab)
