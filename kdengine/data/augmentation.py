"""What is done to a training image before it is shown: shifts, and turns, scalings and shears.

Takes and returns uint8 pixels; every random number comes from the given generator.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from kdengine.config import NetworkConfig, bends

_SIDE = 28
_BLOCK = 5000  # images warped at once; more would only need more memory


def distort(
    pixels: Tensor, order: Tensor, config: NetworkConfig, generator: torch.Generator
) -> Tensor:
    """Return the uint8 images (N, 784) in *order* as *config* shows them in one epoch.

    Without turns, scalings and shears an image is moved by whole pixels and so stays exact.
    """
    if config.column_shift_share:
        return shift_columns(pixels, order, config.column_shift_share, generator)
    if not bends(config):
        return jitter(pixels, order, config.jitter_pixels, generator)
    return warp(
        pixels[order],
        reach=config.jitter_pixels,
        degrees=config.rotation_degrees,
        scale=config.scale_share,
        shear_degrees=config.shear_degrees,
        generator=generator,
    )


def jitter(pixels: Tensor, order: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """Return the uint8 images (N, 784) in *order*, each moved by up to *reach* on each axis.

    What leaves the frame is lost and what enters is black. Source: Hinton, Vinyals & Dean
    (2015), section 3: "up to two pixels in any direction".
    """
    if reach == 0:
        return pixels[order]
    width = 2 * reach + 1
    framed = functional.pad(pixels.view(-1, _SIDE, _SIDE), (reach,) * 4)
    # Every shifted version of every image, as a view: shuffling and shifting are one gather.
    windows = framed.unfold(1, _SIDE, 1).unfold(2, _SIDE, 1)
    shifts = torch.randint(width * width, (len(pixels),), generator=generator).to(pixels.device)
    return windows[order, shifts // width, shifts % width].reshape(pixels.shape)


def shift_columns(
    pixels: Tensor, order: Tensor, share: float, generator: torch.Generator
) -> Tensor:
    """Return the uint8 images (N, 784) in *order*, each moved sideways by whole pixels.

    The distance is uniform within *share* of the width either way, then rounded, so that the
    farthest pixel is the least frequent. Source: torchvision's ``RandomAffine(0, translate)``.
    """
    reach = round(share * _SIDE)
    limit = share * _SIDE
    distances = (torch.rand(len(pixels), generator=generator) * 2.0 - 1.0) * limit
    shifts = distances.round().long().to(pixels.device)
    framed = functional.pad(pixels.view(-1, _SIDE, _SIDE), (reach, reach, 0, 0))
    windows = framed.unfold(2, _SIDE, 1).permute(0, 2, 1, 3)  # (N, shifts, rows, columns)
    return windows[order, reach - shifts].reshape(pixels.shape)


def warp(
    pixels: Tensor,
    *,
    reach: float,
    degrees: float,
    scale: float,
    shear_degrees: float,
    generator: torch.Generator,
) -> Tensor:
    """Return uint8 images (N, 784), each under a random affine map of its own.

    Parameters
    ----------
    pixels : uint8 Tensor of shape (N, 784)
    reach : float
        Largest shift on each axis, in pixels.
    degrees, shear_degrees : float
        Largest turn, and largest slant of the upright axis, either way.
    scale : float
        Largest change of size: 0.1 for 90 to 110 %.
    generator : torch.Generator
        All five numbers of an image are uniform within their limits.

    Returns
    -------
    uint8 Tensor of shape (N, 784)
        Bilinear between pixels; what enters the frame is black.
    """
    maps = _affine_maps(
        len(pixels),
        reach=reach,
        degrees=degrees,
        scale=scale,
        shear_degrees=shear_degrees,
        generator=generator,
    ).to(pixels.device)
    warped = torch.empty_like(pixels)
    for start in range(0, len(pixels), _BLOCK):
        block = slice(start, start + _BLOCK)
        images = pixels[block].view(-1, 1, _SIDE, _SIDE).float()
        grid = functional.affine_grid(maps[block], list(images.shape), align_corners=False)
        moved = functional.grid_sample(images, grid, align_corners=False)
        warped[block] = moved.round_().to(torch.uint8).view(-1, _SIDE * _SIDE)
    return warped


def _affine_maps(
    count: int,
    *,
    reach: float,
    degrees: float,
    scale: float,
    shear_degrees: float,
    generator: torch.Generator,
) -> Tensor:
    """Return (count, 2, 3) maps from places in the new image to places in the old one."""
    uniform = torch.rand(5, count, generator=generator) * 2.0 - 1.0
    turn = uniform[0] * math.radians(degrees)
    shrink = 1.0 / (1.0 + uniform[1] * scale)
    slant = torch.tan(uniform[2] * math.radians(shear_degrees))
    # Places run from -1 to 1 over the 28 pixels.
    right, down = uniform[3:] * (2.0 * reach / _SIDE)
    cosine, sine = turn.cos(), turn.sin()
    return torch.stack(
        [
            torch.stack([cosine * shrink, (slant * cosine - sine) * shrink, right], dim=1),
            torch.stack([sine * shrink, (slant * sine + cosine) * shrink, down], dim=1),
        ],
        dim=1,
    )
