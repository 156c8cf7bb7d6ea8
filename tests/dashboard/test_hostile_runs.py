"""Whatever lies in a store, every page opens: what is wrong is named, and hurts nothing else."""

import pytest

from tests import hostile_runs
from tests.dashboard.pages import VIEWS, open_page, open_view
from tests.hostile_runs import CHANGED, LIST, PART, READ, STUDENT


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A cache with the digits experiment and every hostile run there is, by its name."""
    cache = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        hostile_runs.put_whole()
        yield {name: hostile_runs.put_changed(name) for name in CHANGED}


@pytest.mark.parametrize("view", VIEWS)
def test_page_opens_beside_all_of_them(view, hostile):
    page = open_view(view)
    assert not page.exception
    assert len(page.title) == 1
    assert page.session_state["run_key"] == STUDENT
    warnings = [warning.value for warning in page.warning]
    damaged = sum(change.noticed_by == LIST for change in CHANGED.values())
    assert any(f"{damaged} of the stored runs cannot be used" in told for told in warnings)


@pytest.mark.parametrize("name", [n for n in CHANGED if CHANGED[n].noticed_by in (READ, PART)])
def test_one_that_is_asked_for_says_what_is_wrong(name, hostile):
    shown_on = "learning" if "replay" in name else "draw" if "weight" in name else "story"
    page = open_page(shown_on, run=hostile[name])
    assert not page.exception
    assert len(page.title) == 1
    assert any("cannot be used" in warning.value for warning in page.warning)


# Trained elsewhere, on other images or by another project: no import takes it, but a store may
# hold it, and then pages say what it says.
ODD = [*(("fewer rows", view) for view in VIEWS), ("other labels", "mistakes?show=wrong")]
ODD += [
    ("a history cut off", "train"),
    ("a history cut off", "learning"),
    ("no replay", "learning"),
]


@pytest.mark.parametrize(("name", "view"), ODD)
def test_one_that_only_an_import_would_refuse_breaks_no_page(name, view, hostile):
    page = open_view(f"{view}{'&' if '?' in view else '?'}run={hostile[name]}")
    assert not page.exception
    assert len(page.title) == 1
