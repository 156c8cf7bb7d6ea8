"""The wall of held-out images in real Chromium: its functions by themselves, then on its page."""

import base64
import itertools
import json
import os
import re
import shutil
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest

from dashboard.core.experiment import Experiment
from dashboard.figures import wall as views
from kdengine.offsets import criteria, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store import run_files
from tests.dashboard.conftest import ROOT, press_often, settle, start_server
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

pytestmark = pytest.mark.browser

COMPONENT = ROOT / "dashboard" / "parts" / "wall"
RUN = """async ([source, call]) => {
    const blob = new Blob([source], {type: 'text/javascript'});
    const m = await import(URL.createObjectURL(blob));
    return new Function('m', 'return ' + call)(m);
}"""
SIZES = ((1280, 720), (1920, 1080), (390, 844))
HASHES = """wall => [...wall.querySelectorAll('canvas')].map(canvas => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(data.buffer).reduce((sum, v) => (Math.imul(sum, 31) + v) | 0, 0);
}).join()"""
# Of what colour the ground of each tile is, read from the picture itself.
GROUNDS = """(canvas, {count, rows, pitch}) => {
    const context = canvas.getContext('2d');
    return [...Array(count).keys()].map(tile => {
        const [x, y] = [Math.floor(tile / rows) * pitch + 1, (tile % rows) * pitch + 1];
        return context.getImageData(x, y, 1, 1).data.slice(0, 3).join();
    });
}"""
NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def stored(dataset):
    """Return the shipped student without threes."""
    key = shipped(dataset)
    return run_files.read_run(ROOT / "cache" / "shipped" / key, key)


def engine_counts(student, offset):
    """Return threes right and other digits lost at *offset*, by argmax over shifted logits."""
    right = []
    for added in (0.0, offset):
        called = thresholds.apply_offsets(student.test_logits, [3], added).argmax(axis=1)
        hits = called == student.test_labels
        right.append((hits[student.test_labels == 3].sum(), hits[student.test_labels != 3].sum()))
    return int(right[1][0]), int(right[0][1] - right[1][1])


# The functions


@pytest.fixture
def compute(tab):
    """Return a function that evaluates an expression of the wall's functions, ``m``."""
    source = (COMPONENT / "flipping.js").read_text(encoding="utf-8")
    tab.goto("about:blank")
    return lambda call: tab.evaluate(RUN, [source, call])


def test_count_below_is_numpys_searchsorted_at_equals_too(compute):
    flips = np.sort(np.random.default_rng(0).integers(-5, 6, 200) / 4.0)
    offsets = np.arange(-1.5, 1.75, 0.125)
    found = compute(f"{offsets.tolist()}.map(b => m.countBelow({flips.tolist()}, b))")
    assert found == np.searchsorted(flips, offsets).tolist()
    assert compute("m.countBelow([], 1)") == 0


def test_changed_others_are_lost_above_zero_and_won_back_below(compute):
    flips = "[-2, -1, 0.5, 1, 3]"
    assert compute(f"m.changedOthers({flips}, 1)") == {"from": 2, "to": 3, "lost": 1}
    assert compute(f"m.changedOthers({flips}, 0)") == {"from": 2, "to": 2, "lost": 0}
    assert compute(f"m.changedOthers({flips}, -1.5)") == {"from": 1, "to": 2, "lost": -1}
    assert compute("m.byDigit([5, 8, 8, 5, 9, 8], 1, 6)") == [[8, 3], [5, 1], [9, 1]]


def test_bins_are_numpys_and_leave_out_what_lies_beyond(compute):
    flips = np.sort(np.random.default_rng(2).normal(1.0, 4.0, 500))
    expected, _ = np.histogram(flips, bins=140, range=(-4.0, 10.0))
    assert compute(f"m.binned({flips.tolist()}, -4, 10, 140)") == expected.tolist()
    assert expected.sum() < 500
    assert compute("m.binned([0, 0.5, 1], 0, 1, 2)") == [1, 1]  # as counts: what is below flips


def test_packed_numbers_arrive_bit_by_bit(compute):
    flips = np.nextafter(np.array([1.5, -2.25, 0.1]), -np.inf)
    packed = base64.b64encode(flips.astype("<f8").tobytes()).decode()
    assert compute(f"[...m.decode('{packed}', Float64Array)]") == flips.tolist()


def test_distribution_is_the_softmax(compute):
    logits = np.random.default_rng(1).normal(0, 9, (3, 10)).astype(np.float32)
    flat = f"new Float32Array({logits.ravel().tolist()})"
    for offset in (-4.0, 0.0, 1.37, 600.0):
        found = compute(f"m.distribution({flat}, 1, 3, {offset})")
        shifted = logits[1].astype(float) + offset * (np.arange(10) == 3)
        expected = np.exp(shifted - shifted.max())
        np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-12)


def test_every_tile_fits_no_larger_one_would_and_all_are_found_again(compute):
    for count, width, height in (
        (1010, 686, 367),
        (1010, 358, 358),
        (36, 686, 367),
        (1, 300, 300),
        (1010, 1310, 700),
    ):
        assert_tiles_fit(compute, count, width, height)


def assert_tiles_fit(compute, count, width, height):
    grid = compute(f"m.gridOf({count}, {width}, {height})")
    pitch = grid["pitch"]
    assert grid["columns"] * grid["rows"] >= count
    assert grid["columns"] * pitch <= width
    assert grid["rows"] * pitch <= height
    larger = pitch + 1
    assert pitch == 64 or (width // larger) * (height // larger) < count
    places = compute(f"[...Array({count}).keys()].map(t => m.placeOf({json.dumps(grid)}, t))")
    assert len({tuple(place) for place in places}) == count
    found = compute(
        f"{places}.map(([x, y]) => m.tileAt({json.dumps(grid)}, {count}, x + 1, y + 1))"
    )
    assert found == list(range(count))
    assert compute(f"m.tileAt({json.dumps(grid)}, {count}, -1, 1)") is None
    assert compute(f"m.tileAt({json.dumps(grid)}, {count}, 1, {grid['rows'] * pitch})") is None


def test_keys_move_along_columns_and_rows_and_stay_inside(compute):
    keys = {"ArrowUp": 6, "ArrowDown": 8, "ArrowLeft": 3, "ArrowRight": 11, "Home": 0, "End": 11}
    assert {key: compute(f"m.tileAfter('{key}', 7, {{rows: 4}}, 12)") for key in keys} == keys
    assert compute("m.tileAfter('ArrowUp', 0, {rows: 4}, 12)") == 0
    assert compute("m.tileAfter('a', 0, {rows: 4}, 12)") is None


def test_labels_lie_on_no_other_label_and_no_passing_tick(compute):
    for width, middle in itertools.product((290, 640, 1300), (1.5, 6.4, 9.3, -3.9)):
        assert_labels_are_clear(compute, width, (0, middle, 3.5))


def assert_labels_are_clear(compute, width, offsets):
    places = [width * (offset + 4) / 14 for offset in offsets]
    widths = [72, 170, 115]
    labels = compute(f"m.labelPlaces({places}, {widths}, {width})")
    spans = [(e["left"], e["left"] + w, e["row"]) for e, w in zip(labels, widths, strict=True)]
    for mine, (left, right, row) in enumerate(spans):
        assert left >= 0
        assert right <= width
        for other, (start, end, level) in enumerate(spans):
            if other == mine:
                continue
            assert level != row or end < left or right < start
            assert level <= row or not left < places[other] < right


def test_words(compute):
    assert compute("[0, 1.5, -2.25, 0.004].map(m.signed)") == ["0", "+1.50", "−2.25", "0"]
    assert compute("[0, 0.001, 0.5, 0.999].map(m.percent)") == [
        *("0\u00a0%", "<1\u00a0%", "50\u00a0%", ">99\u00a0%")
    ]
    words, plurals = list("0123456789"), [f"{digit}s" for digit in range(10)]
    counts = "[[5, 1200], [8, 1], [9, 1], [2, 1]]"
    found = compute(f"m.listed({counts}, {words}, {plurals}, 2)")
    assert found == "1,200 5s, 1 8, 2 more"


# The pages


@pytest.fixture
def page(server, tab):
    """Open a page with the wall."""

    def open_at(dataset="mnist", **query):
        more = "".join(f"&{name}={value}" for name, value in query.items())
        tab.goto(f"{server}/offset?run={shipped(dataset)}{more}")
        wait_for_wall(tab)
        return tab

    return open_at


def wait_for_wall(tab):
    """Wait until the wall is drawn and the page stands still."""
    tab.locator("canvas.tiles").wait_for()
    tab.wait_for_function(f"{shadow(tab)}.querySelector('.spoken').textContent !== ''")
    settle(tab)


def shadow(tab):
    """Return the expression of the component's shadow root."""
    host = '.st-key-offset_wall [data-testid="stBidiComponentIsolated"]'
    return f"document.querySelector('{host}').shadowRoot"


def slider(tab):
    """Return the wall's slider."""
    return tab.locator(".st-key-offset_wall input.range")


def move(tab, offset):
    """Move the slider as a finger does that is lifted there."""
    slider(tab).evaluate(
        """(input, value) => {
            input.value = value;
            for (const type of ['input', 'change'])
                input.dispatchEvent(new Event(type, {bubbles: true}));
        }""",
        offset,
    )
    tab.evaluate(NEXT_FRAME)


def drag(tab, offset):
    """Move the slider as a finger does that stays on it."""
    slider(tab).evaluate(
        """(input, value) => {
            input.value = value;
            input.dispatchEvent(new Event('input', {bubbles: true}));
        }""",
        offset,
    )
    tab.evaluate(NEXT_FRAME)


def shown_counts(tab):
    """Return the two counters; digits won back count as lost below 0."""
    right, lost = (tab.locator(f".count.{name}").inner_text() for name in ("right", "lost"))
    number = int(re.match(r"[\d,]+", lost).group().replace(",", ""))
    return int(re.match(r"[\d,]+", right).group().replace(",", "")), (
        -number if "won back" in lost else number
    )


def grid_of(tab, count):
    """Return the wall's layout, from the picture's size."""
    return tab.locator("canvas.tiles").evaluate(
        """(canvas, count) => {
            const [width, height] = [canvas.clientWidth, canvas.clientHeight];
            for (let pitch = 64; pitch > 3; pitch -= 1) {
                if (width % pitch || height % pitch) continue;
                const [columns, rows] = [width / pitch, height / pitch];
                const spare = columns * rows - count;
                if (spare >= 0 && spare < rows) return {count, rows, pitch};
            }
        }""",
        count,
    )


def test_it_invites_counts_draws_and_says_what_the_engine_does(page):
    tab, student = page(), stored("mnist")
    invites_to_drag_and_keeps_still_for_who_wants_that(tab)
    says_it_for_who_cannot_see_it_on_release(tab, student)
    assert not tab.locator(".hint").is_visible()
    counts_are_the_engines(tab, student)
    so_many_tiles_are_drawn_as_right_and_they_are_the_first(tab, student)
    settle(tab)


def test_counts_of_another_run_are_the_engines(page):
    tab = page(dataset="digits")
    counts_are_the_engines(tab, stored("digits"))
    settle(tab)


def invites_to_drag_and_keeps_still_for_who_wants_that(tab):
    hint = tab.locator(".hint")
    assert hint.is_visible()
    style = "e => getComputedStyle(e).animationName"
    assert hint.evaluate(style) == "nudge"
    tab.emulate_media(reduced_motion="reduce")
    assert hint.evaluate(style) == "none"


def says_it_for_who_cannot_see_it_on_release(tab, student):
    spoken = tab.locator(".spoken")
    assert spoken.get_attribute("aria-live") == "polite"
    before = spoken.inner_text()
    slider(tab).evaluate(
        "i => { i.value = 3; i.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    assert spoken.inner_text() == before
    move(tab, 3)
    right, lost = engine_counts(student, 3)
    said = spoken.inner_text()
    assert f"{right:,} of 1,010 held-out threes are right" in said
    assert f"{lost} other digits lost (" in said
    assert said in tab.locator("canvas.tiles").get_attribute("aria-label")


def counts_are_the_engines(tab, student):
    for offset in (-4, -1.37, 0, 0.01, 1.5, 3.5, 7.11, 10):
        move(tab, offset)
        assert shown_counts(tab) == engine_counts(student, offset), offset


def so_many_tiles_are_drawn_as_right_and_they_are_the_first(tab, student):
    grid = grid_of(tab, 1010)
    for offset in (-4, 0, 2.5, 10):
        move(tab, offset)
        grounds = tab.locator("canvas.tiles").evaluate(GROUNDS, grid)
        right, _ = engine_counts(student, offset)
        assert len(set(grounds[:right])) == 1
        assert grounds[0] not in grounds[right:]


def test_dragging_draws_at_every_move_and_asks_the_server_only_afterwards(page):
    tab = page(offset=0.5)
    box = slider(tab).bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + 0.1 * box["width"], middle)
    tab.mouse.down()
    asked, pictures = len(tab.sent), set()
    wall = tab.locator(".st-key-offset_wall .wall")
    for step in range(1, 61):
        tab.mouse.move(box["x"] + (0.1 + 0.013 * step) * box["width"], middle)
        pictures.add(wall.evaluate(HASHES))
    assert len(tab.sent) == asked
    tab.mouse.up()
    assert len(pictures) >= 50
    value = slider(tab).input_value()
    tab.wait_for_function(
        "value => new URLSearchParams(location.search).get('offset') === value", arg=value
    )
    settle(tab)
    assert len(tab.sent) - asked == 1
    assert slider(tab).input_value() == value
    assert shown_counts(tab) == engine_counts(stored("mnist"), float(value))


def test_keys_move_the_slider_and_a_burst_of_them_asks_once(page):
    tab = page(offset=1)
    asked = len(tab.sent)
    bursts = press_often(tab, slider(tab), "ArrowRight", 10)
    assert shown_counts(tab) == engine_counts(stored("mnist"), 1.1)
    assert "1,010 held-out threes" in slider(tab).get_attribute("aria-valuetext")
    tab.wait_for_url(re.compile(r"offset=1\.1(&|$)"))
    settle(tab)
    assert len(tab.sent) - asked <= 1 + bursts


def test_a_mark_is_the_criterions_exact_offset(page):
    student = stored("mnist")
    chosen = criteria.choose_offsets(OffsetRule(), student, omitted_classes=(3,))["value"]
    tab = page(offset=6)
    tab.locator("button.mark", has_text="frequency criterion").click()
    assert shown_counts(tab) == engine_counts(student, float(chosen))
    tab.wait_for_url(lambda url: "offset=" not in url and "criterion=" not in url)
    tab.locator("button.mark", has_text="the paper's").click()
    tab.wait_for_url(re.compile("criterion=paper"))
    tab.locator("button.mark", has_text="no offset").click()
    tab.wait_for_url(re.compile(r"offset=0(&|$)"))
    settle(tab)
    assert shown_counts(tab)[1] == 0


def test_the_other_digits_that_are_lost_are_counted_by_name(page):
    tab, student = page(offset=2.5), stored("mnist")
    shown = views.wall(Experiment(student, student, None, 3), 10.0)
    lost = shown.lost_labels[(shown.lost_flips >= 0) & (shown.lost_flips < 2.5)]
    title = tab.locator(".strip .title").inner_text()
    named = {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", title)}
    assert named["fives"] == (lost == 5).sum()
    assert named["eights"] == (lost == 8).sum()
    assert sum(named.values()) - 3 * ("3" in named) == len(lost)
    tab.locator("canvas.others").hover(position={"x": 15, "y": 15})
    latest = shown.lost_images[shown.lost_flips < 2.5][-1]
    assert f"Test image {latest:,}, " in tab.locator(".story").inner_text()


def test_pointing_tapping_and_keys_show_an_image_and_its_distribution(page):
    tab, student = page(offset=1.5), stored("mnist")
    shown = views.wall(Experiment(student, student, None, 3), 10.0)
    story, bars = tab.locator(".story"), tab.locator("canvas.bars")
    assert tab.locator(".which").inner_text() == "Latest to flip"
    latest = shown.images[shown.flips < 1.5][-1]
    assert f"Test image {latest:,}, a 3" in story.inner_text()
    tab.locator("canvas.tiles").hover(position={"x": 5, "y": 5})
    assert f"Test image {shown.images[0]:,}, a 3" in story.inner_text()
    grid = grid_of(tab, 1010)
    tab.locator("canvas.tiles").click(position={"x": 5, "y": 5 + grid["pitch"]})
    assert tab.locator(".which").inner_text() == "Under the pointer"
    tab.mouse.move(5, 5)
    assert tab.locator(".which").inner_text() == "Chosen"
    assert f"Test image {shown.images[1]:,}, a 3" in story.inner_text()
    tab.keyboard.press("End")
    assert f"Test image {shown.images[-1]:,}, a 3" in story.inner_text()
    assert f"no offset: says {shown.said[-1]} (" in story.inner_text()
    assert f"{shown.flips[-1]:+.2f}" in story.inner_text()
    tab.keyboard.press("ArrowUp")
    assert f"Test image {shown.images[-2]:,}, a 3" in tab.locator(".focused").inner_text()
    logits = student.test_logits[shown.images[-2]].astype(float) + 1.5 * (np.arange(10) == 3)
    best = int(logits.argmax())
    share = np.exp(logits - logits.max()).max() / np.exp(logits - logits.max()).sum()
    label = bars.get_attribute("aria-label")
    assert f"{best}: {'>99' if share > 0.995 else f'{100 * share:.0f}'}\u00a0%" in label
    tab.wait_for_url(re.compile(rf"image={shown.images[-2]}(&|$)"))
    tab.keyboard.press("Escape")
    assert tab.locator(".which").inner_text() == "Latest to flip"
    tab.wait_for_url(lambda address: "image=" not in address)
    settle(tab)


def test_a_link_shows_the_same_image_on_the_wall_or_among_the_other_digits(page):
    shown = views.wall(Experiment(stored("mnist"), stored("mnist"), None, 3), 10.0)
    of_wall, other = shown.images[500], shown.lost_images[shown.lost_flips > 0][0]
    for image, label in ((of_wall, 3), (other, stored("mnist").test_labels[other])):
        tab = page(offset=1, image=image)
        assert tab.locator(".which").inner_text() == "Chosen"
        assert f"Test image {image:,}, a {label}" in tab.locator(".story").inner_text()
        move(tab, 3)
        assert f"Test image {image:,}, a {label}" in tab.locator(".story").inner_text()
        tab.wait_for_url(re.compile("offset=3"))
        settle(tab)
        assert parse_qs(urlparse(tab.url).query)["image"] == [str(image)]


def test_choosing_an_image_leaves_an_offset_that_a_criterion_chose(page):
    tab = page(criterion="test-optimal")
    value = slider(tab).input_value()
    tab.locator("canvas.tiles").click(position={"x": 5, "y": 5})
    tab.wait_for_url(re.compile("image="))
    settle(tab)
    assert "criterion=test-optimal" in tab.url
    assert slider(tab).input_value() == value


def test_the_curves_follow_the_wall_and_the_wall_the_curves(page):
    tab = page(offset=1)
    curves = '.st-key-offset_wide_picture .vega-bind input[type="range"]'
    tab.wait_for_function(f"document.querySelector('{curves}')?.value === '1'")
    move(tab, 4.25)
    tab.wait_for_function(f"document.querySelector('{curves}').value === '4.25'")
    tab.wait_for_url(re.compile("offset=4.25"))
    settle(tab)
    asked = len(tab.sent)
    tab.locator(curves).evaluate(
        "i => { i.value = -1; i.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    assert shown_counts(tab) == engine_counts(stored("mnist"), -1)
    assert slider(tab).input_value() == "-1"
    assert len(tab.sent) == asked
    tab.locator(curves).dispatch_event("change")
    tab.wait_for_url(re.compile("offset=-1"))
    settle(tab)


def test_the_page_keeps_its_offset_and_refuses_a_bad_one(page):
    tab = page(offset="banana")
    assert "banana" in " ".join(tab.locator('[data-testid="stAlert"]').all_inner_texts())
    move(tab, 2.25)
    tab.wait_for_url(re.compile("offset=2.25"))
    settle(tab)
    tab.get_by_role("link", name="Mistakes", exact=True).click()
    tab.wait_for_url(re.compile("/mistakes"))
    settle(tab)
    tab.get_by_role("link", name="The offset", exact=True).click()
    tab.wait_for_url(re.compile("/offset.*offset=2.25"))
    wait_for_wall(tab)
    assert slider(tab).input_value() == "2.25"


def assert_it_fits(tab, size):
    """Check that no part of the wall reaches beyond a window of that size."""
    boxes = [
        tab.locator(f".st-key-offset_wall {part}").bounding_box()
        for part in (".slider", ".flips", ".tiles", ".others", ".counts", ".bars")
    ]
    for box in boxes:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0] + 1
        assert size[0] < 1000 or box["y"] + box["height"] <= size[1]
    assert max(b["y"] + b["height"] for b in boxes) - boxes[0]["y"] <= size[1]


def test_the_wall_fits_the_window_and_nothing_else_moves_while_the_slider_does(page):
    tab = page(offset=2.5)
    parts = (".counts", ".tiles", ".story", ".bars", ".others")
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        wait_for_wall(tab)
        assert_it_fits(tab, (width, height))
        seen = set()
        for offset in (-4, -2, 0, 0.5, 2.5, 7, 10):
            drag(tab, offset)
            boxes = [tab.locator(f".st-key-offset_wall {part}").bounding_box() for part in parts]
            seen.add(json.dumps([[box["y"], box["height"]] for box in boxes]))
        settle(tab)
        assert len(seen) == 1, (width, height)


# Where each tick is, and where the thumb (32 px wide) would be at the offset that its mark names.
MARKS_BESIDE_TRACK = """async () => {
    await document.fonts.ready;
    await new Promise((done) => setTimeout(done, 300));
    const within = (node) => [...node.querySelectorAll('*')].flatMap(
        (one) => [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
    const all = within(document);
    const range = all.find((one) => one.matches('.wall .range'));
    const [box, low, high] = [range.getBoundingClientRect(), Number(range.min), Number(range.max)];
    const at = (offset) => box.left + 16 + (offset - low) / (high - low) * (box.width - 32);
    const ticks = all.filter((one) => one.matches('.marks .tick'));
    return all.filter((one) => one.matches('.marks .mark')).map((mark, index) => [
        ticks[index].getBoundingClientRect().left,
        at(Number(mark.textContent.split(' ')[0].replace('\u2212', '-')))]);
}"""


def test_without_the_pictures_tiles_and_numbers_stand(browser, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
    process, address = start_server(
        {
            **os.environ,
            "KDENGINE_CACHE_DIR": str(cache),
            "KDENGINE_OFFLINE": "1",
            "KDENGINE_DATA_DIR": str(tmp_path / "none"),
        },
        tmp_path / "app.log",
    )
    tab = browser.new_page(viewport={"width": 1280, "height": 720})
    try:
        tab.goto(f"{address}/offset?run={shipped('mnist')}")
        wait_for_wall(tab)
        marks = tab.evaluate(MARKS_BESIDE_TRACK)
        assert len(marks) == 3
        assert all(abs(tick - place) < 1.5 for tick, place in marks)
        move(tab, 2.5)
        assert tab.locator("canvas.picture").is_hidden()
        right, lost = engine_counts(stored("mnist"), 2.5)
        assert shown_counts(tab) == (right, lost)
        grounds = tab.locator("canvas.tiles").evaluate(GROUNDS, grid_of(tab, 1010))
        assert grounds.count(grounds[0]) == right
        alerts = " ".join(tab.locator('[data-testid="stAlert"]').all_inner_texts())
        assert "Keras's" in alerts
    finally:
        tab.close()
        process.terminate()
        process.wait(60)
