"""Arrays of any names and orders against networks whose layers are known."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from kdengine.config import TeacherConfig, run_key
from kdengine.nets import foreign
from kdengine.nets.forward import logits


def network(*hidden, seed=0):
    """Return a plain torch network."""
    torch.manual_seed(seed)
    sizes = [784, *hidden, 10]
    layers = [nn.Linear(*pair) for pair in itertools.pairwise(sizes)]
    return nn.Sequential(*[m for layer in layers for m in (layer, nn.ReLU())][:-1])


def arrays_of(net, names, *, turned=False):
    """Return the weights of a network under *names*, one (matrix, bias) a layer."""
    layers = [module for module in net if isinstance(module, nn.Linear)]
    held = {}
    for layer, (matrix, bias) in zip(layers, names, strict=True):
        weight = layer.weight.detach().numpy()
        held[matrix] = weight.T if turned else weight
        held[bias] = layer.bias.detach().numpy()
    return held


def pairs(*names, weight="{}.weight", bias="{}.bias"):
    return [(weight.format(name), bias.format(name)) for name in names]


@pytest.mark.parametrize(
    ("hidden", "names"),
    [
        ((30, 30, 30), pairs("0", "2", "4", "6")),
        ((30, 30, 30), pairs("fc1", "fc2", "fc10", "out")),  # as text fc10 comes before fc2
        ((30, 20), pairs("zebra", "middle", "ant")),  # sizes alone tell
        ((30, 30), pairs("1", "2", "3", weight="W{}", bias="b{}")),
        ((30, 30), pairs("dense", "dense_1", "dense_2", weight="{}/kernel:0", bias="{}/bias:0")),
        ((30, 30), [(f"arr_{2 * n}", f"arr_{2 * n + 1}") for n in range(3)]),
        ((), pairs("only")),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_layers_are_put_in_their_order(hidden, names, turned):
    net = network(*hidden)
    held = arrays_of(net, names, turned=turned)
    shuffled = dict(sorted(held.items(), key=lambda item: hash(item[0])))
    weights = foreign.dense_weights(shuffled)
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    with torch.no_grad():
        wanted = net(torch.tensor(images).float().flatten(1) / 255).numpy()
    assert np.abs(logits(weights, images) - wanted).max() < 1e-5


def test_an_order_that_nothing_tells_is_asked_for():
    held = arrays_of(network(30, 30, 30), pairs("first", "hidden", "middle", "last"))
    with pytest.raises(ValueError, match=r"hidden.weight, middle.weight: they fit in 2 orders. G"):
        foreign.dense_weights(held)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda held: held.pop("0.bias"), r"it holds 0.weight \(30×784\), 2.bias"),
        (lambda held: held.pop("2.weight"), "a matrix and a bias each"),
        (lambda held: held.update(conv=np.zeros((4, 1, 5, 5), np.float32)), r"conv \(4×1×5×5\)"),
        (lambda held: held.update({"0.weight": np.zeros((30, 1024), np.float32)}), "30×1024"),
        (lambda held: held.update({"0.bias": np.zeros(31, np.float32)}), r"0.bias \(31\)"),
        (lambda held: held["0.weight"].fill(np.nan), "0.weight .float32. holds what is no number"),
        (lambda held: held["2.bias"].fill(np.inf), "2.bias .float32. holds what is no number"),
        (lambda held: held["2.bias"].fill(7e4), "beyond ±65,504"),
        (lambda held: held.update(steps=np.array(3)), "steps .int64. holds what is no number"),
        (lambda held: held.clear(), "it holds no array. Allowed is"),
        (lambda held: held.update({"a\x1b[2J": np.zeros(3, np.float32)}), r"a\?\[2J \(3\)"),
    ],
)
def test_a_refusal_names_what_was_found_and_what_is_allowed(change, told):
    held = {name: array.copy() for name, array in arrays_of(network(30), pairs("0", "2")).items()}
    change(held)
    with pytest.raises(ValueError, match=told) as refused:
        foreign.dense_weights(held)
    assert "Allowed is a dense ReLU network from 784 inputs to 10 outputs" in str(refused.value)


def test_a_name_of_many_digits_and_many_layers_are_only_refused():
    held = {f"{n}" * 150: np.zeros((784, 784), np.float32) for n in range(1, 9)}
    held |= {f"b{n}": np.zeros(784, np.float32) for n in range(1, 9)}
    with pytest.raises(ValueError, match="and 8 more. Allowed is"):
        foreign.dense_weights(held)


def test_a_source_is_a_key_of_its_own_and_an_old_key_stays():
    plain = TeacherConfig(epochs=1)
    own = TeacherConfig(epochs=1, source="0123456789abcdef")
    assert run_key(plain) != run_key(own)
    with pytest.raises(ValueError, match="sixteen hexadecimal digits"):
        TeacherConfig(epochs=1, source="teacher.pt")


def test_the_fingerprint_is_of_what_is_stored():
    weights = foreign.dense_weights(arrays_of(network(30), pairs("0", "2")))
    rounded = {name: array.astype(np.float16) for name, array in weights.items()}
    assert foreign.fingerprint(weights) == foreign.fingerprint(rounded)
    rounded["layers.0.bias"][0] += 1
    assert foreign.fingerprint(weights) != foreign.fingerprint(rounded)
