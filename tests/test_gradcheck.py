"""Measured gradients, and the report that compares a gradient with them."""

from dataclasses import replace

import numpy as np
import pytest

from bp_helpers import Network, backpropagate, check_gradient, examples, numerical_gradient
from bp_helpers.gradcheck import METHODS, Report, Row

EXAMPLES = [examples.chain, examples.small_network, examples.batch]


def planted(amount=1e-3):
    """The running example, and its gradient with one entry of W[1] that is wrong."""
    net, x, y = examples.small_network()
    grads = backpropagate(net, x, y)
    W1 = grads.W[1].copy()
    W1[1, 0] += amount
    return net, x, y, replace(grads, W=(None, W1, grads.W[2]))


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_agrees_with_backpropagation(example, method):
    net, x, y = example()
    grads, measured = backpropagate(net, x, y), numerical_gradient(net, x, y, method)
    assert measured.delta == (None,) * (net.L + 1)
    for l in range(1, net.L + 1):
        for given, found in ((grads.W[l], measured.W[l]), (grads.b[l], measured.b[l])):
            gap = np.linalg.norm(given - found) / np.linalg.norm(found)
            assert gap < METHODS[method].tolerance
    assert check_gradient(net, x, y, method=method).ok


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


def test_nothing_of_the_network_is_left_nudged():
    net, x, y = examples.small_network()
    before = [w.copy() for w in net.W[1:] + net.b[1:]]
    numerical_gradient(net, x, y)
    assert all(np.array_equal(w, v) for w, v in zip(net.W[1:] + net.b[1:], before))


def test_report_names_the_wrong_array_and_the_place():
    net, x, y, grads = planted()
    report = check_gradient(net, x, y, grads)
    assert not report.ok
    assert report.worst.name == "W[1]"
    assert report.worst.place == (1, 0)
    assert report.worst.given - report.worst.measured == pytest.approx(1e-3, rel=1e-6)
    text = str(report)
    assert "W[1]  WRONG" in text
    assert "Worst: W[1][1, 0] is" in text
    assert text.count("WRONG") == 1
    assert repr(report) == text


def test_tolerance_can_be_set():
    net, x, y, grads = planted(1e-7)
    assert not check_gradient(net, x, y, grads).ok
    assert check_gradient(net, x, y, grads, tolerance=1e-3).ok


def test_report_of_a_right_gradient_prints_no_rounding_noise():
    texts = {
        str(check_gradient(Network.random([2, 3, 2], seed=seed), [1, -1], [0, 1]))
        for seed in range(5)
    }
    assert len(texts) == 1
    (text,) = texts
    assert text.count("ok     below 1e-12") == 4


def test_gradient_that_is_zero_everywhere_is_right():
    net = Network([(0, -1), (0, 1)], activation="relu")
    report = check_gradient(net, 1, 1)
    assert report.ok
    assert report.worst.error == 0


@pytest.mark.parametrize("kind", ["W", "b"])
@pytest.mark.parametrize("l", [1, 2])
def test_gradient_that_is_not_a_number_is_wrong_wherever_it_stands(kind, l):
    net, x, y = examples.small_network()
    grads = backpropagate(net, x, y)
    arrays = list(getattr(grads, kind))
    arrays[l] = arrays[l].copy()
    arrays[l][0, 0] = np.nan
    report = check_gradient(net, x, y, replace(grads, **{kind: tuple(arrays)}))
    assert not report.ok
    assert report.worst.name == f"{kind}[{l}]"


def test_no_array_over_the_tolerance_hides_behind_one_that_is_as_wrong_but_for_rounding():
    rows = [Row("W[1]", 0.999e-12, (0, 0), 1.0, 1.0), Row("b[1]", 1.001e-12, (0, 0), 1.0, 1.0)]
    assert not Report(tuple(rows), "complex", 1e-12).ok


def test_of_arrays_that_are_equally_wrong_the_first_is_the_worst():
    net, x, y = examples.small_network()
    right = backpropagate(net, x, y)
    for noise in (1 - 1e-14, 1 + 1e-14):
        b = (None, 3 * noise * right.b[1], right.b[2])
        wrong = replace(right, W=(None, 3 * right.W[1], right.W[2]), b=b)
        assert check_gradient(net, x, y, wrong).worst.name == "W[1]"
