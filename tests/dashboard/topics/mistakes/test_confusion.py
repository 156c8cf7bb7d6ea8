"""Mistakes: matrices, filters and orders against counting by hand, the game, the page."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.elements.lib import policies

from dashboard.core import runs
from dashboard.core.experiment import Experiment, offset_of
from dashboard.core.numbers import brief_percent
from dashboard.core.params import Refused
from dashboard.figures import answers
from dashboard.parts.matrix import part as matrix
from dashboard.topics.mistakes import charts, words
from dashboard.topics.mistakes import figures as views
from kdengine.store import runs as store
from kdengine.store.run_files import StoredRun
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts, values


def run_of(logits, labels, like: StoredRun) -> StoredRun:
    """Return a run with these test logits."""
    return replace(like, key="toy", test_logits=np.float32(logits), test_labels=labels)


@pytest.fixture
def experiment(small_store):
    """The small store's experiment."""
    by_kind = {entry.config.kind: store.load(entry.key) for entry in store.list_runs()}
    return Experiment(by_kind["student"], by_kind["teacher"], by_kind["baseline"], 3)


@pytest.fixture
def toy(experiment):
    """Six images, four of them threes: called 3, 5, 5, 8; offset 1 rescues the first 5."""
    labels = np.array([3, 3, 3, 3, 5, 0], dtype=np.uint8)
    logits = np.full((6, 10), -9.0)
    best = [(3, 5.0, 5), (5, 0.5, 3), (5, 4.0, 3), (8, 6.0, 3), (5, 0.5, 3), (0, 9.0, 1)]
    for row, (first, margin, second) in enumerate(best):
        logits[row, first], logits[row, second] = margin, 0.0
    student = run_of(logits, labels, experiment.student)
    return Experiment(student, student, None, 3)


def said_by(logits, offset=0.0):
    """Return the answers by plain loops over float64 logits."""
    told = []
    for row in np.float64(logits):
        row = row.copy()
        row[3] += offset
        told.append(max(range(10), key=lambda digit, row=row: (row[digit], -digit)))
    return np.array(told)


def counted(labels, told):
    """Return the confusion matrix by a loop."""
    table = np.zeros((10, 10), dtype=int)
    for true, called in zip(labels, told, strict=True):
        table[true, called] += 1
    return table


@pytest.mark.parametrize("offset", [0.0, 0.7, 4.0, -2.0])
def test_counts_of_every_network_equal_counting_by_hand(experiment, offset):
    labels = experiment.student.test_labels
    by_hand = {
        "student": said_by(experiment.student.test_logits),
        "student-offset": said_by(experiment.student.test_logits, offset),
        "baseline": said_by(experiment.baseline.test_logits),
        "teacher": said_by(experiment.teacher.test_logits),
    }
    assert answers.networks(experiment) == list(by_hand)
    for network, told in by_hand.items():
        expected = counted(labels, told)
        assert (views.counts(experiment, network, offset) == expected).all()
        cells = views.matrix(experiment, network, offset)
        assert (cells["images"].to_numpy().reshape(10, 10) == expected).all()
        assert np.allclose(
            cells["share"].to_numpy().reshape(10, 10), expected / expected.sum(1, keepdims=True)
        )


def test_sentence_and_bars_of_a_countable_toy(toy):
    told = words.lead(toy)
    assert told == "The student calls 3 of 4 held-out threes something else, most often 5."
    bars = views.called_instead(toy, 1.0)
    assert bars.values.tolist() == [
        ["5", "student", 2, 0],
        ["5", "student + offset", 1, 0],
        ["8", "student", 1, 1],
        ["8", "student + offset", 1, 1],
    ]
    assert "3 before the offset, 2 after" in views.called_instead_title(toy, 1.0)


def test_sentence_changes_with_the_logits_and_holds_when_nothing_is_wrong(toy):
    right = toy.student.test_logits.copy()
    right[:4, 3] = 20.0
    perfect = Experiment(run_of(right, toy.student.test_labels, toy.student), toy.teacher, None, 3)
    assert words.lead(perfect) == "The student calls none of 4 held-out threes anything else."
    assert views.called_instead(perfect, 0.5).empty
    assert views.default_cell(perfect) == "3-3"


def test_a_test_set_without_the_omitted_class_is_said_plainly(toy):
    labels = np.array([1, 1, 1, 1, 5, 0], dtype=np.uint8)
    without = Experiment(run_of(toy.student.test_logits, labels, toy.student), toy.teacher, None, 3)
    assert "holds no threes" in words.lead(without)
    assert len(views.matrix(without, "student", 1.0)) == 100


def test_a_cell_shows_the_images_it_counts_and_an_empty_one_is_said_to_be_empty(experiment, toy):
    offset = offset_of(experiment, "frequency")
    labels, rows = experiment.student.test_labels, views.images(experiment, offset)
    told = said_by(experiment.student.test_logits, offset)
    for cell, true, called in [("3-3", 3, 3), ("3-5", 3, 5), ("8-8", 8, 8), ("5-3", 5, 3)]:
        found = views.filtered(rows, "cell", "student-offset", cell)["image"].tolist()
        assert found == np.flatnonzero((labels == true) & (told == called)).tolist()
        said = words.shown(rows, "cell", "student-offset", cell, 3)
        assert f"**{len(found)}**" in said or not found
    said = words.shown(views.images(toy, 1.0), "cell", "student", "3-0", 3)
    assert said == "This cell is empty: the student calls none of 4 threes 0."


def test_cards_tell_what_each_network_says_and_how_sure(experiment):
    rows = views.images(experiment, 1.0)
    chosen = views.filtered(rows, "cell", "teacher", "3-3").head(2)
    for made, row in zip(views.cards(chosen, "teacher"), chosen.itertuples(), strict=True):
        assert made["image"] == row.image
        assert [line["name"] for line in made["lines"]] == ["student", "+ offset", "teacher"]
        logits = np.float64(experiment.teacher.test_logits[row.image])
        sure = 1.0 / np.exp(logits - logits.max()).sum()
        assert made["lines"][2] == {
            "name": "teacher",
            "said": "3",
            "sure": brief_percent(sure),
            "right": True,
        }
    assert len(views.cards(chosen, "baseline")[0]["lines"]) == 4


def test_the_game_asks_for_wrong_answers_half_of_them_threes(experiment):
    rows = views.images(experiment, 0.0)
    asked, said = views.game(rows, 3), said_by(experiment.student.test_logits)
    assert 0 < len(asked) <= views.GAME and len({card["image"] for card in asked}) == len(asked)
    for card in asked:
        assert card["true"] == experiment.student.test_labels[card["image"]] != card["said"]
        assert card["said"] == said[card["image"]]
    own = [card["true"] == 3 for card in asked]
    assert sum(own) == min(views.GAME // 2, int(((rows["true"] == 3) & (said != 3)).sum()))
    assert own != sorted(own) and own != sorted(own, reverse=True)  # the order tells nothing


@pytest.mark.parametrize("text", ["3-", "10-1", "a-b", "", "3-55", "3_5", "-1-2", "３-5"])
def test_no_cell_is_read_from_nonsense(text):
    with pytest.raises(Refused, match="such as 3-5"):
        views.read_cell(text)


def test_all_cells_are_read_back():
    for true, called in itertools.product(range(10), repeat=2):
        assert views.digits_of(views.read_cell(f"{true}-{called}")) == (true, called)


def test_the_bars_hold_the_numbers_and_say_them_in_words(toy):
    title = views.called_instead_title(toy, 1.0)
    bars = charts.called_instead(views.called_instead(toy, 1.0), title).to_dict()
    assert bars["layer"][0]["encoding"]["x"]["sort"] == ["5", "8"]
    assert bars["description"].startswith("Held-out threes called something else: 3 before")
    assert "student + offset, called 5: 1" in bars["description"]


LEFT = {"network": "teacher", "offset": 1.5, "cell": "3-5", "visit": 2}


@pytest.mark.parametrize(
    ("changed", "used"),
    [
        ({}, ("teacher", 1.5, "3-5")),
        ({"cell": None}, ("teacher", 1.5, None)),
        ({"visit": 1}, None),
        ({"network": "../x"}, None),
        ({"offset": float("nan")}, None),
        ({"offset": "much"}, None),
        ({"offset": 99}, None),
        ({"offset": 10**400}, None),
        ({"cell": [3, 5]}, None),
    ],
)
def test_what_the_browser_left_is_used_if_it_means_something(changed, used):
    assert matrix.left_at({"left": LEFT | changed}, 2, ["teacher"], -4.0, 10.0) == used
    assert matrix.left_at(None, 2, ["teacher"], -4.0, 10.0) is None


def brute_force(experiment, offset):
    """Return the four groups by a loop over the images."""
    groups = {"rescued": [], "still-wrong": [], "lost": [], "turned": []}
    for image, label in enumerate(experiment.student.test_labels):
        logits = np.float64(experiment.student.test_logits[image])
        shifted = logits.copy()
        shifted[3] += offset
        before, after = int(np.argmax(logits)), int(np.argmax(shifted))
        if label == 3 and before != 3:
            groups["rescued" if after == 3 else "still-wrong"].append(image)
        elif label == 3 and after != 3:
            groups["lost"].append(image)
        elif label != 3 and before != 3 and after == 3:
            groups["turned"].append(image)
    return groups


@pytest.mark.parametrize("offset", [0.0, 1.3, 5.0, -3.0])
def test_groups_equal_brute_force(experiment, offset):
    rows = views.table(experiment, offset)
    expected = brute_force(experiment, offset)
    assert sum(map(len, expected.values())) == len(rows) > 0
    for fate, images in expected.items():
        assert views.filtered(rows, fate, "", "")["image"].tolist() == images
    missed = sorted(expected["rescued"] + expected["still-wrong"])
    assert views.filtered(rows, "all", "", "")["image"].tolist() == missed
    teacher = experiment.teacher.test_logits.argmax(axis=1)
    assert views.filtered(rows, "teacher-wrong", "", "")["image"].tolist() == [
        image for image in missed if teacher[image] != 3
    ]


def test_flip_threshold_is_where_the_answer_turns(experiment):
    rows = views.table(experiment, 2.0)
    for row in rows.itertuples():
        logits = np.float64(experiment.student.test_logits[row.image])
        for step, is_three in ((1e-9, True), (-1e-9, False)):
            shifted = logits.copy()
            shifted[3] += row.flip_threshold + step
            assert (shifted.argmax() == 3) == is_three


def test_every_label_counts_what_its_filter_shows(experiment):
    rows = views.images(experiment, offset_of(experiment, "frequency"))
    labels = views.filters(rows, 3, "teacher", "8-8")
    for name, label in labels.items():
        assert label.endswith(f"({len(views.filtered(rows, name, 'teacher', '8-8')):,})")
    called = [name for name in labels if name.startswith("called-")]
    assert sum(len(views.filtered(rows, name, "", "")) for name in called) == len(
        views.filtered(rows, "all", "", "")
    )
    wrong = experiment.teacher.test_logits.argmax(axis=1) != experiment.teacher.test_labels
    assert len(views.filtered(rows, "wrong", "teacher", "")) == wrong.sum()
    assert "lost" not in labels
    assert "lost" in views.filters(views.images(experiment, -5.0), 3, "student", "3-3")


def test_orders(experiment):
    rows = views.filtered(views.images(experiment, 2.0), "all", "", "")
    assert (np.diff(views.sort(rows, "flip")["flip_threshold"]) >= 0).all()
    assert (np.diff(views.sort(rows, "sure")["student_sure"]) <= 0).all()
    assert (np.diff(views.sort(rows, "number")["image"]) > 0).all()
    assert {len(views.sort(rows, order)) for order in views.SORTS} == {len(rows)}


def test_the_handouts_sentence_of_a_countable_toy(experiment, toy):
    def told(shown, offset):
        return words.sentence(shown, offset, views.table(shown, offset))

    assert told(toy, 1.0) == (
        "The student misclassifies 3 of 4 held-out threes (test set); the offset +1.00 rescues 1, "
        "2 stay wrong, and 2 of those the teacher misses too."
    )
    turned = views.filtered(views.images(toy, 1.0), "turned", "student", "")
    assert "1 of them the student had right" in words.shown(turned, "turned", "student", "", 3)
    assert views.cards(turned, "student")[0]["badge"] == "a 5, turned"
    rescued = views.filtered(views.images(toy, 1.0), "rescued", "student", "")
    assert views.cards(rescued, "student")[0]["note"] == "flips at +0.50"
    assert "rescues 3, 0 stay wrong." in told(toy, 9.0)
    assert told(toy, -20.0).endswith("; it loses 1 that was right.")
    right = toy.student.test_logits.copy()
    right[:4, 3] = 20.0
    perfect = run_of(right, toy.student.test_labels, experiment.student)
    assert told(Experiment(perfect, perfect, None, 3), 0.1) == (
        "The student misclassifies none of 4 held-out threes (test set); the offset +0.10 "
        "changes none."
    )


def page_text(page):
    """Return all markdown on the page."""
    return " ".join(element.value for element in page.main.markdown)


def cards_of(page):
    """Return the cards of the picture grid."""
    return [card for grid in parts(page, "mistakes_pictures") for card in grid["cards"]]


def numbers_of(rows, name, network="student", cell="", order="flip"):
    """Return the images that the page has to show first."""
    found = views.sort(views.filtered(rows, name, network, cell), order)
    return found["image"].tolist()[:24]


def test_page_shows_the_cell_of_the_address_and_sends_the_matrix_what_it_counts(
    small_store, experiment
):
    page = open_page("mistakes", network="teacher", cell="8-8")
    assert not page.exception and not page.main.warning
    rows = views.images(experiment, runs.chosen_offset(experiment))
    assert [card["image"] for card in cards_of(page)] == numbers_of(rows, "cell", "teacher", "8-8")
    assert values(page, "mistakes")["cell"] == "8-8"
    (sent,) = parts(page, "mistakes_matrix")
    assert (sent["network"], sent["cell"]) == ("teacher", "8-8")
    table = counted(experiment.teacher.test_labels, said_by(experiment.teacher.test_logits))
    (teacher,) = [each for each in sent["networks"] if each["name"] == "teacher"]
    assert teacher["counts"] == table.ravel().tolist()
    assert words.lead(experiment) in page_text(page)
    (game,) = parts(page, "mistakes_guess")
    assert game["cards"] == views.game(rows, 3)


def test_page_takes_filter_order_and_offset_from_the_address(small_store, experiment):
    rows = views.images(experiment, 9.0)
    page = open_page("mistakes", show="turned", sort="number", offset="9")
    assert not page.main.warning
    expected = numbers_of(rows, "turned", order="number")
    assert [card["image"] for card in cards_of(page)] == expected
    assert cards_of(page)[0]["href"] == f"soft_targets?run={experiment.key}&image={expected[0]}"
    page.selectbox(key="mistakes_sort").select("sure").run()
    assert page.query_params["sort"] == "sure" and page.query_params["show"] == "turned"
    page.selectbox(key="mistakes_show").select("wrong").run()
    expected = numbers_of(rows, "wrong", order="sure")
    assert [card["image"] for card in cards_of(page)] == expected
    assert "show=wrong" not in page_text(page) and not page.exception


def test_leafing_through_pictures_leaves_no_warning_in_the_terminal(small_store, monkeypatch):
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    # Else nothing is warned of.
    monkeypatch.setattr(policies, "runtime", SimpleNamespace(exists=lambda: True))
    page = open_page("mistakes", show="wrong", page="2")
    assert page.session_state["mistakes_page"] == 2
    assert not policies._shown_default_value_warning


@pytest.mark.parametrize(
    "query",
    [{"cell": "12-3"}, {"cell": "<script>"}, {"network": "../../etc"}, {"network": ""}]
    + [{"show": "called-3"}, {"show": "<b>"}, {"sort": "banana"}, {"page": "999"}]
    + [{"offset": "nan"}, {"offset": "1000"}, {"numbers": "all"}],
)
def test_page_refuses_nonsense_in_the_address(small_store, query):
    page = open_page("mistakes", **query)
    assert not page.exception
    assert len(page.main.warning) == 1
    (name,) = query
    assert f"The address asks for {name}=" in page.main.warning[0].value
    used = values(page, "mistakes")
    assert (used["network"], used["show"], used["sort"]) == ("student", "cell", "flip")


def test_an_address_of_the_two_former_views_shows_what_it_named(small_store, experiment):
    page = open_page("mistakes", view="misclassified", show="still-wrong")
    assert not page.exception and not page.main.warning
    rows = views.images(experiment, runs.chosen_offset(experiment))
    assert [card["image"] for card in cards_of(page)] == numbers_of(rows, "still-wrong")


def test_page_leaves_a_filter_that_another_run_does_not_have(empty_store):
    make_store(empty_store)
    make_store(empty_store, omitted=(5,), seed=1)
    keys = [entry.key for entry in runs.students()]
    (first,) = [key for key in keys if "omit3" in key]
    (second,) = [key for key in keys if "omit5" in key]
    page = open_page("mistakes", run=first, show="called-5")
    assert values(page, "mistakes")["show"] == "called-5"
    page.sidebar.selectbox(key="sidebar_run").select(second).run()
    assert not page.exception
    assert "show" not in page.query_params
    assert "fives something else" in page_text(page)


def test_page_pages_through_a_cell_and_without_a_baseline_offers_three_networks(empty_store):
    make_store(empty_store)
    (baseline,) = [entry.key for entry in store.list_runs() if entry.config.kind == "baseline"]
    store.delete(baseline)
    page = open_page("mistakes", network="baseline", cell="8-8", page="2", sort="number")
    assert len(page.main.warning) == 1 and not page.exception
    (sent,) = parts(page, "mistakes_matrix")
    assert [each["name"] for each in sent["networks"]] == ["student", "student-offset", "teacher"]
    assert {len(card["lines"]) for card in cards_of(page)} == {3}
    student = next(entry.key for entry in store.list_runs() if entry.config.kind == "student")
    loaded = store.load(student)
    said = said_by(loaded.test_logits)
    eights = np.flatnonzero((loaded.test_labels == 8) & (said == 8)).tolist()
    assert [card["image"] for card in cards_of(page)] == eights[24:48] != []


def test_page_without_pictures_still_lists_the_images(empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    page = open_page("mistakes", cell="8-8")
    assert any("Keras's" in info.value for info in page.main.info)
    (grid,) = parts(page, "mistakes_pictures")
    assert grid["pixels"] is None and grid["cards"]
    assert not parts(page, "mistakes_guess")


def test_a_run_without_any_offset_is_said_plainly(small_store, monkeypatch):
    def none_found(*arguments):
        raise ValueError("no offset brings the mean mass there")

    monkeypatch.setattr(runs, "chosen_offset", none_found)
    page = open_page("mistakes")
    assert not page.exception
    assert "no offset brings the mean mass there" in page.main.warning[0].value
