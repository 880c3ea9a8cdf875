"""The exercises of notebook 03: sums over paths, and where a slope stands in one long vector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Link:
    """What neuron j hands on along one weight has at hand, and neuron k at its other end."""

    shared: float
    dC_da: float
    slope: float
    w: float
    a: float  # the activation where the weight starts
    own: float  # that of neuron j, where it ends
    so_far: float  # what neuron k has been handed before


def _pushing(
    start: Term = lambda a, y, slope, z: a - y,
    shared: Term = lambda dC_da, slope, own: dC_da * slope,
    db: Term = lambda shared, dC_da, slope, b, own: shared,
    dw: Callable[[Link], float] = lambda at: at.shared * at.a,
    da: Callable[[Link], float] = lambda at: at.shared * at.w,
    weight: Term = lambda W, j, k: W[j, k],
    before: Term = lambda a, j, k: a[k, 0],
) -> Callable[[Network, Array, Array], Gradient]:
    """A backward pass that hands on to the neurons before, each part of which can be another."""

    def push_back(net: Network, x: Array, y: Array) -> Gradient:
        trace, n, L = forward(net, x), net.sizes, net.L
        dC_dw: list[Any] = [None] * (L + 1)
        dC_db: list[Any] = [None] * (L + 1)
        dC_da = start(trace.a[L], y, net.sigma[L].slope(trace.z[L]), trace.z[L])
        for l in range(L, 0, -1):
            slopes, a = net.sigma[l].slope(trace.z[l]), trace.a[l - 1]
            dC_dw[l], dC_db[l] = np.zeros((n[l], n[l - 1])), np.zeros((n[l], 1))
            back = np.zeros((n[l - 1], 1))
            for j in range(n[l]):
                moves, slope, own = dC_da[j, 0], slopes[j, 0], trace.a[l][j, 0]
                into_z = shared(moves, slope, own)
                dC_db[l][j, 0] = db(into_z, moves, slope, net.b[l][j, 0], own)
                for k in range(n[l - 1]):
                    w = weight(net.W[l], j, k)
                    at = Link(into_z, moves, slope, w, before(a, j, k), own, back[k, 0])
                    dC_dw[l][j, k] = dw(at)
                    back[k, 0] += da(at)
            dC_da = back
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


def _without_the_one_before(totals: Array) -> Array:
    """Each running total, less the number that was made of the one before it."""
    found = totals.copy()
    for j in range(1, len(found)):
        found[j] -= found[j - 1]
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


def _along(dC_da: Array, slope: Array, W: Array, j: int, paths: Iterable[int]) -> float:
    return float(sum(dC_da[t, 0] * slope[t, 0] * W[t, j] for t in paths))


EXERCISES = (
    Exercise(
        "03.1",
        carry_back,
        probes=[
            (*side, j) for side, j in zip(_sides((4, 3), (3, 3), (2, 5), (1, 4)), (1, 2, 0, 3))
        ],
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
            (
                lambda dC_da, slope, W, j: float((dC_da * slope * W[:, j]).sum()),
                "Each weight meets the slopes of all neurons here, as when a flat array stands "
                "beside columns: it should meet those of the neuron where it ends.",
            ),
            (
                lambda dC_da, slope, W, j: float(
                    sum(dC_da[t, 0] * slope[t, 0] * W[j, t] for t in range(W.shape[1]))
                ),
                "It goes to the end of row j of the weights: those that start at neuron j stand in "
                "its column.",
            ),
            (
                lambda dC_da, slope, W, j: float(dC_da[j, 0] * slope[j, 0] * W[:, j].sum()),
                "It takes ∂C/∂a and σ′ at place j, where each path should have those of the neuron "
                "that it leads through.",
            ),
            (
                lambda dC_da, slope, W, j: float(slope[j, 0] * (dC_da[:, 0] * W[:, j]).sum()),
                "It takes σ′ at place j, where each path should have that of the neuron that it "
                "leads through.",
            ),
            (
                lambda dC_da, slope, W, j: float((dC_da * slope * W[j]).sum()),
                "It takes row j of the weights, and makes a whole table of it: those that start at "
                "neuron j stand in its column.",
            ),
            (
                lambda dC_da, slope, W, j: float((dC_da[:, 0] * slope[:, 0] * W[j]).sum()),
                "It takes all of row j of the weights: those that start at neuron j stand in its "
                "column.",
            ),
            (
                lambda dC_da, slope, W, j: _along(dC_da, slope, W, j, range(W.shape[1])),
                "It counts the columns of the weights, which are the neurons of this layer: there "
                "is one path through each neuron of the next.",
            ),
            (
                lambda dC_da, slope, W, j: _along(dC_da, slope, W, j, range(len(W) - 1)),
                "The path through the last neuron of the next layer is missing.",
            ),
            (
                lambda dC_da, slope, W, j: _along(dC_da, slope, W, j, range(1, len(W))),
                "The path through neuron 0 of the next layer is missing.",
            ),
            (
                lambda dC_da, slope, W, j: carry_back(dC_da, slope * (1 - slope), W, j),
                "It makes a slope out of the slope: σ′ is what you are given.",
            ),
            (
                lambda dC_da, slope, W, j: float((dC_da + slope + W[:, [j]]).sum()),
                "It adds the links of a path: along a path they multiply.",
            ),
            (
                lambda dC_da, slope, W, j: carry_back(dC_da, slope, np.abs(W), j),
                "The weights have lost their signs: a negative weight turns what passes.",
            ),
        ],
    ),
    Exercise(
        "03.2",
        paths_from_layer,
        probes=[
            (n, l)
            for n in ([7, 4, 6, 3], [3, 5, 4, 2, 6], [5, 3, 4], [4, 3])
            for l in range(1, len(n))
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
            (
                lambda n, l: n[l] * n[l - 1] * prod(n[l:]),
                "The size of layer l is in it twice: a weight ends at one neuron of it, and from "
                "there the path chooses in the layers after it.",
            ),
            (
                lambda n, l: n[l - 1] * prod(n[l - 1 :]),
                "The size of the layer before is in it twice: a path begins at one neuron of it.",
            ),
            (
                lambda n, l: n[l - 1] * prod(n[l + 1 :]),
                "The choice where the weight ends is missing.",
            ),
            (
                lambda n, l: prod(n[: l + 1]),
                "These are the paths from the input to layer l: those from its weights to the "
                "cost lead the other way.",
            ),
            (
                lambda n, l: n[l] * n[l - 1] + prod(n[l + 1 :]),
                "The weights and the paths from each of them are added: they multiply.",
            ),
            (
                lambda n, l: (n[l] + n[l - 1]) * prod(n[l + 1 :]),
                "The weights of a layer are rows times columns, and not rows plus columns.",
            ),
            (
                lambda n, l: n[l] * n[l - 1] * prod(n[l + 1 : -1]),
                "The choice of an output is missing wherever it is not the end of the weight: a "
                "path ends at one of them.",
            ),
            (
                lambda n, l: n[l] * n[l - 1] * prod(n[l + 2 :]),
                "The choice in the layer after l is missing.",
            ),
            (
                lambda n, l: prod(n[l - 1 : l + 2]),
                "It ends in the layer after l: a path goes on to an output.",
            ),
            (
                lambda n, l: prod(n[:l]),
                "It counts what comes before layer l: a path from its weights leads the other way.",
            ),
            (
                lambda n, l: n[-1],
                "Only the choice of an output is left: it is multiplied with those before it.",
            ),
            (
                lambda n, l: n[l - 1],
                "Only the choice of where the weight starts is left: a loop should not return "
                "before its end.",
            ),
            (
                lambda n, l: n[l] * n[l - 1] * n[-1],
                "It leaps from layer l to the outputs: a path also chooses in each layer between "
                "them, and in the last layer the choice is made already.",
            ),
            (
                lambda n, l: sum(n[k] * n[k - 1] for k in range(l, len(n))),
                "This counts the weights from layer l on: a path is a choice of one after the "
                "other, so that the sizes multiply.",
            ),
        ],
    ),
    Exercise(
        "03.3",
        place_of_bias,
        probes=[([7, 4, 5], 2), ([6, 3, 4], 0), ([2, 5, 9], 8), ([3, 6, 2], 1), ([4, 2, 7], 3)],
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
                lambda n, j: n[1] * n[0] + n[1] + n[1] * n[1] + j,
                "The weights of layer 2 have a row for each neuron of layer 2.",
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
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[1] + j - 1,
                "It is one place too early: if p numbers stand before it, it stands at place p, "
                "since the places count from 0.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[0] + n[2] * n[1] + j,
                "It counts a bias of layer 1 for each neuron of layer 0: there is one for each of "
                "its own.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[2] + n[2] * n[1] + j,
                "It counts as many biases of layer 1 as layer 2 has neurons.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + j * (n[1] + 1) + n[1],
                "It puts each bias behind the row of its weights: the biases of a layer stand "
                "together, behind all of its weights.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + j * n[1] + j,
                "Of the weights of layer 2 it counts those before row j: all of them stand before "
                "the biases.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + j * n[1],
                "This is where row j of the weights of layer 2 begins: its biases come behind all "
                "of them.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[0] + j,
                "The weights of layer 2 start in layer 1: they have as many columns as that has "
                "neurons.",
            ),
            (
                lambda n, j: n[0] + n[1] * n[0] + n[1] + n[2] * n[1] + j,
                "It counts as many places too many as there are inputs, as if these had biases: "
                "only the neurons of layers 1 and 2 have them.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[1] + n[2] - 1,
                "This is the last place of its block, whatever j is.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[1] + n[2] - j,
                "It counts j from behind the end of the block: neuron 0 comes first.",
            ),
            (
                lambda n, j: n[1] * n[0] + j,
                "This is the place of a bias of layer 1: layer 2 comes behind it.",
            ),
            (
                lambda n, j: n[1] * n[0] + n[1] + n[2] * n[1] + n[2] - 1 - j,
                "It counts j from the end of the block: neuron 0 comes first.",
            ),
            (
                lambda n, j: n[1] * n[0] * n[2] * n[1] + n[1] + j,
                "The two blocks of weights are multiplied: they stand one behind the other.",
            ),
        ],
    ),
    Exercise(
        "03.4",
        _pushing(),
        probes=_samples(),
        mistakes=[
            (
                _pushing(start=lambda a, y, slope, z: y - a),
                "The sign is turned at the start: it is output minus target.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: 2 * (a - y)),
                "There is a 2 too many at the start: the ½ of the cost has taken it away.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: (a - y) * slope),
                "The slope of the output is in it twice: the start is ∂C/∂a, without it.",
            ),
            (
                _pushing(shared=lambda dC_da, slope, own: dC_da),
                "The slope of neuron j is nowhere: it belongs into what bias, weights and the "
                "neurons before share.",
            ),
            (
                _pushing(shared=lambda dC_da, slope, own: slope),
                "How neuron j moves the cost is nowhere: it belongs into what bias, weights and "
                "the neurons before share.",
            ),
            (
                _pushing(db=lambda shared, dC_da, slope, b, own: dC_da),
                "The slope of the neuron is missing for its bias.",
            ),
            (
                _pushing(db=lambda shared, dC_da, slope, b, own: 1),
                "For the bias 1 is the last factor alone: the others stay.",
            ),
            (
                _pushing(db=lambda shared, dC_da, slope, b, own: shared * b),
                "The bias itself is no factor of its slope: the last factor is 1.",
            ),
            (
                _pushing(dw=lambda at: at.shared * at.own),
                "A weight meets the activation of neuron k, where it starts, and not that of j.",
            ),
            (
                _pushing(dw=lambda at: at.dC_da * at.a),
                "The slope of neuron j is missing for the weights.",
            ),
            (
                _pushing(dw=lambda at: at.shared * at.w),
                "The slope for a weight contains what the weight multiplies, not the weight.",
            ),
            (
                _pushing(da=lambda at: at.shared),
                "The weight is missing in what is handed on to neuron k.",
            ),
            (
                _pushing(da=lambda at: at.dC_da * at.w),
                "The slope of neuron j is missing in what is handed on to neuron k.",
            ),
            (
                _pushing(da=lambda at: at.shared * at.a),
                "What is handed on to neuron k goes along the weight: its activation is no factor "
                "of it.",
            ),
            (
                _pushing(
                    dw=lambda at: at.shared * at.w,
                    da=lambda at: at.shared * at.a,
                ),
                "The last two gaps are exchanged: a weight meets an activation, and an activation "
                "meets a weight.",
            ),
            (
                _pushing(da=lambda at: at.shared * at.w * at.a),
                "What is handed on to neuron k has a factor too many: its own activation.",
            ),
            (
                _pushing(weight=lambda W, j, k: W[k, j]),
                "The indices of the weight are swapped: where it ends comes first, and that is j.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: (a - y) ** 2 / 2),
                "The cost itself stands at the start: how each output moves it belongs there.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: (a - y) ** 2),
                "At the start output minus target is squared: the slope of half a square is the "
                "difference itself.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: a),
                "At the start the target is missing.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: z - y),
                "At the start z is compared with the target: the cost is that of the activations.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: np.ones_like(a)),
                "The start does not ask how each output moves the cost.",
            ),
            (
                _pushing(start=lambda a, y, slope, z: np.full_like(a, np.sum(a - y))),
                "At the start each output gets the sum over all of them: each has its own term in "
                "the cost.",
            ),
            (
                _pushing(shared=lambda dC_da, slope, own: dC_da * own),
                "The activation of neuron j stands where its slope belongs.",
            ),
            (
                _pushing(shared=lambda dC_da, slope, own: dC_da * own * (1 - own)),
                "The slope is taken as that of σ in every layer: a layer may have a function of "
                "its own, whose slope is there already.",
            ),
            (
                _pushing(shared=lambda dC_da, slope, own: dC_da + slope),
                "The two factors that the three have in common are added: along a path they "
                "multiply.",
            ),
            (
                _pushing(db=lambda shared, dC_da, slope, b, own: slope),
                "For the bias it is missing how the neuron moves the cost.",
            ),
            (
                _pushing(db=lambda shared, dC_da, slope, b, own: shared * slope),
                "For the bias the slope of the neuron is in it twice: `shared` holds it already.",
            ),
            (
                _pushing(db=lambda shared, dC_da, slope, b, own: shared * own),
                "An activation is in the slope for the bias: nothing multiplies a bias.",
            ),
            (
                _pushing(db=lambda shared, dC_da, slope, b, own: 0),
                "The slope for the bias is 0 in it: a bias moves z as much as it moves itself.",
            ),
            (
                _pushing(dw=lambda at: at.a),
                "For the weights this is the last factor alone: what the three have in common "
                "belongs to them as well.",
            ),
            (
                _pushing(dw=lambda at: at.slope * at.a),
                "For the weights it is missing how neuron j moves the cost.",
            ),
            (
                _pushing(da=lambda at: at.w),
                "In what is handed on the weight stands alone: what the three have in common "
                "belongs to it as well.",
            ),
            (
                _pushing(da=lambda at: at.so_far + at.shared * at.w),
                "What neuron k has been handed before is added once more: the `+=` does that "
                "already.",
            ),
            (
                _pushing(da=lambda at: at.shared * at.shared * at.a),
                "What is handed on holds the slope for the weight: it is the weight itself that "
                "belongs there.",
            ),
            (
                _pushing(da=lambda at: at.shared / at.w),
                "In what is handed on it divides by the weight: a slope is multiplied by it.",
            ),
            (
                _pushing(da=lambda at: at.shared + at.w),
                "In what is handed on the weight is added: along a path the links multiply.",
            ),
            (
                _pushing(dw=lambda at: at.shared + at.a),
                "For the weights the activation is added: along a path the links multiply.",
            ),
            (
                _pushing(dw=lambda at: at.shared * at.slope * at.a),
                "For the weights the slope of neuron j is in it twice: `shared` holds it already.",
            ),
            (
                _pushing(dw=lambda at: at.shared),
                "For the weights the last factor is missing: what the weight multiplies.",
            ),
            (
                _pushing(dw=lambda at: at.shared * at.w * at.a),
                "The slope for a weight has a factor too many: the weight itself.",
            ),
            (
                _pushing(da=lambda at: at.shared * at.slope * at.w),
                "In what is handed on the slope of neuron j is in it twice: `shared` holds it "
                "already.",
            ),
            (
                _pushing(da=lambda at: at.shared * at.own),
                "What is handed on to neuron k goes along the weight: the activation of j is no "
                "factor of it.",
            ),
            (
                _pushing(da=lambda at: at.slope * at.w),
                "In what is handed on to neuron k it is missing how neuron j moves the cost.",
            ),
            (
                _pushing(before=lambda a, j, k: a[j, 0]),
                "The activation that a weight multiplies is that of neuron k, where it starts: "
                "here the index is j.",
            ),
        ],
    ),
    Exercise(
        "03.5",
        carry_layer_back,
        probes=_sides((4, 3), (3, 3), (2, 5), (1, 4)),
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
            (
                lambda dC_da, slope, W: (
                    carry_layer_back(dC_da, slope, W) * (np.arange(W.shape[1]) == 0)[:, np.newaxis]
                ),
                "Only neuron 0 gets its sum: the function should return when all of them have "
                "theirs.",
            ),
            (
                lambda dC_da, slope, W: (
                    carry_layer_back(dC_da, slope, W) * (np.arange(W.shape[1]) > 0)[:, np.newaxis]
                ),
                "Neuron 0 gets nothing: neurons count from 0.",
            ),
            (
                lambda dC_da, slope, W: 1 + carry_layer_back(dC_da, slope, W),
                "Each sum begins at 1 now: a sum of nothing is 0.",
            ),
            (
                lambda dC_da, slope, W: _running_total(dC_da, slope, W) / len(W),
                "The sum still runs on from neuron to neuron, and a mean does not undo that.",
            ),
            (
                lambda dC_da, slope, W: (
                    _running_total(dC_da, slope, W) / np.arange(1, W.shape[1] + 1)[:, np.newaxis]
                ),
                "The sum still runs on from neuron to neuron, and dividing it does not undo that.",
            ),
            (
                lambda dC_da, slope, W: _without_the_one_before(_running_total(dC_da, slope, W)),
                "It takes away what the neuron before has got, but the running sum holds those of "
                "all neurons before.",
            ),
            (
                _for_each_j(
                    lambda dC_da, slope, W, j: _along(dC_da, slope, W, j, range(1, len(W)))
                ),
                "The path through neuron 0 of the next layer is missing now.",
            ),
            (
                _for_each_j(
                    lambda dC_da, slope, W, j: _along(dC_da, slope, W, j, range(len(W) - 1))
                ),
                "The path through the last neuron of the next layer is missing now.",
            ),
            (
                _for_each_j(lambda dC_da, slope, W, j: float(np.prod(dC_da * slope * W[:, [j]]))),
                "The paths are multiplied with each other now: they add up.",
            ),
            (
                lambda dC_da, slope, W: _running_total(dC_da, np.ones_like(slope), W),
                "The slopes were right where they stood: the product is as it should be. The slip "
                "is elsewhere.",
            ),
        ],
    ),
)
