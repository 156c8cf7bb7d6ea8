"""A chart that is kept ready says the same as the chart that Altair draws."""

import concurrent.futures
import json
import subprocess
import sys

import altair as alt
import jsonschema
import pandas as pd
import pyarrow as pa
import pytest
import streamlit as st

from dashboard.charting import display, layers, specification, theme
from tests.dashboard.pages import TOPICS, open_page

TABLE = pd.DataFrame({"x": [1.5, 2.5], "y": [3, 4], "name": ["a", "b"]})


def points(table, title="Points"):
    """Draw something with a table, twice."""
    base = alt.Chart(table).encode(x="x:Q", y="y:Q", color="name:N")
    return alt.layer(base.mark_point(), base.mark_line()).properties(title=title)


def test_tables_come_back_as_they_were():
    ready = specification.specify(points(TABLE), "light")
    (name,) = ready.tables
    back = pa.ipc.open_stream(ready.tables[name]).read_pandas()
    pd.testing.assert_frame_equal(back, TABLE, check_dtype=False)
    assert ready.spec["data"] == {"name": name}
    assert "datasets" not in ready.spec


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_specification_is_altairs_own_but_for_the_tables(mode):
    figure = points(TABLE)
    ready = specification.specify(figure, mode).spec
    with alt.theme.enable("none"):
        plain = figure.configure(**theme.settings(mode)).to_dict()
    for part in ("layer", "title", "config"):
        assert ready[part] == plain[part]
    assert ready["config"]["title"]["color"] == {"light": "#1F2430", "dark": "#FAFAFA"}[mode]


def test_what_a_chart_says_is_in_a_table_that_changes_without_the_chart():
    """So that a browser keeps the view that it has built."""

    def ready(*lines):
        figure = alt.vconcat(
            points(TABLE, alt.Title(list(lines), subtitle="Of all")),
            points(TABLE),
            title="Both",
            description=f"In words: {lines}",
        )
        return specification.spoken(specification.specify(figure, "light"))

    one, other = ready("It rises"), ready("It falls", "a little")
    assert one.spec == other.spec and "description" not in one.spec
    rows = [read(each.tables[specification.SAID])[0] for each in (one, other)]
    assert [list(row.values()) for row in rows] == [
        ["Both", "It rises", "Points", "In words: ('It rises',)"],
        ["Both", "It falls\na little", "Points", "In words: ('It falls', 'a little')"],
    ]
    vl_convert = pytest.importorskip("vl_convert")
    spec = other.spec | {"datasets": {n: read(t) for n, t in other.tables.items()}}
    drawn = vl_convert.vegalite_to_svg(spec)
    for line in ("Both", "It falls", "a little", "Of all", "Points"):
        assert f">{line}</t" in drawn
    assert "aria-label=\"In words: ('It falls', 'a little')\"" in drawn


def read(table):
    """Return the rows of a table in Arrow's form."""
    return pa.ipc.open_stream(table).read_all().to_pylist()


def test_name_of_a_table_follows_from_what_is_in_it():
    same, other = TABLE.copy(), TABLE.assign(y=[3, 5])
    names = [set(specification.specify(points(t), "light").tables) for t in (TABLE, same, other)]
    assert names[0] == names[1] != names[2]


def test_a_file_may_hold_more_rows_than_altair_lets_a_notebook_have():
    table = pd.DataFrame({"x": range(5001), "y": range(5001)})
    with pytest.raises(alt.MaxRowsError):
        points(table).to_dict()
    (rows,) = specification.with_values(points(table))["datasets"].values()
    assert [row["y"] for row in rows] == list(range(5001))
    with pytest.raises(alt.MaxRowsError):  # the limit is the process's, and as it was before
        points(table).to_dict()


def test_sessions_and_files_at_once_do_not_disturb_each_other():
    """Altair's choice of what becomes of tables is the whole process's."""

    def work(number):
        table = TABLE.assign(y=[number, number + 1])
        if number % 2:
            spec = specification.with_values(points(table))
            return sorted(row["y"] for rows in spec["datasets"].values() for row in rows)
        ready = specification.specify(points(table), "light")
        return pa.ipc.open_stream(*ready.tables.values()).read_pandas()["y"].tolist()

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        found = list(threads.map(work, range(60)))
    assert found == [[number, number + 1] for number in range(60)]


drawn = []


def build(table, *, title):
    """Draw points, and note that it was done; what is cached has a name of its own."""
    drawn.append((table["y"].tolist(), title))
    return points(table, title)


def test_chart_is_drawn_once_for_each_content_and_mode(monkeypatch):
    st.cache_resource.clear()
    drawn.clear()
    one = display.figure(build, TABLE, title="one")
    assert display.figure(build, TABLE.copy(), title="one") is one
    display.figure(build, TABLE, title="two")
    display.figure(build, TABLE.assign(y=[0, 0]), title="one")
    assert drawn == [([3, 4], "one"), ([3, 4], "two"), ([0, 0], "one")]
    monkeypatch.setattr("dashboard.core.show.mode", lambda: "dark")
    assert display.figure(build, TABLE, title="one").spec != one.spec
    assert len(drawn) == 4


def test_page_sends_what_is_kept_unchanged(small_store):
    """Streamlit takes the tables out of what it is given; the kept chart must not lose them."""
    page = open_page("mistakes")
    first = [chart.proto for chart in page.get("vega_lite_chart")]
    again = [chart.proto for chart in page.run().get("vega_lite_chart")]
    assert [json.loads(proto.spec) for proto in again] == [json.loads(p.spec) for p in first]
    assert all(len(proto.datasets) for proto in again)
    assert [[d.data.data for d in p.datasets] for p in again] == [
        [d.data.data for d in p.datasets] for p in first
    ]


@pytest.mark.parametrize("topic", TOPICS)
def test_what_pages_send_is_vega_lite(topic):
    """Pages draw without Altair's checks: here its schema is held against the whole."""
    for chart in open_page(topic).get("vega_lite_chart"):
        alt.Chart.from_dict(json.loads(chart.proto.spec), validate=True)


def test_what_is_no_vega_lite_would_be_found():
    figure = alt.layer(alt.Chart(TABLE).mark_line().encode(x="x:Q"), height="tall")
    spec = specification.specify(figure, "light").spec
    with pytest.raises(jsonschema.ValidationError, match="tall"):
        alt.Chart.from_dict(spec, validate=True)


def test_a_click_is_sent_as_altair_sends_it():
    squares = alt.Chart(TABLE, name="squares").mark_square().encode(x="x:Q", y="y:Q")
    click = layers.clicks("place", ["name"], "squares", on="click", toggle=False)
    theirs = alt.selection_point(name="place", fields=["name"], on="click", toggle=False)
    assert (
        alt.layer(squares, params=[click]).to_dict()["params"]
        == alt.layer(squares.add_params(theirs)).to_dict()["params"]
    )


PLAIN = """
import json
import altair as alt
import pandas as pd
{first}
table = pd.DataFrame({{"x": [1.5, 2.5], "y": [3, 4], "name": ["a", "b"]}})
slider = alt.param(name="t", value=1, bind=alt.binding_range(min=0, max=2))
chosen = alt.selection_point(fields=["name"], name="chosen")
base = alt.Chart(table).encode(x="x:Q", y="y:Q", color="name:N", tooltip=["x:Q", "name:N"])
shared = base.transform_calculate(z="datum.x * t").mark_line().properties(height=50)
dots = base.mark_point().add_params(chosen).encode(
    opacity=alt.condition(chosen, alt.value(1), alt.value(0.2)))
one = alt.layer(shared, dots, base.mark_text(text="a")).add_params(slider)
both = alt.vconcat(one, alt.layer(shared, shared.mark_rule()), title="Both")
print(json.dumps(both.to_dict(validate=False)))
"""


def test_charts_copied_by_their_parts_are_those_that_altair_copies_whole():
    """The same charts in a process where Altair is as it came."""
    own, plain = (
        json.loads(subprocess.check_output([sys.executable, "-c", PLAIN.format(first=first)]))
        for first in ("from dashboard.charting import specification", "")
    )
    assert own == plain
    assert [part["height"] for part in own["vconcat"]] == [50, 50]
