"""What the browser may do to any page: translate it, copy from it, save its charts."""

from dashboard.parts import sources

_SCRIPTS = ("translating", "copying", "saving", "sight", "reading", "part")

_mount = sources.Part(
    "frame",
    html="<span></span>",
    js=sources.read("frame", *(f"{name}.js" for name in _SCRIPTS)),
)


def draw() -> None:
    """Have the page stay true when it is translated, copied from and saved; draws nothing."""
    _mount(key="frame_part", height="content")
