"""Training against a second implementation written here, brute-force shifts and itself."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from kdengine.config import (
    TARGET_CHANGES,
    BaselineConfig,
    StudentConfig,
    TeacherConfig,
    planned_epochs,
)
from kdengine.offsets import evaluation
from kdengine.store import run_files, shapes
from kdengine.training import fit as training

TEACHER = TeacherConfig(epochs=2, hidden_sizes=(12,), batch_size=32)
STUDENT = StudentConfig(
    epochs=2, hidden_sizes=(12,), batch_size=32, teacher="teacher-mnist-all-seed0-00000000"
)
BASELINE = BaselineConfig(epochs=2, hidden_sizes=(12,), batch_size=32)


def toy(images, seed):
    """Return noisy copies of ten random patterns, one a class: easy to tell apart."""
    patterns = np.random.default_rng(99).integers(0, 256, (10, 28, 28))
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, images)
    noisy = patterns[labels] + rng.normal(0.0, 60.0, (images, 28, 28))
    return noisy.clip(0, 255).astype(np.uint8), labels


@pytest.fixture(scope="module")
def data():
    """Return the arrays that `fit` takes: 150 images to learn from, 80 to be tested on."""
    images, labels = toy(150, seed=1)
    test_images, test_labels = toy(80, seed=2)
    for array in (images, labels, test_images, test_labels):
        array.setflags(write=False)
    return {
        "images": images,
        "labels": labels,
        "test_images": test_images,
        "test_labels": test_labels,
    }


@pytest.fixture(scope="module")
def teacher_logits():
    """Return made-up answers of a teacher to the 150 images."""
    return np.random.default_rng(5).normal(0.0, 8.0, (150, 10)).astype(np.float32)


def trained(config, data, **options):
    """Train a network; return its weights and its records."""
    network = training.build_network(config)
    records = list(training.fit(network, config, **data, **options))
    return {name: w.copy() for name, w in training.weights_of(network).items()}, records


def assert_same(first, second):
    """Two sets of arrays are bit for bit the same."""
    assert first.keys() == second.keys()
    for name in first:
        assert np.array_equal(first[name], second[name]), name


# Against a second implementation


def reference_weights(config, data, teacher_logits, *, seeds):
    """Train without optimisers, losses or layers of any library: formulas and autograd."""
    weights_seed, shuffling_seed = seeds
    draw = torch.Generator().manual_seed(weights_seed)
    sizes = [784, *config.hidden_sizes, 10]
    parameters = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
        bound = 1.0 / math.sqrt(inputs)
        for shape in ((outputs, inputs), (outputs,)):
            uniform = torch.empty(shape).uniform_(-bound, bound, generator=draw)
            parameters.append(uniform.requires_grad_())
    pixels = torch.tensor(data["images"].reshape(-1, 784) / 255.0, dtype=torch.float32)
    labels = torch.tensor(data["labels"])
    shuffle = torch.Generator().manual_seed(shuffling_seed)
    first = [torch.zeros_like(p) for p in parameters]
    second = [torch.zeros_like(p) for p in parameters]
    step, total = 0, config.epochs * -(-len(pixels) // config.batch_size)
    for _ in range(config.epochs):
        order = torch.randperm(len(pixels), generator=shuffle)
        for start in range(0, len(pixels), config.batch_size):
            batch = order[start : start + config.batch_size]
            units = pixels[batch]
            for layer in range(0, len(parameters), 2):
                units = units @ parameters[layer].T + parameters[layer + 1]
                if layer < len(parameters) - 2:
                    units = units.clamp(min=0.0)
            loss = reference_loss(config, units, teacher_logits, batch, labels[batch])
            gradients = torch.autograd.grad(loss, parameters)
            rate, beta = one_cycle(config, step, total), 0.9
            step += 1
            with torch.no_grad():
                for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                    m.mul_(beta).add_((1 - beta) * g)
                    v.mul_(config.beta2).add_((1 - config.beta2) * g * g)
                    moved = m / (1 - beta**step)
                    spread = (v / (1 - config.beta2**step)).sqrt() + 1e-8
                    p -= rate * moved / spread
    return [p.detach().numpy() for p in parameters]


def one_cycle(config, step, total):
    """Return the learning rate: constant, or cosines up over 30 % and down."""
    if config.schedule == "constant":
        return config.learning_rate
    peak, low, end = config.learning_rate, config.learning_rate / 25, config.learning_rate / 25e4
    top = 0.3 * total - 1
    if step <= top:
        rising = (1 - math.cos(math.pi * step / top)) / 2
        return low + (peak - low) * rising
    falling = (1 + math.cos(math.pi * (step - top) / (total - 1 - top))) / 2
    return end + (peak - end) * falling


def reference_loss(config, logits, teacher_logits, batch, labels):
    """Return the batch's loss from its formula."""
    log_probabilities = logits - logits.logsumexp(dim=1, keepdim=True)
    hard = -log_probabilities[torch.arange(len(labels)), labels].mean()
    if config.kind != "student":
        return hard
    t = config.temperature
    answers = torch.tensor(teacher_logits)[batch] / t
    targets = answers - answers.logsumexp(dim=1, keepdim=True)
    softened = logits / t - (logits / t).logsumexp(dim=1, keepdim=True)
    soft = (targets.exp() * (targets - softened)).sum(dim=1).mean()
    factor = t**2 if config.scale_soft_by_t2 else 1.0
    return config.soft_weight * factor * soft + config.hard_weight * hard


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
@pytest.mark.parametrize(
    ("config", "seeds"),
    [
        (TEACHER, (7, 7 + 17)),
        (BASELINE, (7 + 1, 7 + 31)),
        (STUDENT, (7 + 1, 7 + 31)),
        (replace(STUDENT, temperature=4.0, hard_weight=0.5, scale_soft_by_t2=False), (8, 38)),
    ],
    ids=["teacher", "baseline", "student", "student with hard labels"],
)
def test_two_epochs_are_those_of_a_second_implementation(
    config, seeds, schedule, data, teacher_logits, monkeypatch
):
    monkeypatch.setattr(training, "round_weights", lambda network: None)
    config = replace(config, seed=7, schedule=schedule, hidden_sizes=(12, 8))
    answers = {"teacher_logits": teacher_logits} if config.kind == "student" else {}
    weights, _ = trained(config, data, **answers)
    reference = reference_weights(config, data, teacher_logits, seeds=seeds)
    start = [w.numpy() for w in training.build_network(config).state_dict().values()]
    for found, expected, untrained in zip(weights.values(), reference, start, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-6)
        assert np.abs(expected - untrained).max() > 1e-4  # something was learnt


def test_weight_decay_is_decoupled_with_adamw_and_part_of_the_gradient_with_adam(data):
    """A pixel that is always black has no gradient, so its weights tell the two apart."""
    dark = {**data, "images": np.zeros_like(data["images"])}
    config = replace(TEACHER, epochs=1, batch_size=150, weight_decay=0.5, learning_rate=0.01)
    start = training.build_network(config).state_dict()["layers.0.weight"].numpy()
    decoupled, _ = trained(replace(config, optimizer="adamw"), dark)
    shrunk = start * (1 - 0.01 * 0.5)
    np.testing.assert_allclose(decoupled["layers.0.weight"], shrunk, rtol=1e-3, atol=1e-7)
    coupled, _ = trained(replace(config, optimizer="adam"), dark)
    moved = start - 0.01 * np.sign(start)  # Adam's first step is the sign of the gradient
    is_large = np.abs(start) > 1e-3
    np.testing.assert_allclose(coupled["layers.0.weight"][is_large], moved[is_large], atol=1e-4)


# The same numbers again


@pytest.mark.parametrize(("precision", "threads"), [("fp32", 1), ("fp32", 2), ("bf16", 1)])
def test_one_seed_gives_the_same_bits_twice(data, precision, threads):
    torch.set_num_threads(threads)
    config = replace(TEACHER, jitter_pixels=2, dropout=0.2, schedule="one_cycle")
    torch.manual_seed(1)
    first_weights, first = trained(config, data, precision=precision)
    torch.manual_seed(2)
    second_weights, second = trained(config, data, precision=precision)
    assert_same(first_weights, second_weights)
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.test_logits, other.test_logits)
        assert one.figures["training_loss"] == other.figures["training_loss"]


def test_another_seed_gives_other_numbers(data):
    first, _ = trained(TEACHER, data)
    second, _ = trained(replace(TEACHER, seed=1), data)
    assert all(not np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("changed", [{"jitter_pixels": 1}, {"dropout": 0.3}])
def test_jitter_and_dropout_change_the_numbers(data, changed):
    _, plain = trained(TEACHER, data)
    _, other = trained(replace(TEACHER, **changed), data)
    assert plain[-1].figures["training_loss"] != other[-1].figures["training_loss"]


def test_dropout_is_at_work_in_every_epoch_and_never_when_tested(data):
    """With next to no rate the network stays as it is; its loss shows the dropped units."""
    config = replace(TEACHER, epochs=3, dropout=0.9, learning_rate=1e-12, batch_size=150)
    whole = training.compute_logits(training.build_network(config), data["images"])
    undisturbed = evaluation.cross_entropy(whole, data["labels"])
    _, records = trained(config, data)
    assert all(abs(record.figures["training_loss"] - undisturbed) > 0.01 for record in records)
    assert len({record.figures["test_loss"] for record in records[:-1]}) == 1


def test_precision_changes_the_numbers_a_little(data):
    exact, _ = trained(TEACHER, data, precision="fp32")
    coarse, _ = trained(TEACHER, data, precision="bf16")
    differences = [np.abs(exact[name] - coarse[name]).max() for name in exact]
    assert 0.0 < max(differences) < 0.02


def test_the_global_random_state_is_left_alone(data):
    torch.manual_seed(123)
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002  the global state is the point
    before = torch.random.get_rng_state()
    config = replace(TEACHER, jitter_pixels=2, dropout=0.3, initialisation="he")
    weights, _ = trained(config, data)
    training.load_network(config, weights)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


def test_the_data_are_left_alone(data):
    copies = {name: array.copy() for name, array in data.items()}
    trained(replace(TEACHER, jitter_pixels=2), data)
    assert_same(copies, data)


# Records


@pytest.mark.parametrize(
    ("images", "changed", "epochs"),
    [
        (1000, {"epochs": 7, "batch_size": 100, "minimum_steps": 0}, 7),
        (1000, {"epochs": 7, "batch_size": 100, "minimum_steps": 70}, 7),
        (1000, {"epochs": 7, "batch_size": 100, "minimum_steps": 71}, 8),
        (1001, {"epochs": 1, "batch_size": 100, "minimum_steps": 22}, 2),
        (5, {"epochs": 1, "batch_size": 100, "minimum_steps": 600}, 600),
        (60_000, {"epochs": 6, "batch_size": 256, "minimum_steps": 600}, 6),
    ],
)
def test_the_floor_on_steps_adds_epochs_where_they_lack(images, changed, epochs):
    config = replace(TEACHER, **changed)
    assert planned_epochs(config, images) == epochs
    steps = epochs * math.ceil(images / config.batch_size)
    assert steps >= config.minimum_steps


def test_fit_yields_a_record_for_each_planned_epoch(data):
    config = replace(TEACHER, epochs=1, minimum_steps=14)  # 5 steps an epoch
    _, records = trained(config, data)
    assert [(record.figures["epoch"], record.figures["epochs"]) for record in records] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]


def test_a_records_figures_are_those_of_its_logits(data, teacher_logits):
    config = replace(STUDENT, omitted_classes=(3, 5))
    _, records = trained(config, data, teacher_logits=teacher_logits)
    labels = data["test_labels"]
    for record in records:
        right = record.test_logits.argmax(axis=1) == labels
        is_omitted = np.isin(labels, (3, 5))
        assert record.figures["accuracy"] == pytest.approx(right.mean())
        assert record.figures["omitted_accuracy"] == pytest.approx(right[is_omitted].mean())
        assert record.figures["other_accuracy"] == pytest.approx(right[~is_omitted].mean())
        assert record.figures["per_class_accuracy"][4] == pytest.approx(right[labels == 4].mean())
        assert record.figures["test_loss"] == evaluation.cross_entropy(record.test_logits, labels)
        assert record.figures["seconds"] > 0.0
        assert json.loads(json.dumps(record.figures)) == record.figures
        assert shapes.checked(record.figures, run_files.Epoch)
    _, records = trained(TEACHER, data)
    assert records[0].figures["omitted_accuracy"] is None


def test_the_training_loss_is_the_mean_over_images_not_over_batches(data):
    """With a rate of almost nothing the loss stays that of the untrained network."""
    config = replace(TEACHER, epochs=1, batch_size=140, learning_rate=1e-12)  # 140 + 10 images
    network = training.build_network(config)
    logits = training.compute_logits(network, data["images"])
    _, (record,) = trained(config, data)
    expected = evaluation.cross_entropy(logits, data["labels"])
    assert record.figures["training_loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_last_record_is_what_the_stored_weights_answer(data, precision):
    """Weights are stored as float16; the logits stored beside them are theirs, in fp32."""
    weights, records = trained(replace(TEACHER, dropout=0.2), data, precision=precision)
    for array in weights.values():
        assert np.array_equal(array, array.astype(np.float16).astype(np.float32))
    stored = {name: array.astype(np.float16) for name, array in weights.items()}
    network = training.load_network(replace(TEACHER, dropout=0.2), stored)
    again = training.compute_logits(network, data["test_images"])
    assert np.array_equal(again, records[-1].test_logits)
    assert not np.array_equal(again, records[0].test_logits)


def test_compute_logits_is_the_forward_pass_whatever_the_batches(data, monkeypatch):
    network = training.build_network(replace(TEACHER, dropout=0.5))
    whole = training.compute_logits(network, data["test_images"])
    monkeypatch.setattr(training, "_EVALUATION_BATCH", 33)
    parts = training.compute_logits(network, data["test_images"])
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    weights = [w.numpy().astype(np.float64) for w in network.state_dict().values()]
    units = data["test_images"].reshape(-1, 784) / 255.0
    expected = np.maximum(units @ weights[0].T + weights[1], 0) @ weights[2].T + weights[3]
    np.testing.assert_allclose(whole, expected, atol=1e-5)
    assert whole.dtype == np.float32


# Does it learn?


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_an_easy_problem_is_learnt(data, precision):
    config = replace(TEACHER, epochs=12, schedule="one_cycle", learning_rate=5e-3)
    _, records = trained(config, data, precision=precision)
    assert records[-1].figures["accuracy"] > 0.95  # chance is 0.1
    assert records[-1].figures["training_loss"] < 0.2 * records[0].figures["training_loss"]


def test_a_student_learns_from_soft_targets_alone(data):
    """Its own labels are nonsense here; all it knows comes from the teacher."""
    teacher_logits = 10.0 * np.eye(10, dtype=np.float32)[data["labels"]]
    nonsense = {**data, "labels": (data["labels"] + 1) % 10}
    config = replace(STUDENT, epochs=40, temperature=4.0, learning_rate=5e-3)
    _, records = trained(config, nonsense, teacher_logits=teacher_logits)
    assert records[-1].figures["accuracy"] > 0.95


def test_a_jittered_student_gets_the_teachers_answer_to_the_shifted_image(data):
    """Its training loss against its own teacher is 0 only if both see the same pixels."""
    config = replace(STUDENT, epochs=1, jitter_pixels=2, learning_rate=1e-12, schedule="constant")
    twin = training.build_network(config)
    (record,) = training.fit(
        training.build_network(config), config, **data, teacher=twin, precision="fp32"
    )
    assert record.figures["training_loss"] == pytest.approx(0.0, abs=1e-4)
    other = training.build_network(replace(config, seed=5))
    (record,) = training.fit(training.build_network(config), config, **data, teacher=other)
    assert record.figures["training_loss"] > 1e-2


@pytest.mark.parametrize(
    ("answers", "changed", "message"),
    [
        (None, {}, r"150 transfer images \(given: none\)"),
        (np.zeros((149, 10), np.float32), {}, r"\(given: 149\); pass teacher_logits\[mask\]"),
        (np.zeros((150, 10), np.float32), {"jitter_pixels": 1}, "pass teacher="),
    ],
)
def test_a_student_without_a_teacher_is_refused(data, answers, changed, message):
    config = replace(STUDENT, **changed)
    with pytest.raises(ValueError, match=message):
        next(training.fit(training.build_network(config), config, **data, teacher_logits=answers))


# Teachers of other kinds, and changed soft targets


@pytest.mark.parametrize("changed", [{}, {"optimizer": "adam", "weight_decay": 0.5}])
def test_each_member_of_an_ensemble_learns_as_if_it_were_alone(data, changed):
    config = replace(TEACHER, jitter_pixels=1, **changed)
    alone, records = trained(config, data)
    together, joint = trained(replace(config, members=3), data)
    for name, weight in alone.items():  # the first member starts with the lone one's weights
        np.testing.assert_allclose(together[f"members.0.{name}"], weight, atol=2e-3)
        assert not np.allclose(together[f"members.1.{name}"], weight, atol=2e-3)
    assert joint[-1].test_logits.shape == records[-1].test_logits.shape
    losses = [joint[0].figures["training_loss"], records[0].figures["training_loss"]]
    assert losses[0] == pytest.approx(losses[1], rel=0.2)  # a mean over members, not their sum


@pytest.mark.parametrize("changed", [{"architecture": "cnn"}, {"members": 2}])
def test_every_kind_of_teacher_learns_and_survives_loading(data, changed):
    config = replace(TEACHER, epochs=12, learning_rate=3e-3, **changed)
    weights, records = trained(config, data)
    assert records[-1].figures["accuracy"] > 0.9
    again = training.load_network(config, weights)
    found = training.compute_logits(again, data["test_images"])
    np.testing.assert_allclose(found, records[-1].test_logits, atol=1e-3)


@pytest.mark.parametrize("jitter", [0, 1])
def test_a_student_learns_the_changed_soft_targets(data, jitter):
    """The loss of an untrained student against each kind of target, from its definition."""
    config = replace(
        STUDENT,
        epochs=1,
        jitter_pixels=jitter,
        learning_rate=1e-12,
        batch_size=150,
        temperature=4.0,
    )
    teacher = training.build_network(TEACHER)
    answers = training.compute_logits(teacher, data["images"])
    losses = {}
    for change in TARGET_CHANGES:
        network = training.build_network(config)
        (record,) = training.fit(
            network,
            replace(config, target_change=change),
            **data,
            teacher_logits=answers,
            teacher=teacher if jitter else None,
        )
        losses[change] = record.figures["training_loss"]
    assert len({round(loss, 6) for loss in losses.values()}) == len(TARGET_CHANGES)
    if not jitter:
        logits = training.compute_logits(training.build_network(config), data["images"]) / 4.0
        student = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        kept = np.exp(answers / 4.0)
        kept[:, 3] = 1e-30
        kept /= kept.sum(axis=1, keepdims=True)
        expected = 16.0 * (kept * (np.log(kept) - student)).sum(axis=1).mean()
        assert losses["omitted-removed"] == pytest.approx(expected, rel=1e-3)


def test_a_training_that_diverges_says_so_at_once(data, teacher_logits):
    """Logits over such a temperature are infinite in float32."""
    config = replace(STUDENT, temperature=1e-40, epochs=50)
    network = training.build_network(config)
    with pytest.raises(ValueError, match="diverged in epoch 1 .* higher temperature"):
        next(training.fit(network, config, **data, teacher_logits=teacher_logits))


def test_weights_survive_loading(data):
    network = training.build_network(replace(TEACHER, hidden_sizes=(6, 5), dropout=0.1))
    weights = training.weights_of(network)
    again = training.load_network(replace(TEACHER, hidden_sizes=(6, 5), dropout=0.1), weights)
    assert not again.training
    assert_same(training.weights_of(again), weights)


def test_the_time_for_an_image_is_measured_and_changes_nothing(data):
    network = training.build_network(replace(TEACHER, hidden_sizes=(6,)))
    before = training.weights_of(network)["layers.0.weight"].copy()
    small = training.microseconds_per_image(network, data["test_images"])
    assert 0.0 < small < 1e5
    assert np.array_equal(training.weights_of(network)["layers.0.weight"], before)


def shown_images(config, monkeypatch, data, **given):
    """Train and return what each epoch showed: pixels (N, 784) and soft targets, in its order."""
    seen = []

    def keep(step, shown, targets, truth, batch_size):
        seen.append((shown.clone(), None if targets is None else targets.clone(), truth.clone()))
        return 0.0

    monkeypatch.setattr(training, "_mean_loss", keep)
    for _ in training.fit(training.build_network(config), config, **{**data, **given}):
        pass
    return seen


def test_without_shuffling_every_epoch_shows_the_images_in_their_order(data, monkeypatch):
    given = {name: data[name] for name in ("images", "labels", "test_images", "test_labels")}
    seen = shown_images(replace(TEACHER, shuffled=False), monkeypatch, given)
    assert len(seen) == 2
    for shown, _, truth in seen:
        assert np.array_equal(shown.numpy(), data["images"].reshape(-1, 784))
        assert np.array_equal(truth.numpy(), data["labels"])
    mixed = shown_images(TEACHER, monkeypatch, given)
    assert not np.array_equal(mixed[0][2].numpy(), data["labels"])


def test_frozen_images_stay_as_they_are_and_so_do_the_teachers_answers(data, monkeypatch):
    given = {name: data[name] for name in ("images", "labels", "test_images", "test_labels")}
    teacher = training.build_network(TEACHER).eval()
    config = replace(STUDENT, column_shift_share=0.1, shuffled=False, frozen_distortions=True)
    (first, targets, _), (second, again, _) = shown_images(
        config, monkeypatch, given, teacher=teacher
    )
    assert torch.equal(first, second)
    assert torch.equal(targets, again)
    assert not np.array_equal(first.numpy(), data["images"].reshape(-1, 784))
    with torch.no_grad():
        answers = teacher(first.float() / 255.0)
    torch.testing.assert_close(targets, (answers / config.temperature).softmax(dim=1))
    moving = replace(config, frozen_distortions=False)
    (first, *_), (second, *_) = shown_images(moving, monkeypatch, given, teacher=teacher)
    assert not torch.equal(first, second)


def test_each_set_of_distorted_images_is_shown_for_so_many_epochs(data, monkeypatch):
    """Anew every three of five epochs: two sets, each of which the teacher answers once."""
    given = {name: data[name] for name in ("images", "labels", "test_images", "test_labels")}
    teacher = training.build_network(TEACHER).eval()
    asked = []
    answers = training._answers

    def count(network, pixels):
        asked.extend([len(pixels)] * (network.layers[-1].bias is teacher.layers[-1].bias))
        return answers(network, pixels)

    monkeypatch.setattr(training, "_answers", count)
    config = replace(STUDENT, epochs=5, jitter_pixels=1, shuffled=False, distortion_epochs=3)
    seen = shown_images(config, monkeypatch, given, teacher=teacher)
    for one, other in ((0, 1), (1, 2), (3, 4)):
        assert torch.equal(seen[one][0], seen[other][0])
        assert torch.equal(seen[one][1], seen[other][1])
    assert not torch.equal(seen[2][0], seen[3][0])
    assert not torch.equal(seen[2][1], seen[3][1])
    assert asked == [len(data["images"])] * 2
    mixed = shown_images(replace(config, shuffled=True), monkeypatch, given, teacher=teacher)
    assert not torch.equal(mixed[0][0], mixed[1][0])
    assert torch.equal(mixed[0][0].sort(dim=0).values, mixed[1][0].sort(dim=0).values)


def test_a_margin_is_never_looked_at_and_stored_as_zeros(data, teacher_logits):
    """A plain network with the stored weights gives the same answers."""
    config = replace(STUDENT, margin_pixels=3, epochs=1, learning_rate=1e-2)
    network = training.build_network(config)
    list(training.fit(network, config, **data, teacher_logits=teacher_logits))
    weights = training.weights_of(network)
    first = weights["layers.0.weight"].reshape(-1, 28, 28)
    assert first[:, 3:25, 3:25].all()
    assert np.count_nonzero(first) == first.shape[0] * 22 * 22
    images = data["test_images"].copy()
    expected = training.compute_logits(network, images)
    plain = training.load_network(replace(config, margin_pixels=0), weights)
    np.testing.assert_allclose(training.compute_logits(plain, images), expected, atol=1e-5)
    again = training.load_network(config, weights)
    assert np.array_equal(training.compute_logits(again, images), expected)
    assert_same(training.weights_of(again), weights)
    images[:, :3], images[:, :, 25:] = 255, 9
    assert np.array_equal(training.compute_logits(again, images), expected)


def test_targets_may_be_softened_at_another_temperature(data, monkeypatch):
    given = {name: data[name] for name in ("images", "labels", "test_images", "test_labels")}
    logits = np.random.default_rng(0).normal(0, 4, (len(data["images"]), 10)).astype(np.float32)
    config = replace(STUDENT, temperature=5.0, target_temperature=3.0, shuffled=False)
    (_, targets, _), _ = shown_images(config, monkeypatch, given, teacher_logits=logits)
    expected = np.exp(logits / 3.0) / np.exp(logits / 3.0).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(targets.numpy(), expected, rtol=1e-4)


def test_initial_biases_are_set_and_the_others_left():
    plain = training.build_network(STUDENT)
    config = replace(STUDENT, initial_bias=3.5, initial_bias_classes=(3, 7))
    biased = training.build_network(config)
    changed = biased.layers[-1].bias.detach().numpy()
    kept = np.isin(np.arange(10), (3, 7), invert=True)
    assert (changed[~kept] == 3.5).all()
    assert np.array_equal(changed[kept], plain.layers[-1].bias.detach().numpy()[kept])
    assert torch.equal(biased.layers[-1].weight, plain.layers[-1].weight)
