"""Confusions: numbers against counting by hand, the charts, the page."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from dashboard.charting.specification import with_values
from dashboard.core import numbers as number_words
from dashboard.core import runs
from dashboard.core.experiment import Experiment, offset_of
from dashboard.core.params import Refused
from dashboard.figures import answers
from dashboard.topics.mistakes import charts
from dashboard.topics.mistakes import confusion as views
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
        cells = views.matrix(experiment, network, offset, "counts")
        assert (cells["images"].to_numpy().reshape(10, 10) == expected).all()
        assert np.allclose(
            cells["share"].to_numpy().reshape(10, 10), expected / expected.sum(1, keepdims=True)
        )


def test_sentence_and_bars_of_a_countable_toy(toy):
    told = views.sentence(toy, 1.0)
    assert told == (
        "Before the offset the student calls 3 of 4 held-out threes (test set) something else, "
        "most often 5 (2); with +1.00 on the logit of 3 it is 2, most often 5 and 8 (1 each)."
    )
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
    assert views.sentence(perfect, 0.5) == (
        "Before the offset the student calls none of 4 held-out threes (test set) something else; "
        "with +0.50 on the logit of 3 it is 0."
    )
    assert views.called_instead(perfect, 0.5).empty
    assert views.default_cell(perfect, 0.5) == (3, 3)


def test_a_test_set_without_the_omitted_class_is_said_plainly(toy):
    labels = np.array([1, 1, 1, 1, 5, 0], dtype=np.uint8)
    without = Experiment(run_of(toy.student.test_logits, labels, toy.student), toy.teacher, None, 3)
    assert "holds no threes" in views.sentence(without, 1.0)
    assert len(views.matrix(without, "student", 1.0, "shares")) == 100


def test_cell_images_are_the_images_of_the_cell(experiment):
    offset = offset_of(experiment, "frequency")
    labels = experiment.student.test_labels
    told = said_by(experiment.student.test_logits, offset)
    for true, called in [(3, 3), (3, 5), (8, 8), (5, 3)]:
        images = views.cell_images(experiment, "student-offset", offset, true, called)
        expected = np.flatnonzero((labels == true) & (told == called))
        assert sorted(images["image"]) == expected.tolist()
        assert f"**{len(expected)}**" in views.cell_sentence(
            experiment, "student-offset", offset, true, called
        ) or not len(expected)


def test_cards_tell_what_each_network_says_and_how_sure(experiment):
    images = views.cell_images(experiment, "teacher", 1.0, 3, 3).head(2)
    for made, image in zip(views.cards(experiment, images), images["image"], strict=True):
        assert made["image"] == image
        assert [line["name"] for line in made["lines"]] == [
            "student",
            "+ offset",
            "hard label",
            "teacher",
        ]
        logits = np.float64(experiment.teacher.test_logits[image])
        sure = 1.0 / np.exp(logits - logits.max()).sum()
        assert made["lines"][3] == {
            "name": "teacher",
            "said": "3",
            "sure": number_words.brief_percent(sure),
            "right": True,
        }


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.999, ">99\u00a0%"),
        (1.0, ">99\u00a0%"),
        (0.001, "<1\u00a0%"),
        (0.0, "0\u00a0%"),
        (0.61, "61\u00a0%"),
    ],
)
def test_percent_never_claims_certainty(share, text):
    assert number_words.brief_percent(share) == text


def test_an_empty_cell_is_said_to_be_empty(toy):
    told = views.cell_sentence(toy, "student", 1.0, 3, 0)
    assert told == "This cell is empty: the student calls none of 4 threes 0."
    assert views.cell_images(toy, "student", 1.0, 3, 0).empty


@pytest.mark.parametrize("text", ["3-", "10-1", "a-b", "", "3-55", "3_5", "-1-2", "３-5"])
def test_no_cell_is_read_from_nonsense(text):
    with pytest.raises(Refused, match="such as 3-5"):
        views.read_cell(text)


def test_all_cells_are_read_back():
    for pair in itertools.product(range(10), repeat=2):
        assert views.digits_of(views.read_cell(views.cell(*pair))) == pair


@pytest.mark.parametrize("omitted", [0, 3, 9])
def test_the_omitted_row_is_set_apart(omitted):
    gaps = np.diff(views.row_tops(omitted)) - 1.0
    expected = np.zeros(9)
    expected[[edge for edge in (omitted - 1, omitted) if 0 <= edge < 9]] = views.ROW_GAP
    assert np.allclose(gaps, expected)


def test_labels_are_counts_or_shares_and_empty_cells_are_blank(toy):
    counts = views.matrix(toy, "student", 1.0, "counts").set_index(["true", "called"])["label"]
    shares = views.matrix(toy, "student", 1.0, "shares").set_index(["true", "called"])["label"]
    assert (counts[3, 5], shares[3, 5], counts[3, 0], shares[3, 0]) == ("2", "50.0", "", "")
    assert (counts[5, 5], shares[5, 5]) == ("1", "100")


def test_charts_hold_the_numbers_and_say_them_in_words(toy):
    bars = charts.called_instead(views.called_instead(toy, 1.0), "Title").to_dict()
    assert bars["layer"][0]["encoding"]["x"]["sort"] == ["5", "8"]
    assert "student + offset, called 5: 1" in bars["description"]
    cells = views.matrix(toy, "student", 1.0, "counts")
    matrix = charts.matrix(
        cells, title="Title", omitted_class=3, omitted_words="threes", chosen=(3, 5)
    ).to_dict()
    assert "Largest confusions: 3 called 5: 2; 3 called 8: 1." in matrix["description"]
    assert [param["name"] for param in matrix["params"]] == [charts.CELL]
    rows = [row for table in matrix["datasets"].values() for row in table if "chosen" in row]
    assert {(row["true"], row["called"]) for row in rows if row["chosen"]} == {(3, 5)}
    assert json.dumps(
        with_values(charts.called_instead(cells.assign(network="student", rank=0), "T"))
    )


def page_text(page):
    """Return all markdown on the page."""
    return " ".join(element.value for element in page.main.markdown)


def shown_cards(page):
    """Return the cards of the picture grid."""
    return parts(page, "mistakes_cell")


def test_page_shows_the_cell_of_the_address(small_store, experiment):
    page = open_page("mistakes", network="teacher", cell="8-8")
    assert not page.exception
    assert not page.main.warning
    expected = views.cell_images(experiment, "teacher", 0.0, 8, 8)
    assert f"**{len(expected)}**" in page_text(page)
    (grid,) = shown_cards(page)
    assert [c["image"] for c in grid["cards"]] == expected["image"].tolist()[:24]
    assert grid["pixels"]
    assert values(page, "mistakes")["cell"] == "8-8"


def test_page_selectboxes_choose_a_cell_and_write_the_address(small_store, experiment):
    page = open_page("mistakes")
    offset = runs.chosen_offset(experiment)
    assert views.sentence(experiment, offset) in page_text(page)
    page.selectbox(key="mistakes_true").select(0)
    page.selectbox(key="mistakes_called").select(3).run()
    assert not page.exception
    assert page.query_params["cell"] == "0-3"
    empty = views.counts(experiment, "student", offset)[0, 3] == 0
    assert ("This cell is empty" in page_text(page)) == empty
    assert bool(shown_cards(page)) != empty


@pytest.mark.parametrize(
    "query", [{"cell": "12-3"}, {"cell": "<script>"}, {"network": "../../etc"}, {"network": ""}]
)
def test_page_refuses_nonsense_in_the_address(small_store, query):
    page = open_page("mistakes", **query)
    assert not page.exception
    assert len(page.main.warning) == 1
    (name,) = query
    assert f"The address asks for {name}=" in page.main.warning[0].value
    assert values(page, "mistakes")["network"] == "student"


def test_page_without_a_baseline_offers_three_networks(empty_store):
    make_store(empty_store)
    (baseline,) = [entry.key for entry in store.list_runs() if entry.config.kind == "baseline"]
    store.delete(baseline)
    page = open_page("mistakes", network="baseline")
    assert not page.exception
    assert len(page.main.warning) == 1
    (grid,) = shown_cards(page)
    assert {len(c["lines"]) for c in grid["cards"]} == {3}


def test_page_without_pictures_still_lists_the_images(empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    page = open_page("mistakes", cell="8-8")
    assert any("Keras's" in info.value for info in page.main.info)
    (grid,) = shown_cards(page)
    assert grid["pixels"] is None
    assert grid["cards"]
