"""What the parts in the folders beside this one are made of, and which host puts them on a page.

A part is HTML, a style and a script that draws data. Streamlit is one host; files that need no
server are the other (`dashboard.handout`). Imports Streamlit only where it is the host.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_placed: ContextVar[dict[str, tuple["Part", Any]] | None] = ContextVar("placed", default=None)


def read(component: str, *names: str) -> str:
    """Return files of one component, one after the other.

    Several scripts become one module: a component written in place cannot import another file.
    """
    return "".join((_HERE / component / name).read_text(encoding="utf-8") for name in names)


class Part:
    """One part; called as a Streamlit component is, it puts itself on the page of the host.

    Parameters
    ----------
    name : str
        By which Streamlit knows it.
    html, css, js : str
        The script's default export draws what it is given, as Streamlit's components do.
    """

    def __init__(self, name: str, *, html: str | None = None, css: str = "", js: str) -> None:
        self.name, self.html, self.css, self.js = name, html, css, js

    @cached_property
    def _mount(self) -> Any:
        import streamlit

        return streamlit.components.v2.component(
            self.name, html=self.html, css=self.css or None, js=self.js
        )

    def __call__(self, *, key: str, data: Any = None, **given: Any) -> Any:
        """Draw *data*; *given* are a height and whom to call when the viewer changes something.

        Returns what Streamlit's components do.
        """
        placed = _placed.get()
        if placed is None:
            return self._mount(data=data, key=key, **given)
        placed[key] = (self, data)
        return None


@contextmanager
def collected() -> Iterator[dict[str, tuple[Part, Any]]]:
    """Gather the parts that are drawn meanwhile, with their data, by their keys: another host."""
    placed: dict[str, tuple[Part, Any]] = {}
    token = _placed.set(placed)
    try:
        yield placed
    finally:
        _placed.reset(token)


def session() -> MutableMapping[Any, Any]:
    """Return what one viewer's parts are remembered by; with files there is nobody to remember."""
    if _placed.get() is not None:
        return {}
    import streamlit

    return streamlit.session_state


def reported(state: Any, name: str, visit: int) -> Mapping[str, Any]:
    """Return what a part's browser has said of *name* since *visit*; unchecked, it is input.

    What was said before the part was taken elsewhere counts no more: then it is empty.

    Parameters
    ----------
    state : mapping or None
        The part's, in the session state.
    """
    said = state.get(name) if isinstance(state, Mapping) else None
    return said if isinstance(said, Mapping) and said.get("visit") == visit else {}
