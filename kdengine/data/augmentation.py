"""What is done to a training image before it is shown: shifts, turns, scalings, shears and bends.

Takes and returns uint8 pixels; every random number comes from the given generator.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from kdengine.config import NetworkConfig, bends
from kdengine.nets.architecture import SIDE

_BLOCK = 5000  # images warped at once; more would only need more memory
_FIELD = 5  # random displacements of an elastic field on a side: strokes bend, they do not crumple


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
    return warp(pixels[order], config, generator)


def jitter(pixels: Tensor, order: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """Return the uint8 images (N, 784) in *order*, each moved by up to *reach* on each axis.

    What leaves the frame is lost and what enters is black. Source: Hinton, Vinyals & Dean
    (2015), section 3: "up to two pixels in any direction".
    """
    if reach == 0:
        return pixels[order]
    width = 2 * reach + 1
    shifts = torch.randint(width * width, (len(pixels),), generator=generator).to(pixels.device)
    return _moved(pixels, order, (reach, reach), shifts // width, shifts % width)


def shift_columns(
    pixels: Tensor, order: Tensor, share: float, generator: torch.Generator
) -> Tensor:
    """Return the uint8 images (N, 784) in *order*, each moved sideways by whole pixels.

    The distance is uniform within *share* of the width either way, then rounded, so that the
    farthest pixel is the least frequent. Source: torchvision's ``RandomAffine(0, translate)``.
    """
    reach = round(share * SIDE)
    limit = share * SIDE
    distances = (torch.rand(len(pixels), generator=generator) * 2.0 - 1.0) * limit
    shifts = distances.round().long().to(pixels.device)
    return _moved(pixels, order, (0, reach), torch.zeros_like(shifts), reach - shifts)


def _moved(
    pixels: Tensor, order: Tensor, frame: tuple[int, int], rows: Tensor, columns: Tensor
) -> Tensor:
    """Return the images in *order*, each cut out of a black *frame* at its row and column."""
    down, right = frame
    framed = functional.pad(pixels.view(-1, SIDE, SIDE), (right, right, down, down))
    # Every shifted version of every image, as a view: shuffling and shifting are one gather.
    windows = framed.unfold(1, SIDE, 1).unfold(2, SIDE, 1)
    return windows[order, rows, columns].reshape(pixels.shape)


def warp(pixels: Tensor, config: NetworkConfig, generator: torch.Generator) -> Tensor:
    """Return uint8 images (N, 784), each under a random affine map of its own.

    The map shifts by up to *config*'s `jitter_pixels`, turns and slants the upright axis by up to
    its `rotation_degrees` and `shear_degrees` and changes the size by up to its `scale_share`; all
    five numbers of an image are uniform within their limits. A smooth field of its own bends it by
    `elastic_pixels`. One bilinear resampling does all; what enters the frame is black.
    """
    maps = _affine_maps(len(pixels), config, generator).to(pixels.device)
    # The pixels' centres, (784, 3), as `functional.affine_grid` would take them: it is slower.
    still = torch.eye(2, 3, device=pixels.device)[None]
    centres = functional.affine_grid(still, [1, 1, SIDE, SIDE], align_corners=False)
    places = functional.pad(centres.view(-1, 2), (0, 1), value=1.0)
    warped = torch.empty_like(pixels)
    for start in range(0, len(pixels), _BLOCK):
        block = slice(start, start + _BLOCK)
        images = pixels[block].view(-1, 1, SIDE, SIDE).float()
        grid = (places @ maps[block].transpose(1, 2)).view(-1, SIDE, SIDE, 2)
        if config.elastic_pixels:
            grid += _elastic_fields(len(images), config.elastic_pixels, generator).to(grid.device)
        moved = functional.grid_sample(images, grid, align_corners=False)
        warped[block] = moved.round_().to(torch.uint8).view(-1, SIDE * SIDE)
    return warped


def _elastic_fields(count: int, deviation: float, generator: torch.Generator) -> Tensor:
    """Return displacements (count, 28, 28, 2) in places, bicubic between 5×5 random ones.

    Idea: Simard, Steinkraus & Platt (2003), "Best Practices for Convolutional Neural Networks".
    """
    coarse = torch.randn(count, 2, _FIELD, _FIELD, generator=generator) * (deviation * 2.0 / SIDE)
    # Interpolation is linear, so that one small matrix for all images does it seven times as fast.
    one = torch.eye(_FIELD)[None, None]
    along = functional.interpolate(one, (SIDE, _FIELD), mode="bicubic", align_corners=True)[0, 0]
    return (along @ coarse @ along.T).permute(0, 2, 3, 1)


def _affine_maps(count: int, config: NetworkConfig, generator: torch.Generator) -> Tensor:
    """Return (count, 2, 3) maps from places in the new image to places in the old one."""
    uniform = torch.rand(5, count, generator=generator) * 2.0 - 1.0
    turn = uniform[0] * math.radians(config.rotation_degrees)
    shrink = 1.0 / (1.0 + uniform[1] * config.scale_share)
    slant = torch.tan(uniform[2] * math.radians(config.shear_degrees))
    # Places run from -1 to 1 over the 28 pixels.
    right, down = uniform[3:] * (2.0 * config.jitter_pixels / SIDE)
    cosine, sine = turn.cos(), turn.sin()
    return torch.stack(
        [
            torch.stack([cosine * shrink, (slant * cosine - sine) * shrink, right], dim=1),
            torch.stack([sine * shrink, (slant * sine + cosine) * shrink, down], dim=1),
        ],
        dim=1,
    )
