"""The first start on a new machine: an empty home, a real terminal, and no question asked."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOME = str(ROOT / "dashboard" / "Home.py")


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_first_start_with_an_empty_home_asks_nothing(tmp_path, is_elsewhere):
    """From another folder too: all that protects a viewer is in the same configuration."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "BROWSER": "true",  # the command, so that no window opens
        "KDENGINE_OFFLINE": "1",
    }
    terminal, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", HOME, f"--server.port={port}"],
        cwd=tmp_path if is_elsewhere else ROOT,
        env=environment,
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    try:
        text = read_until(terminal, "The dashboard is open at http://127.0.0.1", seconds=60)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        os.close(terminal)
    assert "The dashboard is open at http://127.0.0.1" in text
    assert "mail" not in text.lower() and "usage statistics" not in text
    assert not (tmp_path / ".streamlit" / "credentials.toml").exists()


def read_until(terminal: int, wanted: str, seconds: float) -> str:
    """Return what the terminal shows until *wanted* appears or the time is over."""
    text, end = "", time.monotonic() + seconds
    while wanted not in text and time.monotonic() < end:
        if select.select([terminal], [], [], 0.5)[0]:
            text += os.read(terminal, 4096).decode(errors="replace")
    return text
