"""The drawing page: answers by brute force, choice of images, codes, morph, chart, page."""

import json
import math
import re
import zlib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.core.params import Refused
from dashboard.parts.pad import part as digit_pad
from dashboard.topics.draw import charts, figures, morph
from dashboard.topics.draw import strokes as read
from kdengine.data import drawing
from kdengine.store import runs as store
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts, values


def one_layer(scale: float) -> dict:
    """Return the weights of a network whose logit of class k is *scale* times pixel k / 255."""
    weight = np.zeros((10, 784), dtype=np.float32)
    weight[np.arange(10), np.arange(10)] = scale
    return {"layers.0.weight": weight, "layers.0.bias": np.zeros(10, dtype=np.float32)}


def image_of(**pixels) -> np.ndarray:
    """Return a blank image with the first row's pixels p0 … p9 set."""
    image = np.zeros((28, 28), dtype=np.uint8)
    for name, value in pixels.items():
        image[0, int(name[1:])] = value
    return image


WEIGHTS = {"teacher": one_layer(10.0), "student": one_layer(5.0), "baseline": one_layer(1.0)}


def experiment(omitted=(3,), focus=3, baseline=True) -> Experiment:
    """Return what the views read of an experiment."""
    student = SimpleNamespace(key="s", config=SimpleNamespace(omitted_classes=omitted))
    return Experiment(student, None, student if baseline else None, focus)


def gallery(labels, teacher, student=None, baseline=None) -> figures.Gallery:
    """Return a gallery of blank images whose networks say these logits."""
    logits = {"teacher": np.float32(teacher)}
    logits["student"] = logits["teacher"] if student is None else np.float32(student)
    if baseline is not None:
        logits["baseline"] = np.float32(baseline)
    images = np.zeros((len(labels), 28, 28), dtype=np.uint8)
    return figures.Gallery("mnist", images, np.array(labels), logits)


def row(**logits) -> list[float]:
    """Return ten logits, 0 but for those named z0 … z9."""
    return [float(logits.get(f"z{digit}", 0.0)) for digit in range(10)]


# Answers


def test_answers_come_from_each_networks_weights_and_the_offset_from_the_students():
    said = figures.answers(WEIGHTS, [image_of(p3=255, p8=51)], 3, 1.5)
    assert list(said) == ["teacher", "baseline", "student", "student-offset"]
    assert said["teacher"][0].tolist() == pytest.approx(row(z3=10, z8=2))
    assert said["baseline"][0].tolist() == pytest.approx(row(z3=1, z8=0.2))
    assert said["student"][0].tolist() == pytest.approx(row(z3=5, z8=1))
    assert said["student-offset"][0].tolist() == pytest.approx(row(z3=6.5, z8=1))
    assert "student-offset" not in figures.answers(WEIGHTS, [image_of()])


def test_networks_are_those_that_the_experiment_has():
    four = ["teacher", "baseline", "student", "student-offset"]
    assert figures.networks(experiment()) == four
    assert figures.networks(experiment(baseline=False)) == ["teacher", "student", "student-offset"]
    assert figures.networks(experiment((), None)) == ["teacher", "baseline", "student"]
    assert figures.note_of("baseline", experiment((3, 5))) == "never saw a 3 or 5"
    assert figures.note_of("student", experiment((), None)) == "saw all digits"


# Images to begin with


def test_telling_image_is_where_the_networks_differ_as_the_story_has_it():
    labels = [5, 3, 3, 3, 3]
    teacher = [row(z5=9), row(z3=9), row(z3=9), row(z3=9), row(z3=9)]
    student = [row(z5=9), row(z3=9), row(z5=9), row(z3=1, z5=2), row(z3=1.8, z5=2)]
    baseline = [row(z5=9)] * 5
    shown = gallery(labels, teacher, student, baseline)
    # 1 is known at once, 2 not even with the offset; 4 is surer than 3 with it.
    assert figures.telling_image(shown, 3, 1.5) == 4
    # Without an offset no image is rescued: a 3 that student and teacher know is next best.
    assert figures.telling_image(shown, 3, 0.0) == 1
    # A class without a test image of which anything holds still gives some image.
    assert 0 <= figures.telling_image(shown, 9, 1.0) < 5


def test_telling_image_with_nothing_omitted_is_the_least_certain():
    assert figures.telling_image(gallery([1, 2], [row(z1=5), row(z2=1)]), None, 0.0) == 1


def test_near_misses_are_sure_right_and_nearest_by_class():
    labels = [5, 5, 8, 8, 2, 7, 3]
    teacher = [
        row(z5=30, z3=2),
        row(z5=30, z3=20),  # the nearest 5
        row(z8=3, z3=2.9),  # not sure
        row(z8=30, z3=10),  # the nearest sure 8
        row(z2=30, z3=15),  # the student has it wrong
        row(z7=30, z3=1),
        row(z3=30),  # is one
    ]
    student = [list(logits) for logits in teacher]
    student[4] = row(z1=5)
    shown = gallery(labels, teacher, student)
    assert figures.near_misses(shown, 3) == [1, 3, 5]
    assert figures.near_misses(shown, 3, count=1) == [1]
    assert figures.near_misses(shown, None) == []
    assert figures.idea(shown, 3, 3) == "Turn this 8 into a 3"


def test_next_of_a_digit_goes_round():
    shown = gallery([4, 1, 4, 4], [row()] * 4)
    assert [figures.next_of_digit(shown, 4, image) for image in (-1, 0, 1, 2, 3)] == [0, 2, 2, 3, 0]
    assert figures.next_of_digit(shown, 9, 2) == 2


def test_notice_speaks_of_too_much_and_too_little():
    blank = np.zeros((28, 28), dtype=np.uint8)
    assert figures.notice(blank) == ""
    assert "100\u00a0% of the pad is ink" in figures.notice(blank + 1)
    dot = blank.copy()
    dot[3, 3:6] = 200
    assert "Hardly a stroke" in figures.notice(dot)
    dot[8:20, 12:15] = 255
    assert figures.notice(dot) == ""


def test_offset_range_widens_for_an_offset_outside():
    assert figures.offset_range(1.5) == (-4.0, 10.0)
    assert figures.offset_range(-6.2) == (-8.0, 10.0)
    assert figures.offset_range(14.1) == (-4.0, 16.0)


# The address and the pad's report


def test_a_drawing_survives_its_code():
    rng = np.random.default_rng(0)
    for image in (
        rng.integers(0, 256, (28, 28)).astype(np.uint8),
        np.zeros((28, 28), dtype=np.uint8),
        np.full((28, 28), 255, dtype=np.uint8),
    ):
        code = read.encode(image)
        assert re.fullmatch(r"[\w-]*", code)
        assert np.array_equal(read.decode(code), image)
        assert read.read(code) == code


def bomb() -> str:
    """Return a short code that unpacks to 10 MB."""
    return read.encode(np.zeros(10_000_000, dtype=np.uint8))[:1400]


@pytest.mark.parametrize(
    "code",
    ["", "banana", "!!!", "ü", "A" * 5000, read.encode(np.zeros(783, np.uint8)), "..", "%00"]
    + [read.encode(np.zeros(785, np.uint8)), read.encode(np.ones((28, 28), np.uint8))[:-4]],
)
def test_a_damaged_drawing_is_named(code):
    with pytest.raises(Refused, match="damaged"):
        read.read(code)


def test_a_code_cannot_unpack_to_more_than_a_drawing(monkeypatch):
    taken = []
    unpack = zlib.decompressobj

    class Watched:
        def __init__(self, *options):
            self.real = unpack(*options)

        def decompress(self, *arguments):
            taken.append(len(content := self.real.decompress(*arguments)))
            return content

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    with pytest.raises(Refused):
        read.read(bomb())
    assert taken == [785]


def test_the_pads_report_is_checked():
    start, pixels = read.reported({"start": "4", "pixels": [7] * 784})
    assert start == "4" and (pixels == 7).all()
    for broken in (
        None,
        [],
        "x",
        {},
        {"pixels": "x" * 784},
        {"pixels": [1] * 783},
        {"pixels": [300] * 784},
        {"pixels": [[1]] * 784},
        {"pixels": [{}] * 784},
        {"pixels": [None] * 784},
    ):
        with pytest.raises(ValueError, match=r"drawing"):
            read.reported(broken)


# Morph


def test_blends_go_straight_from_first_to_last():
    between = morph.blends(image_of(p0=100), image_of(p0=200, p1=40))
    assert between.shape == (41, 28, 28)
    np.testing.assert_allclose(between[:, 0, 0], 100 + 100 * np.arange(41) / 40, rtol=1e-6)
    np.testing.assert_allclose(between[:, 0, 1], np.arange(41), atol=1e-5)


def test_morph_table_equals_brute_force():
    pair = (image_of(p5=255), image_of(p3=255))
    found = morph.table(WEIGHTS, pair, 2.0, 3, 1.5)
    assert len(found) == 4 * 41 * 10
    for role, scale, offset in (
        ("teacher", 10, 0),
        ("hard-label student", 1, 0),
        ("student", 5, 0),
        ("student + offset", 5, 1.5),
    ):
        for step in (0, 13, 40):
            way = step / 40
            powers = [1.0] * 10
            powers[5] = math.exp(scale * (1 - way) / 2)
            powers[3] = math.exp((scale * way + offset) / 2)
            rows = found[(found["role"] == role) & np.isclose(found["way"], way)]
            expected = np.array(powers) / sum(powers)
            np.testing.assert_allclose(
                rows.sort_values("digit")["probability"], expected, rtol=1e-6
            )


def test_a_curve_is_of_one_digit_and_says_what_each_network_answers():
    pair = (image_of(p5=255), image_of(p3=255))
    curve = morph.curves(morph.table(WEIGHTS, pair, 1.0, 3, 2.4), 3)
    assert len(curve) == 4 * 41
    # At the middle both are even and the lower number wins; 5(1 - w) = 5w + 2.4 at 0.26.
    for role, turn in (("teacher", 0.5), ("student", 0.5), ("student + offset", 0.275)):
        rows = curve[curve["role"] == role]
        assert (rows["answer"] == np.where(rows["way"] > turn - 1e-9, 3, 5)).all()


def test_morph_chart_keeps_its_specification_when_only_data_change():
    ends = pd.DataFrame({"order": [0, 1], "url": ["data:image/png;base64,AA"] * 2})

    def spec(temperature):
        along = morph.table(
            WEIGHTS, (image_of(p5=255), image_of(p3=255)), temperature, 3, temperature
        )
        made = charts.morph_curves(morph.curves(along, 3), ends, 3).to_dict()
        data = made.pop("datasets")
        text = json.dumps(made)
        for place, name in enumerate(data):
            text = text.replace(name, f"data{place}")
        return text, made["description"], list(data.values())

    (cold, words, rows), (warm, _, other_rows) = spec(1.0), spec(9.0)
    assert cold == warm  # the words for who does not see it, too: a browser builds anew for those
    assert rows != other_rows
    assert "probability of 3" in words
    names = re.findall(r'"name": "(morph_line_\w+)"', cold)
    assert len(set(names)) == 4


# The page


def pad_of(page) -> dict:
    """Return what the page hands to the pad."""
    (sent,) = parts(page, "draw_pad")
    return sent


def lead_of(page) -> str:
    """Return all Markdown of the page."""
    return "\n".join(block.value for block in page.main.markdown)


def test_page_answers_to_the_drawing_in_its_address(small_store):
    image = np.zeros((28, 28), dtype=np.uint8)
    image[2:9, 3:20] = 180
    page = open_page("draw", drawing=read.encode(image), T="7.5", offset="-1.25")
    assert not page.exception and not page.main.warning
    shown = pad_of(page)
    assert shown["pixels"] == image.ravel().tolist()
    seen = drawing.to_mnist_form(image)
    assert shown["seen"] == seen.ravel().tolist()
    assert (shown["temperature"], shown["offset"]["value"]) == (7.5, -1.25)
    assert [network["shifted"] for network in shown["networks"]] == [False, False, False, True]
    by_kind = {entry.config.kind: entry.key for entry in store.list_runs()}
    for place, kind in enumerate(("teacher", "baseline", "student", "student")):
        units, weights = seen.reshape(1, 784) / 255.0, store.load_weights(by_kind[kind])
        for layer in (0, 2, 4):
            units = units @ weights[f"layers.{layer}.weight"].T + weights[f"layers.{layer}.bias"]
            units = np.maximum(units, 0) if layer < 4 else units
        np.testing.assert_allclose(shown["networks"][place]["logits"], units[0], atol=1e-4)
    assert "never saw a 3" in lead_of(page)
    assert values(page, "draw")["drawing"] == read.encode(image)


def test_an_unaltered_picture_gets_the_answers_that_are_stored_for_it(empty_store, monkeypatch):
    """Which are those of the shipped run: the fake store's logits are not its weights'."""
    monkeypatch.delenv("KDENGINE_CACHE_DIR")
    (student,) = [
        entry
        for entry in store.list_runs()
        if entry.key.startswith("student-digits") and "shipped" in entry.path.parts
    ]
    page = open_page("draw", run=student.key, image="430")
    found = pad_of(page)
    runs_shown = (student.config.teacher, student.key, student.key)
    for place, key in zip((0, 2, 3), runs_shown, strict=True):
        logits = store.load(key).test_logits[430]
        np.testing.assert_allclose(found["networks"][place]["logits"], logits, atol=1e-3)
    assert found["seen"] == found["pixels"]


def test_page_begins_with_a_picture_and_takes_another(small_store):
    page = open_page("draw")
    telling = pad_of(page)
    assert sum(telling["pixels"]) > 0 and telling["focus"] == 3
    assert telling["offset"]["value"] == telling["offset"]["usual"]
    page.number_input(key="draw_from_number").set_value(7).run()
    other = pad_of(page)
    assert other["start"] != telling["start"] and other["pixels"] != telling["pixels"]
    assert page.query_params["image"] == "7"
    page.selectbox(key="draw_from_digit").select(4).run()
    number = int(page.query_params["image"])
    student = store.load(page.session_state["run_key"])
    assert student.test_labels[number] == 4 and number > 7
    empty = pad_of(open_page("draw", image="empty"))
    assert not any(empty["pixels"])
    assert all(network["logits"] is None for network in empty["networks"])
    assert empty["words"]["blank"] == "Draw a 3 here"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"image": "99999"}, "image=` 99999 `"),
        ({"drawing": "banana"}, "damaged"),
        ({"T": "cold"}, "T=` cold `"),
        ({"offset": "1e9"}, "offset=` 1e9 `"),
        ({"first": "-1"}, "first=` -1 `"),
        ({"last": "empty"}, "last=` empty `"),
        ({"digit": "12"}, "digit=` 12 `"),
    ],
)
def test_page_names_what_is_wrong_in_its_address(small_store, query, message):
    page = open_page("draw", **query)
    assert not page.exception
    assert message in page.main.warning[0].value
    assert any(pad_of(page)["pixels"])
    name = next(iter(query))
    assert str(values(page, "draw")[name]) != query[name]


@pytest.mark.parametrize("filled", [0, 255])
def test_page_takes_a_drawing_of_nothing_and_of_everything(small_store, filled):
    page = open_page("draw", drawing=read.encode(np.full((28, 28), filled, dtype=np.uint8)))
    assert not page.exception and not page.main.warning
    shown = pad_of(page)
    assert ("of the pad is ink" in shown["notice"]) == bool(filled)
    assert (shown["networks"][0]["logits"] is None) == (not filled)


def test_page_without_a_baseline_has_three_networks_and_says_where_it_is_made(small_store):
    (baseline,) = [e for e in store.list_runs() if e.config.kind == "baseline"]
    store.delete(baseline.key)
    page = open_page("draw")
    assert not page.exception
    names = [network["name"] for network in pad_of(page)["networks"]]
    assert names == ["Teacher", "Student", "Student + offset"]
    assert any("Also train the hard-label student" in info.value for info in page.main.info)


def test_page_with_several_omitted_classes_follows_the_one_in_focus(empty_store):
    make_store(empty_store, omitted=(3, 5))
    page = open_page("draw")
    assert pad_of(page)["omitted"] == [3, 5] and pad_of(page)["focus"] == 3
    page.sidebar.button_group[0].set_value(5).run()
    assert not page.exception
    assert pad_of(page)["focus"] == 5 and page.selectbox(key="draw_digit").value == 5


def test_page_with_nothing_omitted_has_no_offset(empty_store):
    make_store(empty_store, omitted=())
    page = open_page("draw", offset="1")
    shown = pad_of(page)
    assert not page.exception
    assert shown["offset"] is None and shown["focus"] is None and len(shown["networks"]) == 3
    assert shown["starts"] == [] and "what does each network call it" in lead_of(page)


def test_page_without_mnist_begins_with_scikit_learns_digits(empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    page = open_page("draw")
    assert not page.exception
    assert sum(pad_of(page)["pixels"]) > 0
    assert any("scikit-learn" in info.value for info in page.main.info)


def test_page_without_an_offset_says_so_and_begins_at_zero(small_store, monkeypatch):
    def none_found(*arguments):
        raise ValueError("no offset brings the mean mass there")

    monkeypatch.setattr(runs, "chosen_offset", none_found)
    page = open_page("draw")
    assert not page.exception
    assert "no offset brings the mean mass there" in page.main.warning[0].value
    assert pad_of(page)["offset"] == {"value": 0.0, "usual": None, "low": -4.0, "high": 10.0}


def test_page_with_damaged_weights_says_so(small_store):
    (student,) = [e for e in store.list_runs() if e.config.kind == "student"]
    (student.path / "weights.safetensors").write_bytes(b"nothing")
    page = open_page("draw")
    assert not page.exception
    assert "weights.safetensors" in page.main.warning[0].value


def test_morph_follows_its_pickers(small_store):
    page = open_page("draw", first="3", last="8", digit="6")
    before = [c.proto.SerializeToString() for c in page.get("vega_lite_chart")]
    assert len(before) == 1
    assert page.number_input(key="draw_first").value == 3
    page.number_input(key="draw_last").set_value(11).run()
    assert not page.exception
    assert page.query_params["last"] == "11" and page.query_params["first"] == "3"
    assert [c.proto.SerializeToString() for c in page.get("vega_lite_chart")] != before


def test_what_the_pad_reported_is_read_from_its_state():
    assert digit_pad.said("no_such_pad", "drawing") is None
