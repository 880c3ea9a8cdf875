"""The backward pass: against measured gradients, against 50 digits, and its indices."""

import copy
import pickle
import warnings
from itertools import product

import mpmath as mp
import numpy as np
import pytest
from zoo import SLOPED, network, samples

from bp_helpers import (
    Network,
    backpropagate,
    backward,
    cost,
    examples,
    forward,
    numerical_gradient,
    update,
)
from bp_helpers.functions import ACTIVATIONS, COSTS


def error(given, right):
    """The relative norm-wise error of one array."""
    scale = max(np.linalg.norm(given), np.linalg.norm(right))
    return np.linalg.norm(given - right) / scale if scale else 0.0


def assert_measured(net, x, y):
    grads, measured = backpropagate(net, x, y), numerical_gradient(net, x, y)
    for l, kind in product(range(1, net.L + 1), "Wb"):
        gap = error(getattr(grads, kind)[l], getattr(measured, kind)[l])
        assert gap < 1e-12, f"{kind}[{l}] of {net!r} for a batch of {x.shape[1]}"


@pytest.mark.parametrize("cost_name", COSTS)
@pytest.mark.parametrize("activation", SLOPED)
def test_backpropagation_agrees_with_the_complex_step(activation, cost_name):
    rng = np.random.default_rng([len(activation), len(cost_name)])
    for L, m in zip(range(1, 7), (1, 32, *rng.integers(1, 33, 4))):
        sizes = rng.integers(1, 17, L + 1)
        sizes[rng.integers(0, L + 1)] = (1, 40, 17, 2, 5, 40)[L - 1]
        sizes[-1] += cost_name == "cross_entropy"  # which takes more than one output
        net = network(sizes, activation, cost_name, seed=L)
        assert_measured(net, *samples(net, m, rng))


def test_backpropagation_agrees_with_the_complex_step_at_full_size():
    rng = np.random.default_rng(0)
    names = ["tanh", "sigmoid", "relu", "identity", "tanh", "sigmoid"]
    net = Network.random([40] * 7, names, "mean_squared", seed=0)
    assert_measured(net, *samples(net, 32, rng))


def exact_gradients(net, x, y, slopes):
    """delta, dW and db of a net with the cost half_squared, in 50 digits, sample by sample."""
    values = {"sigmoid": lambda z: 1 / (1 + mp.exp(-z)), "tanh": mp.tanh}
    W = [None, *(mp.matrix(w.tolist()) for w in net.W[1:])]
    b = [None, *(mp.matrix(v.tolist()) for v in net.b[1:])]
    m, L = x.shape[1], net.L
    dW = [None, *(mp.zeros(w.rows, w.cols) for w in W[1:])]
    db = [None, *(mp.zeros(v.rows, 1) for v in b[1:])]
    delta = [None, *(np.empty((v.rows, m)) for v in b[1:])]
    for i in range(m):
        a, z = [mp.matrix(x[:, i].tolist())], [None]
        for l in range(1, L + 1):
            z.append(W[l] * a[l - 1] + b[l])
            a.append(z[l].apply(values[net.sigma[l].name]))
        back = a[L] - mp.matrix(y[:, i].tolist())
        for l in range(L, 0, -1):
            slope = slopes[net.sigma[l].name]
            d = mp.matrix([g * slope(s) for g, s in zip(back, z[l])])
            delta[l][:, i] = [float(v) for v in d]
            db[l] += d / m
            dW[l] += d * a[l - 1].T / m
            back = W[l].T * d
    numbers = [[None, *(np.array(v.tolist(), dtype=float) for v in g[1:])] for g in (dW, db)]
    return {"delta": delta, "W": numbers[0], "b": numbers[1]}


def saturated(activation):
    """A network whose largest |z| is 40 in every layer, and three samples."""
    rng = np.random.default_rng(4)
    net = Network.random([4, 6, 5, 3], activation, seed=4)
    x = rng.standard_normal((4, 3))
    for l in range(1, net.L + 1):
        scale = 40 / np.abs(forward(net, x).z[l]).max()
        W, b = list(net.W), list(net.b)
        W[l], b[l] = W[l] * scale, b[l] * scale
        net = net.replace(W, b)
    # The outputs crowd at the ends of the range of σ. A target near one of them would make
    # a − y cancel, and lose digits before the pass has begun: these stay well away.
    return net, x, rng.uniform(0.3, 0.6, (3, 3))


def worst_elementwise(given, right):
    return max(
        float(np.max(np.abs(g - r) / np.abs(r)))
        for kind in right
        for g, r in zip(given[kind][1:], right[kind][1:])
    )


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_every_entry_is_right_to_ten_digits_where_neurons_saturate(activation, monkeypatch):
    net, x, y = saturated(activation)
    assert max(np.abs(z).max() for z in forward(net, x).z[1:]) == pytest.approx(40)
    slopes = {
        "sigmoid": lambda z: mp.exp(-z) / (1 + mp.exp(-z)) ** 2,
        "tanh": lambda z: mp.sech(z) ** 2,
    }
    with mp.workdps(50):
        right = exact_gradients(net, x, y, slopes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grads = backpropagate(net, x, y)
    assert worst_elementwise(vars(grads), right) < 1e-10

    f = ACTIVATIONS[activation]
    textbook = {
        "sigmoid": lambda z: f.value(z) * (1 - f.value(z)),
        "tanh": lambda z: 1 - f.value(z) ** 2,
    }
    for sigma in set(net.sigma[1:]):
        monkeypatch.setitem(vars(sigma), "slope", textbook[activation])
    assert worst_elementwise(vars(backpropagate(net, x, y)), right) > 1e-10


def test_index_zero_is_none_for_what_layer_zero_does_not_have():
    net, x, y = examples.small_network()
    trace = forward(net, x)
    grads = backward(net, trace, y)
    for layered in (net.W, net.b, net.sigma, trace.z, grads.delta, grads.W, grads.b):
        assert layered[0] is None
        assert len(layered) == net.L + 1
    assert np.array_equal(trace.a[0], x)


def test_code_indices_are_maths_indices_in_every_shape():
    net, x, y = examples.batch()
    n, m = net.sizes, x.shape[1]
    trace, grads = forward(net, x), backpropagate(net, x, y)
    for l in range(1, net.L + 1):
        assert net.W[l].shape == grads.W[l].shape == (n[l], n[l - 1])
        assert net.b[l].shape == grads.b[l].shape == (n[l], 1)
        assert trace.z[l].shape == trace.a[l].shape == grads.delta[l].shape == (n[l], m)


def test_layer_rules_read_like_the_equations():
    net, x, y = examples.batch()
    trace, grads = forward(net, x), backpropagate(net, x, y)
    z1 = net.W[1] @ x + net.b[1]
    np.testing.assert_allclose(trace.z[1], z1, rtol=1e-15)
    pulled = (net.W[2].T @ grads.delta[2]) * net.sigma[1].slope(z1)
    np.testing.assert_allclose(grads.delta[1], pulled, rtol=1e-14)


def test_gradient_is_the_mean_of_the_gradients_of_single_samples():
    net, x, y = examples.batch()
    m = x.shape[1]
    grads = backpropagate(net, x, y)
    single = [backpropagate(net, x[:, i], y[:, i]) for i in range(m)]
    for l in range(1, net.L + 1):
        for kind in "Wb":
            mean = sum(getattr(g, kind)[l] for g in single) / m
            np.testing.assert_allclose(getattr(grads, kind)[l], mean, rtol=1e-13)
        columns = np.hstack([g.delta[l] for g in single])
        np.testing.assert_allclose(grads.delta[l], columns, rtol=1e-13)
    costs = [cost(net, x[:, i], y[:, i]) for i in range(m)]
    assert cost(net, x, y) == pytest.approx(np.mean(costs), rel=1e-14)


def test_arrays_of_a_network_are_read_only_copies():
    W, b = np.ones((1, 2)), np.ones((1, 1))
    net = Network([(W, b)])
    W[0, 0] = b[0, 0] = 7
    assert np.array_equal(net.W[1], [[1, 1]])
    assert np.array_equal(net.b[1], [[1]])
    for array in (net.W[1], net.b[1]):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 2


def test_input_that_changes_later_does_not_change_the_trace():
    net, x, y = examples.small_network()
    trace = forward(net, x)
    before = backward(net, trace, y)
    x[:] = 99
    assert np.array_equal(backward(net, trace, y).W[1], before.W[1])


def test_update_returns_a_new_network_and_leaves_the_old_one_as_it_was():
    net, x, y = examples.small_network()
    W, b = [w.copy() for w in net.W[1:]], [v.copy() for v in net.b[1:]]
    grads = backpropagate(net, x, y)
    new = update(net, grads, 0.5)
    assert new is not net
    for l in range(1, net.L + 1):
        assert np.array_equal(net.W[l], W[l - 1])
        assert np.array_equal(net.b[l], b[l - 1])
        assert np.array_equal(new.W[l], net.W[l] - 0.5 * grads.W[l])
        assert np.array_equal(new.b[l], net.b[l] - 0.5 * grads.b[l])
        assert not new.W[l].flags.writeable
        assert not new.b[l].flags.writeable
    assert cost(new, x, y) < cost(net, x, y)
    assert (new.sizes, new.sigma, new.cost) == (net.sizes, net.sigma, net.cost)


def test_integers_and_lists_are_taken():
    net = Network([([[1, 2], [3, 4]], [[0], [1]]), ([[1, -1]], [[2]])], cost="squared")
    same = Network(
        [(np.array([[1.0, 2], [3, 4]]), np.array([[0.0], [1]])), (np.array([[1.0, -1]]), 2.0)],
        cost="squared",
    )
    given, right = backpropagate(net, [1, 0], [1]), backpropagate(same, np.eye(2)[:, [0]], 1.0)
    assert net.W[1].dtype == float
    assert np.array_equal(given.W[1], right.W[1])
    assert np.array_equal(given.delta[2], right.delta[2])


def test_numbers_stand_for_one_by_one_matrices():
    net = Network([(2, 1), (-1.5, 0)])
    assert net.sizes == (1, 1, 1)
    assert forward(net, 3).z[1] == pytest.approx(7)
    assert backpropagate(net, 3, 1).W[1].shape == (1, 1)


def test_one_dimension_means_one_sample():
    net, x, y = examples.small_network()
    column, flat = backpropagate(net, x, y), backpropagate(net, x.ravel(), y.ravel())
    assert np.array_equal(column.W[1], flat.W[1])
    assert cost(net, [1.0, 0.5], [0, 1]) == pytest.approx(cost(net, x, y))


def test_each_layer_may_have_its_own_activation():
    net = Network.random([3, 4, 2], ["relu", "identity"], seed=1)
    trace = forward(net, [1, -2, 0.5])
    assert np.array_equal(trace.a[1], np.maximum(trace.z[1], 0))
    assert np.array_equal(trace.a[2], trace.z[2])
    assert repr(net) == "Network 3-4-2 (relu, identity; cost half_squared)"


def test_random_network_is_the_same_for_the_same_seed():
    one, same, other = (Network.random([3, 4, 2], seed=s) for s in (5, 5, 6))
    assert np.array_equal(one.W[2], same.W[2])
    assert not np.array_equal(one.W[2], other.W[2])
    assert one.sizes == (3, 4, 2)


def test_network_stays_as_it_is_and_can_be_copied_and_kept():
    net = Network.random([2, 3, 2], ["tanh", "softmax"], "cross_entropy", seed=0)
    x, y = samples(net, 4, np.random.default_rng(0))
    for name, value in (("W", [1]), ("activation", "relu"), ("cost", "squared")):
        with pytest.raises(AttributeError, match=f"{name} cannot be set.*replace"):
            setattr(net, name, value)
    for again in (copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert repr(again) == repr(net)
        assert cost(again, x, y) == cost(net, x, y)
        assert again.cost is net.cost and again.sigma == net.sigma
    grads = backpropagate(net, x, y)
    for again in (copy.deepcopy(grads), pickle.loads(pickle.dumps(grads))):
        assert all(np.array_equal(a, b) for a, b in zip(again.W[1:], grads.W[1:]))
        assert again.W[0] is None
