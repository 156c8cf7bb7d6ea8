"""The networks against a forward pass in numpy and the spread their initialisation must have."""

import math

import numpy as np
import pytest
import torch

from kdengine.config import TeacherConfig
from kdengine.nets import models
from kdengine.nets.models import SeededDropout, to_inputs


def seeded(seed=0):
    """Return a generator of its own."""
    return torch.Generator().manual_seed(seed)


def built(hidden_sizes=(), generator=None, **settings):
    """Return the network of these settings."""
    config = TeacherConfig(epochs=1, hidden_sizes=hidden_sizes, **settings)
    return models.build(config, generator or seeded())


def layer_pairs(network):
    """Return (weight, bias) of each linear layer as arrays, first to last."""
    tensors = [parameter.detach().numpy() for parameter in network.parameters()]
    return list(zip(tensors[::2], tensors[1::2], strict=True))


@pytest.mark.parametrize("hidden", [(), (7,), (30, 20), (5, 6, 7)])
def test_the_forward_pass_is_relu_layers_and_logits(hidden):
    network = built(hidden)
    inputs = np.random.default_rng(0).uniform(0.0, 1.0, (11, 784)).astype(np.float32)
    *hidden_layers, (last_weight, last_bias) = layer_pairs(network)
    assert [weight.shape[0] for weight, _ in hidden_layers] == list(hidden)
    units = inputs.astype(np.float64)
    for weight, bias in hidden_layers:
        units = np.maximum(units @ weight.T + bias, 0.0)
    expected = units @ last_weight.T + last_bias
    with torch.no_grad():
        found = network(torch.tensor(inputs)).numpy()
    assert found.shape == (11, 10)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def convolved(pictures, weight, bias):
    """Return ReLU of a convolution with stride 2 and padding 2, pixel by pixel."""
    count, _, side, _ = pictures.shape
    padded = np.pad(pictures, ((0, 0), (0, 0), (2, 2), (2, 2)))
    half = side // 2
    found = np.zeros((count, len(weight), half, half))
    for row in range(half):
        for column in range(half):
            window = padded[:, :, 2 * row : 2 * row + 5, 2 * column : 2 * column + 5]
            found[:, :, row, column] = np.einsum("nchw,ochw->no", window, weight) + bias
    return np.maximum(found, 0.0)


def test_the_convolutional_network_is_two_convolutions_and_dense_layers():
    network = built((9,), architecture="cnn")
    pictures = np.random.default_rng(0).uniform(0.0, 1.0, (3, 784)).astype(np.float32)
    first, second, hidden, last = layer_pairs(network)
    units = convolved(pictures.reshape(3, 1, 28, 28).astype(np.float64), *first)
    units = convolved(units, *second).reshape(3, -1)
    units = np.maximum(units @ hidden[0].T + hidden[1], 0.0)
    with torch.no_grad():
        found = network(torch.tensor(pictures)).numpy()
    np.testing.assert_allclose(found, units @ last[0].T + last[1], atol=1e-4)


def test_a_convolution_is_initialised_by_the_inputs_of_each_unit():
    weight, bias = layer_pairs(built((), initialisation="he", architecture="cnn"))[1]
    assert weight.shape == (32, 16, 5, 5)
    assert weight.std() == pytest.approx(math.sqrt(2.0 / (16 * 25)), rel=0.05)
    assert not bias.any()
    weight, _ = layer_pairs(built((), architecture="cnn"))[1]
    assert 0.97 / 20 < np.abs(weight).max() <= 1 / 20


def test_an_ensemble_answers_with_the_mean_of_its_members_logits():
    ensemble = built((6,), members=3)
    inputs = torch.rand(5, 784, generator=seeded(1))
    with torch.no_grad():
        each = np.stack([member(inputs).numpy() for member in ensemble.members], axis=1)
        np.testing.assert_allclose(ensemble.train()(inputs), each, atol=1e-6)
        np.testing.assert_allclose(ensemble.eval()(inputs), each.mean(axis=1), atol=1e-6)
    assert not np.allclose(each[:, 0], each[:, 1])


def test_he_initialisation_is_normal_with_variance_two_over_inputs_and_no_biases():
    network = built((400, 300), initialisation="he")
    for weight, bias in layer_pairs(network):
        count, inputs = weight.size, weight.shape[1]
        assert weight.std() == pytest.approx(math.sqrt(2.0 / inputs), rel=5 / math.sqrt(count))
        assert abs(weight.mean()) < 5 * weight.std() / math.sqrt(count)
        # A third of a normal lies beyond one deviation; of a uniform it would be 42 %.
        beyond = np.mean(np.abs(weight) > math.sqrt(2.0 / inputs))
        assert beyond == pytest.approx(0.3173, abs=5 * 0.47 / math.sqrt(count))
        assert not bias.any()


def test_pytorch_initialisation_is_uniform_as_in_torchs_own_layer():
    network = built((400, 300))
    own = torch.nn.Linear(784, 400)
    weight, bias = layer_pairs(network)[0]
    for ours, theirs in ((weight, own.weight), (bias, own.bias)):
        bound = 1.0 / math.sqrt(784)
        assert np.abs(ours).max() <= bound
        assert np.abs(ours).max() > 0.97 * bound
        spread = theirs.detach().numpy().std()
        assert ours.std() == pytest.approx(spread, rel=0.15 if ours.ndim == 1 else 0.01)


def test_weights_depend_on_the_generator_alone():
    torch.manual_seed(1)
    first = built((6,), generator=seeded(5)).state_dict()
    torch.manual_seed(2)
    again = built((6,), generator=seeded(5)).state_dict()
    other = built((6,), generator=seeded(6)).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_dropout_drops_its_share_and_keeps_the_mean():
    dropout = SeededDropout(0.3, seeded())
    units = torch.ones(100_000)
    dropped = dropout(units)
    values = dropped.unique().tolist()
    assert values == pytest.approx([0.0, 1.0 / 0.7], abs=1e-4)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert not torch.equal(dropped, dropout(units))  # anew every time
    assert torch.equal(dropped, SeededDropout(0.3, seeded())(units))
    assert dropout.eval()(units) is units


def test_dropout_follows_each_hidden_layer_and_none_else():
    network = built((5, 6), dropout=0.5)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["Linear", "ReLU", "SeededDropout", "Linear", "ReLU", "SeededDropout", "Linear"]
    plain = built((5, 6))
    assert "SeededDropout" not in [type(layer).__name__ for layer in plain.layers]


def test_inputs_are_grey_values_over_255():
    images = torch.arange(784, dtype=torch.int64).remainder(256).to(torch.uint8)
    inputs = to_inputs(images.reshape(1, 28, 28))
    assert inputs.dtype == torch.float32
    np.testing.assert_allclose(inputs[0].numpy(), (np.arange(784) % 256) / 255, rtol=1e-6)
    assert torch.equal(inputs, to_inputs(images.reshape(1, 784)))
    assert images[1] == 1  # the images themselves are as before


def test_a_strip_is_a_picture_whose_columns_are_channels():
    """The same as 3×3 kernels on (channels 28, height 1, width 28), whatever their outer rows."""
    network = built((), initialisation="glorot", architecture="cnn-strip")
    first, second = (m for m in network.modules() if isinstance(m, torch.nn.Conv1d))
    pictures = torch.rand((5, 28, 28), generator=seeded(1))
    strip = pictures.permute(0, 2, 1)[:, :, None, :]  # columns, one row, places
    for convolution in (first, second):
        kernels = torch.randn((*convolution.weight.shape[:2], 3, 3), generator=seeded(2))
        kernels[:, :, 1] = convolution.weight
        bias = convolution.bias
        strip = torch.nn.functional.conv2d(strip, kernels, bias, padding=1).relu()
    pooled = torch.nn.functional.max_pool2d(strip, 2, ceil_mode=True)
    assert pooled.shape == (5, 128, 1, 14)
    expected = network.layers[-1](pooled.reshape(5, -1))
    with torch.no_grad():
        found = network(pictures.reshape(5, 784))
    torch.testing.assert_close(found, expected.detach(), atol=1e-5, rtol=1e-4)


def test_a_strips_dropout_comes_after_the_pooling_alone():
    network = built((), dropout=0.25, architecture="cnn-strip")
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds.count("SeededDropout") == 1
    assert kinds.index("SeededDropout") > kinds.index("MaxPool1d")


@pytest.mark.parametrize(("inputs", "outputs"), [(784, 1200), (1200, 1200), (1200, 10)])
def test_glorot_weights_are_uniform_within_their_bound(inputs, outputs):
    network = built((1200, 1200), initialisation="glorot")
    (weight, bias) = next(
        pair for pair in layer_pairs(network) if pair[0].shape == (outputs, inputs)
    )
    bound = math.sqrt(6.0 / (inputs + outputs))
    assert np.abs(weight).max() <= bound
    assert weight.std() == pytest.approx(bound / math.sqrt(3.0), rel=0.02)
    assert not bias.any()


def test_small_normal_weights_are_for_hidden_layers_alone():
    network = built((1200, 1200), initialisation="normal-0.01")
    *hidden, (last, _) = layer_pairs(network)
    for weight, bias in hidden:
        assert weight.std() == pytest.approx(0.01, rel=0.02)
        assert np.abs(weight).max() > 0.03
        assert not bias.any()
    assert np.abs(last).max() <= math.sqrt(6.0 / 1210.0)
    assert last.std() > 0.03


def test_normalised_inputs_have_mnists_mean_taken_away():
    """With weights of one the first unit's input is the sum over (x − 0.1307) / 0.3081."""
    network = built((), normalised=True)
    plain = built(())
    inputs = torch.rand((4, 784), generator=seeded(3))
    with torch.no_grad():
        found, expected = network(inputs), plain((inputs - 0.1307) / 0.3081)
    torch.testing.assert_close(found, expected)


def test_the_stated_mean_and_deviation_are_mnists(mnist):
    pixels = mnist.train_images.astype(np.float64) / 255.0
    assert (round(pixels.mean(), 4), round(pixels.std(), 4)) == (0.1307, 0.3081)
