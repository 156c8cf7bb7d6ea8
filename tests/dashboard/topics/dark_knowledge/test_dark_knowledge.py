"""Where the dark knowledge lives: every number against loops, finite differences or torch."""

import base64

import numpy as np
import pytest

from dashboard.core.numbers import fine_percent
from dashboard.parts.gallery import part as component
from dashboard.topics.dark_knowledge import figures as views
from kdengine.store import runs as store
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts
from tests.dashboard.transfer_toy import masses_of, softmax, toy, transfer

# What the page says about the transfer set


@pytest.mark.parametrize("omitted", [(3,), (3, 5)])
def test_the_ranking_leaves_the_omitted_classes_out(omitted):
    shown = toy(omitted)
    ranked = views.ranking(shown, None)
    assert ranked.total == len(transfer(shown))
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


def test_that_images_were_moved_is_told_only_if_they_were():
    assert views.moved_note(toy()) == ""
    assert "moved a little" in views.moved_note(toy(jitter_pixels=2))


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
    sent = {"visit": 2, **rest} if isinstance(rest, dict) else rest
    assert component.left_at({"rest": sent}, 2, (1.0, 50.0), {1, 17}) == expected
    assert component.left_at({"rest": sent}, 3, (1.0, 50.0), {1, 17}) == {}
    assert component.left_at(None, 2, (1.0, 50.0), {1, 17}) == {}


def test_browser_gets_logits_and_pictures_in_one_order():
    shown = toy()
    ranked = views.ranking(shown, None)
    images = (np.arange(200, dtype=np.uint8)[:, None, None] * np.ones((28, 28))).astype(np.uint8)
    sent = views.contents(ranked, 3, images)
    logits = np.frombuffer(base64.b64decode(sent["logits"]), dtype="<f4").reshape(-1, 10)
    np.testing.assert_array_equal(logits, shown.teacher.train_logits[sent["images"]])
    pixels = np.frombuffer(base64.b64decode(sent["pixels"]), dtype=np.uint8).reshape(-1, 784)
    assert pixels[:, 0].tolist() == sent["images"]
    assert views.contents(ranked, 3, None)["pixels"] is None


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
    assert sent["pixels"] and sent["shown"] == views.SHOWN
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
