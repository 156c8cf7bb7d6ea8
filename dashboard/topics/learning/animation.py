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
_MARGIN, _WALL_TOP, _CURVE_TOP = 24, 88, 534
_INK = (31, 36, 48)
_PAGE = (255, 255, 255)
_LARGE = 34  # from this side on a tile holds the picture and the answer
_SHARP = 2  # the curves are drawn larger and reduced: Pillow's lines have jagged edges
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
    return text.replace("−", "-").replace("–", "-")


def frame(played: Replay, images: Pixels | None, step: int) -> Image.Image:
    """Return one step as an image of 1280×720: a sentence, the wall, the curves."""
    return next(_frames(played, images, [step]))


def _frames(played: Replay, images: Pixels | None, steps: list[int]) -> Iterator[Image.Image]:
    """Draw each of *steps*; what they share is made once."""
    own = None if images is None else images[played.images]
    side, columns = _grid(len(played.images))
    tiles = _Tiles(own, len(played.images), side, played.digit)
    told = (
        f"Held-out {played.name}, easiest first, never seen by the student. Green: right; "
        "a digit: what it says instead; framed: newly right"
    )
    for step in steps:
        page = Image.new("RGB", (WIDTH, HEIGHT), _PAGE)
        wall = Image.fromarray(_wall(tiles, played, step, columns))
        page.paste(wall, ((WIDTH - wall.width) // 2, _WALL_TOP))
        draw = ImageDraw.Draw(page)
        draw.text((_MARGIN, 10), writable(figures.step_title(played, step)), _INK, _font(32))
        draw.text((_MARGIN, 52), told, _INK, _font(20))
        page.paste(_curves(played, step), (0, _CURVE_TOP))
        yield page


class _Tiles:
    """Every tile of the wall: right, and for each wrong answer.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
    side : int
        Of a tile, in pixels.
    """

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


def _curves(played: Replay, step: int) -> Image.Image:
    """Return both accuracy curves up to *step*, with their axes."""
    size = (WIDTH, HEIGHT - _CURVE_TOP)
    picture = Image.new("RGB", (_SHARP * size[0], _SHARP * size[1]), _PAGE)
    draw = ImageDraw.Draw(picture)
    left, right, top, bottom = (_SHARP * pixels for pixels in (90, WIDTH - 300, 14, 128))
    font = _font(_SHARP * 20)

    def at(index: int, share: float) -> tuple[float, float]:
        # As in the browser, the offset's place is set a little apart from the epochs.
        end = played.epochs - 1 + max(1.5, 0.12 * played.epochs)
        place = end if index == played.epochs else index
        return left + (right - left) * place / end, bottom + (top - bottom) * share

    for share in (0.0, 0.5, 1.0):
        y = at(0, share)[1]
        draw.line([(left, y), (right, y)], (221, 225, 232), _SHARP)
        draw.text((left - 20, y), f"{share:.0%}", _INK, font, anchor="rm")
    for index in _ticks(played.epochs):
        name = "+ offset" if index == played.epochs else str(index + 1)
        draw.text((at(index, 0)[0], bottom + 12), name, _INK, font, anchor="ma")
    middle = (left + at(played.epochs - 1, 0)[0]) / 2
    draw.text((middle, bottom + 52), "Epochs of training", _INK, font, anchor="ma")
    rates = played.right / len(played.images)
    labels = []
    for values, colour, name in (
        (played.accuracy, theme.OTHERS, "all test images"),
        (rates, theme.STUDENT, f"held-out {played.name}"),
    ):
        points = [at(index, float(values[index])) for index in range(step)]
        draw.line(points[: played.epochs], colour, 4 * _SHARP, joint="curve")
        if step > played.epochs:
            _draw_dots(draw, *points[-2:], colour)
        x, y = points[-1]
        is_corrected = step > played.epochs and name != "all test images"
        colour = theme.STUDENT_AFTER if is_corrected else colour
        radius = 9 * _SHARP
        shape = draw.rectangle if name == "all test images" else draw.ellipse
        shape((x - radius, y - radius, x + radius, y + radius), colour)
        labels.append((y, f"{float(values[step - 1]):.1%} {name}", colour, shape))
    _write_labels(labels, right + 40, 26 * _SHARP, font)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _draw_dots(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], end: tuple[float, float], colour: str
) -> None:
    """Draw a dotted line: the way to the offset is no training."""
    for share in np.arange(0.0, 1.0, 0.04):
        x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), colour)


def _write_labels(labels: list, x: float, apart: float, font: ImageFont.FreeTypeFont) -> None:  # type: ignore[type-arg]
    """Write the curves' names beside their ends, one above the other where they meet."""
    (first, *_), (second, *_) = labels
    if abs(first - second) < apart:
        middle = max((first + second) / 2, 1.1 * apart)
        sign = 1 if second >= first else -1
        first, second = middle - sign * apart / 2, middle + sign * apart / 2
    for y, (_, text, colour, shape) in zip((first, second), labels, strict=True):
        shape((x, y - 12, x + 24, y + 12), colour)
        shape.__self__.text((x + 40, y), text, _INK, font, anchor="lm")


def _ticks(epochs: int) -> list[int]:
    """Return the steps to name below the axis: the first, round ones, the last, the offset."""
    every = next((n for n in (1, 2, 5, 10, 20, 25, 50, 100) if epochs / n <= 10), epochs)
    round_ones = [
        epoch - 1 for epoch in range(every, epochs, every) if 1 < epoch < epochs - every / 2
    ]
    return sorted({0, *round_ones, epochs - 1, epochs})


def _grid(count: int) -> tuple[int, int]:
    """Return the side of the largest tiles that fit, and how many stand in a row."""
    width, height = WIDTH - 2 * _MARGIN, _CURVE_TOP - _WALL_TOP - 10
    side = next(s for s in range(96, 1, -1) if (width // (s + 1)) * (height // (s + 1)) >= count)
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
        (ImageColor.getrgb(theme.STUDENT), _PAGE),
        (ImageColor.getrgb(theme.OTHERS), _PAGE),
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
