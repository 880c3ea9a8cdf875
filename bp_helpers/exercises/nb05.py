"""The exercises of notebook 05: the four rules, and the whole backward pass."""

from __future__ import annotations

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, WholePass, columns, of_rule
from bp_helpers.network import Network
from bp_helpers.slips import Arrays, Run

_RNG = np.random.default_rng(5)


def _pulled_back(run: Run, l: int) -> tuple[Array, Array, Array]:
    return run.net.W[l + 1], run.delta[l + 1], run.slope(l)


def _at_both_ends(run: Run, l: int) -> tuple[Array, Array]:
    return run.delta[l], run.a[l - 1]


def output_delta(z: Array, y: Array) -> Array:
    """BP1 for the cost Σ (√(1 + (a − y)²) − 1) and an output of softplus, a = ln(1 + eᶻ)."""
    delta: Array = _towards(_softplus(z) - y) * _sigmoid(z)
    return delta


def _softplus(z: Array) -> Array:
    a: Array = np.log(1 + np.exp(z))
    return a


def _sigmoid(z: Array) -> Array:
    a: Array = 1 / (1 + np.exp(-z))
    return a


def _towards(u: Array) -> Array:
    """The slope of √(1 + u²)."""
    slope: Array = u / np.sqrt(1 + u**2)
    return slope


def carry_blame_back(net: Network, x: Array, y: Array) -> Arrays:
    """A backward pass in one loop that takes the slope of the wrong layer."""
    a, L, m = forward(net, x).a, net.L, x.shape[1]
    dW: list[Array] = []
    db: list[Array] = []
    blame = (a[L] - y) * a[L] * (1 - a[L])
    for l in range(L, 0, -1):
        db.insert(0, blame.sum(axis=1, keepdims=True) / m)
        dW.insert(0, blame @ a[l - 1].T / m)
        if l > 1:
            blame = (net.W[l].T @ blame) * a[l] * (1 - a[l])
    return dW, db


EXERCISES = (
    of_rule(
        "05.1",
        "BP2",
        "(W_next, delta_next, slope_here)",
        _pulled_back,
        mistakes=[
            (
                lambda run, l: run.net.W[l + 1].T * run.delta[l + 1] * run.slope(l),
                "The weights are multiplied entry by entry: `@` is the product that adds up over "
                "the neurons of the next layer.",
            ),
            (
                lambda run, l: run.net.W[l + 1].T @ (run.delta[l + 1] * run.slope(l)),
                "The slope of this layer is multiplied in too early: it belongs to what has "
                "come back along the weights.",
            ),
            (
                lambda run, l: run.delta[l + 1] @ run.net.W[l + 1] * run.slope(l),
                "Here δ stands before W: put the weights in front, turned so that the shapes fit.",
            ),
            (
                lambda run, l: run.delta[l + 1] * run.slope(l),
                "The weights are left out: δ has to go back along them.",
            ),
            (
                lambda run, l: run.back(l) @ run.slope(l),
                "The slope is multiplied as a matrix: it should be entry by entry.",
            ),
        ],
    ),
    of_rule(
        "05.2",
        "BP4",
        "(delta, a_before)",
        _at_both_ends,
        mistakes=[
            (
                lambda run, l: run.delta[l] @ run.a[l - 1].T / len(run.delta[l]),
                "It divides by the number of neurons, the rows of `delta`: the samples are its "
                "columns.",
            ),
            (
                lambda run, l: run.delta[l] @ run.a[l - 1].T / len(run.a[l - 1]),
                "It divides by the number of neurons in the layer before: it should be the number "
                "of samples.",
            ),
            (
                lambda run, l: run.delta[l].T @ run.a[l - 1] / run.m,
                "The T stands at δ: it should stand at the activation, so that the sum is over "
                "the samples.",
            ),
            (
                lambda run, l: run.delta[l] * run.a[l - 1] / run.m,
                "The two are multiplied entry by entry: a table of every δ with every activation "
                "takes `@`.",
            ),
            (
                lambda run, l: np.mean(run.delta[l] @ run.a[l - 1].T),
                "It takes the mean of all slopes, which leaves one number: the mean is over the "
                "samples, for each weight alone.",
            ),
        ],
    ),
    Exercise(
        "05.3",
        output_delta,
        probes=[(columns(_RNG, n, m), columns(_RNG, n, m)) for n, m in ((3, 1), (4, 5), (1, 3))],
        mistakes=[
            (
                lambda z, y: (_softplus(z) - y) * _sigmoid(z),
                "This is BP1 for the cost with the square: here a root is taken too, and the "
                "slope of the cost is another one.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _sigmoid(z) * (1 - _sigmoid(z)),
                "The slope of σ stands here: that of softplus at z is σ(z) itself.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _sigmoid(_softplus(z)),
                "It takes σ at a: the slope of softplus is σ at z.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _sigmoid(-z),
                "The sign of z is turned in σ(z).",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _softplus(z),
                "The activation itself stands here, where its slope belongs.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y),
                "This is how the output moves the cost, ∂C/∂a: δ is ∂C/∂z, so the slope of "
                "softplus is missing.",
            ),
            (
                lambda z, y: _towards(z - y) * _sigmoid(z),
                "It compares z with the target: the cost compares the output, which is softplus "
                "of z.",
            ),
            (
                lambda z, y: _towards(_sigmoid(z) - y) * _sigmoid(z),
                "It takes σ(z) for the output: the layer has softplus, and σ is its slope.",
            ),
            (
                lambda z, y: 2 * _towards(_softplus(z) - y) * _sigmoid(z),
                "There is a stray 2: that of the square goes with the ½ of the root.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _sigmoid(z) / 2,
                "There is a stray ½: that of the root goes with the 2 of the square.",
            ),
            (
                lambda z, y: _towards(y - _softplus(z)) * _sigmoid(z),
                "The sign is turned: it should be output minus target.",
            ),
            (
                lambda z, y: (np.sqrt(1 + (_softplus(z) - y) ** 2) - 1) * _sigmoid(z),
                "The cost itself stands here, where its slope belongs.",
            ),
            (
                lambda z, y: _sigmoid(z) / (2 * np.sqrt(1 + (_softplus(z) - y) ** 2)),
                "What stands under the root has a slope too, which is missing: the chain rule "
                "multiplies by it.",
            ),
            (
                lambda z, y: (_softplus(z) - y) / (1 + (_softplus(z) - y) ** 2) * _sigmoid(z),
                "The root is missing below the line.",
            ),
            (
                lambda z, y: (
                    (_softplus(z) - y) * np.sqrt(1 + (_softplus(z) - y) ** 2) * _sigmoid(z)
                ),
                "It multiplies by the root: the root belongs below the line.",
            ),
            (
                lambda z, y: np.sum(_towards(_softplus(z) - y), axis=0) * _sigmoid(z),
                "It adds up over the outputs: each output has an error of its own.",
            ),
            (
                lambda z, y: (
                    (_softplus(z) - y)
                    / np.sqrt(1 + np.sum((_softplus(z) - y) ** 2, axis=0))
                    * _sigmoid(z)
                ),
                "It adds up over the outputs under the root: each output has a root of its own.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _sigmoid(z) / z.shape[1],
                "It divides by m: the mean is taken in BP3 and BP4, and only there.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) @ _sigmoid(z).T,
                "The two factors are multiplied as matrices: it should be entry by entry.",
            ),
        ],
    ),
    WholePass("05.4", unmended=carry_blame_back),
    WholePass(
        "05.5",
        kinds=[
            {},
            {"activation": "tanh"},
            {"sizes": [3, 5, 1]},
            {"sizes": [4, 2]},
            {"activation": ["tanh", "relu", "sigmoid"]},
        ],
    ),
)
