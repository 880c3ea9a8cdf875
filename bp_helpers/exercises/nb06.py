"""The exercises of notebook 06: shapes, samples as columns or as rows, and where 1/m goes."""

from __future__ import annotations

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, WholePass, columns, of_rule
from bp_helpers.network import Network
from bp_helpers.slips import Arrays, Run

_RNG = np.random.default_rng(6)

Pair = tuple[Array, Array]
Shape = tuple[int, ...]


def _delta_alone(run: Run, l: int) -> tuple[Array]:
    return (run.delta[l],)


def shape_of_sum(p: Shape, q: Shape) -> Shape | None:
    """The shape to which two shapes are broadcast, or None where they do not fit."""
    try:
        return np.broadcast_shapes(p, q)
    except ValueError:
        return None


def _filled(p: Shape, q: Shape, in_front: bool = True) -> tuple[Shape, Shape]:
    """Both shapes with ones, in front or behind, so that they are equally long."""
    longer = max(len(p), len(q))
    ones = ((1,) * (longer - len(p)), (1,) * (longer - len(q)))
    return (ones[0] + p, ones[1] + q) if in_front else (p + ones[0], q + ones[1])


def _larger_sides(p: Shape, q: Shape) -> Shape:
    return tuple(max(both) for both in zip(*_filled(p, q)))


def gradients_of_the_book(dz: Array, a_before: Array) -> Pair:
    """BP4 and BP3 for a δ that has been divided by m already."""
    return dz @ a_before.T, dz.sum(axis=1, keepdims=True)


def gradients_of_rows(dz: Array, a_before: Array) -> Pair:
    """BP4 and BP3 where each sample is a row."""
    return a_before.T @ dz / len(dz), dz.mean(axis=0, keepdims=True)


def batch_backprop(net: Network, x: Array, y: Array) -> Arrays:
    """A backward pass that divides by m at its start, and in the biases once more."""
    trace, m = forward(net, x), x.shape[1]
    dW: list[Array] = []
    db: list[Array] = []
    da = (trace.a[net.L] - y) / m
    for l in range(net.L, 0, -1):
        dz = da * net.sigma[l].slope(trace.z[l])
        dW.insert(0, dz @ trace.a[l - 1].T)
        db.insert(0, dz.mean(axis=1, keepdims=True))
        da = net.W[l].T @ dz
    return dW, db


_SIZES = ((3, 5, 4), (4, 2, 7), (5, 3, 2))  # n of the layer, n of the layer before, m

EXERCISES = (
    of_rule(
        "06.1",
        "BP3",
        "(dz)",
        _delta_alone,
        mistakes=[
            (
                lambda run, l: run.delta[l].mean(axis=0, keepdims=True),
                "It averages over the neurons of each sample: the mean over the samples runs "
                "along a row.",
            ),
            (
                lambda run, l: run.delta[l].mean(),
                "It takes the mean of all entries, a single number: each neuron has its own.",
            ),
            (
                lambda run, l: run.delta[l].sum(axis=1, keepdims=True) / len(run.delta[l]),
                "It divides by the number of neurons, the rows of `dz`: the samples are its "
                "columns.",
            ),
            (
                lambda run, l: run.delta[l].mean(axis=1, keepdims=True).T,
                "It is a row, (1, n): a bias is a column, so its gradient is one too.",
            ),
            (
                lambda run, l: run.delta[l].sum(axis=1),
                "It is the sum over the samples and it is flat: it should be the mean, and a "
                "column.",
            ),
        ],
    ),
    Exercise(
        "06.2",
        shape_of_sum,
        probes=[
            ((3, 4), (3, 1)),
            ((1, 4), (3, 1)),
            ((3, 4), (4, 3)),
            ((3,), (3, 4)),
            ((3, 1), (3,)),
            ((5, 2), (2,)),
            ((3, 4), (2, 1)),
            ((1,), (4,)),
            ((2,), (3,)),
            ((1, 1), (1, 6)),
        ],
        mistakes=[
            (
                lambda p, q: p if p == q else None,
                "It accepts equal shapes only: a length of 1 is repeated until it fits.",
            ),
            (
                _larger_sides,
                "It never refuses: two different lengths fit only if one of them is 1.",
            ),
            (
                lambda p, q: shape_of_sum(*_filled(p, q, in_front=False)),
                "It fills the shorter shape up at its end: NumPy aligns from the right, so that "
                "the 1 comes in front.",
            ),
            (
                lambda p, q: (
                    None
                    if any(one != two and 1 not in (one, two) for one, two in zip(p, q))
                    else tuple(max(one, two) for one, two in zip(p, q))
                ),
                "It compares the lengths from the left and drops what is over: make both shapes "
                "equally long first.",
            ),
            (
                lambda p, q: shape_of_sum(p, q) if len(p) == len(q) else None,
                "It refuses shapes of different lengths: NumPy puts a 1 in front of the shorter "
                "one.",
            ),
            (
                lambda p, q: (
                    tuple(min(both) for both in zip(*_filled(p, q))) if shape_of_sum(p, q) else None
                ),
                "It takes the smaller of two lengths: the 1 is repeated, so the larger one stays.",
            ),
            (
                lambda p, q: q if shape_of_sum(p, q) else None,
                "It gives the shape of one of the two arrays: both may be repeated, along "
                "different sides.",
            ),
        ],
    ),
    Exercise(
        "06.3",
        gradients_of_the_book,
        probes=[(columns(_RNG, n, m), columns(_RNG, k, m)) for n, k, m in _SIZES],
        mistakes=[
            (
                lambda dz, a: (dz @ a.T / dz.shape[1], dz.mean(axis=1, keepdims=True)),
                "Both are divided by m a second time: this `dz` has been divided already.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.mean(axis=1, keepdims=True)),
                "The mean in `db` divides by m a second time: what has been divided only needs "
                "adding up.",
            ),
            (
                lambda dz, a: (dz @ a.T / dz.shape[1], dz.sum(axis=1, keepdims=True)),
                "The product in `dW` is divided by m a second time: it adds up by itself, and that "
                "is enough.",
            ),
            (
                lambda dz, a: (dz @ a.T * dz.shape[1], dz.sum(axis=1, keepdims=True) * dz.shape[1]),
                "It takes the division by m back: it should stay, once.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.sum(axis=1)),
                "The `db` is flat: it should be a column, as the bias is.",
            ),
            (
                lambda dz, a: (a @ dz.T, dz.sum(axis=1, keepdims=True)),
                "The `dW` is transposed: the rows belong to the neurons of `dz`.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz),
                "In `db` there is a column for each sample: they are still to be added up.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.sum(axis=0, keepdims=True)),
                "For `db` it adds up over the neurons: it should add up over the samples.",
            ),
            (
                lambda dz, a: (dz.sum(axis=1, keepdims=True), dz @ a.T),
                "The two stand in the wrong order: `dW` comes first.",
            ),
        ],
    ),
    Exercise(
        "06.4",
        gradients_of_rows,
        probes=[(columns(_RNG, m, n), columns(_RNG, m, k)) for n, k, m in _SIZES],
        mistakes=[
            (
                lambda dz, a: (a.T @ dz, dz.sum(axis=0, keepdims=True)),
                "These are sums over the samples: they should be means.",
            ),
            (
                lambda dz, a: (a.T @ dz, dz.mean(axis=0, keepdims=True)),
                "The `db` is right, and `dW` is a sum over the samples that should be a mean.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz.sum(axis=0, keepdims=True)),
                "The `dW` is right, and `db` is a sum over the samples that should be a mean.",
            ),
            (
                lambda dz, a: (dz.T @ a / len(dz), dz.mean(axis=0, keepdims=True)),
                "The `dW` is that of the other layout: here W has a row for each neuron before, "
                "and a column for each neuron of the layer.",
            ),
            (
                lambda dz, a: (dz.T @ a / len(dz), dz.mean(axis=0, keepdims=True).T),
                "Both are those of the other layout: here they should have the shapes of this W "
                "and this b.",
            ),
            (
                lambda dz, a: (a.T @ dz / dz.shape[1], dz.mean(axis=0, keepdims=True)),
                "The `dW` is divided by the number of neurons: the samples are the rows here.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz.mean(axis=1, keepdims=True)),
                "For `db` it takes the mean over the neurons: the samples are the rows here.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz.mean(axis=0)),
                "The `db` is flat: it should have the shape of b, with both dimensions.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz),
                "In `db` there is a row for each sample: it should be their mean, a single row.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz.mean(axis=0, keepdims=True) / len(dz)),
                "The `db` is divided by m twice.",
            ),
        ],
    ),
    WholePass("06.5", unmended=batch_backprop),
)
