"""The exercises of notebook 04: Jacobians, what they cost, and the factors of a whole layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, Probe, columns
from bp_helpers.functions import sigmoid, sigmoid_slope
from bp_helpers.network import Network

_RNG = np.random.default_rng(4)


def jacobian(slope_here: Array, W_here: Array) -> Array:
    """How the activations of a layer move with those before it: each row by its slope."""
    return slope_here * W_here


def work_backwards(n: Sequence[int]) -> int:
    """The multiplications of a row times the Jacobians of layers L … 1, from left to right."""
    return sum(n[l] * n[l - 1] for l in range(1, len(n)))


def fourth_factors(slope_here: Array, a_before: Array) -> Array:
    """Factor ④ of every weight of a layer."""
    return slope_here @ a_before.T


def carry_back(rows: Array, slopes: Array, W_here: Array) -> Array:
    """∂C/∂a of the layer before, for samples in rows."""
    return (rows * slopes) @ W_here


Layers = Sequence[Array]  # one array a layer; index 0 of W and slope is None, and not read
Start = Callable[[Array, Array, Array], Array]


def layer_gradient(W: Layers, slope: Layers, a: Layers, y: Array, l: int) -> Array:
    """∂C/∂W of layer l: the row from the cost to the layer, and factor ④ for every weight."""
    return _product()(W, slope, a, y, l)


def with_slope_twice(W: Layers, slope: Layers, a: Layers, y: Array, l: int) -> Array:
    """The same with a slip in it: σ′ of the output stands in the row and in the first Jacobian."""
    return _product(_slip)(W, slope, a, y, l)


def _slip(a: Array, y: Array, slope: Array) -> Array:
    return (a - y) * slope


def _product(
    start: Start = lambda a, y, slope: a - y,
    jacobian: Callable[[Layers, Layers, int], Array] = lambda W, slope, l: slope[l] * W[l],
    fourth: Callable[[Layers, Layers, int], Array] = lambda slope, a, l: slope[l] @ a[l - 1].T,
    layers: Callable[[int, int], Iterable[int]] = lambda L, l: range(L, l, -1),
    last: Callable[[Layers], int] = lambda W: len(W) - 1,
) -> Callable[[Layers, Layers, Layers, Array, int], Array]:
    """The product of ①, ②, ③ and ④, each of which can be another."""

    def gradient(W: Layers, slope: Layers, a: Layers, y: Array, l: int) -> Array:
        L = last(W)
        row = start(a[L], y, slope[L]).T
        for layer in layers(L, l):
            row = row @ jacobian(W, slope, layer)
        found: Array = row.T * fourth(slope, a, l)
        return found

    return gradient


def _only_weights(W: Layers, slope: Layers, l: int) -> Array:
    return W[l]


def _but_for_the_last(W: Layers, slope: Layers, l: int) -> Array:
    """The Jacobians without σ′ of the output."""
    return W[l] if l == len(W) - 1 else slope[l] * W[l]


def _only_activations(slope: Layers, a: Layers, l: int) -> Array:
    return a[l - 1].T


def _only_activations_at_the_end(slope: Layers, a: Layers, l: int) -> Array:
    return a[l - 1].T if l == len(slope) - 1 else slope[l] @ a[l - 1].T


def _passes() -> Iterator[Probe]:
    """What a forward pass has left, for every layer of networks with one layer to four."""
    for seed, sizes in enumerate(([4, 6, 5, 3], [3, 3, 3, 3], [5, 3, 4], [2, 4, 3, 5, 3], [3, 4])):
        net = Network.random(sizes, seed=seed)
        x, y = columns(_RNG, sizes[0], 1), _RNG.uniform(0, 1, (sizes[-1], 1))
        trace, layers = forward(net, x), range(1, net.L + 1)
        slope = [None, *(net.sigma[l].slope(trace.z[l]) for l in layers)]
        W = [None, *(net.W[l] for l in layers)]
        yield from ((W, slope, [x, *(trace.a[l] for l in layers)], y, l) for l in layers)


EXERCISES = (
    Exercise(
        "04.1",
        jacobian,
        probes=[
            (_RNG.uniform(0.1, 1, (n, 1)), columns(_RNG, n, k)) for n, k in ((4, 3), (3, 3), (2, 5))
        ],
        mistakes=[
            (
                lambda slope_here, W_here: W_here * slope_here.T,
                "It scales the columns of W, but each slope belongs to a neuron that moves, and "
                "so to a row. Where W is not square it does not even run.",
            ),
            (
                lambda slope_here, W_here: slope_here * W_here.T,
                "W is transposed here: its rows belong to the neurons that move, as they are.",
            ),
            (
                lambda slope_here, W_here: (slope_here * W_here).T,
                "It is the transpose: a row for each neuron that moves, and a column for each "
                "one that is nudged.",
            ),
            (
                lambda slope_here, W_here: slope_here.T @ W_here,
                "The product `@` adds up over the neurons of the layer. Here nothing is added: "
                "there is one number for each neuron that moves and each one that is nudged.",
            ),
            (
                lambda slope_here, W_here: W_here,
                "The slope σ′ is missing: the weight leads to z, and from there the slope to a.",
            ),
            (
                lambda slope_here, W_here: slope_here * (1 - slope_here) * W_here,
                "It makes a slope out of the slope: what you are given is σ′ already.",
            ),
            (
                lambda slope_here, W_here: sigmoid_slope(slope_here) * W_here,
                "It takes σ′ of the slope: what you are given is σ′ at z already.",
            ),
            (
                lambda slope_here, W_here: sigmoid_slope(W_here),
                "It takes σ′ of the weights: σ′ at z is given, and multiplies them.",
            ),
            (
                lambda slope_here, W_here: (
                    slope_here * W_here * (np.arange(len(W_here)) == 0)[:, np.newaxis]
                ),
                "Only row 0 is made: a loop should not return before its end.",
            ),
            (
                lambda slope_here, W_here: slope_here + W_here,
                "It adds slope and weight: one link comes behind the other, so that they multiply.",
            ),
            (
                lambda slope_here, W_here: W_here / slope_here,
                "It divides by the slopes: a nudge that passes the weight is multiplied by the "
                "slope.",
            ),
            (
                lambda slope_here, W_here: slope_here**2 * W_here,
                "The slope is in it twice: there is one σ between z and a.",
            ),
            (
                lambda slope_here, W_here: slope_here.mean() * W_here,
                "It takes the mean slope for all neurons: each has its own.",
            ),
            (
                lambda slope_here, W_here: slope_here[0, 0] * W_here,
                "It takes the slope of neuron 0 for all: each has its own.",
            ),
            (
                lambda slope_here, W_here: W_here @ slope_here,
                "The product `@` adds up over a row of weights, and runs only where W is square: "
                "here every entry is wanted on its own.",
            ),
            (
                lambda slope_here, W_here: slope_here * np.abs(W_here),
                "The weights have lost their signs: a negative weight turns a nudge.",
            ),
            (
                lambda slope_here, W_here: slope_here * np.ones_like(W_here),
                "The weights are missing: they are the first link of each nudge.",
            ),
            (
                lambda slope_here, W_here: slope_here * W_here**2,
                "Each weight is in it twice.",
            ),
        ],
    ),
    Exercise(
        "04.2",
        work_backwards,
        probes=[([784, 16, 16, 10],), ([5, 7],), ([3, 5, 4, 2, 6],)],
        mistakes=[
            (
                lambda n: sum(n[l] * n[l - 1] for l in range(1, len(n) - 1)),
                "The product with the Jacobian of the last layer is missing.",
            ),
            (
                lambda n: sum(n[l] * n[l - 1] for l in range(2, len(n))),
                "The product with the Jacobian of layer 1 is missing.",
            ),
            (
                lambda n: int(np.prod(n)),
                "The sizes are all multiplied. One product comes after the other, so their "
                "counts add up.",
            ),
            (
                lambda n: n[-1] * sum(n[l] * n[l - 1] for l in range(1, len(n))),
                "It carries as many rows as there are outputs: there is one row only.",
            ),
            (
                lambda n: n[0] * sum(n[l] * n[l - 1] for l in range(2, len(n))) + n[0] * n[-1],
                "This is the count from right to left, which drags a column for each input "
                "through the network.",
            ),
            (
                lambda n: sum(n[l] * (n[l - 1] + 1) for l in range(1, len(n))),
                "It counts a multiplication by σ′ for each neuron too (or the biases), but the "
                "Jacobians are given: σ′ is in them, and biases are not.",
            ),
            (
                lambda n: sum(2 * n[l] * n[l - 1] for l in range(1, len(n))),
                "These are twice as many as there are: additions, or the making of the Jacobians, "
                "do not count.",
            ),
            (
                sum,
                "It adds up the sizes: a row of q entries times a matrix with r columns takes "
                "q times r multiplications.",
            ),
            (
                lambda n: sum(n[l] * n[l - 1] for l in range(len(n))),
                "The input and the output are counted as neighbours too, which the index −1 does "
                "when the count begins at layer 0: there is no layer before that.",
            ),
            (
                lambda n: sum(n[l] * n[l - 1] for l in range(len(n) - 1)),
                "It takes the layers from 0 to the one before the last: the product of the last "
                "layer is missing, and the index −1 makes neighbours of input and output.",
            ),
            (
                lambda n: sum((n[l] + 1) * n[l - 1] for l in range(1, len(n))),
                "It counts one multiplication more for each neuron before: a row of q entries "
                "times a matrix with r columns takes q times r.",
            ),
            (
                lambda n: n[0] * n[-1],
                "It multiplies the first size by the last: the row meets the Jacobians one after "
                "the other.",
            ),
            (
                lambda n: sum(n[l] * n[l - 1] * n[l - 2] for l in range(2, len(n))),
                "It multiplies the Jacobians with each other: it is a row that meets them, one "
                "after the other.",
            ),
            (
                lambda n: n[-1] * n[-2],
                "This is the first product alone, that with the Jacobian of the last layer: those "
                "with the others come on top.",
            ),
            (
                lambda n: n[1] * n[0],
                "This is the last product alone, that with the Jacobian of layer 1: all of them "
                "add up.",
            ),
            (
                lambda n: prod(n[l] * n[l - 1] for l in range(1, len(n))),
                "The counts of the products are multiplied: one product comes after the other.",
            ),
            (
                lambda n: n[-1] * sum(n[:-1]),
                "The row keeps its length in this count: after each product it has the length of "
                "the layer that it has come to.",
            ),
            (
                lambda n: sum((2 * n[l] - 1) * n[l - 1] for l in range(1, len(n))),
                "It counts the additions too: only multiplications are asked for.",
            ),
            (
                lambda n: n[0] * sum(n[l] * n[l - 1] for l in range(2, len(n))),
                "It counts from right to left, with a column for each input: from left to right "
                "there is one row.",
            ),
            (
                lambda n: n[0] * sum(n[l] * n[l - 1] for l in range(1, len(n))),
                "It multiplies by the number of inputs: there is one row only.",
            ),
            (
                lambda n: n[-1] * sum(n[l] * n[l - 1] for l in range(1, len(n) - 1)),
                "It carries a row for each output through the Jacobians, beginning with the last "
                "one itself: there is one row only, which meets all of them.",
            ),
            (
                lambda n: n[-1] + sum(n[l] * n[l - 1] for l in range(1, len(n))),
                "It counts what makes the row too: the row is given.",
            ),
            (
                lambda n: sum(size**2 for size in n[1:]),
                "It takes every Jacobian to be square: its sides are the sizes of two layers.",
            ),
            (
                lambda n: len(n) - 1,
                "This is how many products there are: each takes as many multiplications as its "
                "sizes say.",
            ),
            (
                lambda n: 12960,
                "This is the count of the network above: n says which network is meant.",
            ),
        ],
    ),
    Exercise(
        "04.3",
        fourth_factors,
        probes=[
            (_RNG.uniform(0.1, 1, (n, 1)), columns(_RNG, k, 1)) for n, k in ((4, 3), (3, 3), (2, 5))
        ],
        mistakes=[
            (
                lambda slope_here, a_before: slope_here * a_before,
                "It pairs neuron 0 with neuron 0, 1 with 1 and so on, and runs only where both "
                "layers are equally wide. Every slope should meet every activation.",
            ),
            (
                lambda slope_here, a_before: a_before @ slope_here.T,
                "It is transposed: rows belong to A, the neuron where the weight ends.",
            ),
            (
                lambda slope_here, a_before: slope_here.T @ a_before,
                "A row times a column adds everything up to one number: a column times a row "
                "makes a table.",
            ),
            (
                lambda slope_here, a_before: np.ones_like(slope_here) @ a_before.T,
                "The slope σ′ is missing: this is how z moves with the weight, and a follows.",
            ),
            (
                lambda slope_here, a_before: slope_here @ np.ones_like(a_before).T,
                "The activation is missing: this would be right for biases, which nothing "
                "multiplies.",
            ),
            (
                lambda slope_here, a_before: slope_here + a_before.T,
                "It adds where it should multiply: slopes along a path are multiplied.",
            ),
            (
                lambda slope_here, a_before: slope_here * (1 - slope_here) @ a_before.T,
                "It makes a slope out of the slope: σ′ is what you are given.",
            ),
            (
                lambda slope_here, a_before: sigmoid_slope(slope_here) @ a_before.T,
                "It takes σ′ of the slope: what you are given is σ′ at z already.",
            ),
            (
                lambda slope_here, a_before: slope_here @ sigmoid(a_before).T,
                "What comes in is squeezed once more: it is an activation already.",
            ),
            (
                lambda slope_here, a_before: slope_here / a_before.T,
                "It divides by the activations: a nudge of a weight is multiplied by what the "
                "weight multiplies.",
            ),
            (
                lambda slope_here, a_before: slope_here @ (a_before * (1 - a_before)).T,
                "It makes a slope out of the activation too: ④ holds the activation as it is.",
            ),
            (
                lambda slope_here, a_before: slope_here**2 @ a_before.T,
                "The slope is in it twice: there is one σ between z and a.",
            ),
            (
                lambda slope_here, a_before: slope_here @ a_before.T**2,
                "The activation is in it twice.",
            ),
            (
                lambda slope_here, a_before: (
                    slope_here.mean() * np.ones_like(slope_here) * a_before.T
                ),
                "It takes the mean slope for all neurons: each has its own.",
            ),
            (
                lambda slope_here, a_before: slope_here @ np.abs(a_before).T,
                "The activations have lost their signs.",
            ),
        ],
    ),
    Exercise(
        "04.4",
        carry_back,
        probes=[
            (columns(_RNG, m, n), _RNG.uniform(0.1, 1, (m, n)), columns(_RNG, n, k))
            for m, n, k in ((5, 4, 3), (2, 3, 3), (4, 2, 6), (3, 3, 3), (1, 3, 4))
        ],
        mistakes=[
            (
                lambda rows, slopes, W_here: rows @ W_here,
                "The slope σ′ is missing: on its way back a row meets it before the weights.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes) @ W_here.T,
                "W is transposed, which belongs to columns: a row that comes from the left meets "
                "a row of W for each of its neurons, and that is W as it is.",
            ),
            (
                lambda rows, slopes, W_here: (rows @ W_here) * slopes,
                "It scales after the weights. These are the slopes of the layer that the rows "
                "come from, so they scale the rows first.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes) @ np.linalg.pinv(W_here).T,
                "It multiplies by an inverse of W. Going back does not undo the forward pass: a "
                "nudge is multiplied by a weight on its way, and so is a slope.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes) @ np.linalg.pinv(W_here),
                "It multiplies by the inverse of W, which undoes what W does. A slope travels "
                "along the weights: it is multiplied by them, not divided.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes.mean(axis=0)) @ W_here,
                "It takes the mean slope for all samples: each sample has slopes of its own.",
            ),
            (
                lambda rows, slopes, W_here: rows @ (slopes[:1].T * W_here),
                "It takes the Jacobian of the first sample for all: each has one of its own.",
            ),
            (
                lambda rows, slopes, W_here: ((rows * slopes) @ W_here).sum(axis=0, keepdims=True),
                "It adds up over the samples: each of them keeps a row of its own.",
            ),
            (
                lambda rows, slopes, W_here: ((rows * slopes) @ W_here).T,
                "The samples stand in columns now: they came in rows and should leave in rows.",
            ),
            (
                lambda rows, slopes, W_here: slopes @ W_here,
                "What comes from the cost, `rows`, is left out.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes * (1 - slopes)) @ W_here,
                "It makes a slope out of the slopes: σ′ is what you are given.",
            ),
            (
                lambda rows, slopes, W_here: (rows * sigmoid_slope(slopes)) @ W_here,
                "It takes σ′ of the slopes: what you are given is σ′ at z already.",
            ),
            (
                lambda rows, slopes, W_here: (rows[:1] * slopes) @ W_here,
                "It takes the first row for all samples: each sample has one of its own.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes) @ W_here / len(rows),
                "It divides by the number of samples: each row belongs to one sample, and nothing "
                "is averaged here.",
            ),
            (
                lambda rows, slopes, W_here: ((rows * slopes) @ W_here).mean(axis=0, keepdims=True),
                "It takes the mean over the samples: each of them keeps a row of its own.",
            ),
            (
                lambda rows, slopes, W_here: (rows.mean(axis=0) * slopes) @ W_here,
                "It takes the mean of what comes from the cost: each sample has a row of its own.",
            ),
            (
                lambda rows, slopes, W_here: rows * slopes,
                "The weights are missing: behind the slope a row passes along them.",
            ),
            (
                lambda rows, slopes, W_here: (rows + slopes) @ W_here,
                "It adds row and slopes: one link comes behind the other, so that they multiply.",
            ),
            (
                lambda rows, slopes, W_here: (rows / slopes) @ W_here,
                "It divides by the slopes, which undoes what σ does: on its way back a slope is "
                "multiplied by σ′.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes**2) @ W_here,
                "The slope is in it twice.",
            ),
            (
                lambda rows, slopes, W_here: rows @ (slopes.T * W_here),
                "It scales the weights by the slopes of all samples at once, which runs only by "
                "accident of the sizes: each sample has a Jacobian of its own.",
            ),
            (
                lambda rows, slopes, W_here: rows @ slopes.T @ W_here,
                "Here `@` mixes the samples: each row meets its own slopes, entry by entry.",
            ),
            (
                lambda rows, slopes, W_here: (rows * slopes) @ np.abs(W_here),
                "The weights have lost their signs: a negative weight turns a slope.",
            ),
        ],
    ),
    Exercise(
        "04.5",
        layer_gradient,
        probes=list(_passes()),
        unmended=with_slope_twice,
        mistakes=[
            (
                _product(_slip, _only_weights),
                "Factors ② and ③ lack σ′ now: a Jacobian has the slope of the layer it leads to.",
            ),
            (
                _product(jacobian=_only_weights),
                "One σ′ too many has gone, and those of ② and ③ with it: each Jacobian has one.",
            ),
            (
                _product(jacobian=_but_for_the_last),
                "The σ′ of the output stood twice, and has gone from both places: every Jacobian "
                "keeps its own, that of the last layer too.",
            ),
            (
                _product(_slip, _but_for_the_last),
                "It is right now for the layers before the last one. For the last one itself there "
                "is no Jacobian, and σ′ of the output stands in ① and in ④.",
            ),
            (
                _product(_slip, fourth=_only_activations_at_the_end),
                "It is right now for the last layer alone: for those before it σ′ of the output "
                "still stands twice.",
            ),
            (
                _product(_slip, fourth=_only_activations),
                "Factor ④ lacks σ′ now. That makes the last layer right, and no other: before it "
                "the slope of the output still stands twice.",
            ),
            (
                _product(fourth=_only_activations),
                "Factor ④ lacks σ′ now: between a weight and its neuron's activation lies a slope.",
            ),
            (
                _product(jacobian=_only_weights, fourth=_only_activations),
                "No σ′ is left at all: each layer from l to the last one brings one.",
            ),
            (
                _product(_slip, _only_weights, _only_activations),
                "Only σ′ of the output is left: each layer from l to the last one brings one.",
            ),
            (
                _product(layers=lambda L, l: range(L, l + 1, -1)),
                "Factor ③ is missing: the loop ends before the Jacobian of layer l + 1.",
            ),
            (
                _product(_slip, layers=lambda L, l: range(L, l + 1, -1)),
                "Factor ③ is missing, since the loop ends too early, and the slip is still there.",
            ),
            (
                _product(layers=lambda L, l: range(L - 1, l, -1)),
                "The slip is mended, but the Jacobian of the last layer is missing, since the loop "
                "begins too late.",
            ),
            (
                _product(_slip, layers=lambda L, l: range(L - 1, l, -1)),
                "The Jacobian of the last layer has gone, and with it its weights: it is σ′ alone "
                "that stands twice.",
            ),
            (
                _product(layers=lambda L, l: range(L, l - 1, -1)),
                "The slip is mended, but the loop takes the Jacobian of layer l too: the row would "
                "go on to the layer before.",
            ),
            (
                _product(_slip, layers=lambda L, l: range(L, l - 1, -1)),
                "The loop takes the Jacobian of layer l too now: it ended in the right place. The "
                "slip is elsewhere.",
            ),
            (
                _product(layers=lambda L, l: range(l + 1, L + 1)),
                "The slip is mended, but the loop runs forwards: the row begins at the cost, and "
                "meets the last Jacobian first.",
            ),
            (
                _product(_slip, layers=lambda L, l: range(l + 1, L + 1)),
                "The loop ran in the right direction, from the cost backwards. The slip is "
                "elsewhere.",
            ),
            (
                _product(jacobian=lambda W, slope, l: slope[l] ** 2 * W[l]),
                "The slope of every layer stands twice in ② and ③ now.",
            ),
            (
                _product(_slip, lambda W, slope, l: slope[l - 1].T * W[l]),
                "The Jacobians have the slopes of the layer before now, so that σ′ of layer l "
                "stands twice, there and in ④.",
            ),
            (
                _product(jacobian=lambda W, slope, l: slope[l - 1].T * W[l]),
                "The slip is mended, but the Jacobians have the slopes of the layer before: each "
                "has that of the layer it leads to.",
            ),
            (
                _product(_slip, fourth=lambda slope, a, l: slope[l] @ a[l].T),
                "The activation in ④ is that of the layer where the weight starts, as it was; "
                "the slip is elsewhere.",
            ),
            (
                _product(fourth=lambda slope, a, l: slope[l] @ a[l].T),
                "The slip is mended, but ④ has got the activation of the layer where the weight "
                "ends.",
            ),
            (
                _product(lambda a, y, slope: y - a),
                "The slip is mended, but ① has its sign turned: it should be output minus target.",
            ),
            (
                _product(lambda a, y, slope: (y - a) * slope),
                "The sign of ① was right, it is output minus target. The slip is elsewhere.",
            ),
            (
                _product(lambda a, y, slope: 2 * (a - y) * slope),
                "No 2 was missing in ①: with the ½ in the cost it goes. The slip is elsewhere.",
            ),
            (
                _product(lambda a, y, slope: (a - y) * slope**2),
                "The σ′ of the output stands three times now: it should stand once.",
            ),
            (
                _product(lambda a, y, slope: (a - y) / slope),
                "The σ′ of the output is nowhere now: it has gone from both places, or ① is "
                "divided by it. It should stand once, behind ①.",
            ),
            (
                _product(lambda a, y, slope: (a - y) * a),
                "An activation stands in ① now where σ′ stood: nothing belongs there but output "
                "minus target.",
            ),
            (
                _product(lambda a, y, slope: slope),
                "Factor ① lacks output minus target now: it is σ′ that is too many.",
            ),
            (
                _product(lambda a, y, slope: (a - y) ** 2 / 2),
                "Factor ① is the cost itself now: how each output moves it belongs there.",
            ),
            (
                _product(last=lambda W: 3),
                "It is right for three layers, and L is not always 3: W says how many there are.",
            ),
        ],
    ),
)
