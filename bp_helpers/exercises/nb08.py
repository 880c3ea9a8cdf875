"""The exercises of notebook 08: targets, the share read correctly, mini-batches, an epoch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.exercises.exercise import Exercise, Probe, columns
from bp_helpers.functions import sigmoid

_RNG = np.random.default_rng(8)
_Pairs = list[tuple[Array, Array]]


# 08.1


def one_hot(labels: Array, classes: int) -> Array:
    """A column per label, with a 1 in the row of that label."""
    y = np.zeros((classes, len(labels)))
    for i, label in enumerate(labels):
        y[label, i] = 1
    return y


def _whole_rows(labels: Array, classes: int) -> Array:
    y = np.zeros((classes, len(labels)))
    y[labels] = 1
    return y


def _first_column_only(labels: Array, classes: int) -> Array:
    y = np.zeros((classes, len(labels)))
    y[labels, 0] = 1
    return y


# 08.2


def share_right(a: Array, labels: Array) -> float:
    """The share of columns whose largest entry stands in the row of the label."""
    return float(np.mean(a.argmax(axis=0) == labels))


def _outputs(n: int, m: int) -> Probe:
    """Outputs and labels, of which more than half belong together."""
    a = _RNG.uniform(0, 0.9, (n, m))
    return a, np.where(_RNG.random(m) < 0.6, a.argmax(axis=0), _RNG.integers(n, size=m))


_ALL_RIGHT = _RNG.uniform(0, 1, (5, 8))


# 08.3


def mini_batches(x: Array, y: Array, order: Array, size: int) -> _Pairs:
    """The columns of x and y in this order, so many at a time."""
    return _pairs(x, y, _cut(order, range(0, len(order), size), size))


def _cut(order: Array, starts: range, size: int) -> list[Array]:
    return [order[start : start + size] for start in starts]


def _pairs(x: Array, y: Array, parts: list[Array]) -> _Pairs:
    return [(x[:, chosen], y[:, chosen]) for chosen in parts]


def _one_of_them_not_shuffled(k: int) -> Callable[[Array, Array, Array, int], _Pairs]:
    """Batches whose x (k = 0) or y (k = 1) is cut from the columns as they were."""

    def wrong(x: Array, y: Array, order: Array, size: int) -> _Pairs:
        shuffled = mini_batches(x, y, order, size)
        as_it_was = mini_batches(x, y, np.arange(len(order)), size)
        return [(q[0], p[1]) if k == 0 else (p[0], q[1]) for p, q in zip(shuffled, as_it_was)]

    return wrong


def _filled_up(x: Array, y: Array, order: Array, size: int) -> _Pairs:
    return mini_batches(x, y, np.resize(order, -(-len(order) // size) * size), size)


# 08.4


def _epoch(
    step: Callable[[float, int, Array, Array], float],
    whole_batches_only: bool = False,
    mean_for_b: bool = False,
    W2_changes_first: bool = False,
) -> Callable[..., tuple[Array, ...]]:
    """One epoch of a network with one hidden layer; `step` makes a number of η, size, a0, y."""

    def one_epoch(
        W1: Array, b1: Array, W2: Array, b2: Array, x: Array, y: Array, size: int, eta: float
    ) -> tuple[Array, ...]:
        of_b = np.mean if mean_for_b else np.sum
        for start in range(0, x.shape[1] - (size - 1 if whole_batches_only else 0), size):
            a0, target = x[:, start : start + size], y[:, start : start + size]
            a1 = sigmoid(W1 @ a0 + b1)
            a2 = sigmoid(W2 @ a1 + b2)
            k = step(eta, size, a0, y)
            delta2 = (a2 - target) * a2 * (1 - a2)
            after = W2 - k * delta2 @ a1.T
            delta1 = ((after if W2_changes_first else W2).T @ delta2) * a1 * (1 - a1)
            W1, W2 = W1 - k * delta1 @ a0.T, after
            b1 = b1 - k * of_b(delta1, axis=1, keepdims=True)
            b2 = b2 - k * of_b(delta2, axis=1, keepdims=True)
        return W1, b1, W2, b2

    return one_epoch


def _mean(eta: float, size: int, a0: Array, y: Array) -> float:
    return eta / float(a0.shape[1])


def _network_and_samples(n0: int, n1: int, n2: int, m: int, size: int) -> Probe:
    arrays = (columns(_RNG, *shape) for shape in ((n1, n0), (n1, 1), (n2, n1), (n2, 1), (n0, m)))
    return *arrays, _RNG.uniform(0, 1, (n2, m)), size, 2.5


EXERCISES = (
    Exercise(
        "08.1",
        one_hot,
        probes=[
            (np.array([3, 0, 9, 4, 4]), 10),
            (np.array([1, 3, 0]), 4),
            (np.array([2, 1, 0, 2]), 4),
            (np.array([6]), 7),
        ],
        mistakes=[
            (
                lambda labels, classes: one_hot(labels, classes).T,
                "Each label has a row of its own here: a sample is a column.",
            ),
            (
                _whole_rows,
                "It writes ones into a whole row for each label: the 1 belongs into one column, "
                "that of the label's own sample.",
            ),
            (
                _first_column_only,
                "Every 1 goes into column 0: label i belongs to column i.",
            ),
            (
                lambda labels, classes: one_hot(labels - 1, classes),
                "The 1 stands one row too high: rows count from 0, so that label 0 has row 0.",
            ),
            (
                lambda labels, classes: one_hot(labels, classes) * labels,
                "It writes the label itself into its row, where a 1 belongs.",
            ),
            (
                lambda labels, classes: 1 - one_hot(labels, classes),
                "Zeros and ones have changed places.",
            ),
            (
                lambda labels, classes: one_hot(labels, 10),
                "It always makes ten rows: their number is `classes`.",
            ),
            (
                lambda labels, classes: one_hot(labels, labels.max() + 1),
                "The number of rows depends on the labels that happen to be there: it is "
                "`classes`, whichever they are.",
            ),
        ],
    ),
    Exercise(
        "08.2",
        share_right,
        probes=[
            *(_outputs(n, m) for n, m in ((10, 37), (3, 24), (10, 10), (4, 50))),
            (_ALL_RIGHT, _ALL_RIGHT.argmax(axis=0)),
        ],
        mistakes=[
            (
                lambda a, labels: np.sum(a.argmax(axis=0) == labels),
                "This is how many are right: the share of them is asked for.",
            ),
            (
                lambda a, labels: 100 * share_right(a, labels),
                "This is a percentage: a share lies between 0 and 1.",
            ),
            (
                lambda a, labels: 1 - share_right(a, labels),
                "This is the share of wrong answers.",
            ),
            (
                lambda a, labels: np.mean(a.argmax() == labels),
                "It looks for the largest entry of the whole matrix: each column has an answer "
                "of its own.",
            ),
            (
                lambda a, labels: np.mean(a.argmax(axis=1) == labels),
                "It looks for the largest entry of each row: a sample is a column.",
            ),
            (
                lambda a, labels: np.mean(a.argmin(axis=0) == labels),
                "It takes the smallest output for the answer, where the largest belongs.",
            ),
            (
                lambda a, labels: np.mean(a[labels, np.arange(len(labels))] > 0.5),
                "It asks whether the right output is above ½: it need only be the largest.",
            ),
            (
                lambda a, labels: np.mean(a[labels, np.arange(len(labels))]),
                "It takes the mean of the right outputs: count the samples for which the right "
                "one is the largest.",
            ),
            (
                lambda a, labels: np.mean(a.argmax(axis=0) == labels) // 1,
                "It rounds the share down to a whole number: divide with one stroke, not two.",
            ),
            (
                lambda a, labels: np.sum(a.argmax(axis=0) == labels) / len(a),
                "It divides by the number of outputs, which is what `len` of a matrix gives: "
                "divide by the number of samples.",
            ),
        ],
    ),
    Exercise(
        "08.3",
        mini_batches,
        probes=[
            (columns(_RNG, 3, m), columns(_RNG, 2, m), _RNG.permutation(m), size)
            for m, size in ((7, 3), (11, 4), (6, 2), (5, 8))
        ],
        mistakes=[
            (
                lambda x, y, order, size: _pairs(
                    x, y, _cut(order, range(0, len(order) - size + 1, size), size)
                ),
                "The samples that are left over at the end get lost: they make a smaller batch.",
            ),
            (
                lambda x, y, order, size: _pairs(x, y, _cut(order, range(len(order)), size)),
                "A batch begins at every sample, so that they overlap: begin every `size` samples.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, _cut(order, range(0, len(order), size), size + 1)
                ),
                "Each batch holds one sample too many, which the next one holds again: the end "
                "of a slice is not part of it.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, _cut(order, range(0, len(order), size), size - 1)
                ),
                "Each batch holds one sample too few: the end of a slice is not part of it.",
            ),
            (
                _one_of_them_not_shuffled(1),
                "Only x is shuffled, so that the targets belong to other samples.",
            ),
            (
                _one_of_them_not_shuffled(0),
                "Only y is shuffled, so that the targets belong to other samples.",
            ),
            (
                lambda x, y, order, size: mini_batches(x, y, np.arange(len(order)), size),
                "The order is not used: the samples come as they were.",
            ),
            (
                lambda x, y, order, size: _pairs(x, y, np.array_split(order, size)),
                "It takes `size` for the number of batches: it is the number of samples in each.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, np.array_split(order, -(-len(order) // size))
                ),
                "The batches are made equally large: each has `size` samples, and the last one "
                "what is left.",
            ),
            (
                lambda x, y, order, size: mini_batches(x, y, order, size)[:1],
                "Only the first batch comes back: `return` belongs behind the loop, not into it.",
            ),
            (
                _filled_up,
                "The last batch is filled up with samples that were used already: an epoch uses "
                "each of them once.",
            ),
            (
                lambda x, y, order, size: [
                    (x[:, c].T, y[:, c].T) for c in _cut(order, range(0, len(order), size), size)
                ],
                "The samples have become rows: keep them as columns.",
            ),
        ],
    ),
    Exercise(
        "08.4",
        _epoch(_mean),
        probes=[_network_and_samples(3, 4, 2, 7, 3), _network_and_samples(2, 6, 5, 11, 4)],
        unmended=_epoch(lambda eta, size, a0, y: eta / size),
        mistakes=[
            (
                _epoch(lambda eta, size, a0, y: eta),
                "It is not divided at all now: a step follows the mean over its samples.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta / y.shape[1]),
                "It divides by the number of all samples: a step follows the mean over the few "
                "in its own mini-batch.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta / len(a0)),
                "It divides by the number of inputs, which is what `len` of a matrix gives: the "
                "samples are its columns.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta / len(y)),
                "It divides by the number of outputs: the samples are the columns of a matrix.",
            ),
            (
                _epoch(lambda eta, size, a0, y: -eta / a0.shape[1]),
                "It goes uphill: a step goes against the slope.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta / size, whole_batches_only=True),
                "It leaves out the samples at the end: an epoch uses each of them once.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta / size, mean_for_b=True),
                "The step of the biases is divided twice now: by the mean, and by `size`.",
            ),
            (
                _epoch(_mean, mean_for_b=True),
                "The slip is mended, but the step of the biases is divided twice now.",
            ),
            (
                _epoch(_mean, W2_changes_first=True),
                "The slip is mended, but `delta1` comes from weights that have changed already: "
                "those of the forward pass belong there.",
            ),
        ],
    ),
)
