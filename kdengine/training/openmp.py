"""How OpenMP's threads wait for work. Imports no torch: it has to be told before it loads."""

import os


def wait_briefly() -> None:
    """Let threads that wait for the next product spin for a short time only.

    By default they spin for milliseconds and take the time of whatever else runs: beside the
    dashboard's pages, training was ten times slower. Not spinning at all costs a quarter on an
    idle machine; this is in between (benchmarks/LOG.md). libgomp reads it when torch loads it, so
    every way into the engine that loads torch calls this first; processes it starts inherit it.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "20000")
