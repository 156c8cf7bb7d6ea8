"""The transfer set at any temperature: who is at the top, what they hold, the mean soft targets."""

import base64
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.charting import theme
from dashboard.core.digits import plural
from dashboard.core.numbers import percent
from dashboard.figures.transfer_mass import Curves
from dashboard.parts import sources
from dashboard.topics.dark_knowledge import figures as views

_mount = st.components.v2.component(
    "transfer_set",
    html=sources.read("gallery", "part.html"),
    css=sources.read("gallery", "part.css"),
    js=sources.read("gallery", "softening.js", "drawing.js", "part.js"),
)


def draw(
    summary: views.TransferSet,
    ranked: views.Ranking,
    images: NDArray[np.uint8] | None,
    *,
    temperature: float,
    image: int,
    visit: int,
    mark: str,
    key: str,
    on_rest: Any,
) -> None:
    """Draw the wall, the curve and the matrix with one slider for T.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The training images; without them the tiles hold numbers alone.
    temperature, image : float, int
        Where the slider stands and what is chosen when *visit* is new to the browser.
    visit : int
        Another number moves a slider that is there already.
    mark : str
        Names what *summary* and *ranked* show; another one makes the browser build up anew.
    on_rest : callable
        Called when the viewer lets go; what the browser reports is in the session state.
    """
    _mount(
        data={
            **_contents(summary, ranked, images),
            "T": temperature,
            "image": image,
            "visit": visit,
            "mark": f"{mark} {images is None}",
        },
        key=key,
        on_rest_change=on_rest,
    )


def _contents(
    summary: views.TransferSet, ranked: views.Ranking, images: NDArray[np.uint8] | None
) -> dict[str, Any]:
    """Return what the browser needs to follow T without asking again."""
    names = [percent(fraction, 0) for fraction in views.TOPS]
    counts = [views.top_count(summary.total, fraction) for fraction in views.TOPS]
    return {
        "digit": summary.digit,
        "images": ranked.images.tolist(),
        "labels": ranked.labels.tolist(),
        "logits": _base64(ranked.logits, np.float32),
        "pixels": None if images is None else _base64(images[ranked.images], np.uint8),
        "ranked": ranked.total,
        "shown": views.SHOWN,
        "total": summary.total,
        "tops": summary.tops.tolist(),
        "points": np.searchsorted(summary.tops, counts).tolist(),
        "names": names,
        "held": _curves(summary.held),
        "means": _curves(summary.means),
        "counts": summary.class_counts.tolist(),
        "readouts": [f"mean mass on {summary.digit} (n = {summary.total:,})"]
        + [
            f"of it in the top {name} ({count:,})"
            for name, count in zip(names, counts, strict=True)
        ],
        "titles": _titles(summary, ranked),
        "colours": {
            "teacher": theme.TEACHER,
            "omitted": theme.OMITTED,
            "others": theme.OTHERS,
        },
    }


def _titles(summary: views.TransferSet, ranked: views.Ranking) -> dict[str, str]:
    """Return the headings that do not move."""
    digit = summary.digit
    left_out = " and ".join(plural(omitted) for omitted in summary.omitted)
    return {
        "ranked": f"Most mass on {digit} first: label, % for {digit} "
        f"({min(views.SHOWN, ranked.total)} of {ranked.total:,} images)",
        "averaged": "Mean soft targets by true class, in %",
        "note": f"Set apart: the column of {digit}, and which class carries how much of all the "
        f"mass on it. The student learns from the rows above the dashed line; {left_out} are "
        "left out of the transfer set.",
    }


def _curves(curves: Curves) -> dict[str, Any]:
    """Return curves as the browser reads them."""
    return {
        "low": curves.low,
        "high": curves.high,
        "knots": curves.values.shape[-1],
        "values": _base64(curves.values, np.float64),
        "slopes": _base64(curves.slopes, np.float64),
    }


def _base64(array: NDArray[Any], kind: Any) -> str:
    """Return an array's bytes, in the browser's order, as text."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()
