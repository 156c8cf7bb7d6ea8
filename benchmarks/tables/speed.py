"""What takes how long, as tables: the pipelines, the dashboard, a class on one server."""

from collections.abc import Sequence

from benchmarks.measurement import ROLES
from benchmarks.tables.markdown import Record, conditions, seconds, table

_AIM = "aim: 95th 300 ms, while training 500"
_BOTH, _MOVES = "median / 95th percentile", "pictures in 60 moves / messages to the server"
# How the names of a row's two figures go on, and how their medians are written.
WAITS, FRAMES, PICTURES = (
    (("_median_ms", "_p95_ms"), "{:.0f} / {:.0f} ms"),
    ((" frame_median_ms", " frame_p95_ms"), "{:.1f} / {:.1f} ms"),
    ((" pictures", " reruns"), "{:.0f} / {:.0f}"),
)
SCENE_TIMES = (("first_change_ms", "soft_run"), "{:.0f} ms, {:.1f} s")
SCENE_RIGHT = (("right_mean", "right_with_offset_mean"), "{:.0f} %, {:.0f} %")
SCENE_NOISE = (("noise_run", "noise_right_mean"), "{:.1f} s, {:.0f} %")
SCENE_FRAMES = (("frame_median_ms",), "{:.1f} ms")
# What a row says; in which group its figures lie, how their names begin, and which they are.
PAGE_ROWS = (
    (f"any control: {_BOTH} ({_AIM})", "controls", "all control", WAITS),
    (f"another run: {_BOTH} (aim: 95th 600 ms)", "controls", "all run", WAITS),
    (f"a stroke on the pad: {_BOTH} (aim: median 100 ms)", "strokes", "draw stroke", WAITS),
    (f"a drag of T: time a frame, {_BOTH}", "drags", "soft_targets", FRAMES),
    (f"a drag of T: {_MOVES}", "drags", "soft_targets", PICTURES),
    (f"a drag of the offset: time a frame, {_BOTH}", "drags", "offset", FRAMES),
    (f"a drag of the offset: {_MOVES}", "drags", "offset", PICTURES),
)
_BYTES = "received by a phone, but for Streamlit's own: vote, draw, first page (aim: 1.5 MB)"
WIRE_ROWS = ((_BYTES, "bytes", "", (("vote", "draw", "story"), "{:.2f}, {:.2f}, {:.2f} MB")),)
SCENE_ROWS = (
    ("a student in the browser: first change, whole run", "scene", "", SCENE_TIMES),
    ("its threes right, with no offset and with its own", "scene", "", SCENE_RIGHT),
    ("one that learns from noise: whole run, digits right", "scene", "", SCENE_NOISE),
    ("two students side by side: time a frame, median", "scene", "", SCENE_FRAMES),
)


def pipeline_table(record: Record) -> list[str]:
    """Return how long each way takes: a row each, then how it was measured."""
    rows = [_pipeline_row(name, record) for name in record["pipelines"]]
    return table(
        list(rows[0]),
        [list(row.values()) for row in rows],
        "Errors are on the 10,000 test images (on the 1,010 threes). Medians (smallest to "
        f"largest). {record['clock']}",
        f"Seed {record['seed']}. {conditions(record)}",
    )


def _pipeline_row(name: str, record: Record) -> dict[str, str]:
    """Return one way's row, each cell below its head; of another program little is known."""
    measured = record["pipelines"][name]["spread"]
    ratios = record["ratios"].get(f"{name}/classroom", {})
    epochs, epoch = measured.get("epochs"), measured.get("seconds_per_epoch", {})
    counts = [measured["figures"][role] for role in ROLES] if "figures" in measured else []
    errors = ["{errors[median]:.0f} ({errors_on_threes[median]:.0f})".format(**c) for c in counts]
    memory = measured.get("peak_memory_mib")
    return {
        "way": record["pipelines"][name]["title"],
        "epochs, teacher + student": (
            "{teacher[median]:.0f} + {student[median]:.0f}".format(**epochs) if epochs else "–"
        ),
        "whole": seconds(measured["wall_seconds"]["total"]),
        "× `classroom`": _times(ratios.get("total")),
        "teacher, an epoch": seconds(epoch["teacher"]) if epoch else "–",
        "student, an epoch": seconds(epoch["student"]) if epoch else "–",
        "an epoch, × `classroom`": _times(ratios.get("both_epoch")),
        "errors: teacher → student → with its offset": " → ".join(errors) or "–",
        "memory": f"{memory['median']:,.0f} MiB" if memory else "–",
    }


def _times(ratio: Record | None) -> str:
    """Return a spread of ratios: its median, and its range if there is one."""
    if ratio is None:
        return "–"
    median, low, high = (f"{ratio[name]:.2f}" for name in ("median", "min", "max"))
    return median if low == high else f"{median} ({low} to {high})"


def pages_table(record: Record) -> list[str]:
    """Return the dashboard's times, alone and beside a training."""
    figures = record["figures"]
    alone, busy = "", "_while_training"
    ranges = [_range(figures.get(f"pages{when}", {})) for when in (alone, busy)]
    rows = [
        ["first page after `streamlit run`, cold", _seconds(figures, "first_page", "cold"), "–"],
        ["any page, warm: fastest to slowest", *ranges],
    ]
    shown = PAGE_ROWS + (SCENE_ROWS if "scene" in figures else ())
    for words, group, name, figure in shown + (WIRE_ROWS if "bytes" in figures else ()):
        both = [_medians(figures.get(group + when, {}), name, *figure) for when in (alone, busy)]
        rows.append([words, *both])
    for name in ("start to first point", "cancel to stopped"):
        rows.append([f"training: {name}", "–", _seconds(figures, "training", name)])
    told = f"Medians (smallest to largest). {conditions(record)}"
    return table(("what", "nothing trains", "while a training runs"), rows, told)


def _seconds(figures: Record, group: str, name: str) -> str:
    return seconds(figures[group][name]) if name in figures.get(group, {}) else "–"


def _range(pages: Record) -> str:
    medians = [figure["median"] for figure in pages.values()]
    return f"{min(medians):.1f} to {max(medians):.1f} s" if medians else "–"


def _medians(figures: Record, name: str, ends: Sequence[str], form: str) -> str:
    found = [figures[name + end]["median"] for end in ends if name + end in figures]
    return form.format(*found) if len(found) == len(ends) else "–"


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
