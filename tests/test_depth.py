"""Depth: sizes of δ, factors, dead neurons, and the networks on which they are measured."""

import numpy as np
import pytest

from bp_helpers import Network, backpropagate, examples, forward
from bp_helpers.depth import (
    MOST_LAYERS,
    MOST_NEURONS,
    Depth,
    dead_neurons,
    deep_network,
    delta_by_layer,
    factor_per_layer,
    rms,
    rule_of_thumb,
)


def test_rms_is_the_root_of_the_mean_square():
    rng = np.random.default_rng(0)
    for shape in ((), (3,), (4, 5), (2, 3, 4)):
        array = rng.standard_normal(shape)
        assert rms(array) == pytest.approx(np.sqrt(np.mean(array**2)), rel=1e-14)
        assert rms(-3 * array) == pytest.approx(3 * rms(array), rel=1e-14)
    assert rms([[0.0, 0.0]]) == 0
    assert rms([3, 4]) == pytest.approx(5 / np.sqrt(2))


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_rms_of_numbers_whose_squares_a_computer_does_not_know(scale):
    assert rms(scale * np.array([3.0, 4.0])) == pytest.approx(scale * 5 / np.sqrt(2), rel=1e-14)


@pytest.mark.parametrize("case", [examples.batch(), deep_network(5, 7, "relu", "he", 3)])
def test_delta_by_layer_is_the_size_of_each_delta(case):
    sizes, delta = delta_by_layer(*case), backpropagate(*case).delta
    assert sizes[0] is None and len(sizes) == case.net.L + 1
    for l in range(1, case.net.L + 1):
        n, m = delta[l].shape
        assert sizes[l] ** 2 * n * m == pytest.approx((delta[l] ** 2).sum(), rel=1e-12)


def test_a_deep_network_has_the_layers_and_the_start_that_it_is_asked_for():
    net, x, y = deep_network(4, 6, "relu", "he", 2)
    assert net.sizes == (6,) * 5 and x.shape == y.shape == (6, 50)
    assert [f.name for f in net.sigma[1:]] == ["relu", "relu", "relu", "identity"]
    assert net.cost.name == "half_squared"
    same = Network.random([6] * 5, seed=2, init="he")
    for l in range(1, 5):
        np.testing.assert_array_equal(net.W[l], same.W[l])
    again = deep_network(4, 6, "relu", "he", 2)
    assert np.array_equal(x, again.x) and np.array_equal(y, again.y)
    assert not np.array_equal(x, y)
    assert not np.array_equal(x, deep_network(4, 6, "relu", "he", 3).x)
    # The same first layers, however many there are: only depth changes.
    np.testing.assert_array_equal(net.W[1], deep_network(9, 6, "tanh", "he", 2).net.W[1])
    assert deep_network(1, 1).net.sizes == (1, 1)


@pytest.mark.parametrize("seed", range(3))
def test_delta_of_the_output_is_about_1_to_begin_with(seed):
    for kind in (("sigmoid", "nielsen"), ("tanh", "glorot"), ("relu", "he")):
        for L in (2, 10, 30):
            assert 0.8 < delta_by_layer(*deep_network(L, 100, *kind, seed=seed))[L] < 4


@pytest.mark.parametrize("factor", [1e-8, 0.25, 1.0, 3.0, 1e8])
@pytest.mark.parametrize("L", [2, 3, 10, 30])
def test_the_factor_leads_in_so_many_steps_from_the_last_size_to_the_first(factor, L):
    sizes = [None, *(0.3 * factor ** (L - l) for l in range(1, L + 1))]
    assert factor_per_layer(sizes) == pytest.approx(factor, rel=1e-12)
    if L > 2:  # what lies between the ends changes nothing
        sizes[2] *= 7
        assert factor_per_layer(sizes) == pytest.approx(factor, rel=1e-12)


def test_there_is_no_factor_without_a_way_back_or_without_a_size():
    assert factor_per_layer([None, 0.3]) is None
    assert factor_per_layer([None, 0.0, 0.3]) is None
    assert factor_per_layer([None, 0.3, 0.0]) is None
    assert factor_per_layer([None, 0.3, 0.0, 0.2]) is None


@pytest.mark.parametrize("wrong", [[], [None], [[1.0, 2.0]], [None, -0.1], "12", None])
def test_what_are_no_sizes_is_refused(wrong):
    with pytest.raises(ValueError, match="sizes"):
        factor_per_layer(wrong)


@pytest.mark.parametrize(
    "kind", [("sigmoid", "nielsen"), ("sigmoid", "he"), ("tanh", "glorot"), ("tanh", "normal"),
             ("relu", "he"), ("relu", "lecun"), ("leaky_relu", "he")],
)  # fmt: skip
def test_the_rule_of_thumb_comes_near_what_is_measured(kind):
    found = [Depth.of(*deep_network(20, 100, *kind, seed=seed)) for seed in range(3)]
    measured, rule = np.mean([[d.factor, d.rule] for d in found], axis=0)
    assert rule == pytest.approx(measured, rel=0.1)


def test_the_rule_of_thumb_is_root_n_times_weights_times_slopes():
    net, x, _ = deep_network(3, 5, "tanh", "he", 1)
    z = forward(net, x).z
    each = [
        np.sqrt(5) * np.sqrt(np.mean(net.W[l + 1] ** 2))
        * np.sqrt(np.mean((1 - np.tanh(z[l]) ** 2) ** 2))
        for l in (1, 2)
    ]  # fmt: skip
    assert rule_of_thumb(net, x) == pytest.approx(np.sqrt(each[0] * each[1]), rel=1e-12)
    wide = Network.random([4, 3, 8, 2], seed=0)
    z = forward(wide, np.ones((4, 1))).z
    each = [np.sqrt(n) * rms(wide.W[l + 1]) * rms(wide.sigma[l].slope(z[l]))
            for l, n in ((1, 8), (2, 2))]  # fmt: skip
    assert rule_of_thumb(wide, np.ones((4, 1))) == pytest.approx(np.sqrt(each[0] * each[1]))


def test_there_is_no_rule_without_a_hidden_layer_or_without_weights():
    for net, x, _ in (deep_network(1, 4), deep_network(5, 4, "tanh", "zeros")):
        assert rule_of_thumb(net, x) is None


def test_dead_neurons_are_those_whose_slope_is_0_for_every_sample():
    W, x = [[1.0], [-1.0], [-1.0], [1.0]], np.array([[1.0, 2.0, 0.5]])
    b = [[0.0], [0.0], [1.5], [-3.0]]  # alive, dead, alive for some, dead
    last = ([[0.5, 1.0, -0.7, 0.2], [-0.4, 0.3, 0.9, 0.6]], np.zeros((2, 1)))
    for name, dead in (("relu", 2), ("leaky_relu", 0), ("sigmoid", 0)):
        net = Network([(W, b), last], [name, "softmax"], "cross_entropy")
        assert dead_neurons(net, x) == (None, dead, 0)
        if name == "relu":
            grads = backpropagate(net, x, np.eye(2)[:, [0, 1, 1]])
            assert (grads.W[1][[1, 3]] == 0).all() and (grads.W[1][[0, 2]] != 0).all()
    assert dead_neurons(Network([(W, b)], "relu"), x) == (None, 2)


def test_numbers_too_large_on_the_way_forwards_or_back_are_known_as_such():
    forwards = deep_network(200, 100, "relu", "normal")
    assert Depth.of(*forwards) == Depth(200, None, None, None)
    found = Depth.of(*deep_network(100, 100, "relu", "normal"))
    assert found.sizes is not None and 6 < found.factor < 9
    assert max(found.sizes[1:]) > 1e155  # whose square is none of the numbers


def test_zeros_lose_delta_in_every_hidden_layer():
    for activation in ("sigmoid", "tanh", "relu"):
        found = Depth.of(*deep_network(6, 8, activation, "zeros"))
        assert found.sizes[1:6] == (0,) * 5 and found.sizes[6] > 0.5
        assert found.factor is None and found.rule is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"layers": 0}, f"layers is 0, but should be a whole number from 1 to {MOST_LAYERS}"),
        ({"layers": 1.5}, "layers is 1.5"),
        ({"width": MOST_NEURONS + 1}, "width is 101, but should be a whole number from 1 to 100"),
        ({"activation": "rely"}, "activation is 'rely'"),
        ({"activation": "softmax"}, "activation of layer 1 is 'softmax'"),
        ({"init": "xavier"}, "init is 'xavier', but should be one of 'nielsen'"),
        ({"seed": -2}, "seed is -2"),
    ],
)
def test_a_deep_network_that_cannot_be_is_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        deep_network(**wrong)
