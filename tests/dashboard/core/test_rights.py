"""Every button of the dashboard: who may press it, and what stops the others where it is done."""

import ast
from pathlib import Path

import pytest

from dashboard.classroom import drawings, live, votes
from dashboard.core import presenter
from dashboard.jobs import downloads, processes
from tests.dashboard.pages import open_page

DASHBOARD = Path(presenter.__file__).parents[1]
BUTTONS = {"button", "download_button", "file_uploader", "form_submit_button", "camera_input"}
BUTTONS |= {"audio_input", "chat_input", "data_editor"}
# By the key as it stands in the source. A viewer moves about, looks closer, takes along a table, a
# film or a hand-out, draws, votes, and takes the tour alone.
EVERYBODY = {
    "'sidebar_share'",
    "'lab_paper'",
    "'lab_ablations_csv'",
    "'lab_reproductions_csv'",
    "'lab_synthetic_csv'",
    "'leak_all'",
    "'leak_csv'",
    "f'learning_{name}'",
    "f'{at.page}_{name}'",
    "'soft_targets_previous'",
    "'soft_targets_next'",
    "'story_handout'",
    "'story_save'",
    "'story_cancel'",
    "'story_mnist'",
    "'train_look'",
    "f'train_open_{entry.key}'",
    "'vote_send'",
    "'tour_take'",
    "'tour_return'",
    "'tour_share'",
    "'tour_all'",
    # These lead the class if a presenter's session presses them, and otherwise that session alone.
    "'tour_back'",
    "'tour_next'",
    "'tour_leave'",
}
PRESENTER = {
    "'draw_clear'",
    "f'draw_remove_{each.number}'",
    "'lab_train'",
    "'train_start'",
    "f'train_cancel_{job.id}'",
    "'train_upload'",
    "'train_network'",
    "'train_download'",
    "'sidebar_fetch'",
    "'tour_present'",
    "'tour_again'",
    "f'tour_drop_{key}'",
    "f'tour_more_{key}'",
}
REQUEST = {"recipe": "classroom", "dataset": "digits", "seed": 1, "omitted_classes": [3]}
ACTS = {
    "train": lambda: processes.start(REQUEST),
    "cancel": lambda: processes.cancel("20260101-000000-abcdef"),
    "fetch": downloads._ask,
    "drive": lambda: live.publish("1", "a run"),
    "end": live.end,
    "ask": lambda: votes.BOX.ask("q", ""),
    "reveal": lambda: votes.BOX.set_stage("q", votes.REVEALED),
    "reset": lambda: votes.BOX.reset("q"),
    "end the votes": lambda: votes.BOX.end(),
    "forget": lambda: votes.BOX.forget_revealed(),
    "drop": lambda: votes.BOX.drop("q", "10.0.0.5"),
    "collect": lambda: drawings.BOX.collect(True),
    "show drawings": lambda: drawings.BOX.show(True),
    "clear drawings": lambda: drawings.BOX.clear(),
    "remove": lambda: drawings.BOX.remove(1),
    "take more": lambda: votes.BOX.welcome("10.0.0.5"),
}


@pytest.fixture
def audience(monkeypatch, small_store):
    """A session that has no key on a server that has one."""
    monkeypatch.setenv(presenter.ENVIRONMENT, "correct horse")
    monkeypatch.setattr(votes, "BOX", votes.BallotBox())


def keys_in_the_source() -> set[str]:
    """Return the key of every button, as the source has it; one of two words is looked up."""
    found = set()
    for path in DASHBOARD.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                targets, value = node.targets[0], node.value
                is_pair = isinstance(targets, ast.Tuple) and isinstance(value, ast.Tuple)
                names, values = (targets.elts, value.elts) if is_pair else ([targets], [value])
                for name, each in zip(names, values, strict=True):
                    if isinstance(each, ast.Constant | ast.JoinedStr):
                        named[ast.unparse(name)] = ast.unparse(each)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in BUTTONS:
                (key,) = [ast.unparse(word.value) for word in node.keywords if word.arg == "key"]
                found.add(named.get(key, key))
    return found


def test_every_button_is_somebodys():
    assert keys_in_the_source() == EVERYBODY | PRESENTER
    assert not EVERYBODY & PRESENTER


@pytest.mark.parametrize("act", ACTS)
def test_what_is_the_presenters_is_refused_to_the_audience_where_it_is_done(audience, act):
    with pytest.raises(PermissionError, match="Only the presenter may"):
        ACTS[act]()
    assert not processes.live()
    assert live.place() is None
    assert downloads.state()["status"] == "idle"


def test_the_audience_sees_no_button_of_the_presenters_or_cannot_press_it(audience, monkeypatch):
    train = open_page("train")
    assert train.button(key="train_start").disabled
    assert train.file_uploader[0].disabled
    (download,) = [each for each in train.get("download_button") if "train" in each.proto.id]
    # Without a callable there is nothing that a forged message could ask for.
    assert download.proto.disabled and not download.proto.deferred_file_id
    monkeypatch.setattr(drawings, "BOX", drawings.Box())
    drawings.BOX.is_open = drawings.BOX.is_shown = True
    drawings.BOX.send("somebody", [255] * 784)
    draw = open_page("draw")
    assert not draw.exception and not draw.toggle
    assert not [each for each in draw.button if each.key and each.key.startswith("draw_")]
    tour = open_page("tour")
    assert not [each for each in tour.main.button if each.key == "tour_present"]
    votes.BOX._stages["accuracy"] = votes.ASKED
    asked = open_page("tour", step="3")
    assert not [each for each in asked.button if each.key in ("tour_again", "tour_present")]
    asked.button(key="tour_next").click().run()
    assert votes.BOX.poll("accuracy").stage == votes.ASKED
    assert live.place() is None
