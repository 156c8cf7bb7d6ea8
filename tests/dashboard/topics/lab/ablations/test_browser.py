"""The lab's ablations in real Chromium: every shipped table, controls, download, a phone."""

import csv
import re

import pytest

from dashboard.core import show
from dashboard.figures.sweep_rows import AFTER
from dashboard.topics.lab.ablations import figures, words
from kdengine.store import tables
from kdengine.studies import sweep_table
from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser

SHIPPED = [
    name
    for name in figures.ABLATIONS
    if tables.path_of(sweep_table.table_of(name), shipped=True).exists()
]


def shipped_table(name):
    """Return the table that comes with the project."""
    from kdengine.store.shapes import read_json

    return read_json(tables.path_of(sweep_table.table_of(name), shipped=True))


def chart(tab):
    """Return the page's chart."""
    return tab.locator('.st-key-lab_ablations_wide_picture [data-testid="stVegaLiteChart"]')


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_table_is_drawn_with_its_finding(server, tab, name):
    tab.goto(f"{server}/lab?tab=ablations&ablation={name}&measure=omitted")
    settle(tab)
    chart(tab).locator(".mark-symbol path, canvas").first.wait_for()
    table = shipped_table(name)
    told, _ = show.opening(words.told(table, name, AFTER, "omitted")["lead"])
    shown = tab.locator(".st-key-lead").inner_text()
    assert re.sub(r"[ \t\n]+", " ", shown).strip() == told.replace("**", "")


def test_controls_change_chart_and_address_and_the_address_changes_them(server, tab):
    tab.goto(f"{server}/lab?tab=ablations&ablation=student-size")
    settle(tab)
    assert "Threes right before the offset" in chart(tab).inner_text()
    tab.get_by_text("All errors", exact=True).click()
    tab.wait_for_url(re.compile("measure=errors"))
    chart(tab).get_by_text("Errors with the offset").first.wait_for()
    tab.reload()
    settle(tab)
    chart(tab).get_by_text("Errors with the offset").first.wait_for()


def test_no_title_and_no_control_is_cut_off(server, tab):
    """An ellipsis in the chart's title, or a choice wider than its place, would be."""
    tab.set_viewport_size({"width": 1280, "height": 720})
    for query in ("", "&ablation=probe-size", "&ablation=soft-weight&measure=errors"):
        tab.goto(f"{server}/lab?tab=ablations{query}")
        settle(tab)
        chart(tab).locator("svg").first.wait_for()
        assert "…" not in chart(tab).inner_text()
        for group in tab.locator('[data-testid="stButtonGroup"] > div').all():
            assert group.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_table_behind_it_can_be_downloaded(server, tab):
    tab.goto(f"{server}/lab?tab=ablations&ablation=student-size")
    settle(tab)
    tab.get_by_text("For engineers").click()
    with tab.expect_download() as loading:
        tab.get_by_text("The table behind it (CSV)").click()
    rows = list(csv.DictReader(loading.value.path().open(encoding="utf-8")))
    table = shipped_table("student-size")
    assert len(rows) == 2 * len(table["rows"])
    errors = {int(row["errors"]) for row in rows}
    assert errors == {
        row[stage]["errors"]
        for row in table["rows"]
        for stage in ("student_before", "student_after")
    }


def test_on_a_phone_nothing_is_cut_off(server, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server}/lab?tab=ablations&ablation=student-size")
    settle(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
