"""The exercises of notebook 05: the four rules, and the whole backward pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, WholePass, columns, of_rule
from bp_helpers.network import Network
from bp_helpers.slips import Arrays, Run

_RNG = np.random.default_rng(5)


def _pulled_back(run: Run, l: int) -> tuple[Array, Array, Array]:
    return run.net.W[l + 1], run.delta[l + 1], run.slope(l)


def _with_weights_reshaped(run: Run, l: int) -> Array:
    W = run.net.W[l + 1]
    delta: Array = W.reshape(W.T.shape) @ run.delta[l + 1] * run.slope(l)
    return delta


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


def _root(u: Array) -> Array:
    root: Array = np.sqrt(1 + u**2)
    return root


def _towards(u: Array) -> Array:
    """The slope of √(1 + u²)."""
    return u / _root(u)


def _mixed(of: Callable[[Array, Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """Something made of the output, the target and σ(z), as a function of z and the target."""
    return lambda z, y: of(_softplus(z), y, _sigmoid(z))


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
        ("W_next", "delta_next", "slope_here"),
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
            (
                lambda run, l: run.back(l) @ run.slope(l).T,
                "The slope is turned and multiplied as a matrix: it should be entry by entry, and "
                "as it stands.",
            ),
            (
                lambda run, l: (run.back(l) * run.slope(l)).T,
                "It is turned: δ has a row for each neuron, and a column for each sample.",
            ),
            (
                lambda run, l: run.back(l) + run.slope(l),
                "The slope is added: it should multiply what has come back along the weights.",
            ),
            (
                lambda run, l: run.back(l) / run.slope(l),
                "It divides by the slope: it should multiply by it.",
            ),
            (
                lambda run, l: run.back(l) * run.slope(l) * (1 - run.slope(l)),
                "The `slope_here` that is given is σ′(z) already: take it as it is.",
            ),
            (
                _with_weights_reshaped,
                "A reshape leaves the numbers in their old order: `.T` turns rows into columns.",
            ),
            (
                lambda run, l: run.net.W[l + 1][-1:].T @ run.delta[l + 1][-1:] * run.slope(l),
                "Only the last neuron of the next layer is left, as where a loop writes with `=`: "
                "they should be added up.",
            ),
            (
                lambda run, l: run.back(l).sum(axis=1, keepdims=True) * run.slope(l),
                "It adds up over the samples: each of them has a δ of its own.",
            ),
            (
                lambda run, l: run.back(l) * run.slope(l) * (np.arange(run.m) == 0),
                "Only the first sample has its δ, as where `return` stands inside the loop.",
            ),
            (
                lambda run, l: run.back(l) * run.slope(l)[:, :1],
                "It takes the slope of the first sample for all of them: each has its own.",
            ),
            (
                lambda run, l: run.back(l) * run.slope(l) / len(run.slope(l)),
                "It divides by the number of neurons in this layer: BP2 is a sum over the next "
                "layer, and divides by nothing.",
            ),
        ],
    ),
    of_rule(
        "05.2",
        "BP4",
        ("delta", "a_before"),
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
            (
                lambda run, l: (
                    run.delta[l].sum(axis=1, keepdims=True)
                    @ run.a[l - 1].sum(axis=1, keepdims=True).T
                    / run.m
                ),
                "Two sums are multiplied: each δ belongs to the activation of its own sample, and "
                "only their products are added up.",
            ),
            (
                lambda run, l: run.delta[l][:, -1:] @ run.a[l - 1][:, -1:].T / run.m,
                "Only the last sample is left, as where a loop writes with `=`: all of them are "
                "to be added up.",
            ),
            (
                lambda run, l: run.delta[l][:, :1] @ run.a[l - 1][:, :1].T / run.m,
                "Only the first sample is there, divided by m, as where `return` stands inside a "
                "loop.",
            ),
            (
                lambda run, l: run.delta[l] @ run.a[l - 1].T / run.delta[l].size,
                "It divides by the number of all entries of `delta`: the samples are its columns.",
            ),
            (
                lambda run, l: run.delta[l] @ run.a[l - 1].T / (run.m - 1),
                "It divides by one less than m: the mean is the sum divided by the number of "
                "samples.",
            ),
        ],
    ),
    Exercise(
        "05.3",
        output_delta,
        probes=[(columns(_RNG, n, m), columns(_RNG, n, m)) for n, m in ((3, 1), (4, 5), (1, 3))],
        mistakes=[
            (
                _mixed(lambda a, y, s: (a - y) * s),
                "This is BP1 for the cost with the square: here a root is taken too, and the "
                "slope of the cost is another one.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) * s * (1 - s)),
                "The slope of σ stands here: that of softplus at z is σ(z) itself.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) * _sigmoid(a)),
                "It takes σ at a: the slope of softplus is σ at z.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) * (1 - s)),
                "The sign of z is turned in σ(z).",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) * a),
                "The activation itself stands here, where its slope belongs.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) * a * (1 - a)),
                "It takes a(1 − a), which is the slope of the sigmoid: that of softplus is σ(z).",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) * s / (1 - s)),
                "It takes eᶻ for the slope of softplus: that is the slope of what stands inside "
                "the logarithm, which has a slope too.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y)),
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
                lambda z, y: _towards(_sigmoid(z) - y) * _sigmoid(z) * _sigmoid(-z),
                "This is right for an output of sigmoid: here it has softplus.",
            ),
            (
                lambda z, y: _towards(_softplus(-z) - y) * _sigmoid(z),
                "The sign of z is turned in the output: it is ln(1 + eᶻ).",
            ),
            (
                lambda z, y: _towards(np.exp(z) - y) * _sigmoid(z),
                "It takes eᶻ for the output: the logarithm is that of the whole sum, so the sum "
                "needs its brackets.",
            ),
            (
                lambda z, y: _towards(_softplus(z) / np.log(10) - y) * _sigmoid(z),
                "It takes the logarithm to the base 10: ln is `np.log`.",
            ),
            (
                lambda z, y: _towards(_softplus(z) / np.log(2) - y) * _sigmoid(z),
                "It takes the logarithm to the base 2: ln is `np.log`.",
            ),
            (
                _mixed(lambda a, y, s: 2 * _towards(a - y) * s),
                "There is a stray 2: that of the square goes with the ½ of the root.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) * s / 2),
                "There is a stray ½: that of the root goes with the 2 of the square.",
            ),
            (
                _mixed(lambda a, y, s: _towards(y - a) * s),
                "The sign is turned: it should be output minus target.",
            ),
            (
                _mixed(lambda a, y, s: _towards(y - a)),
                "The sign is turned, and the slope of softplus is missing.",
            ),
            (
                _mixed(lambda a, y, s: a - y),
                "This is output minus target alone: the root has a slope, and softplus has one.",
            ),
            (
                lambda z, y: (_sigmoid(z) - y) * _sigmoid(z) * _sigmoid(-z),
                "This is BP1 for the cost with the square and an output of sigmoid: here both "
                "are others.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a) * s),
                "The target is left out.",
            ),
            (
                _mixed(lambda a, y, s: (_root(a - y) - 1) * s),
                "The cost itself stands here, where its slope belongs.",
            ),
            (
                _mixed(lambda a, y, s: _root(a - y) * s),
                "The root itself stands here, where its slope belongs.",
            ),
            (
                _mixed(lambda a, y, s: s / (2 * _root(a - y))),
                "What stands under the root has a slope too, which is missing: the chain rule "
                "multiplies by it.",
            ),
            (
                _mixed(lambda a, y, s: s / _root(a - y)),
                "There is a 1 above the line: the chain rule brings what moves the root.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) ** 2 / _root(a - y) * s),
                "What stands above the line is squared: only under the root there is a square.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) / (1 + (a - y) ** 2) * s),
                "The root is missing below the line.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) / np.sqrt(1 + (a - y)) * s),
                "The square is missing under the root.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) * _root(a - y) * s),
                "It multiplies by the root: the root belongs below the line.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) / (_root(a - y) * s)),
                "It divides by the slope of softplus as well: only the root stands below the line.",
            ),
            (
                _mixed(lambda a, y, s: a - y / _root(a - y) * s),
                "Brackets are missing above the line: output minus target comes first, and is "
                "then divided.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) / np.sqrt(1 + a - y**2) * s),
                "Brackets are missing under the root: output minus target comes first, and is "
                "then squared.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) + (1 - s) / s),
                "Python divides by 1 and adds the power of e then: what stands below the line of "
                "σ(z) needs brackets.",
            ),
            (
                _mixed(lambda a, y, s: np.sum(_towards(a - y), axis=0) * s),
                "It adds up over the outputs: each output has an error of its own.",
            ),
            (
                _mixed(lambda a, y, s: np.sum(_towards(a - y), axis=1, keepdims=True) * s),
                "It adds up over the samples: each of them has a δ of its own.",
            ),
            (
                _mixed(lambda a, y, s: np.sum(_towards(a - y)) * s),
                "It adds up over all outputs and samples: each has an error of its own.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) / np.sqrt(1 + np.sum((a - y) ** 2, axis=0)) * s),
                "It adds up over the outputs under the root: each output has a root of its own.",
            ),
            (
                _mixed(lambda a, y, s: (a - y) / np.sqrt(1 + np.sum((a - y) ** 2)) * s),
                "It adds up over outputs and samples under the root: each has a root of its own.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _sigmoid(z) / z.shape[1],
                "It divides by m: the mean is taken in BP3 and BP4, and only there.",
            ),
            (
                lambda z, y: _towards(_softplus(z) - y) * _sigmoid(z) / len(z),
                "It divides by the number of outputs: the cost is their sum.",
            ),
            (
                _mixed(lambda a, y, s: _towards(a - y) @ s.T),
                "The two factors are multiplied as matrices: it should be entry by entry.",
            ),
        ],
    ),
    WholePass("05.4", kinds=[{}, {"sizes": [9, 5, 1]}], unmended=carry_blame_back),
    WholePass(
        "05.5",
        kinds=[
            {},
            {"activation": "tanh"},
            {"sizes": [9, 5, 1]},
            {"sizes": [4, 2]},
            {"activation": ["tanh", "relu", "sigmoid"]},
        ],
    ),
)
