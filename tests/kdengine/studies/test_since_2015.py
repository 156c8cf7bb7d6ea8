"""What the studies since 2015 measure, against closed forms, other ways to count, and toys."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score

from kdengine.config import run_key
from kdengine.offsets.evaluation import softmax
from kdengine.store import tables
from kdengine.studies import needed
from kdengine.studies.since_2015 import (
    inherited,
    known,
    label_shift,
    less_data,
    measuring,
    noise,
    small,
    smoothing,
    specialists,
    trained,
)
from kdengine.training import stacks
from tests.dashboard import fake_studies
from tests.kdengine import tiny_tables
from tests.kdengine.tiny_runs import DELETE

TOY = (784, 6, 10)


def random(seed=0):
    return torch.Generator().manual_seed(seed)


# The table


def test_every_study_can_be_measured_and_has_seeds_enough_for_a_verdict():
    assert set(known.STUDIES) == set(measuring._MEASURES)
    assert all(len(study.seeds) >= 3 for study in known.STUDIES.values())
    assert len(known.STUDIES["noise"].seeds) >= 10


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("seeds", 0, "rows", "own"), DELETE),
        (("seeds", 0, "rows", "own", "agree"), DELETE),
        (("seeds", 0, "rows", "own", "more"), 1.0),
        (("seeds", 0, "rows", "third"), {"agree": 1.0}),
        (("seeds", 0, "rows", "own", "agree"), "<b>"),
        (("seeds", 0, "lists", "wrong"), DELETE),
        (("seeds", 0, "lists", "wrong"), [10_000, 1]),
        (("seeds", 0, "lists", "wrong"), [0.5, 1]),
        (("seeds", 0, "lists", "more"), []),
        (("seeds", 1, "seed"), 0),
        (("seeds",), []),
        (("name",), "noise"),
        (("recipe",), "../etc"),
    ],
)
def test_a_table_that_is_not_whole_is_not_read(empty_store, place, value):
    whole = fake_studies.table("inherited")
    tiny_tables.put(known.table_of("inherited"), whole)
    assert tables.load(known.table_of("inherited")) == whole
    tiny_tables.put(known.table_of("inherited"), tiny_tables.changed(whole, place, value))
    assert tables.load(known.table_of("inherited")) is None


def test_seeds_of_another_recipe_are_measured_anew(empty_store):
    table = fake_studies.table("inherited")
    path = tables.path_of(known.table_of("inherited"))
    tiny_tables.put(known.table_of("inherited"), table)
    assert set(known.stored("inherited", path)) == {0, 1, 2}
    other = table["recipe"][:-1] + ("0" if table["recipe"][-1] != "0" else "1")
    tiny_tables.put(known.table_of("inherited"), {**table, "recipe": other})
    assert known.stored("inherited", path) == {}


# Inherited mistakes


def test_mistakes_are_counted_as_by_hand():
    truth = np.array([0, 1, 2, 3, 4, 5])
    said = [0, 1, 2, 9, 9, 9], [0, 1, 1, 9, 4, 8]
    runs = [SimpleNamespace(test_logits=np.eye(10)[s], test_labels=truth) for s in said]
    assert inherited.compared(*runs) == {
        "agree": accuracy_score(*said),
        "teacher-wrong": 3,
        "student-wrong": 3,
        "repeated": 1,
    }
    assert inherited.wrong_answers(runs[1]) == [2, 1, 3, 9, 5, 8]


def test_the_networks_that_a_study_looks_at_are_those_it_trains(monkeypatch):
    """Else the time that a dry run tells is of others."""
    asked = set()
    monkeypatch.setattr(trained.pipeline, "train_missing", lambda c, **_: asked.add(run_key(c)))
    answers = SimpleNamespace(test_logits=np.eye(10), test_labels=np.arange(10))
    monkeypatch.setattr(trained.runs, "load", lambda key: answers)
    for seed in (0, 7, 8):
        asked.clear()
        inherited.measure(seed, "fp32")
        assert asked == {network.key for network in needed.of_study("inherited", [seed])}
    smoothed = needed.of_study("smoothing", [0])
    teachers = {n.config.label_smoothing for n in smoothed if n.teacher is None}
    assert teachers == {0.0, 0.02, 0.05, 0.1} and len(smoothed) == 4 + 6
    assert needed.of_study("noise", [0]) == []


# Prior correction: ten normal classes on a line, whose true answers are known


@pytest.fixture(scope="module")
def shifted():
    """Logits of the true answers under equal frequencies, for images where threes are rarer."""
    rng = np.random.default_rng(0)
    frequencies = np.full(10, 0.108)
    frequencies[3] = 0.028
    labels = rng.choice(10, 60_000, p=frequencies)
    places = labels + rng.normal(0.0, 0.3, len(labels))
    return -((places[:, None] - np.arange(10)) ** 2) / (2 * 0.3**2), labels, frequencies


def balanced(labels, rng):
    fewest = np.bincount(labels).min()
    mask = np.zeros(len(labels), dtype=bool)
    for digit in range(10):
        mask[rng.choice(np.flatnonzero(labels == digit), fewest, replace=False)] = True
    return mask


def test_expectation_maximisation_finds_the_frequencies_of_true_answers(shifted):
    logits, labels, frequencies = shifted
    source = balanced(labels, np.random.default_rng(1))
    added = label_shift.expectation_maximised(logits, source)
    found = softmax(logits + added).mean(axis=0)
    np.testing.assert_allclose(found, frequencies, atol=0.004)


def test_black_box_estimation_finds_them_from_labels(shifted):
    logits, labels, frequencies = shifted
    source = balanced(labels, np.random.default_rng(1))
    added = label_shift.black_box(logits, source, labels[source])
    np.testing.assert_allclose(np.exp(added), frequencies * 10, atol=0.06)


def test_the_temperature_of_true_answers_is_what_they_were_multiplied_by(shifted):
    logits, labels, frequencies = shifted
    assert label_shift.temperature(2.5 * (logits + np.log(frequencies)), labels) == pytest.approx(
        2.5, rel=0.02
    )


def test_aligned_weights_have_the_others_mean_length():
    rng = np.random.default_rng(0)
    weight, bias, units = rng.normal(size=(10, 7)), rng.normal(size=10), rng.normal(size=(5, 7))
    weights = {"layers.0.weight": rng.normal(size=(7, 784)), "layers.0.bias": np.zeros(7)}
    weights |= {"layers.2.weight": weight, "layers.2.bias": bias}
    factor, added = label_shift.aligned(weights)
    changed = weight.copy()
    lengths = np.sqrt((weight**2).sum(axis=1))
    changed[3] *= np.delete(lengths, 3).mean() / lengths[3]
    wanted = units @ changed.T + bias
    np.testing.assert_allclose((units @ weight.T + bias) * factor + added, wanted, rtol=1e-6)


# Small networks


def test_networks_of_a_stack_learn_as_they_would_alone():
    pixels, labels = torch.rand(64, 784, generator=random()), torch.arange(64) % 10

    def learned(networks):
        stack = small.joined(networks)
        shown = small.labelled(pixels, labels, 3, random(1))
        small.learn(stack, shown, [small.named] * len(networks), "fp32")
        return stacks.logits_of(stack, pixels[None])

    first, second = (small.new(TOY, random(seed)) for seed in (2, 3))
    together = learned([first, second])
    torch.testing.assert_close(together[:1], learned([first]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(together[1:], learned([second]), rtol=1e-4, atol=1e-5)
    untouched = small.new(TOY, random(2))  # who starts from it, starts from a copy
    torch.testing.assert_close(first[0][0], untouched[0][0])


def test_softened_answers_pull_as_the_projects_own_loss_does():
    from kdengine.training.losses import distillation_loss, soft_targets

    said, taught = torch.randn(2, 5, 10, generator=random())
    pulls = []
    for own in (True, False):
        logits = said.clone().requires_grad_()
        if own:
            small.softened(logits.T, taught.T).backward()
        else:
            targets = soft_targets(taught, small.TEMPERATURE)
            labels = torch.zeros(5, dtype=torch.int64)
            distillation_loss(logits, targets, labels, temperature=small.TEMPERATURE).backward()
        pulls.append(logits.grad)
    torch.testing.assert_close(*pulls)


# Pictures that are no digits


@pytest.mark.parametrize("shown", ["noise", "shuffled", "photographs"])
def test_pictures_are_new_in_every_batch_and_in_range(shown):
    digits = (np.random.default_rng(0).random((40, 28, 28)) * 255).astype(np.uint8)
    pictures = noise._pictures(shown, -1.0, digits, 0)
    first, second = next(pictures), next(pictures)
    assert first.shape == (small.BATCH, 784) and not torch.equal(first, second)
    assert -1.0 <= float(first.min()) < float(first.max()) <= 1.0
    again = next(noise._pictures(shown, -1.0, digits, 0))
    assert torch.equal(first, again)
    if shown == "shuffled":  # the same grey values as one of the digits, in another order
        known_values = {tuple(np.sort(digit.ravel())) for digit in digits}
        values = np.rint((first[0].numpy() + 1.0) * 127.5).astype(np.uint8)
        assert tuple(np.sort(values)) in known_values
        assert tuple(values) not in {tuple(digit.ravel()) for digit in digits}


def test_only_the_chosen_outputs_are_learned():
    said, taught = torch.zeros(20, 4, requires_grad=True), torch.ones(20, 4)
    noise._squared(10, 13)(said, taught).backward()
    touched = said.grad.abs().sum(dim=1) > 0
    assert touched.nonzero().flatten().tolist() == [10, 11, 12]


# Gradients of single images


def test_the_spread_of_gradients_is_that_of_autograd():
    pixels = torch.rand(6, 784, generator=random())
    network = small.new((784, 5, 4, 10), random(1))
    taught, truth = torch.randn(6, 10, generator=random(2)), torch.tensor([0, 1, 2, 3, 4, 5])
    both = torch.cat([taught, torch.nn.functional.one_hot(truth, 10)], dim=1)
    weight = network[-1][0].requires_grad_()
    wanted = []
    for loss in (small.softened, small.named):
        each = []
        for i in range(6):
            said = stacks.forward(network, pixels[i : i + 1][None])[0]
            goal = taught[i : i + 1].T if loss is small.softened else truth[i : i + 1]
            each.append(torch.autograd.grad(loss(said, goal), weight)[0].flatten())
        gradients = torch.stack(each)
        spread = (gradients - gradients.mean(dim=0)).norm(dim=1).pow(2).mean().sqrt()
        wanted.append(float(spread / gradients.mean(dim=0).norm()))
    weight.requires_grad_(False)
    assert less_data.gradient_noise(network, pixels, both) == pytest.approx(wanted, rel=1e-4)


# Specialists


def test_digits_that_are_held_together_form_a_group():
    answers = np.eye(10)[np.arange(1000) % 10] * 0.9 + 0.01
    answers[4::10, 9] += 0.4
    answers[3::10, 5] += 0.3
    answers /= answers.sum(axis=1, keepdims=True)
    groups = specialists.clusters(answers)
    assert groups[4] == groups[9] != groups[3] == groups[5]


def test_a_specialist_decides_between_its_digits_alone():
    inside = torch.zeros(10, dtype=torch.bool)
    inside[[4, 9]] = True
    general = torch.full((3, 10), -4.0)
    general[0, [4, 9]] = torch.tensor([2.0, 1.9])  # not sure: 4 or 9
    general[1, [4, 9]] = torch.tensor([2.0, 1.9])
    general[2, 7] = 2.0  # none of its business
    special = torch.full((3, 10), -4.0)
    special[0, [4, 9]] = torch.tensor([-3.0, 3.0])
    special[1, [4, 9]] = torch.tensor([3.0, -3.0])
    special[2, 9] = 3.0
    said = specialists.together(general, [special], [inside])
    assert said.argmax(dim=1).tolist() == [9, 4, 7]


def test_the_answer_beside_an_agreeing_specialist_is_the_generalists():
    """With q = p every divergence is 0, so nothing is nearer."""
    general = torch.randn(8, 10, generator=random())
    insides = [torch.arange(10) < 3, torch.arange(10) > 7]
    said = specialists.together(general, [general, general], insides)
    torch.testing.assert_close(said.softmax(dim=1), general.softmax(dim=1), atol=1e-3, rtol=0.0)


def test_the_other_digits_are_pooled():
    log_answers = torch.randn(5, 10, generator=random()).log_softmax(dim=1)
    inside = torch.arange(10) < 2
    pooled = specialists._pooled(log_answers, inside).exp()
    torch.testing.assert_close(pooled.sum(dim=1), torch.ones(5))
    torch.testing.assert_close(pooled[:, 2], log_answers.exp()[:, 2:].sum(dim=1))


# The clusters of a last hidden layer


def test_the_plane_goes_through_the_three_output_weights(monkeypatch):
    """In it, distances between the three are what they are in all dimensions."""
    rng = np.random.default_rng(0)
    images = (rng.random((200, 28, 28)) * 255).astype(np.uint8)
    data = SimpleNamespace(test_images=images, test_labels=np.arange(200) % 10)
    monkeypatch.setattr(smoothing.datasets, "load", lambda name: data)
    weights = {"layers.0.weight": rng.normal(size=(6, 784)), "layers.0.bias": rng.normal(size=6)}
    weights |= {"layers.2.weight": rng.normal(size=(10, 6)), "layers.2.bias": np.zeros(10)}
    found = smoothing.clusters({name: w.astype(np.float32) for name, w in weights.items()})
    assert found.shape == (60, 3) and set(found[:, 2]) == {3.0, 5.0, 8.0}
    some = np.flatnonzero(data.test_labels == 3)[0]
    units = np.maximum(
        images[some].ravel() / 255 @ weights["layers.0.weight"].T + weights["layers.0.bias"], 0.0
    )
    a, b, c = weights["layers.2.weight"][[3, 5, 8]]
    # What lies in the plane is as long as what both its directions say of it.
    for direction in (b - a, c - a):
        assert (
            abs(units @ direction)
            <= np.linalg.norm(found[0, :2]) * np.linalg.norm(direction) + 1e-4
        )
    q, _ = np.linalg.qr(np.stack([b - a, c - a], axis=1))
    assert np.linalg.norm(found[0, :2]) == pytest.approx(np.linalg.norm(units @ q), rel=1e-4)
