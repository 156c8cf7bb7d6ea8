"""Small hand-made records, in the form that the benchmarks write."""

from benchmarks import pipeline

MACHINE = {
    "processor": "Toy 1",
    "cores": 2,
    "thread_count": 2,
    "capabilities": {"avx512_bf16": True, "amx_bf16": False},
    "system": "Linux",
    "python": "3.11.7",
    "torch": "2.0",
    "numpy": "2.1",
}


def cells(lines, first):
    """Return the cells of the row whose first cell is *first*."""
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    (found,) = [row for row in rows if row[0] == first]
    assert all(len(row) == len(rows[0]) for row in rows)
    return found


def run(total, epoch, errors):
    """Return one pipeline's record."""
    figures = {"errors": errors, "errors_on_threes": errors // 10}
    return {
        "epochs": {"teacher": 12, "student": 20},
        "wall_seconds": {"load": 0.5, "total": total},
        "seconds_per_epoch": {"teacher": epoch, "student": epoch / 2.0, "both": epoch},
        "figures": dict.fromkeys(("teacher", "student_before", "student_after"), figures),
        "peak_memory_mib": 1234.5,
    }


def pipeline_record():
    """Return a report of the classroom and of another checkout, twice, and of a script."""
    runs = {
        "classroom": [run(20.0, 2.0, 140), run(30.0, 4.0, 140)],
        "beside": [run(200.0, 9.0, 150), run(200.0, 9.0, 150)],
        "script": [{"wall_seconds": {"total": 60.0}}] * 2,
    }
    titles = {"classroom": "`classroom`", "beside": "another checkout", "script": "a script"}
    made = {"made_by": "python -m benchmarks.pipeline", "created": "2026-01-02"}
    return pipeline.report_of(runs, titles, 0) | made | {"machine": MACHINE}


def pages_record():
    """Return figures of two pages and both drags, alone; of a training its start."""

    def figure(median, unit="s"):
        return {"median": median, "min": median, "max": median, "repeats": 1, "unit": unit}

    drags = {}
    for topic in ("soft_targets", "offset"):
        for name, value in (
            ("frame_median_ms", 16.7),
            ("frame_p95_ms", 33.4),
            ("pictures", 60),
            ("reruns", 0),
        ):
            drags[f"{topic} {name}"] = figure(value, "ms")
    return {
        "machine": MACHINE,
        "made_by": "python -m benchmarks.pages",
        "created": "2026-01-02",
        "figures": {
            "first_page": {"cold": {**figure(4.3), "min": 4.1, "max": 4.8}},
            "pages": {"train": figure(0.2), "story": figure(0.9)},
            "pages_while_training": {"train": figure(0.3), "story": figure(1.2)},
            "controls": {
                "all control_median_ms": figure(201.6, "ms"),
                "all control_p95_ms": figure(298.4, "ms"),
                "all run_median_ms": figure(310.0, "ms"),
                "all run_p95_ms": figure(543.2, "ms"),
            },
            "strokes_while_training": {
                "draw stroke_median_ms": figure(68.0, "ms"),
                "draw stroke_p95_ms": figure(110.0, "ms"),
            },
            "drags": drags,
            "bytes": {
                name: figure(mb, "MB")
                for name, mb in (("vote", 0.03), ("draw", 0.12), ("story", 0.25))
            },
            "scene": {
                "first_change_ms": figure(61.2, "ms"),
                "soft_run": figure(2.41),
                "right_mean": figure(55.6, "%"),
                "right_with_offset_mean": figure(86.8, "%"),
            },
            "training": {"start to first point": figure(4.5)},
        },
    }


def sessions_record():
    """Return figures of two sessions."""
    return {
        "machine": MACHINE,
        "made_by": "python -m benchmarks.sessions",
        "created": "2026-01-02",
        "targets": {"p95_seconds": 1.0, "memory_mib": 1536.0},
        "figures": {
            "sessions": 2,
            "every": 5.0,
            "seconds": 90.0,
            "actions": {"count": 1036, "p50": 0.05, "p95": 0.44, "max": 1.5},
            "memory": {"peak_mib": 1234.5},
        },
    }
