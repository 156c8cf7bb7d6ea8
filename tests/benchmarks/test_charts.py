"""Both ways of the comparison draw the same picture, or it would compare nothing."""

import re

import altair as alt
import pytest

vl_convert = pytest.importorskip("vl_convert")
benchmark = pytest.importorskip("benchmarks.charts")

from dashboard.charting import layers, specification  # noqa: E402
from dashboard.topics.offset import charts as offset  # noqa: E402


@pytest.fixture(scope="module")
def calls():
    return benchmark.charts_of("offset")


def test_both_ways_draw_the_same_picture(calls):
    def pictures():
        for call in calls:
            spec = specification.with_values(call())
            # Altair names the parts it lifts something from, ours have no such names.
            yield re.sub(r"clip\d+|view_\w+|concat_\w+", "", vl_convert.vegalite_to_svg(spec))

    ours = list(pictures())
    with benchmark.own_way():
        theirs = list(pictures())
    assert len(ours) == 5 and ours[0].count("<path") > 20
    assert ours == theirs


def test_altairs_own_way_is_taken_and_left_again():
    with benchmark.own_way():
        during = offset.stacked
    assert during is alt.vconcat
    assert offset.stacked is layers.stacked


def test_figures_are_of_every_repeat(calls):
    found = benchmark.compare(calls, repeats=2)
    assert found["charts"] == 5
    assert len(found["ours_ms"]) == len(found["altair_ms"]) == 2
    assert found["ratio"] > 0.0
    assert "5 drawn" in benchmark.line("offset", found)
