"""How a page puts a chart on the screen, in the viewer's light or dark."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.charting.specification import Specification, enlarged, specify
from dashboard.core import show
from dashboard.core.cache import cached

ON_PROJECTOR = 1.34  # A chart's type, against that on one's own screen


def figure(build: Callable[..., Any], *arguments: Any, **options: Any) -> Specification:
    """Return what ``build(*arguments, **options)`` draws, for `chart`, cached by all of it.

    Drawing a chart takes a hundred milliseconds and more, looking it up a few.
    """
    return cached(_drawn, build, show.mode(), arguments, options)


def chart(drawn: Any, *, key: str, **options: Any) -> Any:
    """Draw a figure in the viewer's theme; *options* go to `st.vega_lite_chart`.

    The figure is an Altair chart or, far quicker, what `figure` makes of one.
    """
    ready = drawn if isinstance(drawn, Specification) else specify(drawn, show.mode())
    spec = enlarged(ready.spec, ON_PROJECTOR) if show.presents() else ready.spec
    sent = {**spec, "datasets": ready.tables}
    return st.vega_lite_chart(spec=sent, key=key, theme=None, width="stretch", **options)


def _drawn(
    build: Callable[..., Any], mode: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> Specification:
    """Draw a chart and make it ready to be sent."""
    return specify(build(*arguments, **options), mode)


def slider_style() -> str:
    """Return the style of a slider that a chart carries: large, above the chart, its value bold.

    Vega puts the bound input below the drawing, in small type; give this to `st.html` once on a
    page with such a chart. On a phone the slider stays on the screen while a wide picture scrolls.
    """
    chart = '[data-testid="stVegaLiteChart"]:has(.vega-bind)'
    return f"""<style>
{chart} {{ display: flex; flex-direction: column }}
{chart} form.vega-bindings {{ order: -1; padding: 0 0 0.4rem 0; width: 100% }}
{chart} .vega-bind label {{ display: flex; flex-wrap: nowrap; width: 100%; gap: 0.9rem }}
{chart} .vega-bind .vega-bind-name {{ font-size: 1.15rem; font-weight: 600; min-width: 0 }}
{chart} .vega-bind input[type="range"] {{ flex: 1 1 auto; width: auto; height: 1.8rem }}
{chart} .vega-bind input[type="range"]::-webkit-slider-runnable-track {{ height: 0.55rem }}
{chart} .vega-bind input[type="range"]::-webkit-slider-thumb {{
  width: 1.6rem; height: 1.6rem; margin-top: -0.525rem }}
{chart} .vega-bind input[type="range"]::-moz-range-track {{ height: 0.55rem }}
{chart} .vega-bind input[type="range"]::-moz-range-thumb {{ width: 1.6rem; height: 1.6rem }}
{chart} .vega-bind input[type="range"] + span {{
  font-size: 1.4rem; font-weight: 700; color: inherit; min-width: 3.2rem; text-align: right;
  font-variant-numeric: tabular-nums }}
@media (forced-colors: active) {{
  {chart} .vega-bind input[type="range"] {{ forced-color-adjust: none }}
  {chart} .vega-bind input[type="range"]::-webkit-slider-runnable-track {{ background: GrayText }}
  {chart} .vega-bind input[type="range"]::-webkit-slider-thumb {{ background: CanvasText }}
  {chart} .vega-bind input[type="range"]::-moz-range-track {{ background: GrayText }}
  {chart} .vega-bind input[type="range"]::-moz-range-thumb {{ background: CanvasText }}
}}
@media (max-width: 800px) {{
  {chart} form.vega-bindings {{ position: sticky; left: 0; width: calc(100vw - 2rem) }}
  {chart} .vega-bind label {{ flex-wrap: wrap; column-gap: 0.9rem; row-gap: 0 }}
  {chart} .vega-bind .vega-bind-name {{ flex: 1 0 100% }}
}}
</style>"""
