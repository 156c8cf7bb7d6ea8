"""The numpy forward pass against torch's, and against stored logits of real images."""

import numpy as np
import pytest
import torch

from kdengine import config
from kdengine.data import datasets
from kdengine.nets import forward, models
from kdengine.recipes import plans
from kdengine.store import runs as store
from kdengine.training import fit as training


@pytest.mark.parametrize("hidden_sizes", [(7,), (12, 9), (20, 5, 8)])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_forward_equals_torch(hidden_sizes, dropout):
    network_config = config.TeacherConfig(epochs=1, hidden_sizes=hidden_sizes, dropout=dropout)
    network = training.build_network(network_config)
    weights = training.weights_of(network)
    images = np.random.default_rng(1).integers(0, 256, (23, 28, 28)).astype(np.uint8)
    expected = training.compute_logits(training.load_network(network_config, weights), images)
    found = forward.logits(weights, images)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-3)
    np.testing.assert_allclose(forward.logits(weights, images.reshape(23, 784)), found)


@pytest.mark.parametrize("kind", ["teacher", "student", "baseline"])
def test_shipped_digits_logits_come_out_again(kind):
    assert_stored_logits(kind, "digits")


@pytest.mark.mnist
@pytest.mark.parametrize("kind", ["teacher", "student", "baseline"])
def test_shipped_mnist_logits_come_out_again(kind, mnist):
    assert_stored_logits(kind, "mnist")


def assert_stored_logits(kind, dataset):
    """Compare with what the shipped run of that kind stores for its test images."""
    key = config.run_key(getattr(plans.experiment(dataset=dataset), kind))
    images = datasets.load(dataset).test_images
    found = forward.logits(store.load_weights(key), images)
    np.testing.assert_allclose(found, store.load(key).test_logits, atol=1e-3)


def test_blends_of_images_may_be_fractions():
    weights = {
        "layers.0.weight": np.eye(10, 784, dtype=np.float32),
        "layers.0.bias": np.arange(10, dtype=np.float32),
    }
    image = np.full((1, 28, 28), 25.5)
    np.testing.assert_allclose(forward.logits(weights, image)[0], np.arange(10) + 0.1, atol=1e-6)


def test_layers_are_taken_by_number_not_by_name():
    rng = np.random.default_rng(3)
    sizes = [784, *[4] * 11, 10]
    weights = {}
    for layer, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        weights[f"layers.{layer}.weight"] = rng.normal(size=(outputs, inputs))
        weights[f"layers.{layer}.bias"] = np.ones(outputs)
    units = np.ones(784)
    for layer in range(12):
        units = weights[f"layers.{layer}.weight"] @ units + 1
        units = np.where((units > 0) | (layer == 11), units, 0)
    found = forward.logits(dict(sorted(weights.items())), np.full((1, 784), 255))
    np.testing.assert_allclose(found[0], units, rtol=1e-4)


@pytest.mark.parametrize("shape", [(784,), (2, 783), (1, 27, 28), ()])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"pass \(N, 28, 28\)"):
        forward.logits({}, np.zeros(shape))


def test_a_network_with_normalised_inputs_answers_to_plain_ones():
    generator = torch.Generator().manual_seed(0)
    made = config.TeacherConfig(epochs=1, hidden_sizes=(20, 15), normalised=True)
    network = models.build(made, generator).eval()
    weights = {name: w.numpy() for name, w in network.state_dict().items()}
    images = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)
    with torch.no_grad():
        expected = network(models.to_inputs(torch.tensor(images))).numpy()
    found = forward.logits(forward.for_plain_inputs(weights), images)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(forward.logits(weights, images) - expected).max() > 0.01


def torchs_logits(network_config, images):
    """Return new weights and the logits that torch computes with them."""
    weights = training.weights_of(training.build_network(network_config))
    network = training.load_network(network_config, weights)
    return weights, training.compute_logits(network, images)


def test_an_ensemble_answers_with_its_members_mean():
    images = np.random.default_rng(2).integers(0, 256, (9, 28, 28)).astype(np.uint8)
    made = config.TeacherConfig(epochs=1, hidden_sizes=(6,), members=3)
    weights, expected = torchs_logits(made, images)
    np.testing.assert_allclose(forward.logits(weights, images), expected, atol=1e-5)
    biases = [weights[f"members.{i}.layers.2.bias"] for i in range(3)]
    np.testing.assert_allclose(forward.output_biases(weights), np.mean(biases, axis=0), atol=1e-7)


@pytest.mark.parametrize("architecture", ["cnn", "cnn-strip"])
def test_convolutions_are_refused_and_their_output_biases_found(architecture):
    made = config.TeacherConfig(epochs=1, hidden_sizes=(6,), architecture=architecture)
    weights = training.weights_of(training.build_network(made))
    with pytest.raises(ValueError, match="has convolutions"):
        forward.logits(weights, np.zeros((1, 28, 28)))
    assert forward.output_biases(weights).shape == (10,)
