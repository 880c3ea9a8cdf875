"""The exercises of notebook 03: sums over paths, and where a slope stands in one long vector."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, Probe, columns
from bp_helpers.network import Network

_RNG = np.random.default_rng(3)
Term = Callable[..., Any]
Gradient = tuple[list[Any], list[Any]]  # an array for each layer 1 … L, and None in front


def carry_back(dC_da_next: Array, slope_next: Array, W_next: Array, j: int) -> float:
    """∂C/∂a of neuron j: a term for each neuron t of the next layer."""
    total = 0.0
    for t in range(len(W_next)):
        total += dC_da_next[t, 0] * slope_next[t, 0] * W_next[t, j]
    return total


def paths_from_layer(n: list[int], l: int) -> int:
    """How many paths lead from all the weights of layer l together to the cost."""
    return prod(n[l - 1 :])


def place_of_bias(n: list[int], j: int) -> int:
    """Where the slope for the bias of neuron j of layer 2 stands in the gradient."""
    return n[1] * n[0] + n[1] + n[2] * n[1] + j


def _pushing(
    start: Term = lambda a, y, slope: a - y,
    shared: Term = lambda dC_da, slope: dC_da * slope,
    db: Term = lambda shared, dC_da, b: shared,
    dw: Term = lambda shared, dC_da, w, a, own: shared * a,
    da: Term = lambda shared, dC_da, w, a, own: shared * w,
    weight: Term = lambda W, j, k: W[j, k],
) -> Callable[[Network, Array, Array], Gradient]:
    """A backward pass that hands on to the neurons before, each part of which can be another."""

    def push_back(net: Network, x: Array, y: Array) -> Gradient:
        trace, n, L = forward(net, x), net.sizes, net.L
        dC_dw: list[Any] = [None] * (L + 1)
        dC_db: list[Any] = [None] * (L + 1)
        dC_da = start(trace.a[L], y, net.sigma[L].slope(trace.z[L]))
        for l in range(L, 0, -1):
            slope, a, own = net.sigma[l].slope(trace.z[l]), trace.a[l - 1], trace.a[l]
            dC_dw[l], dC_db[l] = np.zeros((n[l], n[l - 1])), np.zeros((n[l], 1))
            before = np.zeros((n[l - 1], 1))
            for j in range(n[l]):
                into_z = shared(dC_da[j, 0], slope[j, 0])
                dC_db[l][j, 0] = db(into_z, dC_da[j, 0], net.b[l][j, 0])
                for k in range(n[l - 1]):
                    w = weight(net.W[l], j, k)
                    there = into_z, dC_da[j, 0], w, a[k, 0], own[j, 0]
                    dC_dw[l][j, k] = dw(*there)
                    before[k, 0] += da(*there)
            dC_da = before
        return dC_dw, dC_db

    return push_back


def _samples() -> list[Probe]:
    """Networks with layers of different sizes and of equal ones, each with one sample."""
    kinds = (
        ([4, 3, 5, 2], "sigmoid"),
        ([3, 3, 3, 3], ["tanh", "sigmoid", "tanh"]),
        ([2, 5, 3], "sigmoid"),
    )
    return [
        (
            Network.random(sizes, activation, seed=seed),
            columns(_RNG, sizes[0], 1),
            columns(_RNG, sizes[-1], 1),
        )
        for seed, (sizes, activation) in enumerate(kinds)
    ]


def carry_layer_back(dC_da_next: Array, slope_next: Array, W_next: Array) -> Array:
    """∂C/∂a of all neurons of a layer."""
    found: Array = W_next.T @ (dC_da_next * slope_next)
    return found


def _running_total(dC_da_next: Array, slope_next: Array, W_next: Array) -> Array:
    found: Array = carry_layer_back(dC_da_next, slope_next, W_next).cumsum(axis=0)
    return found


def _for_each_j(term: Callable[[Array, Array, Array, int], float]) -> Callable[..., Array]:
    """A column of what is found for each neuron j of a layer."""

    def found(dC_da_next: Array, slope_next: Array, W_next: Array) -> Array:
        every = range(W_next.shape[1])
        return np.array([[term(dC_da_next, slope_next, W_next, j)] for j in every])

    return found


def _sides(*shapes: tuple[int, int]) -> list[tuple[Array, Array, Array]]:
    """What carries the cost back to layers of these sizes: (neurons after, neurons)."""
    return [
        (columns(_RNG, t, 1), _RNG.uniform(0.1, 0.25, (t, 1)), columns(_RNG, t, j))
        for t, j in shapes
    ]


def _along_row(dC_da: Array, slope: Array, W: Array, j: int) -> float:
    return float(sum(dC_da[t, 0] * slope[t, 0] * W[j, t] for t in range(len(W))))


EXERCISES = (
    Exercise(
        "03.1",
        carry_back,
        probes=[(*side, j) for side, j in zip(_sides((4, 3), (3, 3), (2, 5)), (1, 2, 0))],
        mistakes=[
            (
                _along_row,
                "It goes along row j of the weights: those that start at neuron j stand in its "
                "column, since the end comes first.",
            ),
            (
                lambda dC_da, slope, W, j: float(dC_da[0, 0] * slope[0, 0] * W[0, j]),
                "This is the path through neuron 0 alone: there is one through each neuron of the "
                "next layer.",
            ),
            (
                lambda dC_da, slope, W, j: float(dC_da[-1, 0] * slope[-1, 0] * W[-1, j]),
                "Only the path through the last neuron is left: each has to be added to those "
                "before it.",
            ),
            (
                lambda dC_da, slope, W, j: float((dC_da[:, 0] * slope[:, 0] * W[:, j]).mean()),
                "This is the mean over the paths: they add up.",
            ),
            (
                lambda dC_da, slope, W, j: float((dC_da[:, 0] * W[:, j]).sum()),
                "The slopes of the next layer are missing: each path leads through a σ.",
            ),
            (
                lambda dC_da, slope, W, j: float((slope[:, 0] * W[:, j]).sum()),
                "How the next neurons move the cost is missing: so far each path ends at their "
                "activations.",
            ),
            (
                lambda dC_da, slope, W, j: float((dC_da[:, 0] * slope[:, 0]).sum()),
                "The weights are missing, which are the first link of each path.",
            ),
            (
                lambda dC_da, slope, W, j: float((dC_da * slope * W).sum()),
                "These are the paths from all neurons of the layer: only those from neuron j are "
                "asked for.",
            ),
            (
                lambda dC_da, slope, W, j: float(
                    dC_da[:, 0].sum() * slope[:, 0].sum() * W[:, j].sum()
                ),
                "It adds up first and multiplies then: multiply along each path, and add the "
                "products.",
            ),
            (
                lambda dC_da, slope, W, j: float(np.prod(dC_da[:, 0] * slope[:, 0] * W[:, j])),
                "The paths are multiplied with each other: they add up.",
            ),
        ],
    ),
    Exercise(
        "03.2",
        paths_from_layer,
        probes=[
            (n, l) for n in ([7, 4, 6, 3], [3, 5, 4, 2, 6], [5, 3, 4]) for l in range(1, len(n))
        ],
        mistakes=[
            (
                lambda n, l: prod(n[l + 1 :]),
                "These are the paths from a single weight: the layer has many.",
            ),
            (
                lambda n, l: prod(n[l:]),
                "Only one weight into each neuron is counted: there is one from every neuron of "
                "the layer before.",
            ),
            (
                lambda n, l: n[l] * n[l - 1],
                "These are the weights alone: many paths begin with each of them.",
            ),
            (
                lambda n, l: n[l] * (n[l - 1] + 1) * prod(n[l + 1 :]),
                "The biases are counted too: only the weights are asked for.",
            ),
            (
                lambda n, l: prod(n[l - 1 : -1]),
                "The choice of an output is missing: a path ends at one of them.",
            ),
            (
                lambda n, l: prod(n),
                "This is the same for every layer: a path begins at its weight, and what lies "
                "before that is not part of it.",
            ),
            (
                lambda n, l: n[l] * n[l - 1] * sum(n[l + 1 :]),
                "The choices are added up: each of them comes with each of the others, so that "
                "they multiply.",
            ),
            (
                lambda n, l: sum(n[l - 1 :]),
                "This adds up sizes: each choice comes with each of the others, so that they "
                "multiply.",
            ),
        ],
    ),
    Exercise(
        "03.3",
        place_of_bias,
        probes=[([7, 4, 5], 3), ([6, 3, 2], 0), ([2, 5, 9], 7)],
        mistakes=[
            (
                lambda n, j: n[1] * n[0] + n[2] * n[1] + j,
                "The block of the biases of layer 1 is missing.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + j,
                "The weights of layer 2 stand before its biases, and take places too.",
            ),
            (
                lambda n, j: n[1] + n[2] * n[1] + j,
                "The weights of layer 1 are missing, with which the vector begins.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[1] + j + 1,
                "It is one place too far: both j and the places count from 0.",
            ),
            (
                lambda n, j: n[2] * n[1] + j,
                "Layer 1 is missing: all of it stands before layer 2.",
            ),
            (
                lambda n, j: j,
                "This is the place in its own block: three other blocks stand before it.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[1],
                "This is where its block begins: j neurons come first.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[1] + j * n[1],
                "A row of weights has n_1 places, but a bias only one.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[2] * n[1] + n[1] + n[2] + j,
                "It counts the whole block of b of layer 2 as standing before it.",
            ),
            (
                lambda n, j: n[0] + n[1] + n[2] + j,
                "It adds up the sizes of the layers: a block of weights has as many places as "
                "rows times columns.",
            ),
        ],
    ),
    Exercise(
        "03.4",
        _pushing(),
        probes=_samples(),
        mistakes=[
            (
                _pushing(start=lambda a, y, slope: y - a),
                "The sign is turned at the start: it is output minus target.",
            ),
            (
                _pushing(start=lambda a, y, slope: 2 * (a - y)),
                "There is a 2 too many at the start: the ½ of the cost has taken it away.",
            ),
            (
                _pushing(start=lambda a, y, slope: (a - y) * slope),
                "The slope of the output is in it twice: the start is ∂C/∂a, without it.",
            ),
            (
                _pushing(shared=lambda dC_da, slope: dC_da),
                "The slope of neuron j is nowhere: it belongs into what bias, weights and the "
                "neurons before share.",
            ),
            (
                _pushing(shared=lambda dC_da, slope: slope),
                "How neuron j moves the cost is nowhere: it belongs into what bias, weights and "
                "the neurons before share.",
            ),
            (
                _pushing(db=lambda shared, dC_da, b: dC_da),
                "The slope of the neuron is missing for its bias.",
            ),
            (
                _pushing(db=lambda shared, dC_da, b: 1),
                "For the bias 1 is the last factor alone: the others stay.",
            ),
            (
                _pushing(db=lambda shared, dC_da, b: shared * b),
                "The bias itself is no factor of its slope: the last factor is 1.",
            ),
            (
                _pushing(dw=lambda shared, dC_da, w, a, own: shared * own),
                "A weight meets the activation of neuron k, where it starts, and not that of j.",
            ),
            (
                _pushing(dw=lambda shared, dC_da, w, a, own: dC_da * a),
                "The slope of neuron j is missing for the weights.",
            ),
            (
                _pushing(dw=lambda shared, dC_da, w, a, own: shared * w),
                "The slope for a weight contains what the weight multiplies, not the weight.",
            ),
            (
                _pushing(da=lambda shared, dC_da, w, a, own: shared),
                "The weight is missing in what is handed on to neuron k.",
            ),
            (
                _pushing(da=lambda shared, dC_da, w, a, own: dC_da * w),
                "The slope of neuron j is missing in what is handed on to neuron k.",
            ),
            (
                _pushing(da=lambda shared, dC_da, w, a, own: shared * a),
                "What is handed on to neuron k goes along the weight: its activation is no factor "
                "of it.",
            ),
            (
                _pushing(
                    dw=lambda shared, dC_da, w, a, own: shared * w,
                    da=lambda shared, dC_da, w, a, own: shared * a,
                ),
                "The last two gaps are exchanged: a weight meets an activation, and an activation "
                "meets a weight.",
            ),
            (
                _pushing(da=lambda shared, dC_da, w, a, own: shared * w * a),
                "What is handed on to neuron k has a factor too many: its own activation.",
            ),
            (
                _pushing(weight=lambda W, j, k: W[k, j]),
                "The indices of the weight are swapped: where it ends comes first, and that is j.",
            ),
        ],
    ),
    Exercise(
        "03.5",
        carry_layer_back,
        probes=_sides((4, 3), (3, 3), (2, 5)),
        unmended=_running_total,
        mistakes=[
            (
                _for_each_j(lambda dC_da, slope, W, j: dC_da[-1, 0] * slope[-1, 0] * W[-1, j]),
                "Now only the last path of each neuron is left: its sum should start at 0 once, "
                "before all its paths.",
            ),
            (
                _for_each_j(lambda dC_da, slope, W, j: dC_da[0, 0] * slope[0, 0] * W[0, j]),
                "Now only the first path of each neuron is left: all of them add up.",
            ),
            (
                _for_each_j(lambda dC_da, slope, W, j: float((dC_da * slope * W[:, [j]]).mean())),
                "This is the mean over the paths: they add up.",
            ),
            (
                _for_each_j(_along_row),
                "The indices of the weights were right: the end comes first.",
            ),
            (
                _for_each_j(lambda dC_da, slope, W, j: float((dC_da * W[:, [j]]).sum())),
                "Each path leads through a σ, whose slope is missing now.",
            ),
            (
                _for_each_j(lambda dC_da, slope, W, j: float((slope * W[:, [j]]).sum())),
                "How the next neurons move the cost is missing now.",
            ),
            (
                _for_each_j(lambda dC_da, slope, W, j: float((dC_da * slope).sum())),
                "The weights are missing now, which differ from neuron to neuron.",
            ),
            (
                _for_each_j(lambda dC_da, slope, W, j: float((dC_da * slope * W).sum())),
                "Every neuron gets the sum over the whole layer: each has one of its own.",
            ),
            (
                lambda dC_da, slope, W: (
                    carry_layer_back(dC_da, slope, W)
                    * (np.arange(W.shape[1]) == W.shape[1] - 1)[:, np.newaxis]
                ),
                "Only the last neuron gets its sum: the line that stores it should run for each "
                "of them.",
            ),
            (
                lambda dC_da, slope, W: _running_total(dC_da, slope, W).cumsum(axis=0),
                "The sum still runs on from neuron to neuron, and adds up what has been added up.",
            ),
        ],
    ),
)
