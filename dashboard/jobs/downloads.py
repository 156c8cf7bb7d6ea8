"""MNIST fetched in the background: one thread a server, its state for whoever asks.

No streamlit in here: the sidebar shows the state, and no page ever waits for it.
"""

import os
import threading
from typing import Any

from kdengine.data import fetching, mnist_files

_IDLE = {"status": "idle", "file": "", "bytes": 0, "total": 0, "message": ""}
_lock = threading.Lock()
_state: dict[str, Any] = dict(_IDLE)


def start() -> None:
    """Start fetching what is missing, unless that is under way."""
    with _lock:
        if _state["status"] == "running":
            return
        _state.update(_IDLE, status="running")
    threading.Thread(target=_fetch, daemon=True, name="fetch-mnist").start()


def start_once() -> None:
    """Start fetching if nobody has tried yet, MNIST is not there and nothing forbids it."""
    if (
        state()["status"] == "idle"
        and not os.environ.get("KDENGINE_OFFLINE")
        and not mnist_files.present()
    ):
        start()


def state() -> dict[str, Any]:
    """Return how it goes.

    Returns
    -------
    dict
        ``status`` (``idle``, ``running``, ``done``, ``failed``), ``file`` (that is being
        fetched), ``bytes`` and ``total`` of it (0 if unknown), ``message`` (why it failed).
    """
    with _lock:
        return dict(_state)


def _fetch() -> None:
    """Fetch the files and note how it ended."""
    try:
        fetching.fetch_mnist(_note)
    except (OSError, ValueError) as error:
        _update(status="failed", message=str(error))
    else:
        _update(status="done")


def _note(file: str, received: int, total: int) -> None:
    """Note how much of *file* has come."""
    _update(file=file, bytes=received, total=total)


def _update(**values: Any) -> None:
    """Change the state in one step."""
    with _lock:
        _state.update(values)
