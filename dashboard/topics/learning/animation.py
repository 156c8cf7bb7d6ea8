"""A replay as pictures: frames of a slide's size, an animated GIF, a zip of PNGs.

Pure functions that draw with Pillow alone; no page, no cache, no files.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from dashboard.charting import theme
from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.topics.learning import figures
from dashboard.topics.learning.figures import Replay

WIDTH, HEIGHT = 1280, 720
_MARGIN, _WALL_TOP = 24, 88
_INK = (31, 36, 48)
_PAGE = (255, 255, 255)
_LARGE = 34  # from this side on a tile holds the picture and the answer
_SHADES = 40
Pixels = NDArray[np.uint8]


def _blend(start: tuple, end: tuple, share: float) -> tuple[int, ...]:  # type: ignore[type-arg]
    """Return the colour that lies *share* of the way between two."""
    return tuple(round(a + (b - a) * share) for a, b in zip(start, end, strict=True))


_RIGHT, _WRONG = ImageColor.getrgb(theme.STUDENT_AFTER), ImageColor.getrgb(theme.OMITTED)
# A wrong tile's ground, its picture on it, and the digit that the student says.
_GROUND, _FAINT, _ANSWER = (
    _blend(_PAGE, _WRONG, 0.14),
    _blend(_PAGE, _WRONG, 0.5),
    _blend(_WRONG, (0, 0, 0), 0.35),
)


def file_of(shown: Experiment, dataset: str, interval: int, rate: float | None) -> bytes:
    """Return the `gif` of a run that has a replay; without a *rate* the `png_zip`.

    They hold the pictures of *dataset* if there are.
    """
    played = figures.played_by(shown)
    assert played is not None
    images = runs.test_images(dataset)
    if rate is None:
        return png_zip(played, images, interval)
    return gif(played, images, interval, rate)


def gif(played: Replay, images: Pixels | None, interval: int, rate: float) -> bytes:
    """Return the replay as an animated GIF whose last frame has the offset and stays.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The test images; without them the tiles show the answers alone.
    interval : int >= 1
        Epochs between two frames.
    rate : float > 0
        Frames a second.

    Raises
    ------
    ValueError
        If *interval* or *rate* is out of range.
    """
    if not 0.0 < rate <= 50.0:
        raise ValueError(f"{rate:g} frames a second are not possible; use 1 to 50.")
    palette = _palette()
    frames = [
        frame.quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in _frames(played, images, figures.frame_steps(played, interval))
    ]
    durations = [round(100.0 / rate) * 10] * (len(frames) - 1) + [round(1000.0 * figures.HOLD)]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        optimize=False,
    )
    return buffer.getvalue()


def png_zip(played: Replay, images: Pixels | None, interval: int) -> bytes:
    """Return the frames as PNGs in a zip, named in their order; arguments as in `gif`."""
    steps = figures.frame_steps(played, interval)
    buffer = io.BytesIO()
    # PNGs are compressed already.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for step, frame in zip(steps, _frames(played, images, steps), strict=True):
            name = figures.step_name(played, step)
            name = name if name == figures.OFFSET_STEP else f"epoch-{step:03d}"
            archive.writestr(f"replay-{name}.png", png(frame))
    return buffer.getvalue()


def png(image: Image.Image) -> bytes:
    """Return an image as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def writable(text: str) -> str:
    """Return text with nothing that Pillow's own font lacks."""
    return text.translate({ord("−"): "-", ord("–"): "-", 0xA0: " "})


def frame(played: Replay, images: Pixels | None, step: int) -> Image.Image:
    """Return one step as an image of 1280×720: a sentence and the wall."""
    return next(_frames(played, images, [step]))


def _frames(played: Replay, images: Pixels | None, steps: list[int]) -> Iterator[Image.Image]:
    """Draw each of *steps*; what they share is made once."""
    own = None if images is None else images[played.images]
    side, columns = _grid(len(played.images))
    tiles = _Tiles(own, len(played.images), side, played.digit)
    told = (
        f"Held-out {played.name}, easiest first. Green: right; a digit: what the student says "
        "instead; framed: newly right. All test images:"
    )
    for step in steps:
        page = Image.new("RGB", (WIDTH, HEIGHT), _PAGE)
        wall = Image.fromarray(_wall(tiles, played, step, columns))
        page.paste(wall, ((WIDTH - wall.width) // 2, _WALL_TOP))
        draw = ImageDraw.Draw(page)
        draw.text((_MARGIN, 10), writable(figures.step_title(played, step)), _INK, _font(32))
        share = f"{played.accuracy[step - 1]:.1%}"
        draw.text((_MARGIN, 52), f"{told} {share}", _INK, _font(20))
        yield page


class _Tiles:
    """Every tile of the wall, *side* pixels each: right, and for each wrong answer."""

    def __init__(self, images: Pixels | None, count: int, side: int, digit: int) -> None:
        self.side, self.large = side, images is not None and side >= _LARGE
        glyphs = np.stack([_glyph(str(answer), side, self.large) for answer in range(10)])
        shares = (
            np.stack([_scaled(image, side) for image in images]) if images is not None else None
        )
        lit = np.broadcast_to(glyphs[digit], (count, side, side)) if shares is None else shares
        self.right = _mixed(lit, _RIGHT, _PAGE)
        faint = shares if self.large and shares is not None else np.zeros((1, side, side))
        self._below, self._glyphs = _mixed(faint, _GROUND, _FAINT), glyphs

    def wrong(self, answers: NDArray[np.integer[Any]]) -> Pixels:
        """Return the tiles as they look when *answers*, (N,), are wrong: (N, side, side, 3)."""
        return _mixed(self._glyphs[answers], self._below, _ANSWER)


def _wall(tiles: _Tiles, played: Replay, step: int, columns: int) -> Pixels:
    """Return the wall of one step, (height, width, 3)."""
    answers = played.answers[step - 1]
    is_right = answers == played.digit
    was_right = played.answers[max(0, step - 2)] == played.digit
    shown = np.where(is_right[:, None, None, None], tiles.right, tiles.wrong(answers))
    edge = 3 if tiles.side >= _LARGE else 2
    framed = np.ones((tiles.side, tiles.side), dtype=bool)
    framed[edge:-edge, edge:-edge] = False
    shown[(is_right & ~was_right)[:, None, None] & framed] = _INK
    rows, pitch = -(-len(answers) // columns), tiles.side + 1
    grid = np.full((rows * columns, pitch, pitch, 3), _PAGE, dtype=np.uint8)
    grid[: len(answers), :-1, :-1] = shown
    grid = grid.reshape(rows, columns, pitch, pitch, 3).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * pitch, columns * pitch, 3)


def _grid(count: int) -> tuple[int, int]:
    """Return the side of the largest tiles that fit, and how many stand in a row."""
    width, height = WIDTH - 2 * _MARGIN, HEIGHT - _WALL_TOP - 10
    side = next(s for s in range(160, 1, -1) if (width // (s + 1)) * (height // (s + 1)) >= count)
    return side, width // (side + 1)


def _glyph(text: str, side: int, corner: bool) -> NDArray[np.float64]:
    """Return a character as shares of ink, (side, side): across the tile or in its corner."""
    tile = Image.new("L", (side, side))
    size = 0.46 * side if corner else 0.95 * side
    place = (0.78 * side, 0.75 * side) if corner else (side / 2, side / 2)
    draw = ImageDraw.Draw(tile)
    draw.text(place, text, 255, _font(size), anchor="mm", stroke_width=size / 40)
    return np.asarray(tile, dtype=np.float64) / 255.0


def _scaled(image: Pixels, side: int) -> NDArray[np.float64]:
    """Return an image as shares of ink, (side, side): sharp when enlarged."""
    way = Image.Resampling.NEAREST if side >= 28 else Image.Resampling.LANCZOS
    scaled = Image.fromarray(np.ascontiguousarray(image)).resize((side, side), way)
    return np.asarray(scaled, dtype=np.float64) / 255.0


def _mixed(shares: NDArray[np.float64], ground: ArrayLike, ink: ArrayLike) -> Pixels:
    """Return shares of ink as colours, (…, 3)."""
    shares = shares[..., None]
    return (np.array(ground) * (1.0 - shares) + np.array(ink) * shares).round().astype(np.uint8)


def _palette() -> Image.Image:
    """Return the colours of all frames: one palette, so that what stands still costs nothing."""
    ramps = [
        (_RIGHT, _PAGE),
        (_GROUND, _ANSWER),
        (_GROUND, _FAINT),
        (_INK, _PAGE),
    ]
    shades = [
        _blend(start, end, step / (_SHADES - 1)) for start, end in ramps for step in range(_SHADES)
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for shade in shades for value in shade])
    return palette


def _font(size: float) -> Any:
    """Return Pillow's own scalable font."""
    return ImageFont.load_default(size=round(size))
