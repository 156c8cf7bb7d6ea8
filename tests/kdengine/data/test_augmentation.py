"""Every shown image is an image under one of the allowed changes, each equally likely."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from kdengine.config import TeacherConfig, distorts
from kdengine.data import augmentation

PLAIN = TeacherConfig(epochs=1)


@pytest.mark.parametrize("reach", [1, 2])
def test_every_jittered_image_is_one_of_the_shifts(reach):
    images = np.random.default_rng(0).integers(1, 256, (400, 28, 28), dtype=np.uint8)
    generator = torch.Generator().manual_seed(0)
    moved = augmentation.jitter(
        torch.tensor(images).reshape(400, 784), torch.arange(400), reach, generator
    )
    assert moved.shape == (400, 784)
    assert moved.dtype == torch.uint8
    seen = {}
    for image, after in zip(images, moved.reshape(400, 28, 28).numpy(), strict=True):
        fits = [
            (down, right)
            for down in range(-reach, reach + 1)
            for right in range(-reach, reach + 1)
            if np.array_equal(after, shifted(image, down, right))
        ]
        assert len(fits) == 1
        seen[fits[0]] = seen.get(fits[0], 0) + 1
    assert len(seen) == (2 * reach + 1) ** 2


def shifted(image, down, right):
    """Roll the image inside a black frame, then take the frame away."""
    return np.roll(np.pad(image, 4), (down, right), axis=(0, 1))[4:-4, 4:-4]


def test_all_25_shifts_are_equally_likely():
    """A single bright pixel shows where its image went."""
    dots = torch.zeros((25_000, 28, 28), dtype=torch.uint8)
    dots[:, 14, 14] = 255
    moved = augmentation.jitter(
        dots.reshape(-1, 784), torch.arange(25_000), 2, torch.Generator().manual_seed(3)
    )
    positions = moved.reshape(-1, 28, 28).sum(dim=0).numpy() / 255
    counts = positions[12:17, 12:17]
    assert counts.sum() == 25_000
    # 24 degrees of freedom: beyond 60 in fewer than one case in ten thousand.
    assert ((counts - 1000.0) ** 2 / 1000.0).sum() < 60.0


def test_without_reach_the_images_come_back_in_order():
    pixels = torch.arange(30, dtype=torch.uint8).repeat_interleave(784).reshape(30, 784)
    generator = torch.Generator().manual_seed(0)
    state = generator.get_state()
    order = torch.arange(29, -1, -1)
    assert torch.equal(augmentation.jitter(pixels, order, 0, generator), pixels.flip(0))
    assert torch.equal(generator.get_state(), state)


@pytest.mark.parametrize("changed", [{"jitter_pixels": 2}, {"rotation_degrees": 9.0}])
def test_images_come_in_the_order_asked_for(changed):
    """Flat grey images keep their grey in the middle, wherever they are moved."""
    pixels = (torch.arange(30, dtype=torch.uint8) * 8).repeat_interleave(784).reshape(30, 784)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(2))
    config, generator = replace(PLAIN, **changed), torch.Generator().manual_seed(0)
    shown = augmentation.distort(pixels, order, config, generator)
    assert torch.equal(shown.view(30, 28, 28)[:, 14, 14], pixels[order, 0])


def test_jitter_is_drawn_anew_and_leaves_the_images_alone():
    pixels = torch.randint(1, 256, (50, 784), dtype=torch.uint8)
    before, generator = pixels.clone(), torch.Generator().manual_seed(0)
    order = torch.arange(50)
    first = augmentation.jitter(pixels, order, 2, generator)
    assert not torch.equal(first, augmentation.jitter(pixels, order, 2, generator))
    assert torch.equal(pixels, before)


# Warping


def blob() -> torch.Tensor:
    """Return one smooth, lopsided image (1, 784) whose moments can be measured."""
    rows, columns = np.mgrid[:28, :28]
    thick = np.exp(-((rows - 13.5) ** 2) / 40 - ((columns - 13.5) ** 2) / 9)
    return torch.tensor((200 * thick).round().astype(np.uint8)).reshape(1, 784)


def many(image: torch.Tensor, **limits) -> np.ndarray:
    """Return 400 warped versions of *image*, shape (400, 28, 28)."""
    generator = torch.Generator().manual_seed(0)
    warped = augmentation.warp(image.repeat(400, 1), replace(PLAIN, **limits), generator)
    assert warped.dtype == torch.uint8
    return warped.view(-1, 28, 28).numpy().astype(float)


def tilts(images: np.ndarray) -> np.ndarray:
    """Return the angle of each image's long axis to the upright, in degrees."""
    rows, columns = np.mgrid[:28, :28] - 13.5
    mass = images.sum(axis=(1, 2))
    upright = (images * rows**2).sum(axis=(1, 2)) / mass
    across = (images * columns**2).sum(axis=(1, 2)) / mass
    mixed = (images * rows * columns).sum(axis=(1, 2)) / mass
    return np.degrees(0.5 * np.arctan2(2 * mixed, upright - across))


def test_without_limits_every_image_stays():
    image = blob()
    assert np.array_equal(many(image), np.repeat(image.view(1, 28, 28).numpy(), 400, axis=0))


def test_turns_are_uniform_up_to_the_limit():
    angles = tilts(many(blob(), rotation_degrees=20.0))
    assert np.abs(angles).max() == pytest.approx(20.0, abs=0.7)
    # The standard deviation of a uniform angle is limit / sqrt(3).
    assert angles.std() == pytest.approx(20.0 / np.sqrt(3.0), rel=0.06)
    assert abs(angles.mean()) < 2.0


def test_sizes_are_uniform_up_to_the_limit():
    mass = many(blob(), scale_share=0.2).sum(axis=(1, 2)) / float(blob().sum())
    sizes = np.sqrt(mass)  # area goes with the square of the side
    assert sizes.min() == pytest.approx(0.8, abs=0.02)
    assert sizes.max() == pytest.approx(1.2, abs=0.02)
    assert sizes.mean() == pytest.approx(1.0, abs=0.02)


def test_shears_slant_the_upright_and_keep_the_area():
    slanted = many(blob(), shear_degrees=15.0)
    assert slanted.sum(axis=(1, 2)) == pytest.approx(float(blob().sum()), rel=0.01)
    # A slant by t = tan(15°) of a blob with variances 20 upright and 4.5 across makes them
    # 20 and 4.5 + 20 t² with covariance 20 t, whose long axis leans by half this angle.
    slant = np.tan(np.radians(15.0))
    lean = 0.5 * np.degrees(np.arctan2(2 * 20 * slant, 20 - 4.5 - 20 * slant**2))
    assert np.abs(tilts(slanted)).max() == pytest.approx(lean, abs=0.7)


def test_a_shift_by_half_pixels_is_the_neighbours_mean():
    """Against scipy's own linear interpolation, at each image's own centre of mass."""
    image = blob()
    moved = many(image, jitter_pixels=2)
    centre = np.array(ndimage.center_of_mass(image.view(28, 28).numpy()))
    for after in moved[:20]:
        shift = np.array(ndimage.center_of_mass(after)) - centre
        expected = ndimage.shift(image.view(28, 28).numpy().astype(float), shift, order=1)
        assert np.abs(after - expected).max() < 3.0
        assert np.abs(shift).max() < 2.05


def test_warps_are_drawn_anew_from_the_generator_alone():
    image, generator = blob().repeat(5, 1), torch.Generator().manual_seed(1)
    before, state = image.clone(), torch.random.get_rng_state()
    config = replace(PLAIN, rotation_degrees=10.0)
    first = augmentation.warp(image, config, generator)
    assert not torch.equal(first, augmentation.warp(image, config, generator))
    again = augmentation.warp(image, config, torch.Generator().manual_seed(1))
    assert torch.equal(first, again)
    assert torch.equal(image, before)
    assert torch.equal(torch.random.get_rng_state(), state)


# What a configuration asks for


@pytest.mark.parametrize(
    "changed",
    [
        {"jitter_pixels": 1},
        {"rotation_degrees": 5.0},
        {"scale_share": 0.1},
        {"shear_degrees": 5.0},
    ],
)
def test_each_field_alone_distorts(changed):
    config = replace(PLAIN, **changed)
    images = blob().repeat(50, 1)
    shown = augmentation.distort(images, torch.arange(50), config, torch.Generator().manual_seed(0))
    assert distorts(config)
    assert not torch.equal(shown, images)


def test_a_plain_configuration_shows_the_images_themselves():
    images = blob()
    assert not distorts(PLAIN)
    shown = augmentation.distort(images, torch.arange(1), PLAIN, torch.Generator())
    assert torch.equal(shown, images)


def test_sideways_shifts_move_whole_columns_as_often_as_rounding_says():
    """0.07 of 28 is 1.96: the ends of the interval round to ±2 less often than the middle."""
    dots = torch.zeros((40_000, 28, 28), dtype=torch.uint8)
    dots[:, 9, 14] = 255
    moved = augmentation.shift_columns(
        dots.reshape(-1, 784), torch.arange(40_000), 0.07, torch.Generator().manual_seed(0)
    ).reshape(-1, 28, 28)
    counts = (moved.sum(dim=0) / 255).numpy()
    assert counts.sum() == counts[9, 12:17].sum() == 40_000
    shares = np.array([0.46, 1.0, 1.0, 1.0, 0.46]) / 3.92
    expected = 40_000 * shares
    assert ((counts[9, 12:17] - expected) ** 2 / expected).sum() < 23.5  # 4 degrees, 1 in 10,000


def test_a_sideways_shift_leaves_rows_and_order_alone():
    rng = np.random.default_rng(0)
    images = rng.integers(1, 256, (60, 28, 28), dtype=np.uint8)
    order = torch.tensor(rng.permutation(60))
    config = replace(PLAIN, column_shift_share=0.25)
    assert distorts(config)
    moved = augmentation.distort(
        torch.tensor(images).reshape(60, 784), order, config, torch.Generator().manual_seed(1)
    ).reshape(60, 28, 28)
    for image, after in zip(images[order.numpy()], moved.numpy(), strict=True):
        padded = np.pad(image, ((0, 0), (7, 7)))
        fits = [s for s in range(-7, 8) if np.array_equal(after, padded[:, 7 - s : 35 - s])]
        assert len(fits) == 1


def test_an_elastic_field_has_the_deviation_asked_for_and_is_smooth():
    """A ramp of grey shows each pixel's displacement to the right: its change over its slope."""
    ramp = torch.arange(28, dtype=torch.uint8).mul(8).repeat(28).reshape(1, 784)
    moved = many(ramp, elastic_pixels=1.2)
    right = (moved - ramp.view(28, 28).numpy())[:, 7:21, 7:21] / 8.0
    # Where the coarse field has its middle number, at pixel 13.5, that number is the displacement.
    middle = right[:, 6:8, 6:8].mean(axis=(1, 2))
    assert middle.std() == pytest.approx(1.2, rel=0.12)
    assert abs(middle.mean()) < 0.2
    steps = np.diff(right, axis=2)
    assert np.abs(steps).mean() < 0.35  # 7 pixels lie between two random numbers
    other = many(ramp, elastic_pixels=1.2)
    assert np.array_equal(moved, other)  # every random number is the generator's
    assert np.unique(moved.reshape(400, -1), axis=0).shape[0] == 400
