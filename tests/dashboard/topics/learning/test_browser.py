"""The replay in real Chromium: its functions by themselves, then playing, stepping, scrubbing."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageColor

from dashboard.core import roles
from kdengine.store import runs as store
from tests.dashboard.conftest import ROOT, settle
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

pytestmark = pytest.mark.browser

COMPONENT = ROOT / "dashboard" / "parts" / "replay"
PLAYER = ".st-key-learning_player"
HOST = f"document.querySelector('{PLAYER} [data-testid=\"stBidiComponentIsolated\"]').shadowRoot"
RUN = """async ([source, call]) => {
    const blob = new Blob([source], {type: 'text/javascript'});
    const module = await import(URL.createObjectURL(blob));
    return new Function('m', 'return ' + call)(module);
}"""


@pytest.fixture
def compute(tab):
    """Return a function that evaluates an expression of the timeline's functions, ``m``."""
    source = (COMPONENT / "timeline.js").read_text(encoding="utf-8")
    tab.goto("about:blank")
    return lambda call: tab.evaluate(RUN, [source, call])


# 4 images at 3 steps: 3 5 8 3, then 3 3 8 5, then (with the offset) 3 3 3 3.
ANSWERS = "Uint8Array.from([3,5,8,3, 3,3,8,5, 3,3,3,3])"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1, {"right": 2, "gained": 0, "lost": 0}),
        (2, {"right": 2, "gained": 1, "lost": 1}),
        (3, {"right": 4, "gained": 2, "lost": 0}),
    ],
)
def test_tally(compute, step, expected):
    assert compute(f"m.tally({ANSWERS}, 4, {step}, 3)") == expected


@pytest.mark.parametrize(
    ("count", "width", "height"),
    [(1010, 910, 260), (61, 1570, 600), (1, 300, 300), (1010, 358, 350)],
)
def test_every_tile_fits_and_no_larger_one_would(compute, count, width, height):
    grid = compute(f"m.gridOf({count}, {width}, {height}, 1)")

    def fits(side):
        return ((width + 1) // (side + 1)) * ((height + 1) // (side + 1)) >= count

    assert fits(grid["side"]) and not fits(grid["side"] + 1)
    assert grid["rows"] * grid["columns"] >= count
    found = compute(
        f"(g => [...Array({count}).keys()].every(i => m.tileAt(g, {count},"
        "(i % g.columns) * (g.side + g.gap) + g.side / 2,"
        "Math.floor(i / g.columns) * (g.side + g.gap) + g.side / 2) === i))"
        f"(m.gridOf({count}, {width}, {height}, 1))"
    )
    assert found
    assert compute(f"m.tileAt(m.gridOf({count}, {width}, {height}), {count}, -1, 5)") is None


def test_time_and_keys(compute):
    assert compute("m.advance(1, 500, 2, 7)") == 2
    assert compute("m.advance(6.5, 5000, 2, 7)") == 7
    assert compute("m.advance(3, -5, 2, 7)") == 3
    keys = {"ArrowLeft": 1, "ArrowRight": 3, "Home": 1, "End": 7, "a": None}
    assert {key: compute(f"m.stepFor('{key}', 2, 7)") for key in keys} == keys
    assert compute("[m.stepFor('ArrowLeft', 1, 7), m.stepFor('ArrowRight', 7, 7)]") == [1, 7]


@pytest.mark.parametrize("last", [2, 7, 201])
def test_places_on_the_curve_lead_back_to_their_steps(compute, last):
    places = compute(f"[...Array({last}).keys()].map(i => m.placeOf(i + 1, {last}, 60, 900))")
    assert places[0] == 60
    assert abs(places[-1] - 900) < 1e-9
    assert (np.diff(places) > 0).all()
    back = compute(f"{places}.map(x => m.stepNear(x + 0.4, {last}, 60, 900))")
    assert back == list(range(1, last + 1))


@pytest.mark.parametrize("epochs", [1, 2, 6, 10, 130, 200, 999])
def test_ticks_are_few_and_hold_both_ends(compute, epochs):
    found = compute(f"m.ticks({epochs}, 10)")
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (1, epochs)
    assert len(found) <= 12


def test_an_images_story(compute):
    assert compute(f"m.history({ANSWERS}, 4, 1, 3)") == (
        "epoch 1: 5, epoch 2: 3, with the offset: 3"
    )
    assert compute(f"m.history({ANSWERS}, 4, 0, 3)") == "epochs 1–2: 3, with the offset: 3"


# The page


@pytest.fixture
def page(server, tab):
    """Open the replay of a shipped run."""

    def open_at(dataset="digits", **query):
        more = "".join(f"&{name}={value}" for name, value in query.items())
        tab.goto(f"{server}/learning?run={shipped(dataset)}{more}")
        settle(tab)
        tab.locator(f"{PLAYER} .wall").wait_for()
        tab.wait_for_function(f"{HOST}.querySelector('.when').textContent !== ''")
        return tab

    return open_at


def text(tab, part):
    """Return what a part of the player says."""
    return tab.locator(f"{PLAYER} .{part}").inner_text()


def brought(tab, part):
    """Scroll to a part of the player and return where it is."""
    tab.locator(f"{PLAYER} .{part}").scroll_into_view_if_needed()
    return tab.locator(f"{PLAYER} .{part}").bounding_box()


def lit(tab):
    """Return the share of the wall in the colour of right tiles."""
    return tab.locator(f"{PLAYER} .wall").evaluate(
        """(canvas, [red, green, blue]) => {
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let lit = 0;
            for (let i = 0; i < data.length; i += 4)
                lit += data[i] === red && data[i + 1] === green && data[i + 2] === blue;
            return 4 * lit / data.length }""",
        ImageColor.getrgb(roles.AFTER.colour),
    )


def right_in_files(dataset):
    """Return how many threes are right after each epoch, from the shipped files."""
    key = shipped(dataset)
    return (store.load_replay(key).argmax(axis=2) == 3).sum(axis=1)


@pytest.fixture(autouse=True)
def shipped_store(monkeypatch):
    """The files are those that came with the project."""
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)


@pytest.mark.parametrize("step", [1, 60, 199])
def test_counter_is_that_of_the_stored_files(page, step):
    tab = page(step=step)
    right = right_in_files("digits")
    assert text(tab, "when") == f"After epoch {step} of 200"
    assert text(tab, "count") == f"{right[step - 1]} of 61 threes right"
    assert f"epoch {step}" in tab.locator(f"{PLAYER} .wall").get_attribute("aria-label")


def test_it_plays_to_the_end_without_asking_the_server(page):
    tab = page(step=2, speed=1)
    asked = len(tab.sent)
    tab.locator(f"{PLAYER} .play").click()
    tab.wait_for_function(f"/epoch ([5-9]|\\d\\d)/.test({HOST}.querySelector('.when').textContent)")
    assert len(tab.sent) == asked
    tab = page(step=180, speed=4)
    asked = len(tab.sent)
    tab.locator(f"{PLAYER} .play").click()
    tab.wait_for_function(f"{HOST}.querySelector('.when').textContent.startsWith('With the')")
    tab.wait_for_url(re.compile("step=offset"))
    settle(tab)
    assert len(tab.sent) - asked <= 2
    assert text(tab, "play").endswith("Play")
    assert text(tab, "spoken").startswith("With the offset")


def test_keys_and_buttons_step_and_the_address_follows(page):
    tab = page(step=60)
    before = lit(tab)
    tab.locator(f"{PLAYER} .player").focus()
    tab.keyboard.press("ArrowRight")
    assert text(tab, "when") == "After epoch 61 of 200"
    tab.wait_for_url(re.compile("step=61"))
    tab.locator(f"{PLAYER} .back").click()
    assert text(tab, "when") == "After epoch 60 of 200"
    tab.keyboard.press("End")
    assert text(tab, "when").startswith("With the offset +")
    assert lit(tab) > before
    tab.keyboard.press("Home")
    assert text(tab, "when") == "After epoch 1 of 200"
    assert lit(tab) == 0  # after its first epoch this student knows no three
    tab.wait_for_url(re.compile("step=1(&|$)"))
    tab.locator(f"{PLAYER} .player").focus()
    tab.keyboard.press(" ")
    tab.wait_for_function(f"{HOST}.querySelector('.play').textContent.includes('Pause')")
    tab.keyboard.press(" ")
    assert text(tab, "play").endswith("Play")


def test_dragging_the_scrubber_draws_every_epoch_and_asks_nothing(page):
    tab = page(step=1)
    asked, seen = len(tab.sent), set()
    box = brought(tab, "scrub")
    tab.mouse.move(box["x"] + 9, box["y"] + box["height"] / 2)
    tab.mouse.down()
    for move in range(60):
        tab.mouse.move(box["x"] + 9 + box["width"] * 0.015 * move, box["y"] + box["height"] / 2)
        seen.add(text(tab, "when"))
    assert len(tab.sent) == asked
    tab.mouse.up()
    assert len(seen) >= 50
    epoch = re.search(r"epoch (\d+)", text(tab, "when")).group(1)
    tab.wait_for_url(re.compile(f"step={epoch}(&|$)"))
    settle(tab)
    assert text(tab, "when") == f"After epoch {epoch} of 200"  # the rerun moves nothing


def test_the_curve_is_a_scrubber_too(page):
    tab = page(step=1)
    box = brought(tab, "curve")
    tab.mouse.click(box["x"] + box["width"] - 176, box["y"] + 40)
    assert text(tab, "when").startswith("With the offset")


def test_it_starts_by_itself_but_not_for_who_wants_less_motion(page):
    tab = page()
    tab.wait_for_function(f"/epoch ([5-9]|\\d\\d)/.test({HOST}.querySelector('.when').textContent)")
    assert "step=" not in tab.url
    tab.emulate_media(reduced_motion="reduce")
    tab = page()
    tab.wait_for_timeout(600)
    assert text(tab, "when") == "After epoch 1 of 200"


def test_pointing_at_a_tile_tells_its_story(page):
    tab = page(step=60)
    wall, told = tab.locator(f"{PLAYER} .wall"), ""
    for x in range(20, 40):  # what loads above it may yet move the wall away from the pointer
        wall.hover(position={"x": x, "y": 20})
        told = text(tab, "detail")
        if re.match(r"Test image \d+, epochs? 1", told):
            break
        tab.wait_for_timeout(250)
    assert re.match(r"Test image \d+, epochs? 1", told)


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (390, 844)])
def test_player_fits_the_window(page, tab, size):
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    page("mnist", step=2)
    settle(tab)  # the player may have come after all else stood still
    for part in ("wall", "curve", "controls", "readout"):
        box = tab.locator(f"{PLAYER} .{part}").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] + 1
    if size[0] > 1000:
        first, last = (
            tab.locator(f"{PLAYER} .{part}").bounding_box() for part in ("readout", "curve")
        )
        assert last["y"] + last["height"] - first["y"] <= size[1]


def test_both_downloads_are_what_they_say(page):
    tab = page(step=60, every=50, fps=4)
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Animated GIF").click()
    content = waiting.value.path().read_bytes()
    assert Image.open(io.BytesIO(content)).n_frames == 6  # 1, 50, 100, 150, 200, offset
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="PNGs").click()
    assert len(zipfile.ZipFile(waiting.value.path()).namelist()) == 6
    settle(tab)
    assert text(tab, "when") == "After epoch 60 of 200"
