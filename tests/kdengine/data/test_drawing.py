"""MNIST's form against Pillow, scipy and MNIST itself; bad pixels."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from kdengine.data import drawing


def blob(top, left, height, width, seed=0):
    """Return a blank image with a block of random ink."""
    image = np.zeros((28, 28), dtype=np.uint8)
    ink = np.random.default_rng(seed).integers(1, 256, (height, width))
    image[top : top + height, left : left + width] = ink
    return image


def reference(image):
    """Return MNIST's form by Pillow's resizing and scipy's centre of mass."""
    rows, columns = ndimage.find_objects((image > 0).astype(int))[0]
    box = image[rows, columns].astype(np.float32)
    scale = 20 / max(box.shape)
    size = (max(1, round(box.shape[1] * scale)), max(1, round(box.shape[0] * scale)))
    if max(box.shape) not in (19, 20):
        box = np.array(Image.fromarray(box).resize(size, Image.Resampling.BILINEAR))
    placed = np.zeros((28, 28))
    starts = []
    for centre, side in zip(ndimage.center_of_mass(box), box.shape, strict=True):
        starts.append(min(max(14 - int(np.floor(centre + 0.5)), 0), 28 - side))
    placed[starts[0] : starts[0] + box.shape[0], starts[1] : starts[1] + box.shape[1]] = box
    return placed


@pytest.mark.parametrize(
    "place",
    [
        (0, 0, 28, 28),
        (2, 3, 25, 14),
        (5, 1, 11, 26),
        (9, 9, 8, 5),
        (0, 20, 4, 8),
        (27, 27, 1, 1),
        (3, 13, 22, 1),
        (1, 1, 20, 20),
        (8, 2, 19, 12),
    ],
)
def test_form_equals_pillow_and_scipy(place):
    image = blob(*place)
    found = drawing.to_mnist_form(image)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found, reference(image), atol=0.51)


def test_strokes_equal_pillow_and_scipy():
    """Seven random shapes with holes, where the box is not full."""
    rng = np.random.default_rng(4)
    for _ in range(7):
        noise = ndimage.gaussian_filter(rng.normal(size=(28, 28)), 2.0)
        image = np.where(noise > 0.15, 255 * np.clip(noise, 0, 1), 0).astype(np.uint8)
        labels, _ = ndimage.label(image)
        image = np.where(labels == 1, image, 0).astype(np.uint8)
        np.testing.assert_allclose(drawing.to_mnist_form(image), reference(image), atol=0.51)


@pytest.mark.mnist
def test_every_test_image_of_mnist_is_in_the_form_already(mnist):
    for image in mnist.test_images:
        assert np.array_equal(drawing.to_mnist_form(image), image)


def test_place_on_the_pad_does_not_matter():
    ink = blob(0, 0, 13, 9, seed=2)
    moved = np.roll(ink, (12, 17), axis=(0, 1))
    assert np.array_equal(drawing.to_mnist_form(ink), drawing.to_mnist_form(moved))


def test_lopsided_drawing_stays_in_the_frame():
    image = np.zeros((28, 28), dtype=np.uint8)
    image[4, 4:24] = 1
    image[4:24, 4] = 255
    found = drawing.to_mnist_form(image)
    assert (found > 0).sum() == (image > 0).sum()


def test_blank_stays_blank_and_full_becomes_a_square():
    blank = np.zeros((28, 28), dtype=np.uint8)
    assert not drawing.to_mnist_form(blank).any()
    full = drawing.to_mnist_form(np.full((28, 28), 255, dtype=np.uint8))
    assert (full == 255).sum() == 400 and (full > 0).sum() == 400
    assert (drawing.ink(blank), drawing.ink(blank + 9)) == (0.0, 1.0)


def test_good_pixels_become_an_image():
    pixels = list(range(256)) * 3 + [0.4] * 16
    image = drawing.checked(pixels)
    assert image.shape == (28, 28) and image.dtype == np.uint8
    assert image.ravel()[:256].tolist() == list(range(256)) and image[27, 27] == 0


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        ([], "784 grey values"),
        ([0] * 783, "holds 783 values"),
        ([0] * 785, "holds 785 values"),
        ([0] * 783 + [256], "outside 0 to 255"),
        ([0] * 783 + [-1], "outside 0 to 255"),
        ([0.0] * 783 + [float("nan")], "outside 0 to 255"),
        ([0.0] * 783 + [float("inf")], "outside 0 to 255"),
        (["7"] * 784, "784 grey values"),
        ([None] * 784, "784 grey values"),
        ([True] * 784, "784 grey values"),
        ([[0] * 28, [0] * 27], "784 grey values"),
        ([10**400] * 784, "784 grey values"),
        (None, "784 grey values"),
        ({"a": 1}, "784 grey values"),
    ],
)
def test_bad_pixels_are_named(pixels, message):
    with pytest.raises(ValueError, match=message):
        drawing.checked(pixels)
