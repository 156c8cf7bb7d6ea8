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
from dashboard.core import numbers

# A chart is held against Vega-Lite's schema by the tests; each of its parts once more whenever it
# is drawn would take a third of the time.
schemapi.disable_debug_mode()
# Altair tabulates its 570 classes for every channel that is given as text: once is enough.
_CLASSES = schemapi._FromDict(alt.VegaLiteSchema._default_wrapper_classes())
schemapi._FromDict = lambda classes: _CLASSES


def _twin(chart: Any, memo: Any = None) -> Any:
    """Return a copy of a chart that shares what the chart is made of, which nobody changes."""
    return chart.copy(deep=False)


# Altair copies charts several times over as it composes them, to the last number: half of its time.
for _kind in (alt.Chart, alt.LayerChart, alt.VConcatChart):
    _kind.__deepcopy__ = _twin

# Altair's choice of what becomes of tables is one for the whole process, that of all sessions.
_settings = threading.Lock()
_TRANSFORMER = "dashboard_named"
_OF_CLASSES = ("digit", "true", "called", "answer", "label")  # fields of a class's number
_PROSE = ("title", "subtitle", "description", "text")
SAID = "said"
_SPOKEN = {
    "name": SAID,
    "data": {"name": SAID},
    "mark": {"type": "text", "text": ""},
    "encoding": {"description": {"field": "alternative", "type": "nominal"}},
}
MOST_BYTES = 200_000  # of tables: beyond, a browser may draw on a canvas, which says nothing


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
        content = in_arrow(_with_names(data))
        name = hashlib.sha256(content).hexdigest()[:32]
        tables[name] = content
        return {"name": name}

    with _settings:
        alt.data_transformers.register(_TRANSFORMER, name_table)
        with alt.data_transformers.enable(_TRANSFORMER), alt.theme.enable("none"):
            spec = theme.in_mode(_in_words(figure.to_dict(validate=False)), mode)
    spec["config"] = theme.settings(mode)
    return Specification(spec, tables)


def spoken(ready: Specification) -> Specification:
    """Return a chart whose titles and text alternative are in a table of their own.

    Where another choice changes what a chart says and shows, but not how, a browser keeps the chart
    that it has built. What the table says of it is the description of a mark that is not seen.
    """
    spec, said = dict(ready.spec), {}

    def lifted(text: Any) -> dict[str, str]:
        said[f"line{len(said)}"] = "\n".join(text) if isinstance(text, list) else text
        return {"expr": f"split(data('{SAID}')[0].line{len(said) - 1}, '\\n')"}

    views = [spec]
    for view in views:
        if parts := [dict(part) for part in view.get("vconcat", [])]:
            view["vconcat"] = parts
            views += parts
        if title := view.get("title"):
            title = title if isinstance(title, dict) else {"text": title}
            view["title"] = title | {"text": lifted(title["text"])}
    first = next((view for view in views if "layer" in view), None)
    if first is None or sum(map(len, ready.tables.values())) > MOST_BYTES:
        return ready
    said["alternative"] = spec.pop("description", "")
    first["layer"] = [*first["layer"], _SPOKEN]
    return Specification(spec, {**ready.tables, SAID: in_arrow(pd.DataFrame([said]))})


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
        spec = _in_words(figure.to_dict())
    if not numbers.spoken().has_digits:
        spec["datasets"] = {
            name: _with_names(pd.DataFrame(rows)).to_dict("records")
            for name, rows in spec.get("datasets", {}).items()
        }
    spec["config"] = theme.settings(mode)
    return spec


def _with_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the classes' names beside their numbers, where classes have names."""
    if numbers.spoken().has_digits:
        return table
    called = dict(enumerate(numbers.spoken().classes))
    named = [name for name in _OF_CLASSES if name in table]
    return table.assign(**{f"{name}_name": table[name].map(called).fillna("") for name in named})


def _in_words(part: Any, place: str = "") -> Any:
    """Return a part of a specification that calls classes by their names, where they have some."""
    if numbers.spoken().has_digits:
        return part
    if isinstance(part, list):
        return [_in_words(each, place) for each in part]
    if not isinstance(part, dict):
        return numbers.in_its_words(part) if isinstance(part, str) and place in _PROSE else part
    part = {name: _in_words(value, name) for name, value in part.items()}
    if part.get("field") in _OF_CLASSES and part.get("type") == "ordinal":
        if place in ("x", "y") and part.get("axis", {}) is not None:
            named = f"isNumber(datum.value) ? {numbers.spoken().classes}[datum.value] : datum.label"
            leaning = {"labelAngle": -40} if place == "x" else {}
            return part | {"axis": {**part.get("axis", {}), "labelExpr": named, **leaning}}
        if place in ("tooltip", "text"):
            field = part["field"]
            return {"title": field, **part, "field": f"{field}_name", "type": "nominal"}
    return part


def in_arrow(table: pd.DataFrame) -> bytes:
    """Return a table in Arrow's streaming format."""
    content = pa.BufferOutputStream()
    arrow = pa.Table.from_pandas(table, nthreads=1)  # small ones: starting threads takes longer
    with pa.ipc.new_stream(content, arrow.schema) as stream:
        stream.write_table(arrow)
    return content.getvalue().to_pybytes()
