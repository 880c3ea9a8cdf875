"""Measured gradients, and the report that compares a gradient with them."""

import itertools
import sys
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import bp_helpers.measure as module
from bp_helpers import (
    Network,
    backpropagate,
    check_gradient,
    cost,
    examples,
    forward,
    numerical_gradient,
)
from bp_helpers._validation import NotFinite
from bp_helpers.functions import Activation, Cost
from bp_helpers.gradcheck import Report, Row
from bp_helpers.measure import METHODS, cost_along

EXAMPLES = [examples.chain, examples.small_network, examples.batch]
DEEP = Network.random([3, 4, 4, 4, 4, 4, 4, 2], seed=1), [0.5, -1, 0.3], [1, 0]
TWELVE = Network.random([4] * 13, seed=0), np.ones(4), np.ones(4)
FAR = Network([(15.0, 0.0)]), 1, 0.5
PLAIN = (
    {"activation": "tanh"},
    {"activation": "relu"},
    {"cost": "mean_squared"},
    {"cost": "squared"},
)
FUSED = (
    {"activation": ["tanh", "softmax"], "cost": "cross_entropy"},
    {"activation": ["leaky_relu", "sigmoid"], "cost": "binary_cross_entropy"},
)


def arrays(grads):
    return [*grads.W[1:], *grads.b[1:]]


def changed(grads, change):
    """The gradients with something else for every array: change(name, array)."""
    W, b = (
        [None, *(change(f"{kind}[{l}]", own[l].copy()) for l in range(1, len(own)))]
        for kind, own in (("W", grads.W), ("b", grads.b))
    )
    return replace(grads, W=W, b=b)


def only(name, change):
    return lambda at, array: change(array) if at == name else array


def planted(amount=1e-3):
    """The running example, and its gradient with one entry of W[1] that is wrong."""
    net, x, y = examples.small_network()

    def spoil(array):
        array[1, 0] += amount
        return array

    return net, x, y, changed(backpropagate(net, x, y), only("W[1]", spoil))


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


def problems():
    """Networks of every kind with random samples, as (net, x, y)."""
    rng = np.random.default_rng(0)
    for settings, m in itertools.product((*PLAIN, *FUSED), (1, 3)):
        net = Network.random([3, 4, 2], seed=int(rng.integers(100)), **settings)
        y = rng.random((2, m))
        yield net, rng.standard_normal((3, m)), y / y.sum(axis=0)


# What is measured.


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_agrees_with_backpropagation(example, method):
    net, x, y = example()
    grads, measured = backpropagate(net, x, y), numerical_gradient(net, x, y, method)
    assert measured.delta == (None,) * (net.L + 1)
    for given, found in zip(arrays(grads), arrays(measured), strict=True):
        gap = np.linalg.norm(given - found) / np.linalg.norm(found)
        assert gap < METHODS[method].tolerance
    assert check_gradient(net, x, y, method=method).ok


@pytest.mark.parametrize("method", METHODS)
def test_every_activation_and_cost_is_measured_as_it_is_derived(method):
    for net, x, y in problems():
        report = check_gradient(net, x, y, method=method)
        assert report.ok
        assert set(verdicts(report).values()) <= {"ok", "?" if method == "central" else "ok"}
        assert f"cost {net.cost.name}" in str(report)


def test_functions_of_ones_own_are_measured():
    swish = Activation("swish", lambda z: z / (1 + np.exp(-z)), lambda z: (
        1 / (1 + np.exp(-z)) + z * np.exp(-z) / (1 + np.exp(-z)) ** 2
    ))  # fmt: skip
    quartic = Cost(
        "quartic", lambda a, y: ((a - y) ** 4).sum(axis=0), lambda a, y: 4 * (a - y) ** 3
    )
    net = Network.random([2, 3, 2], swish, quartic, seed=0)
    for method in METHODS:
        assert check_gradient(net, np.eye(2), np.ones((2, 2)), method=method).ok


@pytest.mark.parametrize("method", METHODS)
def test_nudging_all_entries_at_once_is_nudging_each_by_itself(method):
    rule = METHODS[method]
    for net, x, y in problems():
        measured = numerical_gradient(net, x, y, method, h=rule.h)
        for kind in ("W", "b"):
            for l in range(1, net.L + 1):
                for place in np.ndindex(getattr(net, kind)[l].shape):
                    alone = rule.slope(cost_along(net, x, y, kind, l, place), rule.h)
                    found = getattr(measured, kind)[l][place]
                    assert found == pytest.approx(
                        alone, rel=1e-12, abs=1e-10 if rule.h > 1e-9 else 0
                    )


def test_cost_along_is_the_cost_of_a_network_with_that_entry_nudged():
    net, x, y = examples.batch()
    W2 = net.W[2].copy()
    W2[1, 2] += 0.3
    nudged = net.replace([None, net.W[1], W2], net.b)
    assert cost_along(net, x, y, "W", 2, (1, 2))(0.3) == cost(nudged, x, y)
    net, x, y = examples.small_network()
    b1 = net.b[1].copy()
    b1[2, 0] -= 0.1
    nudged = net.replace(net.W, [None, b1, net.b[2]])
    assert cost_along(net, [1, 0.5], [0, 1], "b", 1, (2, 0))(-0.1) == cost(nudged, x, y)


def test_measuring_in_small_chunks_changes_nothing(monkeypatch):
    net, x, y = examples.batch()
    at_once = numerical_gradient(net, x, y)
    monkeypatch.setattr(module, "_CHUNK", 30)
    for found, right in zip(arrays(numerical_gradient(net, x, y)), arrays(at_once)):
        np.testing.assert_allclose(found, right, rtol=1e-14)


def test_what_is_held_at_once_stays_small(monkeypatch):
    widest = []
    value = module._costs
    monkeypatch.setattr(
        module, "_costs", lambda net, l, z, y: widest.append(z.size) or value(net, l, z, y)
    )
    numerical_gradient(Network.random([50, 40, 30], seed=0), np.ones((50, 9)), np.ones((30, 9)))
    assert max(widest) <= module._CHUNK


def test_complex_step_loses_nothing_and_the_central_difference_does():
    net, x, y = examples.small_network()
    right = backpropagate(net, x, y).W[1]
    errors = {}
    for method in METHODS:
        gap = numerical_gradient(net, x, y, method).W[1] - right
        errors[method] = np.linalg.norm(gap) / np.linalg.norm(right)
    assert errors["complex"] < 1e-14 < errors["central"]


def test_step_width_is_used():
    net, x, y = examples.small_network()
    right = backpropagate(net, x, y).W[1]
    gaps = [np.abs(numerical_gradient(net, x, y, "central", h).W[1] - right).max() for h in (1, 2)]
    assert 1e-4 < gaps[0] < gaps[1]


def test_large_inputs_get_a_shorter_nudge():
    net = Network.random([2, 3, 1], "tanh", seed=0)
    net = net.replace([None, net.W[1] / 5000, net.W[2]], net.b)
    assert check_gradient(net, [3000.0, -2000.0], 0.5, method="central").ok


def test_nothing_of_the_network_or_of_what_is_given_is_changed():
    net, x, y, grads = planted()
    kept = [array.copy() for array in (*net.W[1:], *net.b[1:], x, y, *arrays(grads))]
    for method in METHODS:
        numerical_gradient(net, x, y, method)
        check_gradient(net, x, y, grads, method)
    now = (*net.W[1:], *net.b[1:], x, y, *arrays(grads))
    assert all(np.array_equal(a, b) for a, b in zip(kept, now, strict=True))
    assert grads.W[1].flags.writeable


# The report of a right gradient.


def test_report_of_a_right_gradient_prints_no_rounding_noise():
    texts = {
        str(check_gradient(Network.random([2, 3, 2], seed=seed), [1, -1], [0, 1]))
        for seed in range(5)
    }
    assert len(texts) == 1
    (text,) = texts
    heading, *rows = text.splitlines()
    assert heading == "Relative error against the complex step (cost half_squared, one sample)"
    assert rows == [f"  {name}  ok     below 1e-12" for name in ("W[1]", "b[1]", "W[2]", "b[2]")]


def test_heading_names_method_cost_and_mean():
    net, x, y = examples.batch("squared")
    report = check_gradient(net, x, y, method="central")
    heading = "Relative error against the central difference (cost squared, mean over 4 samples)"
    assert report.heading == str(report).splitlines()[0] == heading


def test_gradient_in_another_form_is_checked_as_it_is():
    net, x, y = examples.batch()
    right = backpropagate(net, x, y)
    dW, db = list(right.W[1:]), list(right.b[1:])
    for given in ((dW, db), (db, dW), list(zip(dW, db)), {"W": dW, "b": db}):
        assert check_gradient(net, x, y, given).ok
    assert not check_gradient(net, x, y, ([2 * w for w in dW], db)).ok


# The report of a wrong one.


def test_report_names_the_wrong_array_and_the_place():
    net, x, y, grads = planted()
    report = check_gradient(net, x, y, grads)
    assert not report.ok
    assert report.worst.name == "W[1]"
    assert report.worst.place == (1, 0)
    assert report.worst.given - report.worst.measured == pytest.approx(1e-3, rel=1e-6)
    text = str(report)
    assert "W[1]  WRONG  1e-02\n" in text
    assert "Worst: W[1][1, 0] is -0.0818124, measured -0.0828124, the largest gap." in text
    assert "Only layer 1 is wrong." in text
    assert text.count("WRONG") == 1
    assert repr(report) == text


def test_worst_is_the_largest_gap_and_not_the_largest_relative_error():
    net, x, y = examples.small_network()
    slip = [None, np.ones((3, 1)) @ x.T, np.ones((2, 1)) @ forward(net, x).a[1].T]
    right = backpropagate(net, x, y)
    report = check_gradient(net, x, y, replace(right, W=slip))
    gaps = [np.abs(slip[l] - right.W[l]).max() for l in (1, 2)]
    worst = report.worst
    assert abs(worst.given - worst.measured) == pytest.approx(max(gaps))
    small = changed(right, only("b[1]", lambda b: 3 * b))
    for sign in (1, -1):
        both = changed(small, only("W[2]", lambda W: W + sign * 0.5))
        assert check_gradient(net, x, y, both).worst.name == "W[2]"


def test_worst_is_wrong_even_where_a_larger_gap_is_rounding():
    rows = [
        Row("W[1]", "ok", "", 1e-13, (0, 0), 1e9, 1e9 + 1),
        Row("b[1]", "WRONG", "", 1, (0, 0), 2, 1),
    ]
    assert Report("", tuple(rows)).worst.name == "b[1]"


def test_of_arrays_and_entries_that_are_equally_wrong_the_first_is_the_worst():
    net, x, y = examples.small_network()
    x = np.array([[1.0], [1.0]])
    right = backpropagate(net, x, y)
    for noise in (1 - 1e-14, 1 + 1e-14):
        b = (None, 3 * noise * right.b[1], right.b[2])
        W1 = 3 * right.W[1]
        W1[:, 1] *= noise
        worst = check_gradient(net, x, y, replace(right, W=(None, W1, right.W[2]), b=b)).worst
        assert (worst.name, worst.place[1]) == ("W[1]", 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
@pytest.mark.parametrize("name", ["W[1]", "b[1]", "W[2]", "b[2]"])
@pytest.mark.parametrize("method", METHODS)
def test_gradient_that_is_not_a_number_or_huge_is_wrong_wherever_it_stands(name, value, method):
    net, x, y = examples.small_network()

    def spoil(array):
        array[-1, -1] = value
        return array

    grads = changed(backpropagate(net, x, y), only(name, spoil))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = check_gradient(net, x, y, grads, method)
        text = str(report)
    assert [at for at, verdict in verdicts(report).items() if verdict == "WRONG"] == [name]
    assert report.worst.name == name
    assert report.worst.place == tuple(n - 1 for n in getattr(net, name[0])[int(name[2])].shape)
    assert ("not finite" in text) == (not np.isfinite(value)) == np.isinf(report.worst.error)


def test_tolerance_can_be_set():
    net, x, y, grads = planted(1e-7)
    assert not check_gradient(net, x, y, grads).ok
    assert check_gradient(net, x, y, grads, tolerance=1e-3).ok
    assert "below 1e-03" in str(check_gradient(net, x, y, grads, tolerance=1e-3))


def test_tiny_slopes_are_compared_too():
    net = Network([(300.0, 0.0)])
    right = backpropagate(net, 1, 0.5)
    assert 0 < right.W[1] < 1e-100
    assert check_gradient(net, 1, 0.5, right).ok
    for factor in (0, 2, 1 + 1e-9):
        wrong = changed(right, lambda name, array: factor * array)
        assert not check_gradient(net, 1, 0.5, wrong).ok


# What a wrong array is instead.

BATCH = examples.batch()  # m = 4, n_L = 2
WIDE = (
    Network.random([2, 3, 5], seed=3),
    np.eye(2)[:, [0, 1, 1]],
    np.eye(5)[:, :3],
)  # m = 3, n_L = 5


@pytest.mark.parametrize(
    ("problem", "factor", "words"),
    [
        (WIDE, 2, "2"), (WIDE, 1 / 2, "½"), (WIDE, -1, "−1"), (WIDE, -2, "−2"), (WIDE, 3, "m = 3"),
        (WIDE, -3, "−m = −3"), (WIDE, 1 / 3, "1/m = 0.333333"), (WIDE, 5, "n_L = 5"),
        (WIDE, 1 / 5, "1/n_L = 0.2"), (BATCH, 2, "2 = n_L"), (BATCH, 1 / 2, "½ = 1/n_L"),
        (BATCH, 4, "m = 4"), (BATCH, 1 / 4, "1/m = 0.25"), (examples.small_network(), -1, "−1"),
        (examples.small_network(), 2, "2 = n_L"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_factor_is_named_for_one_array_and_said_once_for_all(problem, factor, words, method):
    net, x, y = problem
    right = backpropagate(net, x, y)
    one = check_gradient(net, x, y, changed(right, only("W[2]", lambda W: factor * W)), method)
    assert one.rows[2].says.endswith(f"  {words} times the measured one")
    assert one.notes == ("Only layer 2 is wrong.",)
    every = check_gradient(net, x, y, changed(right, lambda name, array: factor * array), method)
    assert every.notes == (f"Every array is {words} times the measured one.",)
    assert str(every).count("times") == 1
    assert one.rows[2].error == pytest.approx(abs(factor - 1) / max(abs(factor), 1))
    assert not one.ok and not every.ok


@pytest.mark.parametrize("factor", [3.7, 1.001, 0, 2 + 1e-4])
def test_factor_without_a_name_is_not_named(factor):
    net, x, y = WIDE
    wrong = changed(backpropagate(net, x, y), lambda name, array: factor * array)
    report = check_gradient(net, x, y, wrong)
    assert not report.ok
    assert "times" not in str(report)


def test_sum_in_the_weights_alone_is_named_in_each_row():
    net, x, y = BATCH
    wrong = changed(backpropagate(net, x, y), lambda name, a: 4 * a if name[0] == "W" else a)
    report = check_gradient(net, x, y, wrong)
    assert verdicts(report) == {"W[1]": "WRONG", "b[1]": "ok", "W[2]": "WRONG", "b[2]": "ok"}
    assert str(report).count("m = 4 times") == 2
    assert report.notes == ()


def test_several_factors_are_named_in_each_row():
    net, x, y = WIDE
    wrong = changed(backpropagate(net, x, y), lambda name, a: 3 * a if name[0] == "W" else -a)
    report = check_gradient(net, x, y, wrong)
    assert [row.says.count("times") for row in report.rows] == [1] * 4
    assert report.notes == ()


def test_arrays_that_are_zero_share_every_factor():
    net, _, y = WIDE
    x = np.zeros((2, 3))
    wrong = changed(backpropagate(net, x, y), lambda name, array: 2 * array)
    report = check_gradient(net, x, y, wrong)
    assert verdicts(report)["W[1]"] == "ok"
    assert report.notes == ("Every array is 2 times the measured one.",)


@pytest.mark.parametrize("problem", [examples.chain(), WIDE], ids=["chain", "wide"])
def test_array_that_is_nearly_right_is_not_called_another(problem):
    wrong = changed(backpropagate(*problem), lambda name, array: array * (1 + 1e-8))
    report = check_gradient(*problem, wrong)
    assert not report.ok
    assert [row.says for row in report.rows] == ["1e-08"] * len(report.rows)
    assert report.notes == ()


def test_zeros_are_not_called_those_of_another_array():
    net, _, y = examples.chain()
    wrong = changed(backpropagate(net, 0, y), only("W[2]", np.zeros_like))
    report = check_gradient(net, 0, y, wrong)
    assert [row.says for row in report.rows if row.verdict == "WRONG"] == ["1e+00"]


def test_one_wrong_entry_among_right_ones_gets_no_name():
    assert check_gradient(*planted()).rows[0].says == "1e-02"


def test_transposed_and_exchanged_arrays_are_recognised():
    net = Network.random([3, 3, 3], seed=2)
    x, y = np.array([[1, 0, -1, 2], [0, 1, 1, -1], [2, 1, 0, 1]]), np.eye(3)[:, [0, 1, 2, 0]]
    right = backpropagate(net, x, y)
    turned = check_gradient(net, x, y, changed(right, only("W[1]", np.transpose)))
    assert turned.rows[0].says.endswith("  the transpose of the measured one")
    W = (None, right.W[2], right.W[1])
    swapped = check_gradient(net, x, y, replace(right, W=W))
    assert swapped.rows[0].says.endswith("  what was measured for W[2]")
    assert swapped.rows[2].says.endswith("  what was measured for W[1]")
    assert check_gradient(net, x, y, replace(right, b=right.b[:1] + right.b[:0:-1])).rows[1].says


def test_bias_in_the_place_of_a_weight_is_recognised():
    net, _, y = examples.chain()
    right = backpropagate(net, 0.7, y)
    report = check_gradient(net, 0.7, y, changed(right, only("W[1]", lambda W: right.b[1])))
    assert report.rows[0].says.endswith("  what was measured for b[1]")


@pytest.mark.parametrize("pack", [tuple, lambda both: replace(RIGHT_CHAIN, W=both[0], b=both[1])])
def test_in_a_chain_exchanged_weights_and_biases_are_recognised(pack):
    chain = examples.chain()
    assert check_gradient(*chain, pack((RIGHT_CHAIN.W, RIGHT_CHAIN.b))).ok
    report = check_gradient(*chain, pack((RIGHT_CHAIN.b, RIGHT_CHAIN.W)))
    assert not report.ok
    assert report.notes == ("Exchanged, they would fit.",)
    twice = check_gradient(*chain, ([2 * b for b in RIGHT_CHAIN.b[1:]], RIGHT_CHAIN.W))
    assert "would fit" not in str(twice)


RIGHT_CHAIN = backpropagate(*examples.chain())


def test_only_the_layer_that_is_wrong_is_named():
    net, x, y = DEEP
    right = backpropagate(net, x, y)
    for l in (1, 4, 7):
        wrong = changed(right, lambda name, array: array * 3.3 if f"[{l}]" in name else array)
        assert check_gradient(net, x, y, wrong).notes == (f"Only layer {l} is wrong.",)
    two = changed(right, lambda name, array: array * 3.3 if name in ("W[1]", "b[3]") else array)
    assert check_gradient(net, x, y, two).notes == ()
    single = changed(RIGHT_CHAIN, lambda name, array: array * 3.3)
    alone = Network([(0.8, 0.3)])
    grads = backpropagate(alone, 0.5, 0.9)
    assert (
        check_gradient(alone, 0.5, 0.9, changed(grads, only("W[1]", lambda W: W * 3.3))).notes == ()
    )
    assert "Only" not in str(check_gradient(*examples.chain(), single))


# What a method cannot tell.


@pytest.mark.parametrize("problem", [FAR, DEEP, TWELVE], ids=["far", "deep", "twelve"])
def test_right_gradient_that_drowns_in_rounding_is_not_called_wrong(problem):
    report = check_gradient(*problem, method="central")
    assert report.ok
    assert "can tell no more" in str(report)
    right = {f"{kind}[{row.name[2:]}" for row in report.rows for kind in row.name[0]}
    assert right == {row.name for row in report.rows}
    sharp = check_gradient(*problem)
    assert set(verdicts(sharp).values()) == {"ok"}
    assert "tell" not in str(sharp)


def test_array_below_the_floor_is_neither_right_nor_wrong():
    report = check_gradient(*TWELVE, method="central")
    assert report.rows[0].verdict == "?"
    assert report.rows[0].says.startswith("too small for a central difference to tell: ±")
    assert abs(report.rows[0].measured) < float(report.rows[0].says.split("±")[1]) < 1e-9
    assert verdicts(report)["W[12]"] == "ok"


def test_two_zeros_prove_nothing_to_a_central_difference():
    far = Network([(40.0, 0.0)])
    none = ([0.0], [0.0])
    report = check_gradient(far, 1, 0.5, none, "central")
    assert report.ok
    assert [row.verdict for row in report.rows] == ["?", "?"]
    assert not check_gradient(far, 1, 0.5, none).ok


WRONG = {
    "twice": lambda array: 2 * array,
    "sign": lambda array: -array,
    "half": lambda array: array / 2,
    "zero": lambda array: 0 * array,
    "missing entry": lambda array: np.where(np.abs(array) == np.abs(array).max(), 0, array),
    "a hundredth more": lambda array: 1.01 * array,
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("problem", [FAR, DEEP, TWELVE], ids=["far", "deep", "twelve"])
def test_wrong_gradient_is_wrong_above_the_floor_and_always_by_complex_step(problem, change):
    net, x, y = problem
    right = backpropagate(net, x, y)
    for kind, l in itertools.product("Wb", range(1, net.L + 1)):
        name = f"{kind}[{l}]"
        wrong = changed(right, only(name, change))
        assert verdicts(check_gradient(*problem, wrong))[name] == "WRONG"
        gap = np.abs(getattr(right, kind)[l] - getattr(wrong, kind)[l]).max()
        found = verdicts(check_gradient(*problem, wrong, "central"))[name]
        assert found == "WRONG" if gap > 3e-10 else found in ("?", "ok", "WRONG")


def test_no_right_gradient_of_many_random_networks_is_called_wrong():
    rng = np.random.default_rng(5)
    for seed in range(150):
        sizes = rng.integers(1, 6, rng.integers(2, 9))
        activation = str(rng.choice(["sigmoid", "tanh", "identity"]))
        net = Network.random(sizes, activation, seed=seed)
        net = net.replace([None, *(w * rng.choice([0.3, 1, 3, 10]) for w in net.W[1:])], net.b)
        m = rng.integers(1, 5)
        x = rng.standard_normal((sizes[0], m)) * rng.choice([0.1, 1, 10])
        for method in METHODS:
            assert check_gradient(net, x, rng.random((sizes[-1], m)), method=method).ok


@pytest.mark.parametrize("method", METHODS)
def test_rounding_that_is_left_of_slopes_that_cancel_is_not_called_wrong(method):
    # The slopes are 0: each sample pulls as hard as the other, or the output is the target.
    line = Network([([[0.3]], [[0.1]])], "identity")
    x = np.array([[0.1, 0.7, -0.8]])
    y = 0.3 * x + 0.1 + np.array([[0.1, 0.2, -0.3]]) - np.array([[0.1, 0.1, 0.1]]) * 0
    exact = 0.3 * x + 0.1
    for targets in (y, exact, exact + 1e-16):
        right = backpropagate(line, x, targets)
        noisy = changed(right, lambda name, array: array + 3e-17)
        assert check_gradient(line, x, targets, noisy, method).ok
        off = changed(right, lambda name, array: array + 1e-8)
        assert not check_gradient(line, x, targets, off, method).ok


def test_gradient_that_is_zero_everywhere_is_right_and_tests_nothing():
    dead = Network([(0, -1), (0, 1)], activation="relu")
    for method in METHODS:
        report = check_gradient(dead, 1, 1, method=method)
        assert report.ok
        note = "No slope differs from 0, as far as can be told: nothing was tested."
        assert report.notes == (note,)
    assert check_gradient(dead, 1, 1).worst.error == 0
    assert check_gradient(*examples.batch()).notes == ()
    assert not check_gradient(dead, 1, 1, ([1, 1], [0, 0])).ok
    assert not check_gradient(dead, 1, 1, ([1, 1], [0, 0])).notes


@pytest.mark.parametrize(
    ("name", "kink", "method"),
    [("relu", 0.0, "complex"), ("relu", 0.0, "central"), ("leaky_relu", 0.0, "complex"),
     ("relu", 4e-6, "central"), ("relu", -4e-6, "central")],
)  # fmt: skip
def test_kink_is_named_and_leaves_the_arrays_before_it_undecided(name, kink, method):
    net = Network([([[1.0]], [[kink]]), ([[0.5]], [[0.2]])], [name, "identity"])
    report = check_gradient(net, 0, 1, method=method)
    assert verdicts(report)["b[1]"] == "kink"
    assert verdicts(report)["b[2]"] in ("ok", "?")
    assert not report.ok
    (note,) = report.notes
    assert note.startswith(f"z[1][0, 0] = {kink:.1g} is ")
    assert f"kink of {name}: no slope exists there. Move x or b[1] a little" in note
    assert check_gradient(net, 0.1, 1, method=method).ok
    assert check_gradient(net, 0.1, 1, method=method).notes == ()


def test_kink_does_not_excuse_what_comes_after_it():
    net = Network([([[1.0]], [[0.0]]), ([[0.5]], [[0.2]])], ["relu", "identity"])
    wrong = changed(backpropagate(net, 0, 1), only("b[2]", lambda b: 2 * b))
    assert verdicts(check_gradient(net, 0, 1, wrong))["b[2]"] == "WRONG"


def test_of_several_kinks_the_last_is_named():
    net = Network([([[1.0]], [[0.0]]), ([[0.5]], [[0.0]])], "relu")
    report = check_gradient(net, 0, 1)
    assert verdicts(report)["b[2]"] == "kink"
    assert report.notes[0].startswith("z[2][0, 0] = 0 is on a kink")


def test_kink_does_not_excuse_what_is_not_a_number():
    net = Network([([[1.0]], [[0.0]])], "relu")
    assert verdicts(check_gradient(net, 0, 1, ([1.0], [np.nan])))["b[1]"] == "WRONG"


def test_kink_of_ones_own_is_named_and_rounding_does_not_hide_it():
    bent = Activation(
        "bent",
        lambda z: np.where(z > 0.6, 2 * z - 0.6, z),
        lambda z: np.where(z > 0.6, 2.0, 1.0),
        kinks=(0.6,),
    )
    net = Network([([[0.1, 0.2]], [[0.3]])], bent)
    assert forward(net, [1, 1]).z[1].item() != 0.6
    assert "kink of bent" in str(check_gradient(net, [1, 1], 0))
    assert "kink" not in str(check_gradient(net, [1, 1.001], 0))


# A part of a large network, its progress, and what overflows.


def test_sample_compares_some_entries_and_says_how_many():
    net, x, y = Network.random([30, 20, 3], seed=0), np.ones(30), np.eye(3)[:, [0]]
    report = check_gradient(net, x, y, sample=50)
    assert report.ok
    assert [row.says for row in report.rows] == [
        "below 1e-12  (50 of 600 entries)", "below 1e-12",
        "below 1e-12  (50 of 60 entries)", "below 1e-12",
    ]  # fmt: skip
    large = check_gradient(Network.random([1200, 2], seed=0), np.ones(1200), [0, 1], sample=100)
    assert "100 of 2,400 entries" in str(large)
    assert "entries" not in str(check_gradient(net, x, y, sample=600))


def test_sample_finds_what_it_looks_at_and_the_seed_chooses_it():
    net, x, y = Network.random([10, 10, 3], seed=0), np.arange(10) / 10 + 0.1, np.eye(3)[:, [0]]
    right = backpropagate(net, x, y)
    half = changed(
        right, only("W[1]", lambda W: np.where(np.arange(100).reshape(10, 10) > 98, 9, W))
    )
    found = [check_gradient(net, x, y, half, sample=30, seed=seed).ok for seed in range(40)]
    assert found == [check_gradient(net, x, y, half, sample=30, seed=seed).ok for seed in range(40)]
    assert 5 < found.count(False) < 25
    report = check_gradient(net, x, y, half, sample=99, seed=1)
    assert report.worst.place == (9, 9)
    assert (report.worst.given, report.worst.measured) == (9, pytest.approx(right.W[1][9, 9]))
    turned = check_gradient(net, x, y, changed(right, only("W[1]", np.transpose)), sample=30)
    assert "the transpose of the measured one" in turned.rows[0].says
    twice = check_gradient(net, x, y, changed(right, lambda name, a: 2 * a), sample=5)
    assert twice.notes == ("Every array is 2 times the measured one.",)


def slow(monkeypatch, seconds):
    """A clock on which a chunk takes so long, and what is asked of a bar."""
    clock, bars = itertools.count(step=seconds), []
    bar = lambda items, words, **settings: bars.append((words, settings)) or items  # noqa: E731
    monkeypatch.setattr(module, "monotonic", lambda: next(clock))
    monkeypatch.setattr(module, "_CHUNK", 30)
    monkeypatch.setitem(sys.modules, "tqdm.auto", SimpleNamespace(tqdm=bar))
    return bars


def test_bar_appears_after_two_seconds_and_everything_is_measured(monkeypatch):
    right = str(check_gradient(*BATCH))
    bars = slow(monkeypatch, 1)
    assert str(check_gradient(*BATCH)) == right
    ((words, settings),) = bars
    assert words == "measuring slopes"
    assert settings["leave"] is False
    assert 0 < settings["initial"] < settings["total"]


def test_no_bar_appears_before_or_where_none_is_wanted(monkeypatch):
    early = slow(monkeypatch, 0.01)
    check_gradient(*BATCH)
    unwanted = slow(monkeypatch, 100)
    check_gradient(*BATCH, progress=False)
    numerical_gradient(*BATCH)
    assert not early
    assert not unwanted


def test_what_overflows_is_named_without_a_warning():
    huge = Network([(1e150, 0)], "identity")
    twice = Network([(1e150, 0), (1e150, 0)], "identity")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for call, method in itertools.product((check_gradient, numerical_gradient), METHODS):
            with pytest.raises(NotFinite, match=r"^C holds inf"):
                call(huge, 1e150, 0, method=method)
            with pytest.raises(NotFinite, match=r"^z\[2\] holds inf"):
                call(twice, 1e150, 0, method=method)
        with pytest.raises(NotFinite, match=r"slopes of C measured for W\[1\] holds"):
            numerical_gradient(Network([(1, 1)], "identity"), 1, 0, "central", h=1e300)


JUNK = [None, "ink", [], [1, 2], {}, {"a": 1}, np.nan, np.inf, -1, 0, True, 1.5, 10**400, b"x", 1j,
        np.ones(3), np.array(1.0), object(), lambda: 0, Network, Report, np.array(["a"]), {1, 2},
        np.ma.masked_array([1.0], [True]), range(3), iter([1]), NotImplemented, "0"]  # fmt: skip
ARGUMENTS = {
    check_gradient: ("net", "x", "y", "grads", "method", "tolerance", "sample", "seed", "progress"),
    numerical_gradient: ("net", "x", "y", "method", "h"),
}


@pytest.mark.parametrize(
    ("call", "name"), [(call, name) for call, names in ARGUMENTS.items() for name in names]
)
def test_junk_in_any_argument_is_taken_or_refused_by_name(call, name):
    net, x, y = examples.small_network()
    for junk in JUNK:
        arguments = {"net": net, "x": x, "y": y, name: junk}
        try:
            call(**arguments)
        except (ValueError, TypeError) as refused:
            assert str(refused).startswith(name), (junk, refused)
            assert str(refused).endswith("."), (junk, refused)


def test_report_is_true_where_it_is_ok():
    net, x, y, wrong = planted()
    assert check_gradient(net, x, y)
    assert not check_gradient(net, x, y, wrong)


def test_report_says_that_a_gradient_has_single_precision():
    net, x, y = examples.batch()
    right = backpropagate(net, x, y)
    single = [[array.astype(np.float32) for array in arrays[1:]] for arrays in (right.W, right.b)]
    report = check_gradient(net, x, y, single)
    assert not report.ok
    assert "single precision" in str(report)
    assert check_gradient(net, x, y, single, tolerance=1e-6).ok
