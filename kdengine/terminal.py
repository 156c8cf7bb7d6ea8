"""How runs, downloads and results look on a terminal; used by `cli` alone.

Bars where somebody watches, plain lines where the output goes to a file or another program.
"""

import sys
from typing import Any


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
        if not sys.stderr.isatty():
            print(
                f"{event['role']:<9} {event['epoch']:>3}/{event['epochs']}  {figures}", flush=True
            )
            return
        if self.bar is None:
            from tqdm import tqdm

            self.bar = tqdm(total=event["epochs"], desc=event["role"], unit="epoch")
        self.bar.set_postfix_str(figures)
        self.bar.update()

    def close(self) -> None:
        """End the bar of the network that is ready."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


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


def _offset_line(offset: dict[str, Any]) -> str:
    """Return one line on the offset and where it came from."""
    values = offset["value"] if isinstance(offset["value"], list) else [offset["value"]]
    chosen = ", ".join(f"{value:+.3f}" for value in values)
    used = {
        "frequency": f"mean mass = class frequency on {offset['probe_size']:,} training images",
        "predicted-share": f"predicted share on {offset['probe_size']:,} training images",
        "teacher-mass": f"mean mass = the teacher's on {offset['probe_size']:,} training images",
        "teacher-agreement": "most agreement with the teacher on "
        f"{offset['probe_size']:,} training images",
        "paper": "the paper's, chosen on its test set",
        "test-optimal": "chosen on the test set",
    }[offset["criterion"]]
    return f"offset {chosen} ({used})"


def _percent(value: float | None) -> str:
    """Return a rate as percent, or a dash if there is none."""
    return "–" if value is None else f"{value:.2%}"
