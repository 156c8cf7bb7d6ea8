"""Where the dark knowledge lives: every number against loops, finite differences or torch."""

import base64
import json

import numpy as np
import pytest

from dashboard.core.numbers import fine_percent
from dashboard.parts.gallery import part as component
from dashboard.topics.dark_knowledge import figures as views
from kdengine.store import runs as store
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts
from tests.dashboard.transfer_toy import masses_of, softmax, toy, transfer


@pytest.mark.parametrize(
    ("total", "fraction", "count"),
    [(100, 0.07, 7), (101, 0.01, 2), (3, 0.01, 1), (53869, 0.1, 5387)],
)
def test_a_share_of_the_images_is_rounded_up(total, fraction, count):
    assert views.top_count(total, fraction) == count


@pytest.mark.parametrize("total", [1, 3, 20, 1254, 53869])
def test_the_curve_ends_at_all_images_and_holds_the_three_shares(total):
    tops = views.tops_of(total)
    assert tops[-1] == total and (np.diff(tops) > 0).all()
    assert {views.top_count(total, fraction) for fraction in views.TOPS} <= set(tops.tolist())


# What the page says about the transfer set


@pytest.mark.parametrize("omitted", [(3,), (3, 5)])
def test_ranking_and_summary_leave_the_omitted_classes_out(omitted):
    shown = toy(omitted)
    made, ranked = views.summary(shown), views.ranking(shown, None)
    note = views.contents(ranked, 3, None, made)["more"]["note"]
    assert ("threes and fives are left out" in note) == (omitted == (3, 5))
    assert (made.total, ranked.total) == (len(transfer(shown)),) * 2
    assert made.class_counts[list(omitted)].sum() == 0
    assert not np.isin(ranked.labels, omitted).any()
    assert views.taught_classes(shown) == [d for d in range(10) if d not in omitted]
    np.testing.assert_array_equal(ranked.logits, shown.teacher.train_logits[ranked.images])


@pytest.mark.parametrize("only", [None, 8])
def test_the_first_images_are_those_with_the_largest_mass(only):
    shown = toy()
    ranked = views.ranking(shown, only)
    for temperature in (1.0, 6.5, 50.0):
        masses = masses_of(shown, temperature)
        chosen = [i for i in masses if only in (None, shown.student.train_labels[i])]
        best = sorted(chosen, key=lambda i, m=masses: (-m[i], i))[: views.SHOWN]
        assert views.first_image(ranked, 3, temperature) == best[0]
        assert set(best) <= set(ranked.images.tolist())


def test_carriers_are_a_loops_sums():
    shown = toy()
    labels, masses = shown.student.train_labels, masses_of(shown, 4.0)
    held = {d: sum(m for i, m in masses.items() if labels[i] == d) for d in range(10)}
    largest = max(held, key=held.get)
    text = views.carriers_sentence(shown, 4.0).replace("\u00a0", " ")
    name = views.plural(largest)
    assert f"lie on {name} ({100 * held[largest] / sum(held.values()):.1f} %)" in text
    first = sum(int(np.argmax(shown.teacher.train_logits[i]) == 3) for i in transfer(shown))
    assert f"first choice is 3 on {first} image" in text


def test_carriers_with_a_single_class_left():
    shown = toy(tuple(range(1, 10)))
    text = views.carriers_sentence(shown, 4.0).replace("\u00a0", " ")
    assert "lie on zeros (100 %): together 100 % of it on 100 %" in text


def test_the_formula_holds_the_numbers_of_the_image():
    shown = toy()
    image = transfer(shown)[5]
    mass = masses_of(shown, 4.0)[image]
    assert float(views.mass_formula(shown, image, 4.0).split("=")[-1]) == pytest.approx(
        mass, rel=1e-3
    )
    assert r"\cdot 10^{-7}" in views.mass_formula(far_away(), 0, 1.0)


def far_away():
    """Return an experiment whose first image has 15 logit units between 3 and its label."""
    shown = toy()
    shown.teacher.train_logits[0] = 0.0
    shown.teacher.train_logits[0, [3, 5]] = -15.0, 0.0
    return shown


def test_words_name_all_omitted_classes_and_the_augmentation_only_if_there_was_one():
    assert "without threes and fives" in views.words(toy((3, 5)))
    assert "without threes, fives and eights" in views.words(toy((3, 5, 8)))
    assert "moved a little" not in views.words(toy())
    assert "moved a little" in views.words(toy(jitter_pixels=2))


# The component's Python face


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ({"T": 4.3, "image": 17}, {"T": 4.3, "image": 17}),
        ({"T": 400, "image": 18}, {}),
        ({"T": "x", "image": True}, {}),
        ({"image": 17.0}, {}),
        ({"T": float("nan"), "image": 1}, {"image": 1}),
        ("x", {}),
        (None, {}),
    ],
)
def test_what_the_browser_reports_is_checked(rest, expected):
    assert component.left_at({"rest": rest}, (1.0, 50.0), {1, 17}) == expected
    assert component.left_at(None, (1.0, 50.0), {1, 17}) == {}


def test_browser_gets_logits_pictures_and_points_in_one_order():
    shown = toy()
    made, ranked = views.summary(shown), views.ranking(shown, None)
    images = (np.arange(200, dtype=np.uint8)[:, None, None] * np.ones((28, 28))).astype(np.uint8)
    sent = views.contents(ranked, 3, images, made)
    logits = np.frombuffer(base64.b64decode(sent["logits"]), dtype="<f4").reshape(-1, 10)
    np.testing.assert_array_equal(logits, shown.teacher.train_logits[sent["images"]])
    pixels = np.frombuffer(base64.b64decode(sent["pixels"]), dtype=np.uint8).reshape(-1, 784)
    assert pixels[:, 0].tolist() == sent["images"]
    counts = [views.top_count(made.total, fraction) for fraction in views.TOPS]
    more = sent["more"]
    assert [more["tops"][point] for point in more["points"]] == counts
    assert views.contents(ranked, 3, None, made)["pixels"] is None
    assert views.contents(ranked, 3, None, None)["more"] is None
    assert json.loads(json.dumps(more))["counts"] == made.class_counts.tolist()


def test_the_sums_over_all_images_are_made_for_who_asks_for_them():
    assert component.wants_more({"rest": {"T": 2, "image": 5, "more": True}})
    for rest in ({"T": 2, "more": False}, {"more": 1}, {}, "more", None):
        assert not component.wants_more({"rest": rest})
    assert not component.wants_more(None)


# The page


def mounted(page) -> dict:
    """Return what the page's component was given."""
    return parts(page, "dark_knowledge_gallery")[0]


def texts(page) -> str:
    """Return all the page's Markdown."""
    return "\n".join(block.value for block in page.main.markdown).replace("\u00a0", " ")


def test_page_opens_at_the_students_temperature_on_the_first_image(small_store):
    page = open_page("dark_knowledge")
    sent = mounted(page)
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    assert page.title[0].value == "Where do the threes hide?"
    assert sent["T"] == entry.config.temperature
    assert sent["pixels"] and sent["shown"] == views.SHOWN and sent["more"] is None
    assert page.segmented_control(key="dark_knowledge_digit").value == "all"


def test_every_control_comes_from_the_address(small_store):
    first = open_page("dark_knowledge", digit="8")
    image = mounted(first)["images"][-1]
    page = open_page("dark_knowledge", T="2.5", digit="8", image=str(image))
    sent = mounted(page)
    assert not page.main.warning
    assert (sent["T"], sent["image"], set(sent["labels"])) == (2.5, image, {8})
    assert page.segmented_control(key="dark_knowledge_digit").value == 8


@pytest.mark.parametrize(
    ("digit", "image"),
    [("3", "x"), ("10", "-17"), ("٣", "²"), ("8.0", "9" * 5000), ("", "1e1"), ("-1", "100000")],
)
def test_a_bad_address_is_said_and_loses_nothing(small_store, digit, image):
    page = open_page("dark_knowledge", T="nan", digit=digit, image=image)
    assert not page.exception
    assert len(page.main.warning) == 3
    assert max(len(warning.value) for warning in page.main.warning) < 250
    assert set(mounted(page)["labels"]) > {0, 8}


def test_choosing_a_class(small_store):
    page = open_page("dark_knowledge")
    page.segmented_control(key="dark_knowledge_digit").set_value(5).run()
    assert set(mounted(page)["labels"]) == {5}
    assert page.query_params["digit"] == "5"
    page.segmented_control(key="dark_knowledge_digit").set_value("all").run()
    assert "digit" not in page.query_params
    assert not page.exception


def test_two_omitted_classes_show_the_one_in_focus(empty_store):
    make_store(empty_store, omitted=(3, 5))
    page = open_page("dark_knowledge")
    assert mounted(page)["digit"] == 3
    page.segmented_control(key="sidebar_omitted").set_value(5).run()
    assert not page.exception
    sent = mounted(page)
    assert sent["digit"] == 5 and not {3, 5} & set(sent["labels"])
    assert page.title[0].value == "Where do the fives hide?"


def test_the_first_sentence_names_the_two_extremes_and_no_average(small_store):
    page = open_page("dark_knowledge", T="20")
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    teacher = store.load(store.load(entry.key).config.teacher)
    masses = [
        softmax(row / 20.0)[3]
        for row, label in zip(teacher.train_logits, teacher.train_labels, strict=True)
        if label != 3
    ]
    told = page.main.markdown[0].value
    for share in (max(masses), min(masses)):
        assert f"**{fine_percent(share)}**" in told
    assert fine_percent(sum(masses) / len(masses)) not in told


def test_without_mnist_the_tiles_hold_numbers(empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    page = open_page("dark_knowledge")
    assert not page.exception
    assert mounted(page)["pixels"] is None
    assert any("Keras's" in info.value for info in page.main.info)
