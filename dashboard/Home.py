"""The server's beginning: `streamlit run` finds the app here; `frame.py` is what each viewer runs.

The app is made once, so what guards the whole server and what is told at its start hang on it.
"""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

# `streamlit run` puts only this file's folder on the path; the packages lie one above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from starlette.middleware import Middleware  # noqa: E402
from streamlit.starlette import App  # noqa: E402

from dashboard.classroom import doorway  # noqa: E402

# Each viewer's thread would keep what it frees in a pool of its own: a class of 30 took 679 MiB,
# and with two pools for all 563. glibc alone has them.
with suppress(AttributeError, OSError, TypeError):
    ctypes.CDLL(None).mallopt(-8, 2)  # M_ARENA_MAX of malloc.h

app = App(
    Path(__file__).with_name("frame.py"),
    lifespan=doorway.opened,
    middleware=[Middleware(doorway.Doorkeeper)],
)
