"""The lab: its tabs with the runs that come with the project."""

import pytest

from dashboard.core import runs
from dashboard.topics.lab.ablations.figures import ABLATIONS
from tests.dashboard.pages import open_page, values

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
    assert told[0] == told[2] != told[1]
