"""A sweep of networks that train in a blink: two teachers and four students on digits.

``python -m tests.kdengine.tiny_sweep`` has it too, with students that take `LONG`.
"""

import sys

from kdengine.cli import main as cli
from kdengine.recipes import own
from kdengine.studies import sweeps

_QUICK = {"minimum_steps": 0, "batch_size": 64, "learning_rate": 1e-2, "jitter_pixels": 0}
SMALL = {
    "teacher": {"hidden_sizes": (16,), "epochs": 3, **_QUICK},
    "student": {"hidden_sizes": (12,), "epochs": 2, **_QUICK},
}
SWEEP = sweeps.Sweep(
    title="tiny",
    settings=({"temperature": 2.0}, {"temperature": 20.0}),
    seeds=(0, 1),
    dataset="digits",
)
NETWORKS = 6
LONG = 9000  # epochs of a student that is stopped before it has finished


def install(monkeypatch) -> None:
    """Make the sweep `tiny` known for the length of a test."""
    monkeypatch.setitem(own.CLASSROOM.small, "digits", SMALL)
    monkeypatch.setitem(sweeps.SWEEPS, "tiny", SWEEP)


if __name__ == "__main__":
    own.CLASSROOM.small["digits"] = SMALL
    sweeps.SWEEPS["tiny"] = SWEEP
    SMALL["student"]["epochs"] = LONG
    sys.exit(cli.main(sys.argv[1:]))
