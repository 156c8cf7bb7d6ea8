"""A photo brought to the pad, in real Chromium: made pictures, files of all kinds, the page."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboard.parts.pad import part as component
from kdengine.data import datasets, drawing, mnist_files
from kdengine.nets import forward
from kdengine.recipes import plans
from kdengine.store import runs as store
from tests.dashboard.conftest import settle
from tests.dashboard.topics.draw.test_browser import (
    answered,
    assert_engine_agrees,
    invited,
    open_page,
    pixels_of,
    stroke,
)

pytestmark = pytest.mark.browser

_PAD = Path(component.__file__).parent
MODULE = "".join((_PAD / name).read_text("utf-8") for name in ("mnist_form.js", "photo.js"))
PAPER, INK = 230, 40


def asked(tab, expression, given):
    """Return what an expression over *given* is worth, or the name of what it refuses."""
    source = base64.b64encode(MODULE.encode()).decode()
    return tab.evaluate(
        f"given => import('data:text/javascript;base64,{source}').then(async photo => {{ "
        f"try {{ return {expression} }} catch (error) {{ return error.message }} }})",
        given,
    )


def taken(tab, content, name="photo.png"):
    """Return what the pad takes from a file, (28, 28), or the name of what is said without."""
    found = asked(
        tab,
        "[...photo.digitIn(await photo.shotOf(new File("
        "[Uint8Array.from(atob(given[0]), c => c.charCodeAt(0))], given[1])))]",
        [base64.b64encode(content).decode(), name],
    )
    return found if isinstance(found, str) else np.array(found, dtype=np.uint8).reshape(28, 28)


def png(grey) -> bytes:
    """Return grey values as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def page_with(*boxes, height=240, width=320):
    """Return a bright page with dark boxes, each (top, bottom, left, right)."""
    page = np.full((height, width), float(PAPER))
    for top, bottom, left, right in boxes:
        page[top:bottom, left:right] = INK
    return page


# An L, 100 high and 60 wide, its strokes 20 thick: in MNIST's form 20 by 12, strokes of 4.
L = [(60, 160, 120, 140), (140, 160, 120, 180)]


def expected_l(gap=0):
    """Return that L placed by hand: 20 rows, its centre of mass at the frame's middle.

    The ninth row lacks *gap* of its five pixels of the photo.
    """
    box = np.zeros((20, 12))
    box[:, :4] = box[16:, :] = 255
    box[8] *= 1 - gap / 5
    rows, columns = (
        np.average(np.arange(n), weights=box.sum(1 - a)) for a, n in ((0, 20), (1, 12))
    )
    placed = np.zeros((28, 28))
    top, left = 14 - int(rows + 0.5), 14 - int(columns + 0.5)
    placed[top : top + 20, left : left + 12] = box
    return placed


def assert_is_l(found, gap=0):
    """Compare with the L; where a stroke ends, its neighbours may be grey."""
    assert not isinstance(found, str), found
    wrong = np.abs(found.astype(float) - expected_l(gap))
    assert (wrong > 128).sum() <= 3 and wrong.mean() < 10
    assert np.array_equal(drawing.to_mnist_form(found), found)  # it is in MNIST's form already


@pytest.fixture
def blank(tab):
    """A tab that runs scripts and shows nothing."""
    tab.goto("about:blank")
    return tab


@pytest.mark.parametrize("negative", [False, True])
def test_dark_on_bright_and_chalk_on_a_board_give_the_same_in_any_light(blank, negative):
    ramp = np.linspace(0.35, 1.0, 320) * np.linspace(0.8, 1.0, 240)[:, None]
    edge = np.where(np.arange(320) > 230, 0.55, 1.0)  # the sharp shadow of a hand
    noise = np.random.default_rng(3).normal(0, 4, (240, 320))
    for light in (1.0, ramp, edge):
        page = page_with(*L)
        page = np.where(page == INK, PAPER, INK) if negative else page
        assert_is_l(taken(blank, png(page * light + noise)))


def test_what_is_not_the_digit_is_left_out(blank):
    specks = [(at, at + 2, at + 20, at + 22) for at in range(10, 230, 17)]
    second = [(90, 150, 270, 282)]  # smaller, beside it
    cut_off = [(0, 30, 40, 50), (200, 210, 0, 320)]  # by the photo's edge; a line across it
    assert_is_l(taken(blank, png(page_with(*L, *specks[:2], *specks[-2:], *second, *cut_off))))


def test_a_digit_on_squared_paper_comes_without_the_squares(blank):
    page = page_with()
    page[::24] = page[:, ::24] = 170
    for top, bottom, left, right in L:
        page[top:bottom, left:right] = INK
    assert_is_l(taken(blank, png(page)))


def test_parts_of_one_digit_stay_together(blank):
    broken = [(60, 100, 120, 140), (104, 160, 120, 140), (140, 160, 120, 180)]
    assert_is_l(taken(blank, png(page_with(*broken))), gap=4)


def test_thin_strokes_become_as_thick_as_mnists(blank):
    thin = [(60, 180, 130, 133), (177, 180, 130, 190)]
    rows = (taken(blank, png(page_with(*thin)))[6:16] >= 128).sum(axis=1)
    assert set(rows) <= {2, 3}  # of 20; the pen's own 3 of 120 pixels would be half of one


@pytest.mark.parametrize(("tag", "turn"), [(1, 0), (3, 2), (6, 1), (8, 3)])
def test_a_phones_tag_turns_the_photo_upright(blank, tag, turn):
    # The camera stores the picture turned, and says how to turn it back.
    stored = Image.fromarray(np.rot90(page_with(*L), turn).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = tag
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG", quality=95, exif=exif)
    assert_is_l(taken(blank, buffer.getvalue(), "photo.jpg"))


@pytest.mark.parametrize("paper", [235, 20])
@pytest.mark.parametrize("noise", [0, 5])
def test_an_empty_page_is_told_so(blank, paper, noise):
    page = np.random.default_rng(1).normal(paper, noise, (240, 320)) * np.linspace(0.6, 1, 320)
    assert taken(blank, png(page)) == "photo_empty"


def test_what_is_no_picture_or_too_large_a_one_is_refused_before_it_is_decoded(blank):
    assert taken(blank, b"no picture at all", "digit.png") == "photo_other"
    assert taken(blank, b"", "digit.png") == "photo_other"
    assert taken(blank, png(page_with(*L))[:20], "cut.png") == "photo_other"
    # Of one that breaks off later the browser shows what has come: nothing of the L.
    assert taken(blank, png(page_with(*L))[:60], "cut.png") == "photo_empty"
    huge = io.BytesIO()
    Image.new("1", (12_000, 9_000)).save(huge, "PNG")
    assert taken(blank, huge.getvalue()) == "photo_large"
    heavy = "await photo.shotOf(new File([new Uint8Array(20_000_001)], 'a.png'))"
    assert asked(blank, heavy, None) == "photo_large"


def photographed(image, rng):
    """Return one of MNIST's images printed big on a grey page, half of it in a shadow."""
    size, height, width = int(rng.integers(250, 400)), 480, 640
    printed = np.zeros((height, width))
    top, left = int(rng.integers(10, height - size - 10)), int(rng.integers(20, width - size - 20))
    big = Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC)
    printed[top : top + size, left : left + size] = np.asarray(big) / 255.0
    y, x = np.mgrid[:height, :width] / width
    angle = rng.uniform(0.0, 2.0 * np.pi)
    across = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.4)
    light = (1.0 + 0.3 * across) * np.where(across > rng.uniform(-0.1, 0.2), 0.6, 1.0)
    return 190.0 * light * (1.0 - 0.8 * printed) + rng.normal(0.0, 4.0, printed.shape)


@pytest.mark.parametrize("dataset", ["digits", "mnist"])
def test_the_teacher_knows_photographed_digits(blank, dataset):
    if dataset == "mnist" and not mnist_files.present():
        pytest.skip("needs the MNIST files; set KDENGINE_DATA_DIR")
    data, rng = datasets.load(dataset), np.random.default_rng(20)
    weights = store.load_weights(plans.experiment().student.teacher)
    images = np.array([drawing.to_mnist_form(image) for image in data.test_images[:60]])
    right = forward.logits(weights, images).argmax(axis=1) == data.test_labels[:60]
    chosen = np.flatnonzero(right)[:20]  # as they are, it knows them all
    seen = [taken(blank, png(photographed(images[at], rng))) for at in chosen]
    assert not [said for said in seen if isinstance(said, str)]
    said = forward.logits(weights, np.array(seen)).argmax(axis=1)
    assert (said == data.test_labels[chosen]).sum() >= 18


def choose(tab, content, name="photo.png"):
    """Give the page's file chooser a file."""
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    tab.locator("input.photo-file").set_input_files(file)


def test_on_the_page_a_photo_is_answered_mended_and_taken_back(server, tab):
    open_page(tab, server)
    answered(tab, lambda: stroke(tab, (8, 5), (8, 22)))
    drawn = pixels_of(tab)
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Take a photo").click()
    file = {"name": "photo.png", "mimeType": "image/png", "buffer": png(page_with(*L))}
    answered(tab, lambda: chooser.value.set_files(file))
    assert_is_l(pixels_of(tab))
    assert_engine_agrees(tab)
    assert invited(tab) == ""
    shot = pixels_of(tab)
    answered(tab, lambda: stroke(tab, (20, 4), (20, 12)))
    assert pixels_of(tab)[5:12, 20].min() > 0 and (pixels_of(tab) >= shot).all()
    answered(tab, tab.get_by_role("button", name="Undo").click)
    assert np.array_equal(pixels_of(tab), shot)
    # What cannot be taken leaves the pad as it is, and says so until one can.
    choose(tab, b"nothing", "digit.png")
    tab.get_by_text("no picture that the browser can read").wait_for()
    choose(tab, png(page_with()))
    tab.get_by_text("Nothing written was found").wait_for()
    assert np.array_equal(pixels_of(tab), shot)
    answered(tab, tab.get_by_role("button", name="Undo").click)
    assert np.array_equal(pixels_of(tab), drawn)
    answered(tab, lambda: choose(tab, png(page_with(*L))))
    assert not tab.locator(".photo-word").is_visible()
    settle(tab)
    assert sum(len(sent) for sent in tab.sent) < 100_000  # drawings went out, and no photo
