"""How runs, sweeps, downloads and results look on a terminal; used by the commands alone.

Bars where somebody watches, plain lines where the output goes to a file or another program.
"""

import statistics
import sys
from collections.abc import Sequence
from typing import Any


def _bar(quiet: bool, **options: Any) -> Any:
    """Return a bar where somebody watches, None elsewhere."""
    if quiet or not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return tqdm(**options)


class RunProgress:
    """Progress of a run: a bar a network on a terminal, a line an epoch elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.bar: Any = None

    def __call__(self, event: dict[str, Any]) -> None:
        """Show one event of `pipeline.run`."""
        if self.quiet:
            return
        if event["event"] == "plan":
            for network in event["networks"]:
                state = "stored" if network["stored"] else "to train"
                print(f"{network['role']:<9} {network['key']}  {state}", flush=True)
        elif event["event"] == "ready":
            self.close()
        elif event["event"] == "epoch":
            self._epoch(event)

    def _epoch(self, event: dict[str, Any]) -> None:
        """Show one finished epoch."""
        figures = f"loss {event['training_loss']:.4f}, test accuracy {event['accuracy']:.2%}"
        if event["omitted_accuracy"] is not None:
            figures += f", on omitted classes {event['omitted_accuracy']:.2%}"
        if self.bar is None:
            self.bar = _bar(False, total=event["epochs"], desc=event["role"], unit="epoch")
        if self.bar is None:
            print(
                f"{event['role']:<9} {event['epoch']:>3}/{event['epochs']}  {figures}", flush=True
            )
            return
        self.bar.set_postfix_str(figures)
        self.bar.update()

    def close(self) -> None:
        """End the bar of the network that is ready."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


class SweepProgress:
    """Progress of a sweep in networks: one bar on a terminal, a line a network elsewhere."""

    def __init__(self, *, stored: int, total: int, quiet: bool) -> None:
        self.done, self.total, self.quiet = stored, total, quiet
        self.bar = _bar(quiet, initial=stored, total=total, desc="networks", unit="network")

    def __call__(self, key: str, seconds: float | None, problem: str | None) -> None:
        """Show one network that is stored now, or has failed."""
        if problem is not None:
            text = f"failed: {problem}"
        else:
            text = "already there" if seconds is None else f"{seconds:.1f} s"
        self.done += problem is None
        if self.bar is not None:
            self.bar.set_postfix_str(f"{key} {text}" if problem is None else f"{key} failed")
            self.bar.update(problem is None)
        elif not self.quiet:
            print(f"{self.done:>4}/{self.total}  {key:<44} {text}", flush=True)

    def close(self) -> None:
        """End the bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


class SeedProgress:
    """Epochs of one seed of the synthetic experiment: a bar, or a line every ten epochs."""

    def __init__(self, seed: int, epochs: int, *, quiet: bool) -> None:
        self.seed, self.quiet = seed, quiet
        self.bar = _bar(quiet, total=epochs, desc=f"seed {seed}", unit="epoch")

    def __call__(self, who: str, epoch: int, epochs: int) -> None:
        """Show one epoch of all that train side by side."""
        if self.bar is not None:
            self.bar.set_postfix_str(who)
            self.bar.update()
        elif not self.quiet and (epoch % 10 == 0 or epoch == epochs):
            print(f"seed {self.seed}: {who}, epoch {epoch}/{epochs}", flush=True)

    def close(self) -> None:
        """End the bar."""
        if self.bar is not None:
            self.bar.close()


class DownloadProgress:
    """Progress of a download: a bar a file on a terminal, a line a file elsewhere."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.name = ""

    def __call__(self, name: str, received: int, total: int) -> None:
        """Show how much of file *name* has come."""
        if name != self.name or self.bar is None:
            self.close()
            self.name = name
            if not sys.stderr.isatty():
                print(f"fetching {name} ({total:,} bytes)", flush=True)
                self.bar = False
                return
            from tqdm import tqdm

            self.bar = tqdm(total=total or None, desc=name, unit="B", unit_scale=True)
        if self.bar:
            self.bar.update(received - self.bar.n)

    def close(self) -> None:
        """End the last bar."""
        if self.bar:
            self.bar.close()
        self.bar = None


def result_table(result: dict[str, Any]) -> str:
    """Return the result as an aligned table."""
    lines = [f"{'':<22}{'errors':>8}{'accuracy':>11}{'on omitted':>12}{'on others':>11}"]
    rows = {
        "teacher": result["teacher"],
        "hard-label student": result["baseline"],
        "student": result["student_before"],
        "student with offset": result["student_after"] if result["offset"] else None,
    }
    for name, figures in rows.items():
        if figures is not None:
            lines.append(
                f"{name:<22}{figures['errors']:>8,}{figures['accuracy']:>11.2%}"
                f"{_percent(figures['omitted_accuracy']):>12}"
                f"{_percent(figures['other_accuracy']):>11}"
            )
    if result["offset"]:
        lines.append(_offset_line(result["offset"]))
    wall = result["wall_seconds"]
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in wall.items() if name != "total")
    lines.append(f"{wall['total']:.1f} s in all ({parts})")
    return "\n".join(lines)


def sweep_summary(rows: Sequence[dict[str, Any]]) -> str:
    """Return a sweep's rows as an aligned table: mean ± standard deviation over the seeds."""
    settings: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        named = [f"{name}={_plain(value)}" for name, value in row["parameters"].items()]
        settings.setdefault(", ".join(named) or "the recipe", []).append(row)
    width = max(map(len, settings))
    titles = ("teacher", "student", "with offset", "on omitted", "offset")
    lines = [f"{'':<{width}}{'seeds':>7}" + "".join(f"{title:>17}" for title in titles)]
    for name, group in settings.items():
        cells = [
            _spread([row[role]["accuracy"] for row in group])
            for role in ("teacher", "student_before", "student_after")
        ]
        cells.append(_spread([row["student_after"]["omitted_accuracy"] for row in group]))
        offsets = [row["offset"] and row["offset"]["value"] for row in group]
        cells.append(_spread(offsets, percent=False))
        lines.append(f"{name:<{width}}{len(group):>7}" + "".join(f"{cell:>17}" for cell in cells))
    return "\n".join(lines)


def synthetic_summary(temperatures: Sequence[float], seeds: Sequence[dict[str, Any]]) -> str:
    """Return the test errors by data set as an aligned table: mean ± standard deviation."""
    titles = ["teacher", "hard labels", *(f"T={t:g}" for t in temperatures)]
    lines = [f"{'separation, informative':<24}" + "".join(f"{title:>14}" for title in titles)]
    for records in zip(*(seed["data_sets"] for seed in seeds), strict=True):
        place = f"{records[0]['class_separation']:g}, {100 * records[0]['informative_share']:.0f} %"
        counts = [[one["teacher"], one["hard_student"], *one["distilled"]] for one in records]
        cells = (_counted(column) for column in zip(*counts, strict=True))
        lines.append(f"{place:<24}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def _counted(counts: Sequence[int]) -> str:
    """Return mean ± standard deviation of *counts*."""
    deviation = f" ± {statistics.stdev(counts):.0f}" if len(counts) > 1 else ""
    return f"{statistics.mean(counts):.0f}{deviation}"


def _spread(values: Sequence[Any], *, percent: bool = True) -> str:
    """Return mean ± standard deviation; a dash where there is no one number a seed."""
    if not all(isinstance(value, float) for value in values):
        return "–"
    mean, scale, unit = statistics.mean(values), 1.0, ""
    if percent:
        mean, scale, unit = 100 * mean, 100.0, " %"
    sign = "" if percent else "+"
    deviation = f" ± {scale * statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{mean:{sign}.2f}{deviation}{unit}"


def _plain(value: object) -> str:
    """Return a parameter's value in few characters."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return str(value)


def duration(seconds: float) -> str:
    """Return about how long something takes."""
    if seconds < 90.0:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60.0:.1f} h"


def _offset_line(offset: dict[str, Any]) -> str:
    """Return one line on the offset and where it came from."""
    values = offset["value"] if isinstance(offset["value"], list) else [offset["value"]]
    chosen = ", ".join(f"{value:+.3f}" for value in values)
    if len(values) > 1:
        classes = ",".join(map(str, offset["classes"]))
        chosen = f"on classes {classes}: {chosen}"
    used = {
        "frequency": f"mean mass = class frequency on {offset['probe_size']:,} training images",
        "predicted-share": f"predicted share on {offset['probe_size']:,} training images",
        "teacher-mass": f"mean mass = the teacher's on {offset['probe_size']:,} training images",
        "teacher-agreement": "most agreement with the teacher on "
        f"{offset['probe_size']:,} training images",
        "paper": "the paper's, chosen on its test set",
        "test-optimal": "chosen on the test set, the middle of the widest best range",
    }[offset["criterion"]]
    return f"offset {chosen} ({used})"


def _percent(value: float | None) -> str:
    """Return a rate as percent, or a dash if there is none."""
    return "–" if value is None else f"{value:.2%}"
