"""Charts over one another and below one another, without Altair's copies of them.

`alt.layer` and `alt.vconcat` copy all that they are given, several times, and each method of what
they return copies it again: half of the time a large chart takes. So what a composed chart is to
have is given at once, and its parts are used as they are.
"""

from typing import Any

import altair as alt


def layered(*charts: alt.Chart | alt.LayerChart, **properties: Any) -> alt.LayerChart:
    """Return *charts*, each drawn over those before it.

    Parameters
    ----------
    charts
        Nobody may change them afterwards.
    properties
        Of the whole: ``height``, ``title``, ``description``, ``data``, ``transform``, ``resolve``,
        ``params`` …
    """
    whole = alt.LayerChart(**properties)
    whole.layer = list(charts)
    return whole


def stacked(*charts: alt.Chart | alt.LayerChart, **properties: Any) -> alt.VConcatChart:
    """Return *charts* one below the other; parameters as in `layered`."""
    whole = alt.VConcatChart(**properties)
    whole.vconcat = list(charts)
    return whole


def clicks(name: str, fields: list[str], view: str, **options: Any) -> alt.TopLevelParameter:
    """Return the selection *name* of the *fields* of what is clicked in the part called *view*.

    It belongs into the ``params`` of the whole, where Streamlit looks for selections.
    """
    select = alt.PointSelectionConfig(type="point", fields=fields, **options)
    return alt.TopLevelSelectionParameter(name=name, select=select, views=[view])
