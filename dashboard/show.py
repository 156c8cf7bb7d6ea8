"""How a page puts a chart on the screen: the project's theme, the viewer's light or dark."""

from typing import Any

import streamlit as st

from dashboard.charts import theme


def chart(figure: Any, *, key: str, **options: Any) -> Any:
    """Draw an Altair *figure* in the viewer's theme; *options* go to `st.altair_chart`."""
    return st.altair_chart(
        theme.themed(figure, mode()), key=key, theme=None, width="stretch", **options
    )


def mode() -> str:
    """Return ``"dark"`` or ``"light"``, as the viewer's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"
