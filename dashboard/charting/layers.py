"""What is clicked in a chart of several layers."""

from typing import Any

import altair as alt


def clicks(name: str, fields: list[str], view: str, **options: Any) -> alt.TopLevelParameter:
    """Return the selection *name* of the *fields* of what is clicked in the part called *view*.

    It belongs into the ``params`` of the whole, where Streamlit looks for selections.
    """
    select = alt.PointSelectionConfig(type="point", fields=fields, **options)
    return alt.TopLevelSelectionParameter(name=name, select=select, views=[view])
