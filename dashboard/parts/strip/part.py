"""Grey images as HTML: enlarged without smoothing, with words beside them, wrapping on phones."""

import base64
import io
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class Captioned:
    """One picture of a strip."""

    image: NDArray[np.uint8]  # (28, 28)
    caption: str  # A few words below it
    description: str  # The text alternative
    colour: str  # Of its frame; the caption says the same in words


def data_uri(image: NDArray[np.uint8]) -> str:
    """Return a uint8 image (28, 28) as a PNG in a data address."""
    return png_uri(Image.fromarray(np.ascontiguousarray(image)))


def png_uri(picture: Image.Image) -> str:
    """Return a picture as a PNG in a data address."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def html_of(pictures: list[Captioned], width: int = 76) -> str:
    """Return a row of pictures, *width* pixels each, as HTML that wraps where it must."""
    figures = "".join(
        f'<figure style="margin:0;width:{width}px;text-align:center">'
        f'<img src="{data_uri(picture.image)}" alt="{escape(picture.description)}" '
        f'width="{width}" height="{width}" style="image-rendering:pixelated;'
        f'border:4px solid {picture.colour};border-radius:6px;box-sizing:border-box">'
        f'<figcaption style="font-size:0.9rem;line-height:1.2">{escape(picture.caption)}'
        "</figcaption></figure>"
        for picture in pictures
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:0.6rem">{figures}</div>'
