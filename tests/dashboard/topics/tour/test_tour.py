"""The tour: its numbers against counting by hand, its steps, the bar on every page, following."""

import json
import re
import string
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from streamlit.util import calc_hash

from dashboard.classroom import live, votes
from dashboard.core import params, presenter, prose
from dashboard.core.experiment import Experiment
from dashboard.topics.tour import steps as tour
from dashboard.topics.tour.facts import facts
from kdengine.store import run_files
from kdengine.store import runs as store
from tests.conftest import make_store
from tests.dashboard.pages import ROOT, TOPICS, open_page, parts
from tests.dashboard.topics.mistakes.test_confusion import experiment, said_by, toy  # noqa: F401  (fixtures)

QUESTIONS = ["accuracy", "mistaken", "offset"]
KEY = "correct horse"


@pytest.fixture(autouse=True)
def nobody_presents(monkeypatch):
    """A server of each test's own, without a key."""
    monkeypatch.delenv(presenter.ENVIRONMENT, raising=False)
    monkeypatch.setattr(votes, "BOX", votes.BallotBox())
    monkeypatch.setattr(live, "_place", None)


def shipped_table(name):
    """Return a sweep's table that comes with the project."""
    path = ROOT / "cache" / "shipped" / f"sweep-{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


# Numbers


def test_facts_are_counted_by_hand(toy):  # noqa: F811
    found = facts(toy)
    assert (found.omitted, found.held_out, found.test_images) == (3, 4, 6)
    assert (found.before, found.teacher, found.errors_before) == (1, 1, 3)
    assert (found.called, found.called_count) == ((5,), 2)
    assert found.hard_label is None
    assert found.transfer_omitted == 0
    labels = toy.student.train_labels
    assert found.transfer_images == sum(label != 3 for label in labels)
    assert found.frequency == pytest.approx(np.mean(labels == 3))


def test_facts_of_a_run_agree_with_plain_loops(experiment):  # noqa: F811
    found, labels = facts(experiment), experiment.student.test_labels
    threes = labels == 3
    for count, run, offset in (
        (found.teacher, experiment.teacher, 0.0),
        (found.before, experiment.student, 0.0),
        (found.after, experiment.student, found.offset),
        (found.hard_label, experiment.baseline, 0.0),
    ):
        assert count == np.sum(said_by(run.test_logits, offset)[threes] == 3)
    for count, offset in (
        (found.errors_before, 0.0),
        (found.errors_after, found.offset),
        (found.errors_best, found.best_offset),
        (found.errors_paper, 3.5),
    ):
        assert count == np.sum(said_by(experiment.student.test_logits, offset) != labels)
    row = np.float64(experiment.teacher.test_logits[found.image])
    for share, temperature in ((found.plain, 1.0), (found.soft, found.temperature)):
        soft = np.exp(row / temperature - np.max(row / temperature))
        assert share == pytest.approx((soft / soft.sum())[found.second])
    assert found.second == np.argsort(-row)[1]


def test_the_near_miss_is_one_that_the_teacher_knows_and_the_student_just_misses(experiment):  # noqa: F811
    found, close = facts(experiment), []
    for image, label in enumerate(experiment.student.test_labels):
        said, runner_up = np.argsort(-experiment.student.test_logits[image])[:2]
        taught = np.argmax(experiment.teacher.test_logits[image])
        if label == taught == runner_up == 3 != said:
            z = np.float64(experiment.student.test_logits[image])
            if z[said] - z[3] < found.offset:
                close.append((z[said] - z[3], image))
    assert len(close) > 2
    assert sorted(close)[len(close) // 2][1] == found.near
    logits = experiment.student.test_logits[[found.near]]
    assert experiment.student.test_labels[found.near] == 3
    assert said_by(logits)[0] == found.near_called != 3
    assert said_by(logits, found.near_flip + 1e-3)[0] == 3
    assert said_by(logits, found.near_flip - 1e-3)[0] != 3
    assert 0 < found.near_flip < found.offset


@cache
def shipped_facts(dataset):
    """Return the facts of a run that comes with the project, and of its student of one epoch."""
    folders = (ROOT / "cache" / "shipped").glob(f"*-{dataset}-*-*/")
    every = [run_files.read_run(folder, folder.name) for folder in sorted(folders)]
    runs = [run for run in every if run.metrics["recipe"] == "classroom"]
    role = {run.config.kind: run for run in runs}
    students = [run for run in runs if run.config.kind == "student"]
    brief, whole = (
        facts(Experiment(run, role["teacher"], role["baseline"], 3))
        for run in sorted(students, key=lambda run: run.config.epochs)
    )
    return replace(whole, brief=brief)


# Steps


def test_a_whole_tour_takes_twenty_minutes_and_asks_first():
    found = shipped_facts("mnist")
    steps = tour.steps(found, TOPICS, shipped_table)
    assert sum(step.minutes for step in steps if not step.moves) == 20
    assert [step.question for step in steps if step.question] == [*QUESTIONS, "noise"]
    assert {step.page for step in steps if step.question} == {tour.PAGE}
    assert len({(step.page, *step.state.items(), step.place) for step in steps}) == len(steps)
    assert [step.page for step in steps][-2:] == ["noise", tour.PAGE] and len(steps[-1].points) == 3
    for step in steps:
        assert step.title and step.text and step.note
        assert not re.search(r"\bnan\b|None\b(?! of)|\{|\}", step.title + step.text + step.note)
        assert len(step.text.replace("*", "")) <= 160  # two lines of a projector's


def test_what_moves_has_two_beats_which_differ_in_what_moves():
    steps = tour.steps(shipped_facts("mnist"), TOPICS, shipped_table)
    moving = [(before, after) for before, after in pairwise(steps) if after.moves]
    pages = ["soft_targets", "learning", "learning", "offset", "noise"]
    assert [after.page for _, after in moving] == pages
    for before, after in moving:
        assert (before.number, before.title, before.page) == (
            after.number,
            after.title,
            after.page,
        )
        assert before.text != after.text and after.control and after.place == f"{before.place}b"
        assert bool(after.to) == (before.state != after.state)  # a slider's end is in the address
    assert dict(moving[0][0].state)["T"] == "1" and dict(moving[0][1].state)["T"] == "20"
    numbers = [step.number for step in steps if not step.moves]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_offset_is_told_with_the_student_that_needs_it(experiment):  # noqa: F811
    brief = shipped_facts("mnist").brief
    assert (brief.before, brief.errors_before) == (397, 822)  # counted from its stored logits
    steps = tour.steps(shipped_facts("mnist"), TOPICS, shipped_table)
    wall = next(step for step in steps if step.page == "offset" and step.moves)
    assert wall.state["student"] == "one-epoch"
    assert f"{brief.after:,} of 1,010" in wall.text and f"{brief.offset:+.2f}" in wall.text
    own = next(s for s in tour.steps(facts(experiment), TOPICS) if s.page == "offset" and s.moves)
    assert own.state["student"] == "run" and f"{facts(experiment).after:,} of" in own.text


def test_no_step_tells_the_answer_before_its_question(experiment):  # noqa: F811
    found = facts(experiment)
    steps = tour.steps(replace(found, noise=0.375), TOPICS, shipped_table)
    names = [step.question for step in steps]
    told = {
        "accuracy": [f"{found.before:,} of", f"{found.errors_before:,}"],
        "mistaken": [f"for {found.called[0]}", f"called {found.called[0]}"],
        "offset": [f"{found.offset:+.2f}", f"{found.best_offset:+.2f}"],
        "noise": ["37.5"],
    }
    for question, answers in told.items():
        before = steps[: names.index(question)]
        said = " ".join(step.title + step.text + step.note for step in before)
        assert not [answer for answer in answers if answer in said]
        assert not {"story", "noise"} & {step.page for step in before}
        assert question == "noise" or "offset" not in [step.page for step in before]
        # Its wall says what each image is called instead.
        is_shown = "learning_player" in [step.spot for step in before]
        assert not is_shown or question not in ("accuracy", "mistaken")


def test_a_step_without_its_page_or_its_table_is_left_out(experiment):  # noqa: F811
    found = facts(experiment)

    def pages(names, load=shipped_table):
        return [step.page for step in tour.steps(found, names, load)]

    assert {"dark_knowledge", "leak", "lab"} <= set(pages(TOPICS))
    assert "dark_knowledge" not in pages(set(TOPICS) - {"dark_knowledge"})
    assert not {"leak", "lab"} & set(pages(TOPICS, lambda name: None))
    assert "noise" not in pages(TOPICS)  # no teacher of noise is stored there


def test_the_leaks_step_tells_the_means_of_its_table_and_only_about_its_class(experiment):  # noqa: F811
    found, table = facts(experiment), shipped_table(tour.LEAKS)
    before = {"{}": [], "removed": []}
    for row in table["rows"]:
        name = "{}" if not row["parameters"] else None
        if "remov" in str(row["parameters"]):
            name = "removed"
        if name:
            before[name].append(row["student_before"]["omitted_accuracy"])

    def step(found, table):
        made = tour.steps(found, TOPICS, lambda name: table if name == tour.LEAKS else None)
        return next((step for step in made if step.page == "leak"), None)

    text = step(found, table).text
    assert f"Untouched: {100 * np.mean(before['{}']):.1f}\u00a0%" in text
    assert np.mean(before["removed"]) < 0.0005 and "knows **none** of the" in text
    assert step(replace(found, omitted=7), table) is None
    assert step(found, None) is None


def test_a_perfect_student_is_not_asked_about_its_mistakes(toy):  # noqa: F811
    found = replace(facts(toy), called=(), near=None)
    assert "mistaken" not in [step.question for step in tour.steps(found, TOPICS)]


def test_every_word_that_a_step_is_told_with_has_its_number(experiment, toy):  # noqa: F811
    """A name that is misspelt in the words would leave its step out without a word."""
    found = facts(experiment)
    numbers = tour._numbers(found, shipped_table)
    for name, words in prose.beside(tour.__file__).items():
        then = words.get("then", {})
        texts = [*words.values(), *then.values(), *words.get("points", [])]
        texts += [*words.get("state", {}).values(), *then.get("state", {}).values()]
        for text in (text for text in texts if isinstance(text, str)):
            for _, field, form, _ in string.Formatter().parse(text):
                assert field is None or field in numbers, (name, field)
                assert not form or form in {*tour._FORMS, "g", ","}, (name, form)
    for hard_label, words in ((0, "gets **none**"), (1234, "gets **1,234**"), (None, "gets 1")):
        made = tour.steps(replace(found, hard_label=hard_label, teacher=1), TOPICS)
        assert [step.text for step in made if step.spot == "learning_player"][1].count(words) == 1


# The bar


def bar(page):
    """Return the labels of the bar's buttons, by their keys."""
    return {b.key: b.label for b in page.main.button if b.key and b.key.startswith("tour_")}


def address(page):
    """Return what the page lets its address say."""
    kept = page.session_state["params"].kept
    return {n: k.value for p in ("sidebar", "tour") for n, k in kept[p].items() if k.value}


def words(page):
    """Return all text on the page."""
    return " ".join(element.value for element in page.main.markdown)


@pytest.fixture
def found(experiment):  # noqa: F811
    """The small store's experiment's steps as the frame makes them."""
    return tour.steps(facts(experiment), TOPICS, lambda name: None)


def open_step(found, number, **query):
    """Open the page of a step as a link to it does."""
    step = found[number - 1]
    own = "step" if step.page == tour.PAGE else "tour"
    return open_page(step.page, **{**step.state, own: step.place, **query})


def test_every_step_draws_its_page_with_its_words_and_ways(small_store, found, monkeypatch):
    monkeypatch.setattr("dashboard.core.tables.sweep", lambda name: None)
    for number, step in enumerate(found, start=1):
        page = open_step(found, number)
        assert not page.exception, step.title
        assert not page.main.warning, (step.title, page.main.warning)
        assert f"**{step.title}** <small>{step.number} of {found[-1].number}<" in words(page)
        assert step.question or step.text in words(page)
        after = found[number] if number < len(found) else None
        on = "Reveal" if step.question else "Next" if after else "End"
        if after and after.moves:
            on = "Play"
        assert bar(page)["tour_next"] == on
        assert page.button(key="tour_back").disabled == (number == 1)
        assert step.note not in words(page)
        assert step.state.items() <= read(page, step.page).items(), step.title
        (sent,) = parts(page, "tour_spotlight")
        assert (sent["step"], sent["turn"]) == (step.number, 0)


def read(page, topic):
    """Return what a topic's page has read, as the address would write it."""
    kept = page.session_state["params"].kept.get(topic, {})
    return {name: params._text(parameter.value) for name, parameter in kept.items()}


def test_a_step_shows_its_page_as_it_says_whatever_was_left_there(small_store, found):
    page = open_step(found, 1)
    page.toggle(key="soft_targets_log").set_value(True).run()
    page.selectbox(key="soft_targets_digit").set_value(5).run()
    kept = page.session_state["params"].kept["soft_targets"]
    assert kept["log"].value and kept["digit"].value == 5
    page.button(key="tour_next").click().run()
    assert found[1].text in words(page)
    shown = read(page, "soft_targets")
    assert found[1].state.items() <= shown.items() and shown["digit"] is None
    (sent,) = parts(page, "tour_spotlight")
    assert (sent["control"], sent["to"]) == (found[1].control, found[1].to)
    page.number_input(key="soft_targets_image").set_value(7).run()
    assert kept["image"].value == 7  # what is chosen at a step stays


@pytest.mark.parametrize("seconds", [5.0, 0.0])
def test_a_key_pressed_before_the_browser_has_followed_leads_no_way_back(
    small_store, found, monkeypatch, seconds
):
    monkeypatch.setattr(params, "_FOLLOWS_WITHIN", seconds)
    page = open_step(found, 1)
    first = dict(page.query_params)
    for _ in range(3):  # the first beat, the second, the next page
        page._page_hash = calc_hash(found[0].page)
        page.query_params.clear()
        page.query_params.update(first)
        page.button(key="tour_next").click().run()
    assert not page.exception
    led = page.session_state["tour_at"]
    assert led == ("2" if seconds else "1b")  # but for the guard it is led back


@pytest.mark.parametrize(
    "step", ["0", "99", "2b", "b", "abc", "<script>", "", "1.0", "-1", "٣", "1" * 400]
)
def test_a_step_that_does_not_exist_is_said_and_the_page_stays(small_store, step):
    page = open_page("tour", step=step)
    assert not page.exception
    said = page.main.warning[0].value
    assert "which is not one of the tour's steps 1 to" in said
    assert "<" not in said.replace("` <script> `", "")
    assert page.title[0].value == "The tour"
    assert "step" not in address(page)
    page = open_page("soft_targets", tour=step)
    assert not page.exception and not bar(page)
    assert "tour" not in address(page)


def test_a_step_on_another_page_than_its_own_is_dropped_from_the_address(small_store):
    page = open_page("mistakes", tour="1")
    assert not page.exception and not bar(page)
    assert "tour" not in address(page)


def test_the_first_page_lists_the_steps_and_offers_both_ways(small_store, found):
    page = open_page("tour")
    assert {"tour_present", "tour_take"} <= set(bar(page))
    labels = [link.proto.label for link in page.main.get("page_link")]
    assert len(labels) >= 8
    assert labels[0] == f"1. {found[0].title}"


def test_who_takes_the_tour_alone_reveals_for_themselves_alone(small_store, found):
    number = [step.question for step in found].index("accuracy") + 1
    page = open_page("tour", step=found[number - 1].place)
    assert "The run says" not in words(page)
    page.button(key="tour_next").click().run()
    assert "The run says" in words(page)
    assert bar(page)["tour_next"] == "Next"
    assert votes.BOX.poll("accuracy") == votes.Poll()
    assert live.place() is None
    assert "The run says" not in words(open_page("tour", step=found[number - 1].place))


def test_a_presenter_asks_shows_reveals_and_is_followed(small_store, found, monkeypatch):
    monkeypatch.setenv(presenter.ENVIRONMENT, KEY)
    number = [step.question for step in found].index("accuracy") + 1
    page = open_page("tour", step=found[number - 1].place, key=KEY)
    assert "key" in page.session_state["params"].dropped  # the browser replaces its address
    assert votes.BOX.poll("accuracy").stage == votes.ASKED
    place = found[number - 1].place
    assert (live.place().step, live.place().run) == (place, page.session_state["run_key"])
    votes.BOX.cast("accuracy", votes.new_voter(), 20.0)
    page.run()
    assert not page.main.get("vega_lite_chart")
    for label, stage in (("Show guesses", votes.SHOWN), ("Reveal", votes.REVEALED)):
        assert bar(page)["tour_next"] == label
        assert "The run says" not in words(page)
        page.button(key="tour_next").click().run()
        assert votes.BOX.poll("accuracy").stage == stage
        assert page.main.get("vega_lite_chart")
    assert "The run says" in words(page)
    assert "Of 1 guess" in words(page)
    page.button(key="tour_again").click().run()
    assert votes.BOX.poll("accuracy").votes == ()
    page.button(key="tour_leave").click().run()
    assert live.place() is None


def test_the_audience_can_neither_lead_nor_reset(small_store, found, monkeypatch):
    votes.BOX.ask("accuracy", "x")
    monkeypatch.setenv(presenter.ENVIRONMENT, KEY)
    number = [step.question for step in found].index("accuracy") + 1
    page = open_page("tour", step=found[number - 1].place)
    page.button(key="tour_next").click().run()
    assert votes.BOX.poll("accuracy").stage == votes.ASKED
    assert live.place() is None
    assert "tour_again" not in bar(page)
    page = open_page("tour")
    assert "tour_present" not in bar(page)
    assert "the presenter's" in open_page("tour", notes="1").main.info[0].value


def test_notes_follow_the_presenter_for_the_presenter_alone(small_store, found, monkeypatch):
    monkeypatch.setenv(presenter.ENVIRONMENT, KEY)
    page = open_page("tour", notes="1", key=KEY)
    assert "has not begun" in page.main.info[0].value
    open_step(found, 2, key=KEY)
    page = open_page("tour", notes="1", key=KEY)
    assert found[1].note in words(page)
    assert f"**Next:** {found[2].title}" in words(page)
    said = rf"Step 1 of {found[-1].number} · 2 minutes, until 2:00 · \*\*0:0\d\*\* of"
    assert re.search(said, words(page))


def test_two_omitted_classes_are_toured_one_at_a_time(empty_store):
    make_store(empty_store, omitted=(3, 5))
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    page = open_page("tour", run=entry.key, omitted="5")
    assert address(page)["omitted"] == 5
    first = page.main.get("page_link")[0].proto.label
    assert first == "1. A student that never sees a 5"


# Following


def test_places_are_published_by_the_presenter_alone_and_grow_old(monkeypatch):
    live.publish("1", "run")
    first = live.place()
    live.publish("1", "run")
    assert live.place() == first
    live.publish("1b", "run")
    assert live.place().moved > first.moved
    assert live.place().since == first.since
    monkeypatch.setenv(presenter.ENVIRONMENT, KEY)
    for act in (lambda: live.publish("2", "run"), live.end):
        with pytest.raises(PermissionError, match="Only the presenter may"):
            act()
    assert live.place().step == "1b"
    now = live.place().at
    monkeypatch.setattr(live.time, "monotonic", lambda: now + 5 * 3600)
    assert live.place() is None


def test_a_phone_is_offered_to_follow_only_while_somebody_presents(small_store, monkeypatch):
    monkeypatch.setenv(presenter.ENVIRONMENT, KEY)
    page = open_page("vote")
    assert not page.main.toggle
    open_page("soft_targets", tour="1", key=KEY)
    page = open_page("vote")
    page.toggle(key="vote_follow").set_value(True).run()
    assert page.session_state["tour_follows"] is True
