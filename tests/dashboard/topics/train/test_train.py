"""The Train page, its curves and its sentences; workers are in jobs/test_processes.py."""

import base64
import io
import json
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import vl_convert
from PIL import Image

from dashboard.core import presenter, sidebar
from dashboard.core.experiment import Experiment
from dashboard.core.roles import AFTER
from dashboard.figures import phases
from dashboard.jobs import job_files, processes
from dashboard.topics.train import charts, wall
from dashboard.topics.train import figures as train
from kdengine import files
from kdengine.config import run_key
from kdengine.data import datasets, mnist_files
from kdengine.recipes import known, plans
from kdengine.store import archive
from kdengine.store import runs as store
from kdengine.studies import estimate
from tests import hostile_runs
from tests.conftest import fake_epoch, make_store
from tests.dashboard.pages import open_page, parts

PLAN = plans.experiment(seed=3, teacher_epochs=6, student_epochs=10)


@pytest.fixture
def shown(small_store):
    """The small store's experiment."""
    return stored_experiment()


def stored_experiment(omitted=3, **options):
    plan = plans.experiment(dataset="digits", **options)
    teacher, student, baseline = (
        store.load(run_key(network)) for network in (plan.teacher, plan.student, plan.baseline)
    )
    return Experiment(student, teacher, baseline, omitted)


def epoch(role, number, epochs, seconds=2.0, **changed):
    record = fake_epoch(number) | {"epochs": epochs, "seconds": seconds}
    return {"event": "epoch", "role": role, "time": 0.0} | record | changed


def plan_event(*stored):
    networks = [{"role": r, "key": "", "stored": r in stored} for r in ("teacher", "student")]
    return {"event": "plan", "networks": networks}


def test_curves_of_a_stored_run_hold_every_epoch_in_its_place(shown):
    found = phases.phases_of_run(shown)
    table = phases.accuracy_table(found, 3)
    threes = table[table["images"] == "threes"]
    assert threes["at"].tolist() == list(range(1, 10))
    assert threes["network"].tolist() == sum(
        ([name] * 3 for name in ("teacher", "student", "hard-label student")), []
    )
    rates = [record["per_class_accuracy"][3] for p in found for record in p.records]
    assert threes["accuracy"].tolist() == rates
    others = table[table["images"] == "other digits"]
    assert others["accuracy"].tolist() == [0.95] * 9
    losses = phases.loss_table(found)
    assert len(losses) == 2 * 9 and (losses["nats"] > 0).all()
    assert phases.phase_table(found)[["start", "end"]].to_numpy().tolist() == [
        [0, 3],
        [3, 6],
        [6, 9],
    ]


def test_a_teacher_that_left_nothing_out_has_no_other_digits():
    records = [epoch("teacher", 1, 1, omitted_accuracy=None, other_accuracy=0.9)]
    table = phases.accuracy_table(phases.phases_of_job(PLAN, False, records), 3)
    assert sorted(table["images"]) == ["all digits", "threes"]


def test_a_live_training_shows_what_it_has_and_plans_the_rest():
    events = [plan_event(), epoch("teacher", 1, 6), {"event": "ready", "role": "teacher"}]
    found = phases.phases_of_job(PLAN, True, events)
    assert [(p.role, p.epochs, len(p.records)) for p in found] == [
        ("teacher", 6, 1),
        ("student", 10, 0),
        ("baseline", 10, 0),
    ]
    reused = phases.phases_of_job(PLAN, False, [plan_event("teacher")])
    assert [p.role for p in reused] == ["student"]


@pytest.mark.parametrize(
    "broken",
    [
        {"accuracy": None},
        {"training_loss": float("nan")},
        {"epoch": "1"},
        {"seconds": True},
        {"role": "cook"},
        {"role": ["teacher"]},
    ],
)
def test_records_that_are_no_epochs_are_left_out(broken):
    found = phases.phases_of_job(PLAN, False, [epoch("teacher", 1, 6) | broken])
    assert all(not phase.records for phase in found)


def test_epochs_on_few_images_are_those_the_engine_makes():
    """600 steps of 512 of about 1,080 images: 3 steps an epoch, 200 epochs."""
    plan = plans.experiment(dataset="digits")
    assert [phase.epochs for phase in phases.phases_of_job(plan, False, [])] == [200, 200]


def test_time_left_is_that_of_the_epochs_to_come():
    events = [epoch("teacher", n, 6, seconds=2.0) for n in range(1, 7)]
    events += [epoch("student", n, 10, seconds=1.0) for n in range(1, 5)]
    found = phases.phases_of_job(PLAN, False, events)
    assert phases.seconds_left(found) == pytest.approx(6.0)
    assert phases.seconds_left(found, since_last=0.5) == pytest.approx(5.5)
    assert phases.share_done(found, 6.0) == pytest.approx(16.0 / 22.0)


def test_time_left_of_a_network_that_has_not_begun_follows_its_work():
    found = phases.phases_of_job(PLAN, False, [epoch("teacher", n, 6) for n in range(1, 7)])
    teacher = estimate.work(PLAN.teacher, None) / 6
    student = estimate.work(PLAN.student, PLAN.teacher) / 10
    assert phases.seconds_left(found) == pytest.approx(10 * 2.0 * student / teacher)
    assert phases.seconds_left(phases.phases_of_job(PLAN, False, [])) is None


def test_live_sentence_follows_the_newest_epoch():
    events = [epoch("teacher", 1, 6), epoch("student", 2, 10, per_class_accuracy=[0.25] * 10)]
    found = phases.phases_of_job(PLAN, False, events)
    assert train.live_sentence(found, 3) == (
        "So far the student, who never saw a 3, recognises **25.0\u00a0%** of the held-out threes."
    )
    every_digit = plans.experiment(omitted_classes=())
    whole = phases.phases_of_job(every_digit, False, [epoch("student", 2, 10)])
    assert "who saw every digit, recognises **90.0\u00a0%** of all" in train.live_sentence(
        whole, None
    )
    assert "begins" in train.live_sentence(phases.phases_of_job(PLAN, False, []), 3)


def packed(*right):
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def test_the_wall_is_lit_by_the_students_newest_epoch_and_by_nobody_before():
    teacher = epoch("teacher", 6, 6, right="")
    before, whose = wall.live(phases.phases_of_job(PLAN, False, [teacher]), 9)
    assert before is None and "teacher learns first" in whose
    right = [1, 0, 0, 1, 1, 0, 0, 0, 1]
    events = [teacher, epoch("student", 1, 10, right=packed(*[0] * 9))]
    events.append(epoch("student", 2, 10, right=packed(*right)))
    events.append(epoch("baseline", 1, 10, right=packed(*[0] * 9)))
    lit, whose = wall.live(phases.phases_of_job(PLAN, True, events), 9)
    assert lit.tolist() == [bool(each) for each in right]
    assert whose == "The student, after epoch 2 of 10"
    alone = phases.phases_of_job(PLAN, True, [events[-1]])
    assert wall.live(alone, 9)[1].startswith("The hard-label student")


@pytest.mark.parametrize("broken", [None, 7, "no base64", packed(*[1] * 17), ["AAAA"], "é"])
def test_an_epoch_that_does_not_tell_lights_nothing(broken):
    assert wall.unpacked({"right": broken}, 9) is None
    assert wall.unpacked({}, 9) is None


def test_the_wall_has_a_tile_an_image_green_where_it_is_right():
    held = wall.held_out("digits", (3, 5))
    labels = datasets.load("digits").test_labels
    assert (held.count, held.name) == (np.isin(labels, (3, 5)).sum(), "threes and fives")
    right = np.arange(held.count) % 3 == 0
    text = wall.html(held, right, "The student")
    (ground,) = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    tiles = Image.open(io.BytesIO(base64.b64decode(ground)))
    assert tiles.width == held.columns and 0 <= tiles.width * tiles.height - held.count < 12
    seen = [tiles.getpixel((n % tiles.width, n // tiles.width)) for n in range(held.count)]
    green = tuple(int(AFTER.colour[at : at + 2], 16) for at in (1, 3, 5))
    assert [pixel == (*green, 255) for pixel in seen] == right.tolist()
    assert f"{right.sum()}</strong>" in text and f"{right.sum()} of them lit" in text
    ink = Image.open(io.BytesIO(base64.b64decode(held.ink)))
    assert ink.size == (28 * tiles.width, 28 * tiles.height)
    assert ">–</strong>" in wall.html(held, None, "")
    assert wall.held_out("digits", ()) is None


def test_an_untrained_network_is_the_first_point():
    guesses = {"event": "untrained", "role": "teacher", "accuracy": 0.11, "omitted_accuracy": None}
    guesses |= {"other_accuracy": 0.11, "per_class_accuracy": [0.07] * 10}
    found = phases.phases_of_job(PLAN, False, [plan_event(), guesses])
    table = phases.accuracy_table(found, 3)
    assert set(zip(table["at"], table["epoch"], table["accuracy"], strict=True)) == {
        (0, 0, 0.11),
        (0, 0, 0.07),
    }
    assert "So far the teacher" in train.live_sentence(found, 3)
    assert "**7.0\u00a0%**" in train.live_sentence(found, 3)
    broken = guesses | {"accuracy": "much"}
    assert phases.accuracy_table(phases.phases_of_job(PLAN, False, [broken]), 3).empty


@pytest.mark.parametrize(
    ("state", "ahead", "events", "expected"),
    [
        ("queued", 2, [], "Waiting for its turn: 2 before it"),
        ("queued", 0, [], "Starting"),
        ("running", 0, [], "Loading the data, then the teacher's first epoch"),
        ("running", 0, [epoch("teacher", 2, 6)], "Training the teacher: epoch 2 of 6"),
    ],
)
def test_progress_text(state, ahead, events, expected):
    found = phases.phases_of_job(PLAN, False, events)
    left = phases.seconds_left(found)
    assert phases.progress_text(found, state, ahead, left).startswith(expected)


def test_result_sentence_has_before_and_after():
    result = {
        "wall_seconds": {"total": 14.4},
        "student_before": {"omitted_accuracy": 0.9594, "accuracy": 0.985},
        "student_after": {"omitted_accuracy": 0.9871},
    }
    assert train.result_sentence(result, 3) == (
        "Done in 14 s: the student recognises **95.9\u00a0%** of the held-out threes, with its "
        "offset **98.7\u00a0%**."
    )
    assert "98.5\u00a0% of all test images" in train.result_sentence(result, None)
    assert train.result_sentence({}, 3) == ""
    assert train.result_sentence({**result, "student_after": {"omitted_accuracy": "x"}}, 3) == ""


def test_what_start_would_train_is_said_before():
    none, all_there = (
        dict.fromkeys(("teacher", "student"), False),
        {"teacher": True, "student": True},
    )
    assert train.planned_work(PLAN, none, False) == "Trains the teacher, then the student."
    assert "nothing would be trained" in train.planned_work(PLAN, all_there, False)
    assert train.planned_work(PLAN, all_there, True).startswith("Trains the teacher, then")
    digits = plans.experiment(dataset="digits")
    assert "600 steps: 200 and 200" in train.planned_work(digits, none, False)


def test_unused_seed_is_the_lowest_free_one(empty_store):
    assert phases.unused_seed(store.list_runs()) == 0
    make_store(empty_store, seed=0)
    make_store(empty_store, seed=2)
    assert phases.unused_seed(store.list_runs()) == 1


def test_charts_have_a_fixed_frame_and_tell_lines_apart_twice(shown):
    found = phases.phases_of_run(shown)
    placed, groups = phases.phase_table(found), phases.image_groups(3)
    accuracies = phases.accuracy_table(found, 3)
    words = train.curves_description(accuracies, "threes")
    assert "student from 90.0\u00a0% to 90.0\u00a0%" in words
    drawn = charts.accuracy_curves(accuracies, placed, groups, description=words).to_dict()
    assert drawn["description"] == words
    line = next(layer["encoding"] for layer in drawn["layer"] if layer["mark"]["type"] == "line")
    assert line["x"]["scale"]["domain"] == [0, 9]
    assert line["y"]["scale"]["domain"] == [0, 1]
    assert line["color"]["scale"]["domain"] == line["strokeDash"]["scale"]["domain"] == groups
    losses = charts.loss_curves(
        phases.loss_table(found), placed, list(phases.LOSSES.values()), description="Losses."
    ).to_dict()
    scales = [
        layer["encoding"]["y"]["scale"]["type"]
        for layer in losses["layer"]
        if "y" in layer["encoding"]
    ]
    assert set(scales) == {"log"}


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        ((6, 6, 6), "0 1 2 3 4 5 6 1 2 3 4 5 6 1 2 3 4 5 6"),
        ((12, 20), "0 2 4 6 8 10 12 2 4 6 8 10 12 14 16 18 20"),
        ((200, 200), "0 50 100 150 200 50 100 150 200"),
        ((5,), "0 1 2 3 4 5"),
    ],
)
def test_epochs_are_counted_from_one_for_each_network(epochs, expected):
    """What Vega writes below the axis."""
    plan = plans.experiment(teacher_epochs=epochs[0], student_epochs=epochs[-1])
    placed = phases.phase_table(phases.phases_of_job(plan, len(epochs) == 3, []))
    placed = placed.head(len(epochs))
    losses = pd.DataFrame(
        {"at": [1.0], "network": ["teacher"], "epoch": [1], "loss": ["a"], "nats": [1.0]}
    )
    drawn = charts.loss_curves(losses, placed, ["a"], description="Losses.")
    svg = vl_convert.vegalite_to_svg(drawn.properties(width=900).to_dict(), allowed_base_urls=[])
    axis = re.search(r'aria-label="X-axis.*?role-axis-title', svg, re.DOTALL).group()
    written = re.findall(r"<text[^>]*>([^<]*)</text>", axis)
    assert " ".join(text for text in written if text.isdigit()) == expected
    title = "Epoch of each network" if len(epochs) > 1 else "Epoch"
    assert f">{title}</text>" in svg


def make_finished_job(state="done", message="", seed=0, omitted=(3,)):
    """Write a job that ended, without a process."""
    folder = files.jobs_dir() / "20200101-000000-000000-aaaa"
    folder.mkdir(parents=True)
    request = {"dataset": "digits", "seed": seed, "omitted_classes": list(omitted)}
    figures = {"omitted_accuracy": 0.5}
    result = {
        "wall_seconds": {"total": 4.0},
        "student_before": figures,
        "student_after": figures,
        "baseline": None,
        "offset": {"value": 1.0},
    }
    outcome = {"state": state, "message": message, "result": result}
    (folder / job_files.REQUEST).write_text(json.dumps(request))
    (folder / job_files.OUTCOME).write_text(json.dumps(outcome))


def walls(page):
    """Return the walls on the page."""
    return [e.proto.body for e in page.get("html") if 'aria-label="Wall of' in e.proto.body]


def test_page_shows_the_chosen_run_and_what_start_would_do(small_store):
    page = open_page("train")
    assert not page.exception
    ((labels, said),) = [
        (run.test_labels, run.test_logits.argmax(axis=1))
        for run in map(store.load, [page.session_state["run_key"]])
    ]
    right = ((labels == 3) & (said == 3)).sum()
    (drawn,) = walls(page)
    assert f"{right}</strong>" in drawn and f"of {(labels == 3).sum()} unseen threes" in drawn
    assert page.button(key="train_start").label == "Start"
    page.selectbox(key="train_dataset").set_value("digits").run()
    assert page.number_input(key="train_seed").value == 1
    page.number_input(key="train_seed").set_value(0).run()
    page.checkbox(key="train_baseline").check().run()
    assert any("nothing would be trained" in text.value for text in page.caption)


def test_start_hands_the_settings_to_the_queue(small_store, monkeypatch):
    asked = []
    monkeypatch.setattr(processes, "start", asked.append)
    page = open_page("train")
    page.selectbox(key="train_dataset").set_value("digits").run()
    page.selectbox(key="train_leave").set_value(8).run()
    page.number_input(key="train_T").set_value(4.0).run()
    page.button(key="train_start").click().run()
    assert not page.exception
    assert processes.plan_of(asked[0]) == plans.experiment(
        dataset="digits", seed=1, omitted_classes=(8,), temperature=4.0
    )
    assert (asked[0]["with_baseline"], asked[0]["fresh"]) == (False, False)


def test_untouched_controls_train_every_recipe_as_it_is(small_store, monkeypatch):
    """On every dataset, also for a visitor who looked at the other recipes before."""
    asked = []
    monkeypatch.setattr(processes, "start", asked.append)
    monkeypatch.setattr(mnist_files, "present", lambda: True)
    page = open_page("train")
    for recipe in known.RECIPES:
        for dataset in ("digits", "mnist"):
            page.selectbox(key="train_recipe").set_value(recipe).run()
            page.selectbox(key="train_dataset").set_value(dataset).run()
            page.button(key="train_start").click().run()
            assert not page.exception
            seed = page.number_input(key="train_seed").value
            plan = plans.experiment(known.RECIPES[recipe], dataset=dataset, seed=seed)
            assert processes.plan_of(asked[-1]) == plan
    assert len(asked) == 2 * len(known.RECIPES)


@pytest.mark.parametrize(
    "error", [processes.QueueFull("the queue is full"), OSError(13, "the cache cannot be written")]
)
def test_what_keeps_a_training_from_starting_is_told(small_store, monkeypatch, error):
    def refuse(request):
        raise error

    monkeypatch.setattr(processes, "start", refuse)
    page = open_page("train")
    page.button(key="train_start").click().run()
    assert not page.exception
    assert [warning.value for warning in page.warning] == [job_files.words_of(error)]


def test_loss_without_weights_is_told_and_cannot_be_started(small_store):
    page = open_page("train")
    page.number_input(key="train_soft").set_value(0.0).run()
    assert not page.exception
    assert any("nothing to learn from" in warning.value for warning in page.warning)
    assert "train_start" not in [button.key for button in page.button]


def test_a_finished_training_leads_to_its_run(small_store):
    make_store(small_store, seed=1)
    make_finished_job(seed=1)
    page = open_page("train")
    assert any("Done in 4 s" in box.value for box in page.success)
    page.button(key="train_look").click().run()
    assert not page.exception
    key = run_key(plans.experiment(dataset="digits", seed=1).student)
    assert page.session_state["run_key"] == key
    (address,) = parts(page, "frame_address")  # what the browser makes of the address
    assert address["query"] == f"run={key}"


def test_the_page_never_speaks_of_two_trainings_as_if_they_were_one(small_store):
    """Of one that this viewer did not watch by its name, and not once another run is chosen."""
    make_store(small_store, seed=1)
    make_store(small_store, seed=2)
    make_finished_job(seed=1)
    page = open_page("train")
    (told,) = [box.value for box in page.main.success]
    assert "seed 1" in told.partition("Done in 4 s")[0]
    other = run_key(plans.experiment(dataset="digits", seed=2).student)
    page.sidebar.selectbox(key="sidebar_run").set_value(other).run()
    assert not page.exception
    assert not page.main.success
    assert len(walls(page)) == 1


def test_settings_are_those_of_the_address_and_stay(small_store, monkeypatch):
    asked = []
    monkeypatch.setattr(processes, "start", asked.append)
    settings = {"dataset": "digits", "T": "4", "leave": "8", "student_epochs": "7", "hard": "0.5"}
    page = open_page("train", **settings, teacher_epochs="900", baseline="1", fresh="1")
    said = [warning.value for warning in page.main.warning]
    assert len(said) == 1 and "a whole number from 1 to 200" in said[0]
    page.button(key="train_start").click().run()
    request = asked[0]
    assert (request["temperature"], request["omitted_classes"]) == (4.0, [8])
    assert (request["student_epochs"], request["hard_weight"]) == (7, 0.5)
    assert request["with_baseline"] and not request["fresh"]
    assert "teacher_epochs" not in request
    student = processes.plan_of(request).student
    assert (student.epochs, student.minimum_steps) == (7, 0)
    page.selectbox(key="train_leave").set_value("none").run()
    assert page.query_params["leave"] in ("none", ["none"])


def test_a_failed_training_says_why(small_store):
    make_finished_job(state="failed", message="the disk is full")
    page = open_page("train")
    assert any("the disk is full" in warning.value for warning in page.warning)
    assert not page.exception


def test_a_failure_that_may_name_a_path_is_told_to_the_presenter_alone(small_store, monkeypatch):
    message = "cannot be written: /srv/secret/runs ![](http://a)"
    make_finished_job(state="failed", message=message, omitted=(3, 4))
    told = {}
    for key in ("", "a key"):
        monkeypatch.setenv(presenter.ENVIRONMENT, key)
        train_page = open_page("train")
        lab = open_page("lab", keep="0,1,2,5,6,7,8,9")
        assert not train_page.exception and not lab.exception
        told[key] = [str(warning.value) for page in (train_page, lab) for warning in page.warning]
    assert any("Failed" in text for text in told["a key"])
    assert any("attempt failed" in text for text in told["a key"])
    assert not any("secret" in text for text in told["a key"])
    assert sum("/srv/secret/runs ` ![](http://a) `" in text for text in told[""]) == 2


def test_a_live_job_is_shown_to_whoever_opens_the_page(small_store, monkeypatch):
    request = {"dataset": "digits", "seed": 7, "omitted_classes": [3]}
    plan = processes.plan_of(request)
    events = [{"event": "started"}, epoch("teacher", 30, 120)]
    running = processes.Job("20200101-000000-000000-aaaa", "running", "", request, plan, events, {})
    waiting = replace(running, id="20200101-000001-000000-aaaa", state="queued", events=[])
    monkeypatch.setattr(processes, "live", lambda: [running, waiting])
    cancelled = []
    monkeypatch.setattr(processes, "cancel", cancelled.append)
    page = open_page("train")
    assert not page.exception
    texts = [text.value for text in page.markdown]
    assert any("So far the teacher" in text for text in texts)
    assert ["teacher learns first" in text for text in walls(page)] == [True]
    assert any(text.startswith("1 in the queue: digits") for text in texts)
    page.button(key=f"train_cancel_{waiting.id}").click().run()
    assert cancelled == [waiting.id]


def test_page_offers_digits_where_mnist_is_missing(small_store, no_mnist):
    page = open_page("train")
    assert page.selectbox(key="train_dataset").options == ["digits"]
    assert any("MNIST's files are not here" in caption.value for caption in page.caption)


def uploads(page):
    return page.file_uploader(key="train_upload")


def test_an_uploaded_run_is_stored_and_chosen(empty_store, tmp_path, monkeypatch):
    hostile_runs.put_whole()
    content, key = io.BytesIO(), hostile_runs.STUDENT
    archive.export_runs(archive.experiment_keys(key), content)
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "other"))
    page = open_page("train")
    uploads(page).upload("run.zip", content.getvalue(), "application/zip").run()
    assert not page.exception
    (told,) = [box.value for box in page.success]
    assert sidebar.run_label(next(e for e in store.list_runs() if e.key == key)) in told
    assert not page.error
    assert page.session_state["run_key"] == key
    assert store.load(key).key == key
    page.button(key=f"train_open_{key}").click().run()
    assert page.main.title[0].value != "Train" and not page.exception


def test_an_uploaded_teacher_alone_is_told_and_nothing_is_opened(
    empty_store, tmp_path, monkeypatch
):
    hostile_runs.put_whole()
    content, key = io.BytesIO(), store.load(hostile_runs.STUDENT).config.teacher
    archive.export_runs([key], content)
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "other"))
    page = open_page("train")
    uploads(page).upload("run.zip", content.getvalue(), "application/zip").run()
    assert not page.exception
    assert [key in box.value and "No student" in box.value for box in page.success] == [True]


def tampered(content):
    """Return an archive in which one logit of each network is another."""
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = bytearray(old.read(name))
            if name.endswith("logits.safetensors"):
                data[-1] ^= 1
            new.writestr(name, bytes(data))
    return changed.getvalue()


@pytest.mark.parametrize("kind", ["no zip", "tampered", "cut off"])
def test_a_bad_upload_stores_nothing_and_says_why(empty_store, tmp_path, monkeypatch, kind):
    hostile_runs.put_whole()
    content, key = io.BytesIO(), hostile_runs.STUDENT
    archive.export_runs(archive.experiment_keys(key), content)
    bad = {
        "no zip": b"\x89PNG not a zip",
        "tampered": tampered(content),
        "cut off": content.getvalue()[:-2000],
    }[kind]
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "other"))
    page = open_page("train")
    uploads(page).upload("run.zip", bad, "application/zip").run()
    assert not page.exception
    assert not page.success
    assert page.error
    assert all(box.value.startswith(("Nothing was stored", "Skipped: `")) for box in page.error)
    assert store.list_runs() == []


def test_labels_of_the_toy_store_are_the_data(shown):
    """The sentences above count what they say they count."""
    assert np.array_equal(shown.student.test_labels, datasets.load("digits").test_labels)
