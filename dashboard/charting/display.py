"""How a page puts a chart on the screen, in the viewer's light or dark."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.charting.specification import Specification, enlarged, specify, spoken
from dashboard.core import show
from dashboard.core.cache import cached

ON_PROJECTOR = 1.34  # A chart's type, against that on one's own screen
# The style of a chart's slider: give it to `st.html` once on a page with such a chart.
SLIDER = Path(__file__).with_name("slider.css")


def figure(build: Callable[..., Any], *arguments: Any, **options: Any) -> Specification:
    """Return what ``build(*arguments, **options)`` draws, for `chart`, cached by all of it.

    Drawing a chart takes a hundred milliseconds and more, looking it up a few.
    """
    return cached(_drawn, build, show.mode(), arguments, options)


def chart(drawn: Any, *, key: str, **options: Any) -> Any:
    """Draw a figure in the viewer's theme; *options* go to `st.vega_lite_chart`.

    The figure is an Altair chart or, far quicker, what `figure` makes of one.
    """
    ready = drawn if isinstance(drawn, Specification) else spoken(specify(drawn, show.mode()))
    spec = enlarged(ready.spec, ON_PROJECTOR) if show.presents() else ready.spec
    sent = {**spec, "datasets": ready.tables}
    return st.vega_lite_chart(spec=sent, key=key, theme=None, width="stretch", **options)


def _drawn(
    build: Callable[..., Any], mode: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> Specification:
    """Draw a chart and make it ready to be sent."""
    return spoken(specify(build(*arguments, **options), mode))
