"""The lab's ablations in real Chromium: every shipped table, controls, download, a phone."""

import csv
import re

import pytest

from dashboard.core import show
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


def choose(tab, name):
    """Choose what varies, and wait until the page shows it."""
    chooser = tab.get_by_role("combobox", name="What varies")
    if chooser.input_value() != figures.ABLATIONS[name].label:
        chooser.click()
        tab.get_by_role("option", name=figures.ABLATIONS[name].label, exact=True).click()
        tab.wait_for_function(
            "name => (new URLSearchParams(location.search).get('ablation') ?? name) === name",
            arg=name,
        )
    settle(tab)


def chart(tab):
    """Return the page's chart."""
    return tab.locator('.st-key-lab_ablations_wide_picture [data-testid="stVegaLiteChart"]')


def test_every_shipped_table_is_drawn_with_its_finding_and_nothing_is_cut_off(server, tab):
    """An ellipsis in the chart's title, or a choice wider than its place, would be."""
    tab.goto(f"{server}/lab?tab=ablations")
    settle(tab)
    for name in SHIPPED:
        choose(tab, name)
        chart(tab).locator(".mark-symbol path, canvas").first.wait_for()
        table = shipped_table(name)
        told, _ = show.opening(words.told(table, name)["lead"])
        shown = tab.locator(".st-key-lead").inner_text()
        assert re.sub(r"[ \t\n]+", " ", shown).strip() == told.replace("**", "")
        assert "…" not in chart(tab).inner_text()
        for group in tab.locator('[data-testid="stButtonGroup"] > div').all():
            assert group.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_table_behind_it_can_be_downloaded(server, tab):
    tab.goto(f"{server}/lab?tab=ablations&ablation=student-size")
    settle(tab)
    tab.get_by_text("For engineers").click()
    settle(tab)  # opening it has moved what is below
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
