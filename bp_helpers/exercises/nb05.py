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


def output_delta(a: Array, y: Array) -> Array:
    """BP1 for the cost ¼ Σ (a − y)⁴ and an output of tanh."""
    delta: Array = (a - y) ** 3 * (1 - a**2)
    return delta


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
                lambda a, y: (a - y) * (1 - a**2),
                "This is BP1 for the cost with the square: here the difference stands to the "
                "fourth power, and its slope is another one.",
            ),
            (
                lambda a, y: (a - y) ** 3 * a * (1 - a),
                "The slope of σ stands here: the layer has tanh.",
            ),
            (
                lambda a, y: (a - y) ** 3 * (1 - np.tanh(a) ** 2),
                "It takes the tanh of a: a is the tanh of z already.",
            ),
            (
                lambda a, y: (a - y) ** 3,
                "This is how the output moves the cost, ∂C/∂a: δ is ∂C/∂z, so the slope of tanh "
                "is missing.",
            ),
            (
                lambda a, y: 4 * (a - y) ** 3 * (1 - a**2),
                "There is a stray 4: the ¼ of the cost takes it away.",
            ),
            (
                lambda a, y: (a - y) ** 3 * (1 - a**2) / 4,
                "There is a stray ¼: it goes when the fourth power is differentiated.",
            ),
            (
                lambda a, y: (y - a) ** 3 * (1 - a**2),
                "The sign is turned: it should be output minus target.",
            ),
            (
                lambda a, y: (a - y) ** 4 / 4 * (1 - a**2),
                "The cost itself stands here, where its slope belongs.",
            ),
            (
                lambda a, y: (a - y) ** 3 * (1 - a) ** 2,
                "It squares 1 − a: only a is squared in the slope of tanh.",
            ),
            (
                lambda a, y: (a - y) ** 3 * (1 - a),
                "The square of a is missing in the slope of tanh.",
            ),
            (
                lambda a, y: (a**3 - y**3) * (1 - a**2),
                "It takes the powers first and then the difference: the difference comes first.",
            ),
            (
                lambda a, y: np.sum((a - y) ** 3, axis=0) * (1 - a**2),
                "It adds up over the outputs: each output has an error of its own.",
            ),
            (
                lambda a, y: (a - y) ** 3 * (1 - a**2) / a.shape[1],
                "It divides by m: the mean is taken in BP3 and BP4, and only there.",
            ),
            (
                lambda a, y: (a - y) ** 3 @ (1 - a**2).T,
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
