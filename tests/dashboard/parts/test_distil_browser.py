"""The scene in real Chromium: its maths against numpy, then playing, stepping, pausing."""

import json
import re

import numpy as np
import pytest

from kdengine.data import datasets
from kdengine.offsets import criteria
from kdengine.synthetic import noise_teacher
from tests.dashboard.conftest import ROOT, settle
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped

pytestmark = pytest.mark.browser

COMPONENT = ROOT / "dashboard" / "parts" / "distil"
SCENE = ".st-key-learning_scene"
HOST = f"document.querySelector('{SCENE} [data-testid=\"stBidiComponentIsolated\"]').shadowRoot"
STATE = f"{HOST}.querySelector('.distil').scene"
RUN = """async ([source, call]) => {
    const blob = new Blob([source], {type: 'text/javascript'});
    const m = await import(URL.createObjectURL(blob));
    return new Function('m', call)(m);
}"""
TINY = {"images": 200, "epochs": 4, "hidden": 12, "batch": 20, "rate": 0.02}


# The maths: the same algorithm written once more, by whole batches in numpy


def random_from(seed):
    """Return a generator of mulberry32's numbers."""
    state = seed
    while True:
        state = (state + 0x6D2B79F5) % 2**32
        mixed = (state ^ (state >> 15)) * (state | 1) % 2**32
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) % 2**32
        yield (mixed ^ (mixed >> 14)) / 2**32


def shuffled(count, random):
    order = list(range(count))
    for at in range(count - 1, 0, -1):
        other = int(next(random) * (at + 1))
        order[at], order[other] = order[other], order[at]
    return order


def start(hidden, random):
    """Return weights and biases of both layers, as drawn from *random*."""

    def uniform(shape, most):
        drawn = [next(random) for _ in range(shape[0] * shape[1])]
        return (2 * np.array(drawn).reshape(shape) - 1) * most

    first = uniform((196, hidden), (6 / 196) ** 0.5)
    second = uniform((hidden, 10), (1 / hidden) ** 0.5)
    return [first, np.zeros(hidden), second, np.zeros(10)]


def softened(logits, temperature):
    shares = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return shares / shares.sum(axis=1, keepdims=True)


def trained(weights, images, targets, temperature, random, steps, *, epochs, batch, rate):
    """Train with Adam and the rising and falling rate; return the weights."""
    memories = [(np.zeros_like(part), np.zeros_like(part)) for part in weights]
    total, step = epochs * -(-len(images) // batch), 0
    while True:
        order = shuffled(len(images), random)
        for begin in range(0, len(images), batch):
            if step == steps:
                return weights
            chosen = order[begin : begin + batch]
            x = images[chosen]
            units = np.maximum(x @ weights[0] + weights[1], 0)
            shares = softened(units @ weights[2] + weights[3], temperature)
            # T² times the gradient of KL(targets ‖ softmax(z / T)), the mean of the batch
            slope = temperature * (shares - targets[chosen]) / len(chosen)
            below = (slope @ weights[2].T) * (units > 0)
            slopes = [x.T @ below, below.sum(axis=0), units.T @ slope, slope.sum(axis=0)]
            rise = 0.1 * total
            share = (step + 1) / (rise + 1) if step < rise else (total - step) / (total - rise)
            step += 1
            for part, gradient, (mean, square) in zip(weights, slopes, memories, strict=True):
                mean += 0.1 * (gradient - mean)
                square += 0.01 * (gradient**2 - square)
                corrected = np.sqrt(square / (1 - 0.99**step))
                # Adam's small constant is added before the correction in the script.
                small = 1e-8 / np.sqrt(1 - 0.99**step)
                part -= rate * share * (mean / (1 - 0.9**step)) / (corrected + small)


@pytest.fixture
def compute(tab):
    """Return a function that runs the lines of a function of the scene's functions, ``m``."""
    source = "".join(
        (COMPONENT / name).read_text() for name in ("network.js", "training.js", "sizes.js")
    )
    tab.goto("about:blank")
    return lambda lines: tab.evaluate(RUN, [source, lines])


def test_a_hundred_steps_are_numpys(compute):
    draws = np.random.default_rng(5)
    pixels = draws.integers(0, 256, (90, 196)) * (draws.random((90, 196)) < 0.3)
    logits = np.round(draws.normal(0, 8, (90, 10)), 3)
    labels = draws.choice([0, 1, 2, 4, 5, 6, 7, 8, 9], 90)
    sizes = {"hidden": 24, "epochs": 30, "batch": 16, "rate": 0.015}
    found = compute(f"""
        const material = m.digitMaterial({{
            pictures: Uint8Array.from({pixels.flatten().tolist()}),
            logits: Float32Array.from({logits.flatten().tolist()}),
            labels: Uint8Array.from({labels.tolist()}), omitted: [3] }});
        const lesson = m.makeLesson(material, ['soft', 'hard', 'cut'], {json.dumps(sizes)}, 9);
        for (let step = 0; step < 100; step += 1) m.trainBatch(lesson, 20);
        return lesson.students.map(s => Array.from(m.answersTo(s.network, material.images)));
    """)
    images = pixels / 255
    hard = np.eye(10)[labels]
    soft = softened(logits, 20)
    cut = soft * (np.arange(10) != 3)
    ways = [(soft, 20), (hard, 1), (cut / cut.sum(axis=1, keepdims=True), 20)]
    for answers, (targets, heat) in zip(found, ways, strict=True):
        random = random_from(9)
        weights = start(sizes["hidden"], random)
        rest = {name: sizes[name] for name in ("epochs", "batch", "rate")}
        w = trained(weights, images, targets, heat, random, 100, **rest)
        expected = np.maximum(images @ w[0] + w[1], 0) @ w[2] + w[3]
        assert np.abs(expected).max() > 1  # it has learned something
        np.testing.assert_allclose(np.reshape(answers, (-1, 10)), expected, rtol=0, atol=1e-4)


def test_the_offset_is_the_engines(compute):
    logits = np.random.default_rng(1).normal(0, 3, (400, 10)).astype(np.float32)
    given = f"Float32Array.from({logits.flatten().tolist()})"
    for share in (0.02, 0.1022, 0.4):
        found = compute(f"return m.frequencyOffset({given}, 3, {share})")
        assert found["offset"] == pytest.approx(
            criteria.mass_matching_offsets(logits, [3], [share])[0], abs=1e-3
        )
    assert compute(f"return m.frequencyOffset({given}, 3, 1 - 1e-12)")["offset"] is None
    shifted = logits + 1.5 * (np.arange(10) == 3)
    said = compute(f"return Array.from(m.saidAt({given}, 3, 1.5))")
    assert said == shifted.argmax(axis=1).tolist()


def test_noise_is_answered_by_the_stored_teacher(compute):
    weights = noise_teacher.weights("digits")
    given = ",".join(
        f"{name}: Float64Array.from({part.flatten().tolist()})" for name, part in weights.items()
    )
    images, logits = compute(f"""
        const noise = m.noiseMaterial(m.withWeights({{{given}}}), 6, 4);
        noise.prepare(6);
        return [Array.from(noise.images), Array.from(noise.logits)];
    """)
    drawn = random_from(4)
    expected = 2 * np.array([next(drawn) for _ in range(6 * 196)]).reshape(6, 196) - 1
    np.testing.assert_allclose(np.reshape(images, (6, 196)), expected, atol=1e-6)
    np.testing.assert_allclose(
        np.reshape(logits, (6, 10)),
        noise_teacher.answers(weights, expected.astype(np.float32)),
        atol=1e-3,
    )


def test_a_slow_device_learns_from_less(compute):
    def planned(source, **given):
        found = compute(f"return m.planned('{source}', {json.dumps(given)})")
        return found["images"], found["epochs"], found.get("isSmaller", False)

    assert planned("digits", there=10_000, students=2, cost=0.03) == (10_000, 10, False)
    assert planned("digits", there=10_000, students=2, cost=0.1) == (6_000, 8, True)
    assert planned("digits", there=10_000, students=1, cost=0.1) == (10_000, 10, False)
    assert planned("noise", there=10**9, students=1, cost=9) == (6_000, 4, True)
    assert planned("digits", there=1_000, students=2, cost=0.01) == (1_000, 60, False)


# The page


@pytest.fixture
def page(server, tab):
    """Open the scene on the digits run, of tiny sizes."""

    def open_at(**sizes):
        tab.goto(f"{server}/learning?run={shipped('digits')}&step=1")
        settle(tab)
        tab.locator(f"{SCENE} .play:enabled").wait_for()
        resize(tab, **sizes)
        return tab

    return open_at


def resize(tab, **sizes):
    """Begin anew with TINY sizes, or others."""
    tab.evaluate(
        f"sizes => {{ const s = {STATE}; s.data.sizes = sizes; s.sizes = s.plan(); s.reset(); }}",
        TINY | sizes,
    )


def find(tab, part):
    return tab.locator(f"{SCENE} .{part}")


def until(tab, condition):
    """Wait until a *condition* of the scene, ``s``, holds."""
    tab.wait_for_function(f"(s => {condition})({STATE})")


def counts(tab):
    """Return the counts that are shown, of both students."""
    return [int(text.replace(",", "")) for text in find(tab, "count").all_inner_texts()]


def by_numpy(tab, images, labels, offset=0.0):
    """Return how many of *images* (N, 196) each student has right, from its weights."""
    weights = tab.evaluate(
        f"""async () => (await {STATE}.weights()).map(w => Object.fromEntries(
            ['first', 'firstBias', 'second', 'secondBias'].map(n => [n, Array.from(w[n])])))"""
    )
    right = []
    for each in weights:
        hidden = len(each["firstBias"])
        shapes = {"first": (196, hidden), "second": (hidden, 10)}
        parts = {name: np.reshape(each[name], shapes.get(name, -1)) for name in each}
        logits = noise_teacher.answers(parts, images) + offset * (np.arange(10) == 3)
        right.append(int((logits.argmax(axis=1) == labels).sum()))
    return right


def threes():
    """Return the held-out threes as the student sees them, and their labels."""
    data = datasets.load("digits")
    own = data.test_images[data.test_labels == 3]
    return noise_teacher.averaged(own).reshape(len(own), -1) / 255, 3


def test_it_trains_here_and_tells_nobody(page):
    tab = page(images=1076, epochs=12, hidden=24, batch=10)
    assert find(tab, "count").all_inner_texts() == ["–", "–"]
    asked = len(tab.sent)
    find(tab, "play").focus()
    tab.keyboard.press("Enter")
    until(tab, "s.isDone")
    soft, hard = counts(tab)
    assert soft > 0
    assert hard == 0
    assert [soft, hard] == by_numpy(tab, *threes())
    assert re.search(f"soft targets: {soft} of 61", find(tab, "spoken").inner_text())
    assert f"{soft} of them lit" in find(tab, "wall").first.get_attribute("aria-label")
    tab.locator(f"{SCENE} .criterion").click()
    offset = float(find(tab, "offset").input_value())
    assert offset > 0
    assert counts(tab) == by_numpy(tab, *threes(), offset)
    assert counts(tab)[0] > soft
    assert f"(without: {soft})" in find(tab, "of").first.inner_text()
    assert "2,000" not in find(tab, "criterion-says").inner_text()  # digits has fewer pictures
    assert "of 1,200 pictures" in find(tab, "criterion-says").inner_text()
    find(tab, "offset").focus()
    tab.keyboard.press("Home")
    assert counts(tab)[0] <= soft
    tab.locator(f"{SCENE} .teaching").first.select_option("cut")
    until(tab, "!s.clock.step")
    find(tab, "play").click()
    until(tab, "s.isDone")
    assert counts(tab) == [0, 0]
    assert len(tab.sent) == asked


def test_pause_hidden_tabs_and_single_steps(page):
    tab = page(images=1076, epochs=400)
    find(tab, "play").click()
    until(tab, "s.clock.step > 0")
    find(tab, "play").click()
    until(tab, "s.rest")
    at = tab.evaluate(f"{STATE}.clock.step")
    tab.evaluate(f"async () => {{ await {STATE}.weights(); }}")  # a message later it is still there
    assert tab.evaluate(f"{STATE}.clock.step") == at
    assert find(tab, "play").inner_text().endswith("Go on")
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
        document.dispatchEvent(new Event('visibilitychange')); }"""
    find(tab, "play").click()
    until(tab, f"s.clock.step > {at}")
    tab.evaluate(hide, True)
    assert not tab.evaluate(f"{STATE}.playing")
    tab.evaluate(hide, False)
    assert tab.evaluate(f"{STATE}.playing")
    tab.evaluate("() => { delete document.hidden }")
    resize(tab)
    find(tab, "one").click()
    find(tab, "mechanism").wait_for()
    tab.wait_for_function(f"{HOST}.querySelectorAll('.phase.shown').length === 5")
    said, other = (
        [
            float(text.rstrip("\u00a0%"))
            for text in tab.locator(f"{SCENE} .{name} .value").all_inner_texts()
        ]
        for name in ("teacher", "given")
    )
    assert sum(said) == pytest.approx(100, abs=0.5)
    pushed = tab.locator(f"{SCENE} .push .value").all_inner_texts()
    numbers = [float(text.replace("−", "-")) for text in pushed]
    np.testing.assert_allclose(numbers, np.subtract(said, other), atol=0.11)
    # The answer to the held-out 3 has moved by what the two numbers beside it say.
    moved = tab.locator(f"{SCENE} .moved").first.inner_text().replace("−", "-")
    by, before, after = map(float, re.findall(r"[+-]?\d+\.\d\d", moved))
    assert by == pytest.approx(after - before, abs=0.011)
    assert by != 0
    assert moved.split()[-3] in find(tab, "spoken").inner_text().replace("−", "-")
    asked = len(tab.sent)
    assert "Other digits right" not in find(tab, "facts").inner_text()  # nothing has been trained
    find(tab, "play").click()
    until(tab, "s.isDone")
    assert len(tab.sent) == asked
    assert find(tab, "wall").first.is_visible()
    assert re.search(r"Other digits right: \d", find(tab, "facts").inner_text())


def test_nothing_but_noise_a_phone_and_little_motion(page):
    tab = page()
    find(tab, "sees").select_option("noise")
    until(tab, "s.given?.teacher && s.sizes && !s.clock.step")
    tab.locator(f"{SCENE} .play:enabled").wait_for()
    resize(tab, images=3000, epochs=4, hidden=32, rate=0.01)
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.emulate_media(reduced_motion="reduce")
    find(tab, "play").click()
    until(tab, "s.isDone")
    data = datasets.load("digits")
    right = counts_of_noise(tab)
    wall = tab.evaluate(f"Array.from({STATE}.labels)")
    assert np.bincount(wall).tolist() == [len(wall) // 10] * 10
    (of_all,) = by_numpy(tab, noise_teacher.scaled(data.test_images), data.test_labels)
    assert right > 0.3 * len(wall)  # a network that knows nothing has a tenth
    assert abs(right / len(wall) - of_all / len(data.test_labels)) < 0.08
    for name in ("play", "when", "snow"):
        box = find(tab, name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    lit = tab.evaluate(f"Array.from({STATE}.columns[0].lit).reduce((a, b) => a + b)")
    assert lit == right


def counts_of_noise(tab):
    return int(find(tab, "count").first.inner_text().replace(",", ""))
