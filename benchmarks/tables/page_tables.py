"""The dashboard's times as lines of the README's tables: JSON in, markdown out, nothing read."""

from benchmarks.tables.tables import Record, conditions, not_yet, seconds, table

SLIDERS = {"soft_targets": "T", "offset": "the offset"}


def pages_table(record: Record | None) -> list[str]:
    """Return the dashboard's figures, alone and beside a training.

    Parameters
    ----------
    record : dict or None
        What `benchmarks.pages` writes; None if there is no such file yet.
    """
    if record is None:
        return not_yet("python -m benchmarks.pages")
    figures = record["figures"]
    groups = ("first_page", "pages", "controls", "strokes", "drags")
    alone = {name: figures.get(name, {}) for name in groups}
    busy = {name: figures.get(f"{name}_while_training", {}) for name in alone}
    busy["first_page"] = {}
    both = (alone, busy)
    rows = [
        [
            "first page after `streamlit run`, cold",
            *(_figure(x["first_page"], "cold") for x in both),
        ],
        ["any page, warm: fastest to slowest", *(_page_range(x["pages"]) for x in both)],
        [
            "any control: median / 95th percentile (aim: 95th 300 ms, while training 600)",
            *(
                _milliseconds(x["controls"], "all control_median_ms", "all control_p95_ms")
                for x in both
            ),
        ],
        [
            "a stroke on the pad: median / 95th percentile (aim: median 100 ms)",
            *(
                _milliseconds(x["strokes"], "draw stroke_median_ms", "draw stroke_p95_ms")
                for x in both
            ),
        ],
    ]
    for topic, slider in SLIDERS.items():
        rows += [
            [f"a drag of {slider}: {words}", *(cell(x["drags"], topic) for x in both)]
            for words, cell in (
                ("time a frame, median / 95th percentile", _frame_times),
                ("pictures in 60 moves / messages to the server", _pictures),
            )
        ]
    training = figures.get("training", {})
    for name in ("start to first point", "cancel to stopped"):
        rows.append([f"training: {name}", "–", _figure(training, name)])
    header = ("what", "nothing trains", "while a training runs")
    return [*table(header, rows), "", f"Medians (smallest to largest). {conditions(record)}"]


def sessions_table(record: Record | None) -> list[str]:
    """Return how a class on one server fares; *record* is what `benchmarks.sessions` writes."""
    if record is None:
        return not_yet("python -m benchmarks.sessions")
    figures, targets = record["figures"], record["targets"]
    actions, memory = figures["actions"], figures["memory"]
    rows = [
        ["an action until its answer, median", f"{actions['p50']:.2f} s", "–"],
        ["95th percentile", f"{actions['p95']:.2f} s", f"{targets['p95_seconds']:g} s"],
        ["slowest", f"{actions['max']:.2f} s", "–"],
        [
            "the server's memory at most",
            f"{memory['peak_mib']:,.0f} MiB",
            f"{targets['memory_mib']:,.0f} MiB",
        ],
    ]
    told = (
        f"{figures['sessions']} sessions, one action each every {figures['every']:g} s, for "
        f"{figures['seconds'] / 60:g} minutes: {actions['count']:,} actions."
    )
    return [*table(("what", "measured", "aim"), rows), "", f"{told} {conditions(record)}"]


def _figure(figures: Record, name: str) -> str:
    """Return a figure in seconds, or a dash if it was not measured."""
    return seconds(figures[name]) if name in figures else "–"


def _page_range(pages: Record) -> str:
    """Return the smallest and the largest median of the pages."""
    medians = [figure["median"] for figure in pages.values()]
    return f"{min(medians):.1f} to {max(medians):.1f} s" if medians else "–"


def _frame_times(drags: Record, topic: str) -> str:
    """Return median and 95th percentile of the time a frame."""
    names = [f"{topic} {name}" for name in ("frame_median_ms", "frame_p95_ms")]
    return _milliseconds(drags, *names, form=".1f")


def _milliseconds(figures: Record, *names: str, form: str = ".0f") -> str:
    """Return the medians of figures in milliseconds, or a dash if one was not measured."""
    if not all(name in figures for name in names):
        return "–"
    return " / ".join(f"{figures[name]['median']:{form}}" for name in names) + " ms"


def _pictures(drags: Record, topic: str) -> str:
    """Return different pictures and messages sent during a drag."""
    names = [f"{topic} {name}" for name in ("pictures", "reruns")]
    if not all(name in drags for name in names):
        return "–"
    return " / ".join(f"{drags[name]['median']:.0f}" for name in names)
