"""The exercises of notebook 04: Jacobians, what they cost, and the factors of a whole layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, Probe, columns
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


def layer_gradient(W: Layers, slope: Layers, a: Layers, y: Array, l: int) -> Array:
    """∂C/∂W of layer l: the row from the cost to the layer, and factor ④ for every weight."""
    return _product(W, slope, a, y, l)


def with_slope_twice(W: Layers, slope: Layers, a: Layers, y: Array, l: int) -> Array:
    """The same with a slip in it: σ′ of the output stands in the row and in the first Jacobian."""
    return _product(W, slope, a, y, l, first=1)


def _product(
    W: Layers,
    slope: Layers,
    a: Layers,
    y: Array,
    l: int,
    first: int = 0,
    between: int = 1,
    fourth: int = 1,
    end: int = 0,
    before: int = 1,
) -> Array:
    """The product with so many σ′ in ①, in each Jacobian and in ④, and so many Jacobians less."""
    L = len(W) - 1
    row = ((a[L] - y) * slope[L] ** first).T
    for layer in range(L, l + end, -1):
        row = row @ (slope[layer] ** between * W[layer])
    gradient: Array = row.T * (slope[l] ** fourth @ a[l - before].T)
    return gradient


def _passes() -> Iterator[Probe]:
    """What a forward pass has left, for every layer of two networks."""
    for seed, sizes in enumerate(([4, 6, 5, 3], [3, 3, 3, 3])):
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
        ],
    ),
    Exercise(
        "04.2",
        work_backwards,
        probes=[([784, 16, 16, 10],), ([5, 7],), ([2, 3, 4, 2, 6],)],
        mistakes=[
            (
                lambda n: sum(n[l] * n[l - 1] for l in range(1, len(n) - 1)),
                "The product with the Jacobian of the last layer is missing: the end of a range is "
                "not in it.",
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
                "It counts a multiplication by σ′ for each neuron too, but the Jacobians are "
                "given: σ′ is in them.",
            ),
            (
                lambda n: sum(2 * n[l] * n[l - 1] for l in range(1, len(n))),
                "It is twice too many: additions, or the making of the Jacobians, do not count.",
            ),
            (
                sum,
                "It adds up the sizes: a row of q entries times a matrix with r columns takes "
                "q times r multiplications.",
            ),
        ],
    ),
    Exercise(
        "04.3",
        fourth_factors,
        probes=[
            (_RNG.uniform(0.1, 1, (n, 1)), _RNG.uniform(0.1, 1, (k, 1)))
            for n, k in ((4, 3), (3, 3), (2, 5))
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
        ],
    ),
    Exercise(
        "04.4",
        carry_back,
        probes=[
            (columns(_RNG, m, n), _RNG.uniform(0.1, 1, (m, n)), columns(_RNG, n, k))
            for m, n, k in ((5, 4, 3), (2, 3, 3), (4, 2, 6), (3, 3, 3))
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
        ],
    ),
    Exercise(
        "04.5",
        layer_gradient,
        probes=list(_passes()),
        unmended=with_slope_twice,
        mistakes=[
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, first=1, between=0),
                "Factors ② and ③ lack σ′ now: a Jacobian has the slope of the layer it leads to.",
            ),
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, between=0),
                "One σ′ too many has gone, and those of ② and ③ with it: each Jacobian has one.",
            ),
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, first=1, fourth=0),
                "Factor ④ lacks σ′ now. That is right for the last layer alone; elsewhere the "
                "slope of the output still stands twice.",
            ),
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, fourth=0),
                "Factor ④ lacks σ′ now: between a weight and its neuron's activation lies a slope.",
            ),
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, end=1),
                "Factor ③ is missing: the loop ends before the Jacobian of layer l + 1.",
            ),
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, first=1, end=1),
                "Factor ③ is missing, since the loop ends too early, and the slip is still there.",
            ),
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, between=2),
                "The slope of every layer stands twice in ② and ③ now.",
            ),
            (
                lambda W, slope, a, y, l: _product(W, slope, a, y, l, first=1, before=0),
                "The activation in ④ is that of the layer where the weight starts, as it was; "
                "the slip is elsewhere.",
            ),
            (
                lambda W, slope, a, y, l: -_product(W, slope, a, y, l),
                "The slip is mended, but ① has its sign turned: it should be output minus target.",
            ),
        ],
    ),
)
