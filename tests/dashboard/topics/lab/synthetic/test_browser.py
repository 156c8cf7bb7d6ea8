"""The synthetic data in real Chromium: clicking a panel, the menu, the address, a phone."""

import re
import shutil

import pytest

from dashboard.core import show
from dashboard.topics.lab.synthetic import figures, words
from kdengine.synthetic import table as synthetic_table
from tests.dashboard import fake_synthetic
from tests.dashboard.conftest import ROOT, settle, start_server

pytestmark = pytest.mark.browser

PANELS = ".st-key-lab_synthetic_wide_picture g.synthetic_panels_marks path"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a table whose numbers are known; return the address and the table."""
    import os

    folder = tmp_path_factory.mktemp("synthetic")
    cache = folder / "cache"
    shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
    table = fake_synthetic.table()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        fake_synthetic.install(table)
        assert synthetic_table.load_table() == table
        environment = {**os.environ, "KDENGINE_OFFLINE": "1"}
        process, address = start_server(environment, folder / "app.log")
    yield address, table
    process.terminate()
    process.wait(10)


def told(tab):
    """Return the page's words, in one line."""
    return re.sub(r"[ \t\n]+", " ", tab.locator('[data-testid="stMain"]').inner_text())


def plain(sentence):
    """Return a sentence as the browser shows it."""
    return sentence.replace("**", "")


def test_clicking_panels_chooses_their_data_sets(served, tab):
    address, table = served
    tab.goto(f"{address}/lab?tab=synthetic")
    settle(tab)
    for index in (8, 4, 8):
        name = list(figures.places(table))[index]
        panel = tab.locator(PANELS).nth(index)
        panel.scroll_into_view_if_needed()
        box = panel.bounding_box()
        # Between the students' curve and the line of the hard-label student: nothing but panel.
        tab.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
        tab.wait_for_url(re.compile(f"data={name}(&|$)"))
        settle(tab)
        assert plain(words.chosen(table, name)) in told(tab)


def test_the_menu_changes_the_address_and_a_reload_keeps_it(served, tab):
    address, table = served
    tab.goto(f"{address}/lab?tab=synthetic&data=0.6-1")
    settle(tab)
    assert plain(words.chosen(table, "0.6-1")) in told(tab)
    tab.get_by_role("combobox", name=re.compile("Data set")).click()
    tab.get_by_role("option", name="separation 1, 50\u00a0% informative", exact=True).click()
    tab.wait_for_url(re.compile("data=1-0.5(&|$)"))
    tab.reload()
    settle(tab)
    assert plain(words.chosen(table, "1-0.5")) in told(tab)


def test_the_axes_are_labelled_in_every_row_and_column(served, tab):
    address, table = served
    tab.goto(f"{address}/lab?tab=synthetic")
    settle(tab)
    tab.locator(PANELS).first.wait_for()
    from playwright.sync_api import expect

    axes = tab.locator(".st-key-lab_synthetic_wide_picture .role-axis-label text")
    expect(axes.last).to_be_attached(timeout=20_000)
    tab.wait_for_timeout(500)  # the labels follow their axis
    labels = axes.all_text_contents()  # SVG has no inner text
    assert [labels.count(text) for text in ("2", "5", "20")] == [3, 3, 3]
    percents = [text for text in labels if text.endswith("%")]
    assert len(percents) >= 6
    assert all(percents.count(text) == 3 for text in percents)


def test_on_a_phone_nothing_is_cut_off(served, tab):
    address, table = served
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{address}/lab?tab=synthetic")
    settle(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert all(plain(part) in told(tab) for part in show.opening(words.lead(table)))
