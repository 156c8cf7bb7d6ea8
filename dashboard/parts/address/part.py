"""Replaces the query of the page's address in the browser, once; draws nothing."""

from dashboard.parts import sources

_mount = sources.Part(
    "address",
    html="<span></span>",
    js=sources.read("address", "part.js"),
)


def draw(query: str, visit: str) -> None:
    """Put *query* in place of the present one, once for each *visit*."""
    _mount(data={"query": query, "visit": visit}, key="frame_address", height="content")
