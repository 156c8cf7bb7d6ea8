"""From an Altair chart to what a browser or a file needs of it.

Altair takes a hundred milliseconds and more for a large chart, so pages keep the result
(`display.figure`).
"""

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
from altair.utils import schemapi

from dashboard.charting import theme

# A chart is held against Vega-Lite's schema by the tests; each of its parts once more whenever it
# is drawn would take a third of the time.
schemapi.disable_debug_mode()

# Altair's choice of what becomes of tables is one for the whole process, that of all sessions.
_settings = threading.Lock()
_TRANSFORMER = "dashboard_named"


@dataclass(frozen=True)
class Specification:
    """A chart that is ready to be sent."""

    spec: dict[str, Any]  # Vega-Lite; it names its tables. Nobody may change it: sessions share it.
    tables: dict[str, bytes]  # The tables by those names, in Arrow's streaming format


def specify(figure: Any, mode: str) -> Specification:
    """Return an Altair *figure* in the project's theme and the colours of *mode*, ready to send.

    A table's name follows from what is in it, as the browser keeps a view whose tables change.
    """
    tables: dict[str, bytes] = {}

    def name_table(data: Any) -> dict[str, str]:
        content = in_arrow(data)
        name = hashlib.sha256(content).hexdigest()[:32]
        tables[name] = content
        return {"name": name}

    with _settings:
        alt.data_transformers.register(_TRANSFORMER, name_table)
        with alt.data_transformers.enable(_TRANSFORMER), alt.theme.enable("none"):
            spec = theme.in_mode(figure.to_dict(validate=False), mode)
    spec["config"] = theme.settings(mode)
    return Specification(spec, tables)


def enlarged(part: Any, factor: float) -> Any:
    """Return a part of a specification with all its type larger by *factor*."""
    if isinstance(part, dict):
        return {
            name: value * factor
            if name.lower().endswith("fontsize") and isinstance(value, int | float)
            else enlarged(value, factor)
            for name, value in part.items()
        }
    return [enlarged(each, factor) for each in part] if isinstance(part, list) else part


def with_values(figure: Any, mode: str = "light") -> dict[str, Any]:
    """Return an Altair *figure* as Vega-Lite that holds its tables' values, for a file.

    However many they are: Altair's own limit is for notebooks that grow with every run.
    """
    with _settings, alt.data_transformers.enable("default", max_rows=None):
        spec = figure.to_dict()
    spec["config"] = theme.settings(mode)
    return spec


def in_arrow(table: pd.DataFrame) -> bytes:
    """Return a table in Arrow's streaming format."""
    content = pa.BufferOutputStream()
    arrow = pa.Table.from_pandas(table, nthreads=1)  # small ones: starting threads takes longer
    with pa.ipc.new_stream(content, arrow.schema) as stream:
        stream.write_table(arrow)
    return content.getvalue().to_pybytes()
