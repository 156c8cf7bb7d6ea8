"""The lab: its tabs with the runs that come with the project."""

import pytest

from dashboard.core import runs
from dashboard.topics.lab.ablations.figures import ABLATIONS
from kdengine.data import mnist_files
from kdengine.store import runs as store
from tests.conftest import make_store
from tests.dashboard import fake_sweeps
from tests.dashboard.pages import open_page, values
from tests.kdengine.data import tiny_set

DIGITS, MNIST = "student-digits-omit3-seed0-c7a494c9", "student-mnist-omit3-seed0-e5ec7b42"
SHOWN = [
    {"tab": "omission", "keep": "0,1,2,4,5,6,7,8,9"},
    {"tab": "ablations"},
    {"tab": "ablations", "ablation": list(ABLATIONS)[-1]},
    {"tab": "reproductions", "source": "hinton-problems"},
    {"tab": "synthetic"},
    {"tab": "t_squared"},
]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: "-".join(shown.values()))
def test_another_run_and_back_leaves_every_tab_as_it_was(shown):
    """A tab that shows no run tells the same with any."""
    page = open_page("lab", run=DIGITS, **shown)
    assert not page.exception
    told = [[element.value for element in page.main.markdown]]
    if shown["tab"] not in ("omission", "t_squared"):
        page = open_page("lab", run=MNIST, **shown)
        assert told == [[element.value for element in page.main.markdown]]
        return
    for run in (MNIST, DIGITS):
        page.selectbox(key="sidebar_run").select(run).run()
        assert not page.exception
        assert runs.experiment(run).key == page.session_state["run_key"]
        assert values(page, "lab")["tab"] == shown["tab"]
        told.append([element.value for element in page.main.markdown])
    # Without MNIST the digits stand in for it, and the map of omissions is of MNIST all the same.
    is_other = shown["tab"] != "omission" or mnist_files.present()
    assert told[0] == told[2]
    assert (told[0] != told[1]) == is_other


def test_a_tab_speaks_of_its_run_or_of_mnist_however_it_was_opened(
    empty_store, tmp_path, monkeypatch
):
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path))
    tiny_set.write_npz(tmp_path / "things", tiny_set.arrays())
    make_store(empty_store, dataset="things-0123456789ab")
    fake_sweeps.install(fake_sweeps.table("temperature-by-size", lambda point, stage: (0.9, 0.9)))
    run = next(e.key for e in store.list_runs() if e.config.kind == "student")
    page = open_page("lab", run=run)
    for tab, told in (("", "Which classes can"), ("ablations", "threes"), ("omission", "classes")):
        if tab:
            page.segmented_control(key="lab_tab").set_value(tab).run()
        assert not page.exception
        said = [*page.main.title, *page.main.markdown, *page.main.caption]
        assert told in " ".join(element.value for element in said)
