"""One part, two hosts: what a control answers on the dashboard it answers in plain files, too."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from benchmarks.browser.dashboard import STREAMLIT_PROBE
from dashboard.core import runs
from dashboard.figures import transfer_mass
from dashboard.handout import files as handout
from dashboard.topics.dark_knowledge import figures as dark_knowledge
from kdengine.data import drawing, mnist_files
from kdengine.nets import forward
from kdengine.offsets import evaluation, thresholds
from tests.dashboard.conftest import settle
from tests.dashboard.handout import hosts
from tests.dashboard.topics.mistakes.test_confusion_browser import SLIDE, shipped

pytestmark = pytest.mark.browser
MEGABYTE = 10**6


@pytest.fixture(scope="module")
def shown():
    """The shipped experiment, on MNIST where that is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KDENGINE_CACHE_DIR", raising=False)
        yield runs.experiment(shipped("mnist" if mnist_files.present() else "digits"))


@pytest.fixture(scope="module")
def site(shown, tmp_path_factory):
    """Its edition on disk, two folders below a server's root."""
    folder = tmp_path_factory.mktemp("edition") / "under" / "site"
    folder.parent.mkdir()
    handout.write(handout.make(shown, runs.test_images(shown.dataset)), folder)
    return folder


@pytest.fixture(params=["dashboard", "disk", "sub-path"])
def host(request, site):
    """A host's address."""
    if request.param == "dashboard":
        yield request.getfixturevalue("server")
    elif request.param == "disk":
        yield (site / "index.html").as_uri()
    else:
        with hosts.served(site) as address:
            yield address


@pytest.fixture
def page(browser):
    """A page on which any error, or a request to anybody else, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    opened, problems = context.new_page(), []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "console",
        lambda m: (
            problems.append(m.text) if m.type == "error" and "status of 404" not in m.text else None
        ),
    )
    opened.on(
        "response",
        lambda r: (
            problems.append(r.url)
            if r.status >= 400 and not STREAMLIT_PROBE.search(r.url)
            else None
        ),
    )
    known = ("file:", "data:", "blob:", "http://127.0.0.1:", "http://localhost:")
    opened.on("request", lambda r: None if r.url.startswith(known) else problems.append(r.url))
    yield opened
    context.close()
    assert problems == []


def said(page, place, selector, expected):
    """Wait until an element of a part says *expected*."""
    element = place.locator(selector)
    end = time.monotonic() + 20
    while element.inner_text() != expected and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert element.inner_text() == expected


def test_the_switch_tells_how_many_each_network_has_right(host, page, shown):
    place = hosts.open_part(page, host, shown.key, "verdicts")
    place.get_by_role("button", name="Show me").click()
    own = shown.student.test_labels == 3
    for name, run in (("Distilled", shown.student), ("Teacher", shown.teacher)):
        place.get_by_role("radio", name=name, exact=True).click()
        right = int((run.test_logits[own].argmax(axis=1) == 3).sum())
        said(page, place, ".count strong", f"{right:,}")


def test_the_walls_offset_counts_as_the_engine_does(host, page, shown):
    place = hosts.open_part(page, host, shown.key, "wall")
    labels = shown.student.test_labels
    for offset in (-1.5, 4.25):
        place.locator(".range").evaluate(SLIDE, offset)
        called = thresholds.apply_offsets(shown.student.test_logits, [3], [offset]).argmax(axis=1)
        right = int((called[labels == 3] == 3).sum())
        said(page, place, ".count.right strong", f"{right:,}")


def test_the_gallery_ranks_at_any_temperature(host, page, shown):
    place = hosts.open_part(page, host, shown.key, "gallery")
    numbers, logits = dark_knowledge.transfer_logits(shown)
    for temperature in (2.0, 20.0):
        place.locator(".slider").evaluate(SLIDE, temperature)
        mass = transfer_mass.mass(logits, 3, temperature)
        place.locator(".slider").evaluate("e => e.dispatchEvent(new Event('change'))")
        most = f"training image {numbers[mass.argmax()]},"
        place.locator(f'.wall .tile:first-child[aria-label*="{most}"]').wait_for()


def test_the_pad_answers_a_drawing_as_the_networks_do(host, page, shown):
    place = hosts.open_part(page, host, shown.key, "pad")
    place.locator(".network").first.wait_for()
    if not host.endswith(".html"):
        settle(page)
    place.locator(".clear").click()
    box = place.locator("canvas.pad").bounding_box()
    points = [(9, 7), (14, 5), (18, 8), (13, 12), (18, 16), (15, 21), (9, 20)]
    on = [(box["x"] + box["width"] * x / 28, box["y"] + box["height"] * y / 28) for x, y in points]
    page.mouse.move(*on[0])
    page.mouse.down()
    for point in on[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    place.locator(".network:not(.silent)").first.wait_for()
    if not host.endswith(".html"):
        settle(page)
    read = (
        "e => [...e.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 == 0)"
    )
    pixels = np.array(place.locator("canvas.pad").evaluate(read), np.uint8).reshape(28, 28)
    seen = np.array(place.locator("canvas.seen").evaluate(read), np.uint8).reshape(28, 28)
    assert pixels.any()
    # Sums in another order may round a half the other way.
    assert np.abs(seen.astype(int) - drawing.to_mnist_form(pixels)).max() <= 1
    shares = place.locator(".network").evaluate_all(
        "all => all.map(n => [...n.querySelectorAll('.bar')].map(b => Number(b.dataset.share)))"
    )
    roles = ["teacher", "baseline", "student"]
    for role, found in zip(roles, shares, strict=False):
        logits = forward.logits(runs.weights(shown.runs[role].key), [seen])
        expected = evaluation.softmax(logits.astype(float), 1.0)[0]
        assert np.abs(np.array(found) - expected).max() < 0.02


def test_the_scene_learns(host, page, shown):
    place = hosts.open_part(page, host, shown.key, "scene")
    place.locator(".play:enabled").click()
    before = place.locator(".count").first.inner_text()
    end = time.monotonic() + 60
    while place.locator(".count").first.inner_text() in {before, "", "0"}:
        assert time.monotonic() < end
        page.wait_for_timeout(100)


# Plain files alone


def test_drawings_take_the_form_that_the_engine_gives_them(site, page):
    hosts.open_part(page, (site / "index.html").as_uri(), "", "pad")
    random = np.random.default_rng(0)
    for _ in range(60):
        high, wide = random.integers(1, 29, 2)
        image = np.zeros((28, 28), np.uint8)
        top, left = random.integers(0, 29 - high), random.integers(0, 29 - wide)
        image[top : top + high, left : left + wide] = random.integers(0, 256, (high, wide))
        called = "pixels => [...edition.answering.toMnistForm(pixels)]"
        formed = np.array(page.evaluate(called, image.ravel().tolist())).reshape(28, 28)
        # Sums in another order may round a half the other way.
        assert np.abs(formed.astype(int) - drawing.to_mnist_form(image)).max() <= 1


def test_a_start_picture_takes_the_pads_place(site, page, shown):
    place = hosts.open_part(page, (site / "index.html").as_uri(), "", "pad")
    before = place.locator(".network .sure").all_inner_texts()
    place.locator(".pictures button").first.click()
    assert place.locator(".network .sure").all_inner_texts() != before
    label = place.locator(".pictures button").first.get_attribute("title")
    assert label.startswith("Turn this ")
    assert place.locator(".network .said").first.inner_text() in label


def test_the_first_picture_comes_with_the_page_itself(site, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.route(lambda url: not url.endswith(".html"), lambda route: route.abort())
    with hosts.served(site) as address:
        page.goto(address)
        page.locator('[data-part="verdicts"][data-ready]').wait_for(state="attached")
        page.get_by_role("button", name="Show me").click()
        tiles = page.locator('[data-part="verdicts"] canvas.tiles')
        shades = "e => new Set(e.getContext('2d').getImageData(0, 0, e.width, 60).data).size"
        end = time.monotonic() + 20
        while tiles.evaluate(shades) < 60 and time.monotonic() < end:  # tiles alone have two tones
            page.wait_for_timeout(50)
        assert tiles.evaluate(shades) >= 60
    page.close()


def test_a_photo_needs_no_server(site, page):
    place = hosts.open_part(page, (site / "index.html").as_uri(), "", "pad")
    photo = Image.new("L", (320, 240), 220)
    photo.paste(30, (140, 60, 160, 180))  # a 1, twenty pixels thick and six times as high
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG")
    file = {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    place.locator("input.photo-file").set_input_files(file)
    said(page, place, ".network[data-network='Teacher'] .said", "1")
    file = {"name": "one.png", "mimeType": "image/png", "buffer": b"no picture"}
    place.locator("input.photo-file").set_input_files(file)
    place.get_by_text("no picture that the browser can read").wait_for()
    said(page, place, ".network[data-network='Teacher'] .said", "1")


def test_the_edition_is_small_and_its_first_picture_is_early(site, browser):
    files = {path: path.stat().st_size for path in site.rglob("*") if path.is_file()}
    assert sum(files.values()) <= 15 * MEGABYTE
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page, came = context.new_page(), []
    page.on("response", lambda r: came.append(int(r.headers.get("content-length", 0))))
    with hosts.served(site) as address:
        page.goto(address, wait_until="commit")
        page.locator('[data-part="verdicts"][data-ready]').wait_for(state="attached")
        for part in ("gallery", "wall", "scene"):
            place = page.locator(f'[data-part="{part}"]')
            place.scroll_into_view_if_needed()
            page.locator(f'[data-part="{part}"][data-ready]').wait_for(state="attached")
        page.get_by_role("button", name=hosts.OPEN).scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        context.close()
    assert sum(came) <= 5 * MEGABYTE
    # On 4G, 1.6 Mbit/s and 150 ms: three round trips for one connection, and what the first picture
    # needs. That leaves a phone more than a second of the three to draw it.
    assert 3 * 0.15 + (site / "index.html").stat().st_size / 200_000 <= 2
