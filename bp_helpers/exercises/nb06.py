"""The exercises of notebook 06: shapes, samples as columns or as rows, and where 1/m goes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, Mistake, WholePass, columns, of_rule
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


def _fits(one: int, two: int) -> bool:
    return one == two or 1 in (one, two)


def _larger_sides(p: Shape, q: Shape) -> Shape:
    return tuple(max(both) for both in zip(*_filled(p, q)))


def _by_sides(fits: Callable[[int, int], bool]) -> Callable[[Shape, Shape], Shape | None]:
    """The larger of each pair of lengths, where all of them fit by another rule."""
    return lambda p, q: _larger_sides(p, q) if all(map(fits, *_filled(p, q))) else None


def _dropping(p: Shape, q: Shape) -> Shape | None:
    """The larger length of each pair from the left, as far as both shapes reach."""
    sides = [*zip(p, q)]
    return tuple(map(max, sides)) if all(_fits(*both) for both in sides) else None


def _refusing_with(*instead: object) -> list[Mistake]:
    """What is right but for what it returns where the shapes do not fit."""
    return [
        (
            lambda p, q, other=other: shape_of_sum(p, q) or other,
            f"Where the shapes do not fit it returns {other!r}: it should be None.",
        )
        for other in instead
    ]


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


# n of the layer, n of the layer before, m
_SIZES = ((3, 5, 4), (4, 2, 7), (5, 3, 2), (1, 4, 6), (3, 1, 1))

EXERCISES = (
    of_rule(
        "06.1",
        "BP3",
        ("dz",),
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
            (
                lambda run, l: run.delta[l].sum(axis=1, keepdims=True) / run.delta[l].size,
                "It divides by the number of all entries: the mean is over those of one row.",
            ),
            (
                lambda run, l: run.delta[l].sum(axis=1, keepdims=True) / (run.m - 1),
                "It divides by one less than m: the mean is the sum divided by the number of "
                "samples.",
            ),
            (
                lambda run, l: run.delta[l].sum() / run.m,
                "It adds up over the neurons too: each of them has a number of its own.",
            ),
            (
                lambda run, l: run.delta[l].mean(axis=0),
                "It averages over the neurons of each sample, and is flat: the mean over the "
                "samples runs along a row.",
            ),
            (
                lambda run, l: run.delta[l].mean(axis=0, keepdims=True).T,
                "Turned or not, these are means over the neurons, one for each sample: one for "
                "each neuron is asked for.",
            ),
            (
                lambda run, l: run.delta[l][:, -1:],
                "It takes the last sample only.",
            ),
            (
                lambda run, l: run.delta[l][:, -1:] / run.m,
                "Only the last sample is left, divided by m, as where a loop writes with `=`: all "
                "of them are to be added up.",
            ),
        ],
    ),
    Exercise(
        "06.2",
        shape_of_sum,
        probes=[
            ((3, 4), (3, 4)),
            ((3, 4), (3, 1)),
            ((1, 4), (3, 1)),
            ((3, 4), (4,)),
            ((3,), (3, 4)),
            ((3, 4), (4, 3)),
            ((3, 1), (3,)),
            ((5, 2), (2,)),
            ((3, 3), (3,)),
            ((3, 4), (2, 1)),
            ((1,), (4,)),
            ((2,), (3,)),
            ((2,), (4,)),
            ((5,), (5,)),
            ((3, 6), (3, 2)),
            ((2, 3), (4, 3)),
            ((1, 1), (1, 6)),
            ((4, 2), (1, 2)),
            ((1,), (4, 2)),
        ],
        mistakes=[
            (
                lambda p, q: p if p == q else None,
                "It accepts equal shapes only: a length of 1 is repeated until it fits.",
            ),
            (
                lambda p, q: None,
                "It returns None for all shapes: either a `return` is missing at its end, or it "
                "comes to a `return None` where the lengths fit. Without brackets `and` comes "
                "before `or`.",
            ),
            (
                _by_sides(lambda one, two: True),
                "It never refuses: two different lengths fit only if one of them is 1.",
            ),
            (
                _by_sides(lambda one, two: 1 in (one, two)),
                "It refuses two lengths that are the same: they fit as they are.",
            ),
            (
                lambda p, q: _filled(p, q)[0] if shape_of_sum(p, q) else None,
                "Of each pair of lengths it takes the first: the 1 is repeated, so the larger "
                "one stays.",
            ),
            (
                lambda p, q: _filled(p, q)[1] if shape_of_sum(p, q) else None,
                "Of each pair of lengths it takes the second: the 1 is repeated, so the larger "
                "one stays.",
            ),
            (
                lambda p, q: tuple(map(prod, zip(*_filled(p, q)))) if shape_of_sum(p, q) else None,
                "The two lengths of a pair are multiplied: the larger one stays.",
            ),
            (
                _by_sides(lambda one, two: max(one, two) % min(one, two) == 0),
                "Only a length of 1 is repeated, not one that divides the other.",
            ),
            (
                _by_sides(lambda one, two: two in (1, one)),
                "Only lengths in q are repeated: a 1 in p is repeated as well.",
            ),
            (
                _by_sides(lambda one, two: one in (1, two)),
                "Only lengths in p are repeated: a 1 in q is repeated as well.",
            ),
            (
                lambda p, q: shape_of_sum(*_filled(p, q, in_front=False)),
                "A flat shape is taken for a column, with the 1 behind it: NumPy takes it for a "
                "row, with the 1 in front.",
            ),
            (
                lambda p, q: shape_of_sum(*(s if len(s) == 2 else (*s, 1) for s in (p, q))),
                "Every flat shape is taken for a column: beside a shape of two numbers it is a "
                "row, and two flat ones stay flat.",
            ),
            (
                lambda p, q: shape_of_sum(*(s if len(s) == 2 else (1, *s) for s in (p, q))),
                "Every flat shape gets a 1 in front: two flat shapes are equally long, and stay "
                "flat.",
            ),
            (
                lambda p, q: shape_of_sum(p, q) or shape_of_sum(*_filled(p, q, in_front=False)),
                "A flat shape is taken for a row or for a column, as it fits: NumPy takes it for "
                "a row only.",
            ),
            (
                _dropping,
                "It compares the lengths from the left and drops what is over: make both shapes "
                "equally long first.",
            ),
            (
                lambda p, q: (s := _dropping(p[::-1], q[::-1])) and s[::-1],
                "It compares the lengths from the right and drops what is over: make both shapes "
                "equally long first.",
            ),
            (
                lambda p, q: shape_of_sum(p, q) if len(p) >= len(q) else _dropping(p, q),
                "It fills up q only: p may be the shorter one.",
            ),
            (
                lambda p, q: shape_of_sum(p, q) if len(p) <= len(q) else _dropping(p, q),
                "It fills up p only: q may be the shorter one.",
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
                "It gives q where the shapes fit: both arrays may be repeated, along different "
                "sides.",
            ),
            (
                lambda p, q: p if shape_of_sum(p, q) else None,
                "It gives p where the shapes fit: both arrays may be repeated, along different "
                "sides.",
            ),
            (
                lambda p, q: next((s for s in (p, q) if s == shape_of_sum(p, q)), None),
                "It accepts only what has the shape of one of the two: both may be repeated, "
                "along different sides.",
            ),
            (
                lambda p, q: _larger_sides(p, q) if _fits(p[-1], q[-1]) else None,
                "It looks at the last pair of lengths only: each pair has to fit.",
            ),
            (
                lambda p, q: _larger_sides(p, q) if _fits(*next(zip(*_filled(p, q)))) else None,
                "It looks at the first pair of lengths only: each pair has to fit.",
            ),
            (
                lambda p, q: (
                    _larger_sides(p, q) if any(_fits(*s) for s in zip(*_filled(p, q))) else None
                ),
                "It is content if one pair of lengths fits: each pair has to.",
            ),
            (
                lambda p, q: (
                    _larger_sides(p, q) if p == q or len(p) != len(q) or 1 in p + q else None
                ),
                "It is content if there is a 1 somewhere: it has to stand in the pair that "
                "differs.",
            ),
            (
                lambda p, q: tuple(max(s) for s in zip(*_filled(p, q)) if _fits(*s)),
                "A pair of lengths that does not fit is left out: then there is no sum, and the "
                "answer is None.",
            ),
            (
                lambda p, q: (max(*s),) if _fits(*(s := next(zip(*_filled(p, q))))) else None,
                "Only the first length is there, as where `return` stands inside the loop.",
            ),
            (
                lambda p, q: (s := shape_of_sum(p, q)) and s[::-1],
                "The lengths stand in the reverse order.",
            ),
            (
                max,
                "With tuples, `max` gives one of the two: take the larger length of each pair.",
            ),
            *_refusing_with(False, (), "None"),
            (
                np.broadcast_shapes,
                "Where the shapes do not fit it stops with an error: return None there.",
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
            (
                lambda dz, a: (dz.mean(axis=1, keepdims=True), dz @ a.T / dz.shape[1]),
                "They stand in the wrong order, and both are divided by m a second time.",
            ),
            (
                lambda dz, a: ([None, dz @ a.T], [None, dz.sum(axis=1, keepdims=True)]),
                "There is a None in front of each: return the two arrays of this layer alone.",
            ),
            (
                lambda dz, a: (dz @ a.T / len(dz), dz.sum(axis=1, keepdims=True) / len(dz)),
                "Both are divided by the number of neurons: the samples were divided by already, "
                "and nothing else is.",
            ),
            (
                lambda dz, a: (dz @ a.T * dz.shape[1], dz.sum(axis=1, keepdims=True)),
                "The `dW` is m times what it should be: the division by m should stay.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.sum(axis=1, keepdims=True) * dz.shape[1]),
                "The `db` is m times what it should be: the division by m should stay.",
            ),
            (
                lambda dz, a: (
                    dz.sum(axis=1, keepdims=True) @ a.sum(axis=1, keepdims=True).T,
                    dz.sum(axis=1, keepdims=True),
                ),
                "The `dW` multiplies two sums: what is added up are the products, a sample each.",
            ),
            (
                lambda dz, a: (
                    dz.sum(axis=1, keepdims=True) @ a.mean(axis=1, keepdims=True).T,
                    dz.sum(axis=1, keepdims=True),
                ),
                "The `dW` multiplies a sum and a mean: what is added up are the products, a "
                "sample each.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz[:, :1]),
                "The `db` is that of the first sample only.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz[:, -1:]),
                "The `db` is that of the last sample only.",
            ),
            (
                lambda dz, a: (dz[:, :1] @ a[:, :1].T, dz[:, :1]),
                "Only the first sample is there, as where `return` stands inside a loop.",
            ),
            (
                lambda dz, a: (dz @ a.T / len(dz), dz.sum(axis=1, keepdims=True)),
                "The `dW` is divided by the number of neurons: nothing is divided here any more.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.sum(axis=1, keepdims=True) / len(dz)),
                "The `db` is divided by the number of neurons: nothing is divided here any more.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.mean(axis=1)),
                "The `db` is flat, and divided by m a second time.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.sum(axis=1, keepdims=True).T),
                "The `db` is a row: it should be a column, as the bias is.",
            ),
            (
                lambda dz, a: (dz @ a.T, dz.sum()),
                "The `db` is a single number: each neuron has its own.",
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
            (
                lambda dz, a: (a.T @ dz / len(dz) ** 2, dz.mean(axis=0, keepdims=True)),
                "The `dW` is divided by m twice.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz) ** 2, dz.mean(axis=0, keepdims=True) / len(dz)),
                "Both are divided by m twice.",
            ),
            (
                lambda dz, a: (a.T @ dz / dz.shape[1], dz.sum(axis=0, keepdims=True) / dz.shape[1]),
                "Both are divided by the number of neurons, `dz.shape[1]`: the samples are the "
                "rows here.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz.sum(axis=0, keepdims=True) / dz.shape[1]),
                "The `db` is divided by the number of neurons: the samples are the rows here.",
            ),
            (
                lambda dz, a: (a.T @ dz / a.shape[1], dz.mean(axis=0, keepdims=True)),
                "The `dW` is divided by the number of neurons before: the samples are the rows "
                "here.",
            ),
            (
                lambda dz, a: (a.T @ dz / a.shape[1], dz.sum(axis=0, keepdims=True) / a.shape[1]),
                "Both are divided by the number of neurons before: the samples are the rows here.",
            ),
            (
                lambda dz, a: (a.T @ dz / dz.shape[1], dz.sum(axis=1, keepdims=True) / dz.shape[1]),
                "It takes the columns for samples, in `db` and in what both are divided by: here "
                "the samples are the rows.",
            ),
            (
                lambda dz, a: (
                    a.mean(axis=0, keepdims=True).T @ dz.mean(axis=0, keepdims=True),
                    dz.mean(axis=0, keepdims=True),
                ),
                "The `dW` multiplies two means: it should be the mean of the products.",
            ),
            (
                lambda dz, a: (dz.mean(axis=0, keepdims=True), a.T @ dz / len(dz)),
                "The two stand in the wrong order: `dW` comes first.",
            ),
            (
                lambda dz, a: ([None, a.T @ dz / len(dz)], [None, dz.mean(axis=0, keepdims=True)]),
                "There is a None in front of each: return the two arrays of this layer alone.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz.mean(axis=0, keepdims=True).T),
                "The `db` is that of the other layout: here it should have the shape of this b.",
            ),
            (
                lambda dz, a: (dz.T @ a / len(dz), dz.sum(axis=0, keepdims=True)),
                "The `dW` is that of the other layout, and `db` is a sum that should be a mean.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz[:1]),
                "The `db` is that of the first sample only.",
            ),
            (
                lambda dz, a: (a[:1].T @ dz[:1] / len(dz), dz[:1] / len(dz)),
                "Only the first sample is there, divided by m, as where `return` stands inside a "
                "loop.",
            ),
            (
                lambda dz, a: (a[-1:].T @ dz[-1:] / len(dz), dz[-1:] / len(dz)),
                "Only the last sample is left, divided by m, as where a loop writes with `=`: all "
                "of them are to be added up.",
            ),
            (
                lambda dz, a: (a.T @ dz / len(dz), dz.mean()),
                "The `db` is a single number: each neuron has its own.",
            ),
        ],
    ),
    WholePass(
        "06.5",
        kinds=[
            {},
            {"activation": "tanh"},
            {"activation": ["tanh", "relu", "sigmoid"]},
            {"sizes": [9, 5, 1]},
        ],
        unmended=batch_backprop,
    ),
)
