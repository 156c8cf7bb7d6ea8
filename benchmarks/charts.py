"""From tables to charts that are ready to be sent: ours against Altair's own way, page by page.

    python -m benchmarks.charts [--repeats 7] [--json PATH]

Each page is run once, its charts are noted, and all of them are made anew both ways in turns.
Altair's own way composes with `alt.layer` and `alt.vconcat`, checks every part as it is made and
the whole at its end, and sets the theme with ``configure``.
"""

import functools
import logging
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import altair as alt
from altair.utils import schemapi
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from benchmarks.browser.dashboard import ROOT
from benchmarks.measurement import options_of, write
from dashboard import catalogue
from dashboard.charting import display, layers, specification, theme
from kdengine.cli import command_line


def main() -> int:
    """Measure, print, write."""
    options = options_of("charts", __doc__, repeats=7)
    logging.disable(logging.WARNING)  # Streamlit's, about pages outside a server
    figures = {}
    for topic in sorted(catalogue.PAGES):
        calls = charts_of(topic)
        if calls:
            figures[topic] = compare(calls, options["repeats"])
            print(line(topic, figures[topic]))
    write(options["json"], "python -m benchmarks.charts", figures=figures)
    return 0


def charts_of(topic: str) -> list[Callable[[], Any]]:
    """Return what draws the charts of the page of *topic* as it opens."""
    calls: list[Callable[[], Any]] = []
    ready = display.figure

    def noted(build, *arguments, **options):  # type: ignore[no-untyped-def]
        calls.append(functools.partial(build, *arguments, **options))
        return ready(build, *arguments, **options)

    with mock.patch.object(display, "figure", noted):
        page = AppTest.from_file(str(ROOT / "dashboard" / "frame.py"), default_timeout=120)
        page._page_hash = calc_hash(topic)  # as switch_page would after a first run
        page.run()
    return calls


def compare(calls: list[Callable[[], Any]], repeats: int) -> dict[str, Any]:
    """Make the charts *repeats* times in both ways, in turns; the ratio is of the medians."""
    ours, theirs = [], []
    for _ in range(repeats):
        with own_way():
            theirs.append(_milliseconds(calls, checked))
        ours.append(_milliseconds(calls, specification.specify))
    ratio = statistics.median(theirs) / statistics.median(ours)
    return {"charts": len(calls), "ours_ms": ours, "altair_ms": theirs, "ratio": ratio}


@contextmanager
def own_way() -> Iterator[None]:
    """Let Altair compose, copy and check as it does by itself, in all that is imported by now."""
    pairs = ((layers.layered, alt.layer), (layers.stacked, alt.vconcat))
    with ExitStack() as changed:
        changed.enter_context(schemapi.debug_mode(True))
        for name, module in list(sys.modules.items()):
            for ours, altairs in pairs:
                if name.startswith("dashboard.") and getattr(module, ours.__name__, None) is ours:
                    changed.enter_context(mock.patch.object(module, ours.__name__, altairs))
        yield


def checked(figure: Any, mode: str) -> dict[str, Any]:
    """Return the specification of *figure* as Altair makes it: themed by copying, then checked.

    Its tables are sent as ours are; what is compared is what Altair does beside that.
    """
    named: dict[str, bytes] = {}

    def name_table(data: Any) -> dict[str, str]:
        name = str(len(named))
        named[name] = specification.in_arrow(data)
        return {"name": name}

    alt.data_transformers.register("benchmark", name_table)
    with alt.data_transformers.enable("benchmark"), alt.theme.enable("none"):
        return figure.configure(**theme.settings(mode)).to_dict()


def line(topic: str, figures: dict[str, Any]) -> str:
    """Return one page's figures as a line."""
    ours, theirs = (statistics.median(figures[name]) for name in ("ours_ms", "altair_ms"))
    return (
        f"{topic:16} {figures['charts']:2} drawn  ours {ours:6.0f} ms  "
        f"Altair's own way {theirs:6.0f} ms  {figures['ratio']:.1f} times"
    )


def _milliseconds(calls: list[Callable[[], Any]], ready: Callable[[Any, str], Any]) -> float:
    """Return how long it takes to draw all *calls* and make them *ready*."""
    began = time.perf_counter()
    for call in calls:
        ready(call(), "light")
    return 1000.0 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(command_line.run(main))
