"""The replay: a hand-countable toy, a loop over epochs and images, pictures as files, the page."""

import base64
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFont

from dashboard.charting import theme
from dashboard.core.experiment import Experiment
from dashboard.core.params import Refused
from dashboard.parts.replay import part as player
from dashboard.topics.learning import animation
from dashboard.topics.learning import figures as views
from kdengine.recipes import plans
from kdengine.store import runs as store
from kdengine.store.run_files import StoredRun
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts, values

LABELS = np.array([3, 5, 3, 5, 3, 0], dtype=np.uint8)


def logits_saying(answers, margin=2.0):
    """Return logits whose largest is the answer and whose second largest is 3, *margin* lower."""
    logits = np.zeros((len(answers), 10), dtype=np.float32)
    logits[:, 3] = 5.0 - np.asarray(margin)
    logits[np.arange(len(answers)), answers] = 5.0
    return logits


@pytest.fixture
def toy():
    """Three threes, two fives, a zero; 3 and 5 omitted; two epochs; thresholds 0, 4 and 1."""
    config = store_config((3, 5))
    final = logits_saying([3, 5, 5, 5, 8, 0], [0, 2, 4, 2, 1, 2])
    history = [{"accuracy": 0.25}, {"accuracy": 0.5}]
    student = StoredRun(
        "toy",
        config,
        {"history": history},
        train_logits=np.zeros((0, 10), dtype=np.float32),
        train_labels=np.zeros(0, dtype=np.uint8),
        test_logits=final,
        test_labels=LABELS,
    )
    # After the first epoch the omitted classes' five images are called 3, 5, 8, 3, 5.
    replayed = np.stack([logits_saying([3, 5, 8, 3, 5]), final[[0, 1, 2, 3, 4]]])
    return Experiment(student, student, None, 3), replayed.astype(np.float16)


def store_config(omitted):
    """Return the configuration of a student on digits."""
    return plans.experiment(dataset="digits", omitted_classes=omitted, seed=0).student


@pytest.fixture
def played(toy):
    """The toy's replay with an offset of 1.5, which brings the 8 back but not the 5."""
    return views.replay(*toy, 1.5)


def long_replay(epochs, images=61):
    """Return a replay in which one more image is right after each epoch."""
    answers = np.full((epochs + 1, images), 5, dtype=np.uint8)
    for step in range(epochs + 1):
        answers[step, : step % images] = 3
    answers[-1] = 3
    return views.Replay(3, np.arange(images), answers, np.linspace(0, 1, epochs + 1), 500, 2.0)


# What the views compute


def test_replay_of_a_countable_toy(played):
    assert played.images.tolist() == [0, 4, 2]  # by flip threshold: 0 (right), 1, 4
    assert played.answers.tolist() == [[3, 5, 8], [3, 8, 5], [3, 3, 5]]
    assert played.right.tolist() == [1, 1, 2]
    # 3, 5, 5 of the fives and the zero are right; the offset of 1.5 turns none of those.
    assert played.accuracy.tolist() == [0.25, 4 / 6, 5 / 6]
    rows = views.table(played)
    assert rows["step"].tolist() == ["1", "2", "offset"]
    assert rows["gained"].tolist() == [0, 0, 1]
    assert rows["lost"].tolist() == [0, 0, 0]


def test_the_class_in_focus_is_the_one_replayed(toy):
    shown, logits = toy
    fives = views.replay(replace(shown, omitted_class=5), logits, 0.0)
    assert sorted(fives.images) == [1, 3]
    first = dict(zip(fives.images.tolist(), fives.answers[0].tolist(), strict=True))
    assert first == {1: 5, 3: 3}


def test_sentence_and_titles_count(played):
    assert views.sentence(played) == (
        "After its first epoch the student, which never sees a 3, recognises **1 of 3** held-out "
        "threes, **1** after epoch 2; the offset +1.50 makes it **2**."
    )
    assert views.step_title(played, 2) == "After epoch 2 of 2: 1 of 3 threes right (33.3\u00a0%)"
    assert views.step_title(played, 3) == "With the offset +1.50: 2 of 3 threes right (66.7\u00a0%)"
    grown = views.sentence(long_replay(60))
    assert "more than half after epoch 32, **59** after epoch 60" in grown


def test_a_run_without_epochs_or_images_is_refused(toy):
    shown, logits = toy
    with pytest.raises(ValueError, match="no epoch of held-out threes"):
        views.replay(shown, logits[:0], 1.0)
    none = replace(shown.student, test_labels=np.full_like(LABELS, 5))
    with pytest.raises(ValueError, match="no epoch of held-out threes"):
        views.replay(replace(shown, student=none), logits, 1.0)


def test_replay_agrees_with_a_loop_over_the_stored_files(small_store):
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    student = store.load(entry.key)
    logits = store.load_replay(entry.key)
    shown = Experiment(student, student, None, 3)
    made = views.replay(shown, logits, 2.0)
    threes = [i for i, label in enumerate(student.test_labels) if label == 3]
    assert sorted(made.images) == threes
    for column, image in enumerate(made.images):
        for epoch in range(len(logits) - 1):
            assert made.answers[epoch, column] == logits[epoch][threes.index(image)].argmax()
        shifted = student.test_logits[image].astype(np.float64)
        assert made.answers[-2, column] == shifted.argmax()
        shifted[3] += 2.0
        assert made.answers[-1, column] == shifted.argmax()


@pytest.mark.parametrize("bad", ["0", "3", "-1", "x", "", "²", "1e0", "9" * 30, "Offset"])
def test_a_step_that_does_not_exist_is_refused(bad, played):
    with pytest.raises(Refused, match="a step from 1 to 2 or offset"):
        views.reader_of_steps(played)(bad)


def test_steps_have_the_address_names(played):
    read = views.reader_of_steps(played)
    for step in (1, 2, 3):
        assert views.step_number(played, read(views.step_name(played, step))) == step
    assert views.step_number(played, None) == 1


@pytest.mark.parametrize("epochs", [1, 2, 6, 130, 200])
def test_frames_have_the_interval_and_always_both_ends(epochs):
    made = long_replay(epochs)
    for interval in views.intervals(made):
        steps = views.frame_steps(made, interval)
        assert steps == sorted(set(steps))
        assert {1, epochs, epochs + 1} <= set(steps)
        inner = [s for s in steps if s not in (1, epochs, epochs + 1)]
        assert inner == [s for s in range(2, epochs) if s % interval == 0]
    assert len(views.frame_steps(made, views.usual_interval(made))) <= 28
    with pytest.raises(ValueError, match="use 1 or more"):
        views.frame_steps(made, 0)


# Pictures


@pytest.fixture(scope="module")
def drawings():
    """500 made-up images: a bright stroke each, at another place."""
    images = np.zeros((500, 28, 28), dtype=np.uint8)
    for number in range(500):
        images[number, 4:24, 4 + number % 20] = 255
    return images


@pytest.mark.parametrize(("interval", "frames"), [(1, 9), (2, 6), (4, 4)])
def test_gif_has_its_frames_and_durations(interval, frames, drawings):
    made = long_replay(8)
    opened = Image.open(io.BytesIO(animation.gif(made, drawings, interval, 4)))
    assert (opened.format, opened.size, opened.n_frames) == ("GIF", (1280, 720), frames)
    assert opened.info["loop"] == 0
    seen, durations = [], []
    for number in range(frames):
        opened.seek(number)
        durations.append(opened.info["duration"])
        seen.append(np.asarray(opened.convert("RGB")))
    assert durations == [250] * (frames - 1) + [3000]
    for frame in seen:
        assert len(Image.fromarray(frame).getcolors(1 << 24)) > 20  # not blank
    assert all((a != b).any() for a, b in zip(seen[:-1], seen[1:], strict=True))


def green(image) -> int:
    """Return how many pixels have the colour of right tiles."""
    colour = [int(theme.STUDENT_AFTER[at : at + 2], 16) for at in (1, 3, 5)]
    return int((np.asarray(image.convert("RGB")) == colour).all(axis=-1).sum())


def test_as_many_tiles_are_lit_as_images_are_right(drawings):
    made = long_replay(40)
    counts = [green(animation.frame(made, drawings, step)) for step in (1, 11, 21, 41)]
    # Right before each: 0, 10, 20 and all 61; frames of new tiles take a little.
    lit = np.array([0, 10, 20, 61])
    assert counts[0] == 0
    area = (counts[2] - counts[1]) / 10
    np.testing.assert_allclose(counts, lit * area, rtol=0.2)


def test_tiles_without_pictures_say_the_answers():
    made = long_replay(40)
    with_none = animation.frame(made, None, 21)
    assert green(with_none) > 1000
    before = np.asarray(animation.frame(made, None, 20))
    assert (np.asarray(with_none) != before).any()


@pytest.mark.parametrize("count", [1, 10, 61, 1010, 2000])
def test_every_image_has_its_tile_and_the_wall_stays_on_the_page(count):
    side, columns = animation._grid(count)
    rows = -(-count // columns)
    assert columns * (side + 1) <= animation.WIDTH
    assert rows * (side + 1) <= animation.HEIGHT - animation._WALL_TOP


def test_what_is_written_on_a_frame_has_no_sign_that_its_font_lacks():
    font = ImageFont.load_default(20)
    lacking = bytes(font.getmask("\u2603"))
    made = long_replay(8)
    for step in range(1, 10):
        text = animation.writable(views.step_title(made, step))
        assert all(sign == " " or bytes(font.getmask(sign)) != lacking for sign in text)


def test_pngs_are_named_in_order_and_of_a_slides_size(drawings):
    content = animation.png_zip(long_replay(8), drawings, 4)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        sizes = {Image.open(io.BytesIO(archive.read(name))).size for name in names}
    assert names == [
        "replay-epoch-001.png",
        "replay-epoch-004.png",
        "replay-epoch-008.png",
        "replay-offset.png",
    ]
    assert names == sorted(names)
    assert sizes == {(1280, 720)}


@pytest.mark.parametrize("rate", [0, -1, 100, float("nan")])
def test_impossible_frame_rates_are_refused(rate):
    with pytest.raises(ValueError, match="use 1 to 50"):
        animation.gif(long_replay(2), None, 1, rate)


# The component's Python face


def test_what_the_browser_sends_is_checked(played):
    def left(**changed):
        rest = {"step": 2, "speed": "1", "visit": 4, **changed}
        return player.left_at({"rest": rest}, 4, played.epochs + 1, views.SPEEDS)

    assert left() == (2, "1")
    assert left(step=3) == (3, "1")
    for bad in ({"step": 4}, {"step": 0}, {"step": "2"}, {"step": True}, {"speed": "9"}):
        assert left(**bad) is None
    assert left(visit=3) is None
    for nothing in (None, {}, {"rest": None}, {"rest": []}, {"rest": "x"}, {"rest": {}}):
        assert player.left_at(nothing, 4, 3, views.SPEEDS) is None


def test_the_browser_gets_answers_and_pictures_in_the_walls_order(played):
    images = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((28, 28), dtype=np.uint8)
    contents = views.contents(played, images)
    pixels = np.frombuffer(base64.b64decode(contents["pixels"]), dtype=np.uint8)
    assert pixels.reshape(3, 784)[:, 0].tolist() == [0, 4, 2]
    answers = np.frombuffer(base64.b64decode(contents["answers"]), dtype=np.uint8)
    assert answers.tolist() == [3, 5, 8, 3, 8, 5, 3, 3, 5]
    assert contents["last"] == 3


# The page


def mounted(page) -> dict:
    """Return what the page's player was given."""
    return parts(page, "learning_player")[0]


def test_page_starts_at_the_first_epoch_and_plays(small_store):
    page = open_page("learning")
    shown = mounted(page)
    assert (shown["step"], shown["plays"], shown["last"]) == (1, True, 4)
    assert shown["pixels"]
    assert values(page, "learning")["step"] is None


def test_every_control_comes_from_the_address(small_store):
    page = open_page("learning", step="offset", speed="4", every="1", fps="10")
    shown = mounted(page)
    assert (shown["step"], shown["speed"], shown["plays"]) == (4, "4", False)
    assert page.selectbox(key="learning_fps").value == 10
    assert page.selectbox(key="learning_every").value == 1
    page.selectbox(key="learning_fps").select(5).run()
    assert page.query_params["step"] == "offset"
    assert page.query_params["fps"] == "5"


def test_a_bad_address_is_said_and_loses_nothing(small_store):
    page = open_page("learning", step="77", speed="<b>", every="3", fps="0")
    assert not page.exception
    assert len(page.main.warning) == 4
    assert mounted(page)["step"] == 1


def nothing(key):
    """Stand for `load_replay` of a run that stores none."""


def test_a_run_without_a_replay_says_so(small_store, monkeypatch):
    monkeypatch.setattr(store, "load_replay", nothing)
    page = open_page("learning")
    assert not page.exception
    assert any("python -m kdengine run --fresh" in info.value for info in page.main.info)


def test_a_damaged_replay_says_what_is_wrong(small_store):
    (path,) = small_store.rglob("replay.safetensors")
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    page = open_page("learning")
    assert not page.exception
    assert "SHA-256" in page.main.warning[0].value


def test_two_omitted_classes_show_the_one_in_focus(empty_store):
    make_store(empty_store, omitted=(3, 5))
    page = open_page("learning")
    assert mounted(page)["digit"] == 3
    page.segmented_control(key="sidebar_omitted").set_value(5).run()
    assert not page.exception
    assert mounted(page)["digit"] == 5
    assert page.title[0].value == "When do the fives appear?"
