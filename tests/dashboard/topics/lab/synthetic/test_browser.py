"""The synthetic data in real Chromium: the panels, the menu, the address, a phone."""

import re
import shutil

import pytest

from dashboard.core import show
from dashboard.topics.lab.synthetic import words
from kdengine.synthetic import table as synthetic_table
from tests.dashboard import fake_synthetic
from tests.dashboard.conftest import ROOT, settle, start_server

pytestmark = pytest.mark.browser


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


def test_the_menu_changes_the_address_and_a_reload_keeps_it(served, tab):
    address, table = served
    tab.goto(f"{address}/lab?tab=synthetic&data=0.6-1")
    settle(tab)
    assert plain(words.chosen(table, "0.6-1")) in told(tab)
    tab.get_by_role("combobox", name=re.compile("Data set")).click()
    tab.keyboard.type("separation 1, 50")  # the menu has only those in sight
    tab.get_by_role("option", name="separation 1, 50\u00a0% informative", exact=True).click()
    tab.wait_for_url(re.compile("data=1-0.5(&|$)"))
    tab.reload()
    settle(tab)
    assert plain(words.chosen(table, "1-0.5")) in told(tab)


def test_every_data_set_has_its_panel(served, tab):
    address, _ = served
    tab.goto(f"{address}/lab?tab=synthetic")
    settle(tab)
    picture = tab.locator(".st-key-lab_synthetic_wide_picture")
    picture.locator(".mark-line path").first.wait_for()
    assert picture.locator(".mark-line path").count() >= 9
    said = picture.locator("svg text").all_text_contents()
    for label in ("separation 0.2", "separation 1", "50% informative", "100% informative"):
        assert label in said


def test_on_a_phone_nothing_is_cut_off(served, tab):
    address, table = served
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{address}/lab?tab=synthetic")
    settle(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert all(plain(part) in told(tab) for part in show.opening(words.lead(table)))
