"""The hand-out opened from disk in real Chromium with the network off: both sliders work."""

import itertools
import zipfile

import numpy as np
import pytest

from dashboard.core import runs
from dashboard.handout import files as handout
from dashboard.handout.figures import offset_tables
from dashboard.topics.soft_targets import figures as soft_targets
from kdengine.data import datasets
from kdengine.offsets import evaluation, thresholds
from tests.dashboard.conftest import settle
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

pytestmark = pytest.mark.browser

TEXTS = "name => [...document.querySelectorAll(`#${name} svg text`)].map(e => e.textContent)"
SET = """([name, value]) => {
    const input = document.querySelector(`#${name} input[type="range"]`);
    input.value = value;
    input.dispatchEvent(new Event('input', {bubbles: true}));
}"""


@pytest.fixture(scope="module")
def shown():
    """The shipped digits experiment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KDENGINE_CACHE_DIR", raising=False)
        yield runs.experiment(shipped("digits"))


@pytest.fixture(scope="module")
def file(shown, tmp_path_factory):
    """The page on disk."""
    folder = tmp_path_factory.mktemp("handout")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KDENGINE_CACHE_DIR", raising=False)
        handout.write(handout.make(shown, datasets.load("digits").test_images), folder)
    return folder / "index.html"


@pytest.fixture(scope="module", params=[(1280, 720), (390, 844)], ids=["screen", "phone"])
def opened(browser, file, request):
    """The page in a browser that has no network; any error or request fails the test."""
    size = {"width": request.param[0], "height": request.param[1]}
    context = browser.new_context(viewport=size, offline=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else problems.append(r.url),
    )
    page.goto(file.as_uri())
    page.evaluate("document.querySelector('details').open = true")
    for name in ("temperature", "offset"):
        page.locator(f'[data-chart="{name}"]').scroll_into_view_if_needed()
        page.locator(f"#{name} svg").wait_for()
    for picture in page.locator("img").all():  # they load when they are nearly in sight
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
    yield page
    context.close()
    assert problems == []


def settled_texts(page, name, expected):
    """Return a chart's words once *expected* is among them."""
    page.wait_for_function(
        f"([name, text]) => ({TEXTS})(name).includes(text)", arg=[name, expected]
    )
    return page.evaluate(TEXTS, name)


@pytest.mark.parametrize("offset", [-1.5, 4.25])
def test_the_offset_slider_counts_as_the_engine_does(opened, shown, offset):
    opened.evaluate(SET, ["offset", offset])
    sweep = thresholds.offset_sweep(shown.student.test_logits, shown.student.test_labels, 3)
    right = thresholds.correct_at(sweep, offset)
    texts = settled_texts(opened, "offset", f"{offset:+.2f}".replace("-", "−"))
    images = int((shown.student.test_labels == 3).sum())
    assert f"{100 * right[3] / images:.2f} %" in texts
    assert str(len(shown.student.test_labels) - int(right.sum())) in texts


@pytest.mark.parametrize("temperature", [1.0, 8.5])
def test_the_temperature_slider_softens_as_the_engine_does(opened, shown, temperature):
    image = soft_targets.telling_image(shown)
    expected = evaluation.softmax(shown.teacher.test_logits[[image]], temperature)[0]
    opened.evaluate(SET, ["temperature", temperature])
    largest = float(expected.max())
    digits = 2 if largest > 0.995 else 1
    settled_texts(opened, "temperature", f"{100 * largest:.{digits}f} %")


def test_the_page_is_whole_and_not_wider_than_the_screen(opened):
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    loaded = opened.eval_on_selector_all("img", "all => all.map(e => e.complete && e.naturalWidth)")
    assert len(loaded) > 12
    assert all(loaded)
    for name in ("temperature", "offset"):
        box = opened.locator(f"#{name} input[type='range']").bounding_box()
        assert box["width"] > 100


def test_the_offsets_five_numbers_stand_clear_of_each_other(opened):
    boxes = opened.evaluate(
        """() => [...document.querySelectorAll('#offset svg text')]
            .filter(text => text.getAttribute('font-size') === '28px')
            .map(text => text.getBoundingClientRect()).map(box => [box.left, box.right])
            .sort((one, other) => one[0] - other[0])"""
    )
    assert len(boxes) == 5
    for (_, right), (left, _) in itertools.pairwise(boxes):
        assert right + 4 < left


def test_the_tables_behind_the_slider_reach_as_far_as_it_does(shown):
    tables, _ = offset_tables(handout.material(shown, None))
    assert tables.low <= tables.steps["offset"].min()
    assert np.isclose(tables.steps["offset"].max(), tables.high)


def test_the_overview_offers_the_hand_out(server, tab):
    tab.goto(f"{server}/story?run={shipped('digits')}")
    settle(tab)
    tab.get_by_role("button", name="Take it with you").click()
    tab.locator('[data-testid="stProgress"]').wait_for()
    save = tab.get_by_role("button", name="Save the hand-out")
    save.wait_for(timeout=90_000)
    with tab.expect_download() as waiting:
        save.click()
    names = zipfile.ZipFile(waiting.value.path()).namelist()
    assert f"{shipped('digits')}/index.html" in names
