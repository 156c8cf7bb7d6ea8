"""What takes how long, as tables: the pipelines, the dashboard, a class on one server."""

from benchmarks.measurement import ROLES
from benchmarks.pipeline import PIPELINES
from benchmarks.tables.markdown import Record, conditions, seconds, table

SLIDERS = {"soft_targets": "T", "offset": "the offset"}
_MILLISECONDS = "{:.0f} / {:.0f} ms"
# What a row says; in which group the figures lie, and which; how their medians are written.
PAGE_ROWS = (
    (
        "any control: median / 95th percentile (aim: 95th 300 ms, while training 600)",
        "controls",
        ("all control_median_ms", "all control_p95_ms"),
        _MILLISECONDS,
    ),
    (
        "a stroke on the pad: median / 95th percentile (aim: median 100 ms)",
        "strokes",
        ("draw stroke_median_ms", "draw stroke_p95_ms"),
        _MILLISECONDS,
    ),
    *(
        (f"a drag of {slider}: {words}", "drags", [f"{topic} {name}" for name in names], form)
        for topic, slider in SLIDERS.items()
        for words, names, form in (
            (
                "time a frame, median / 95th percentile",
                ("frame_median_ms", "frame_p95_ms"),
                "{:.1f} / {:.1f} ms",
            ),
            (
                "pictures in 60 moves / messages to the server",
                ("pictures", "reruns"),
                "{:.0f} / {:.0f}",
            ),
        )
    ),
)


def pipeline_table(record: Record) -> list[str]:
    """Return the comparison of the pipelines: a row each, then how it was measured.

    Raises
    ------
    ValueError
        If it was measured with ``--quick``.
    """
    if record["quick"]:
        raise ValueError(
            "pipeline.json was made with --quick, one epoch each, which says nothing; "
            "make it anew: python -m benchmarks.pipeline"
        )
    heads = (
        "pipeline",
        "epochs, teacher + student",
        "whole",
        "× `classroom`",
        "teacher, an epoch",
        "student, an epoch",
        "an epoch, × `classroom`",
        "errors: teacher → student → with its offset",
        "memory",
    )
    runs = [run for pipeline in record["pipelines"].values() for run in pipeline["runs"]]
    others = max(run["others_share"] for run in runs)
    return table(
        heads,
        [_pipeline_row(name, record) for name in PIPELINES if name in record["pipelines"]],
        "Errors are on the 10,000 test images (on the 1,010 threes). Medians (smallest to "
        f"largest). {record['clock']}",
        *(_bound_line(name, record) for name in record["bounds"]),
        f"Seed {record['seed']}; others had at most {others:.0%} of the machine. "
        + conditions(record),
    )


def _pipeline_row(name: str, record: Record) -> list[str]:
    """Return one pipeline's row."""
    pipeline = record["pipelines"][name]
    measured = pipeline["spread"]
    epochs = [f"{measured['epochs'][role]['median']:.0f}" for role in ("teacher", "student")]
    ratios = record["ratios"].get(f"{name}/classroom")
    memory = measured.get("peak_memory_mib")
    counts = (
        [measured["figures"][role][each]["median"] for each in ("errors", "errors_on_threes")]
        for role in ROLES
    )
    return [
        pipeline["title"],
        " + ".join(epochs),
        seconds(measured["wall_seconds"]["total"]),
        f"{ratios['total']:.1f}" if ratios else "–",
        seconds(measured["seconds_per_epoch"]["teacher"]),
        seconds(measured["seconds_per_epoch"]["student"]),
        f"{ratios['both_epoch']:.1f}" if ratios else "–",
        " → ".join(f"{errors:.0f} ({on_threes:.0f})" for errors, on_threes in counts),
        f"{memory['median']:,.0f} MiB" if memory else "–",
    ]


def _bound_line(name: str, record: Record) -> str:
    """Return how near a pipeline comes to what this machine's matrix products allow."""
    bound = record["bounds"][name]
    peaks = {name: figure["median"] / 1e9 for name, figure in record["peaks"].items()}
    work = " and ".join(
        f"{count / 1e12:.1f}·10¹² in {precision} (peak {peaks[precision]:,.0f} GFLOP/s)"
        for precision, count in bound["operations"].items()
    )
    return (
        f"{record['pipelines'][name]['title']} does {work} floating-point operations in matrix "
        f"products: at least {bound['seconds']:.1f} s, of which the measured whole is "
        f"{bound['wall_over_bound']:.1f} times."
    )


def pages_table(record: Record) -> list[str]:
    """Return the dashboard's times, alone and beside a training."""
    figures = record["figures"]

    def both(group: str, cell) -> list[str]:  # type: ignore[no-untyped-def]
        return [cell(figures.get(group + when, {})) for when in ("", "_while_training")]

    rows = [
        ["first page after `streamlit run`, cold", *both("first_page", _seconds_of("cold"))],
        ["any page, warm: fastest to slowest", *both("pages", _range)],
    ]
    for words, group, names, form in PAGE_ROWS:
        rows.append([words, *both(group, lambda x, n=names, f=form: _medians(x, n, f))])
    for name in ("start to first point", "cancel to stopped"):
        cell = _seconds_of(name)(figures.get("training", {}))
        rows.append([f"training: {name}", "–", cell])
    told = f"Medians (smallest to largest). {conditions(record)}"
    return table(("what", "nothing trains", "while a training runs"), rows, told)


def _seconds_of(name: str):  # type: ignore[no-untyped-def]
    """Return what writes the figure called *name* in seconds, or a dash if it was not measured."""
    return lambda figures: seconds(figures[name]) if name in figures else "–"


def _range(pages: Record) -> str:
    """Return the smallest and the largest median of the pages."""
    medians = [figure["median"] for figure in pages.values()]
    return f"{min(medians):.1f} to {max(medians):.1f} s" if medians else "–"


def _medians(figures: Record, names: list[str], form: str) -> str:
    """Return the medians of figures, or a dash if one was not measured."""
    if not all(name in figures for name in names):
        return "–"
    return form.format(*(figures[name]["median"] for name in names))


def sessions_table(record: Record) -> list[str]:
    """Return how a class on one server fares."""
    figures, targets = record["figures"], record["targets"]
    actions, peak = figures["actions"], figures["memory"]["peak_mib"]
    rows = (
        ("an action until its answer, median", f"{actions['p50']:.2f} s", "–"),
        ("95th percentile", f"{actions['p95']:.2f} s", f"{targets['p95_seconds']:g} s"),
        ("slowest", f"{actions['max']:.2f} s", "–"),
        ("the server's memory at most", f"{peak:,.0f} MiB", f"{targets['memory_mib']:,.0f} MiB"),
    )
    return table(
        ("what", "measured", "aim"),
        rows,
        f"{figures['sessions']} sessions, one action each every {figures['every']:g} s, for "
        f"{figures['seconds'] / 60:g} minutes: {actions['count']:,} actions. {conditions(record)}",
    )
