"""Misclassified images: who is in which group by brute force, filters, orders, the page."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.core import runs
from dashboard.core.experiment import Experiment, offset_of
from dashboard.topics.mistakes import misclassified as views
from kdengine.store import runs as store
from kdengine.store.run_files import StoredRun
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts, values


@pytest.fixture
def experiment(small_store):
    """The small store's experiment."""
    by_kind = {entry.config.kind: store.load(entry.key) for entry in store.list_runs()}
    return Experiment(by_kind["student"], by_kind["teacher"], by_kind["baseline"], 3)


def with_student(experiment, logits, labels=None, teacher=None) -> Experiment:
    """Return the experiment with other test logits."""
    like = experiment.student
    labels = like.test_labels if labels is None else np.array(labels, dtype=np.uint8)

    def run(values) -> StoredRun:
        return replace(like, key="toy", test_logits=np.float32(values), test_labels=labels)

    return Experiment(run(logits), run(logits if teacher is None else teacher), None, 3)


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
        assert views.filtered(rows, fate)["image"].tolist() == images
    missed = sorted(expected["rescued"] + expected["still-wrong"])
    assert views.filtered(rows, "all")["image"].tolist() == missed
    teacher = experiment.teacher.test_logits.argmax(axis=1)
    assert views.filtered(rows, "teacher-wrong")["image"].tolist() == [
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
    rows = views.table(experiment, offset_of(experiment, "frequency"))
    labels = views.filters(rows, 3)
    for name, label in labels.items():
        assert label.endswith(f"({len(views.filtered(rows, name)):,})")
    called = [name for name in labels if name.startswith("called-")]
    assert sum(len(views.filtered(rows, name)) for name in called) == len(
        views.filtered(rows, "all")
    )
    assert "lost" not in labels
    assert "lost" in views.filters(views.table(experiment, -5.0), 3)


def test_orders(experiment):
    rows = views.filtered(views.table(experiment, 2.0), "all")
    assert (np.diff(views.sort(rows, "flip")["flip_threshold"]) >= 0).all()
    assert (np.diff(views.sort(rows, "sure")["student_sure"]) <= 0).all()
    assert (np.diff(views.sort(rows, "number")["image"]) > 0).all()
    assert {len(views.sort(rows, order)) for order in views.SORTS} == {len(rows)}


def toy(experiment):
    """Five threes: right, one rescued by 1, two not (teacher misses one); one 5 turned."""
    logits = np.full((5, 10), -9.0)
    for row, (first, margin) in enumerate([(3, 2.0), (5, 0.5), (5, 4.0), (8, 6.0), (5, 0.25)]):
        logits[row, 3] = 0.0
        logits[row, first] = margin
    teacher = np.eye(10)[[3, 3, 3, 8, 5]] * 9
    return with_student(experiment, logits, [3, 3, 3, 3, 5], teacher)


def test_sentence_of_a_countable_toy(experiment):
    small = toy(experiment)
    rows = views.table(small, 1.0)
    assert views.sentence(small, 1.0, rows) == (
        "The student misclassifies 3 of 4 held-out threes (test set); the offset +1.00 rescues 1, "
        "2 stay wrong, and 1 of those the teacher misses too."
    )
    assert "1 test image of other digits" in views.filter_sentence(rows, "turned", 3)
    assert "1 of them the student had right" in views.filter_sentence(rows, "turned", 3)
    assert views.cards(views.filtered(rows, "turned"))[0]["badge"] == "a 5"
    assert views.cards(views.filtered(rows, "rescued"))[0]["note"] == "flips at +0.50"


def test_sentence_follows_the_logits_and_holds_at_the_ends(experiment):
    small = toy(experiment)
    everything = views.sentence(small, 9.0, views.table(small, 9.0))
    assert "rescues 3, 0 stay wrong." in everything
    lost = views.sentence(small, -20.0, views.table(small, -20.0))
    assert lost.endswith("; it loses 1 that was right.")
    right = small.student.test_logits.copy()
    right[:4, 3] = 20.0
    perfect = with_student(experiment, right, small.student.test_labels)
    assert views.sentence(perfect, 0.1, views.table(perfect, 0.1)) == (
        "The student misclassifies none of 4 held-out threes (test set); the offset +0.10 "
        "changes none."
    )


def cards_of(page):
    """Return the cards of the page's picture grid."""
    (grid,) = parts(page, "mistakes_pictures")
    return grid["cards"]


def page_text(page):
    """Return all markdown on the page."""
    return " ".join(element.value for element in page.main.markdown)


def test_page_shows_every_misclassified_image(small_store, experiment):
    page = open_page("mistakes", view="misclassified")
    offset = runs.chosen_offset(experiment)
    rows = views.table(experiment, offset)
    assert views.sentence(experiment, offset, rows) in page_text(page)
    expected = views.sort(views.filtered(rows, "all"), "flip")["image"].tolist()
    assert [made["image"] for made in cards_of(page)] == expected[:48]
    assert cards_of(page)[0]["href"] == f"soft_targets?run={experiment.key}&image={expected[0]}"


def test_page_takes_filter_and_order_from_the_address(small_store, experiment):
    offset = runs.chosen_offset(experiment)
    rows = views.filtered(views.table(experiment, offset), "turned")
    page = open_page("mistakes", view="misclassified", show="turned", sort="number")
    assert not page.main.warning
    assert [made["image"] for made in cards_of(page)] == rows["image"].tolist()[:48]
    page.selectbox(key="mistakes_sort").select("sure").run()
    assert page.query_params["sort"] == "sure"
    assert page.query_params["show"] == "turned"


@pytest.mark.parametrize(
    "query", [{"show": "called-3"}, {"show": "<b>"}, {"sort": "banana"}, {"page": "999"}]
)
def test_page_refuses_nonsense_in_the_address(small_store, query):
    page = open_page("mistakes", view="misclassified", **query)
    assert not page.exception
    assert len(page.main.warning) == 1
    used = values(page, "mistakes")
    assert (used["show"], used["sort"], used["page"]) == ("all", "flip", 1)


def test_page_leaves_a_filter_that_another_run_does_not_have(empty_store):
    make_store(empty_store)
    make_store(empty_store, omitted=(5,), seed=1)
    keys = [entry.key for entry in runs.students()]
    (first,) = [key for key in keys if "omit3" in key]
    (second,) = [key for key in keys if "omit5" in key]
    page = open_page("mistakes", view="misclassified", run=first, show="called-5")
    assert values(page, "mistakes")["show"] == "called-5"
    page.sidebar.selectbox(key="sidebar_run").select(second).run()
    assert not page.exception
    assert "show" not in page.query_params
    assert "held-out fives" in page_text(page)


def test_page_pages_through_a_student_that_knows_no_three(empty_store):
    make_store(empty_store)
    student = next(entry for entry in store.list_runs() if entry.config.kind == "student")
    loaded = store.load(student.key)
    logits = loaded.test_logits.copy()
    logits[:, 3] -= 60.0
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (loaded.test_labels, logits.argmax(axis=1)), 1)
    store.save(
        loaded.config,
        {**loaded.metrics, "confusion": confusion.tolist()},
        weights=store.load_weights(student.key),
        logits={
            "train_logits": loaded.train_logits,
            "train_labels": loaded.train_labels,
            "test_logits": logits,
            "test_labels": loaded.test_labels,
        },
    )
    held_out = int((loaded.test_labels == 3).sum())
    assert 48 < held_out <= 96
    page = open_page("mistakes", view="misclassified", page="2", sort="number")
    assert not page.exception
    assert len(cards_of(page)) == held_out - 48
    assert values(page, "mistakes")["page"] == 2


def test_page_without_pictures_still_lists_the_images(empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    page = open_page("mistakes", view="misclassified")
    assert any("Keras's" in info.value for info in page.main.info)
    (shown,) = parts(page, "mistakes_pictures")
    assert shown["pixels"] is None
    assert shown["cards"]


def test_a_run_without_any_offset_is_said_plainly(small_store, monkeypatch):
    def none_found(*arguments):
        raise ValueError("no offset brings the mean mass there")

    monkeypatch.setattr(runs, "chosen_offset", none_found)
    page = open_page("mistakes")
    assert not page.exception
    assert "no offset brings the mean mass there" in page.main.warning[0].value
