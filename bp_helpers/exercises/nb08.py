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


def _at(
    place: Callable[[int, int], tuple[int, int]],
    some: slice = slice(None),
    made_anew: bool = False,
) -> Callable[[Array, int], Array]:
    """Ones at other places, or for some of the samples only."""

    def targets(labels: Array, classes: int) -> Array:
        y = np.zeros((classes, len(labels)))
        for i, label in [*enumerate(labels)][some]:
            y = np.zeros_like(y) if made_anew else y
            y[place(i, label)] = 1
        return y

    return targets


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


def _shuffled(m: int) -> Array:
    """An order that is not its own inverse."""
    order = _RNG.permutation(m)
    return _shuffled(m) if (order[order] == np.arange(m)).all() else order


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


_Step = Callable[[float, int, Array, Array], float]


def _eta_over_size(eta: float, size: int, a0: Array, y: Array) -> float:
    return eta / size


def _mean(eta: float, size: int, a0: Array, y: Array) -> float:
    return eta / float(a0.shape[1])


def _epoch(step: _Step = _mean, *slips: str) -> Callable[..., tuple[Array, ...]]:
    """One epoch of a network with one hidden layer; `step` makes a number of η, size, a0, y."""

    def one_epoch(
        W1: Array, b1: Array, W2: Array, b2: Array, x: Array, y: Array, size: int, eta: float
    ) -> tuple[Array, ...]:
        m = x.shape[1]
        for start in range(size * ("first batch lost" in slips), m, size):
            if "whole batches only" in slips and start + size > m:
                break
            if "last batch lost" in slips and start + size >= m:
                break
            a0, target = x[:, start : start + size], y[:, start : start + size]
            a1 = sigmoid(W1 @ a0 + b1)
            a2 = sigmoid(W2 @ a1 + b2)
            k = step(eta, size, a0, y)
            delta2 = (a2 - target) * (1 if "no slope 2" in slips else a2 * (1 - a2))
            delta2 = delta2 / (a0.shape[1] if "mean in delta" in slips else 1)
            delta2 = delta2 * (-1 if "sign" in slips else 1)
            after = W2 - k * delta2 @ a1.T
            delta1 = (after if "W2 first" in slips else W2).T @ delta2
            delta1 = delta1 * (1 if "no slope 1" in slips else a1 * (1 - a1))
            db1, db2 = (
                np.mean(delta, axis=1, keepdims=True) if f"mean for b{l}" in slips else
                np.sum(delta, axis=1, keepdims=True)
                for l, delta in ((1, delta1), (2, delta2))
            )  # fmt: skip
            W1, W2, b1, b2 = W1 - k * delta1 @ a0.T, after, b1 - k * db1, b2 - k * db2
            if "returns at once" in slips:
                break
        return W1, b1, W2, b2

    return one_epoch


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
            (np.array([0, 0, 1]), 3),
        ],
        mistakes=[
            (
                lambda labels, classes: one_hot(labels, classes).T,
                "Each label has a row of its own here: a sample is a column.",
            ),
            (
                _at(lambda i, label: (i, label)),
                "Row and column have changed places: the row is that of the label, the column "
                "that of the sample.",
            ),
            (
                _at(lambda i, label: (label, label)),
                "The label stands for the column too, which should be that of the sample.",
            ),
            (
                _at(lambda i, label: (label, i), made_anew=True),
                "Only the last sample has its 1, as where the zeros are made anew in each turn.",
            ),
            (
                _at(lambda i, label: (label, i), slice(0, 1)),
                "Only the first sample has its 1, as where `return` stands inside the loop.",
            ),
            (
                _at(lambda i, label: (label, i), slice(0, -1)),
                "The last sample has no 1: the loop ends too early.",
            ),
            (
                _at(lambda i, label: (label, i), slice(1, None)),
                "The first sample has no 1: samples count from 0.",
            ),
            (
                _at(lambda i, label: (label, i - 1)),
                "Each 1 stands one column too far left: samples count from 0.",
            ),
            (
                lambda labels, classes: one_hot(np.sort(labels), classes),
                "The labels have been sorted: each column belongs to the label at its place.",
            ),
            (
                lambda labels, classes: one_hot(labels, classes)[::-1],
                "The rows count from the end: label 0 has row 0, the first one.",
            ),
            (
                lambda labels, classes: 2 * one_hot(labels, classes) - 1,
                "There is a −1 where a 0 belongs.",
            ),
            (
                lambda labels, classes: np.zeros((classes, len(labels))),
                "There is no 1 in it: a single `=` writes, and `==` only compares.",
            ),
            (
                lambda labels, classes: one_hot(labels, classes).sum(axis=1, keepdims=True),
                "There is one column for all samples: each of them has a column of its own.",
            ),
            (
                lambda labels, classes: one_hot(labels, classes + 1),
                "There is a row too many: the digits 0 to `classes` − 1 are `classes` digits.",
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
            (_ALL_RIGHT, (_ALL_RIGHT.argmax(axis=0) + 1) % 5),
            (_ALL_RIGHT, np.where(np.arange(8) < 2, _ALL_RIGHT.argmax(axis=0), 0)),
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
                "It gives 1 where all are right, and 0 else, as `//` and `.all()` do: the share "
                "lies between.",
            ),
            (
                lambda a, labels: (a.argmax(axis=0) == labels).any(),
                "It gives 1 as soon as one is right: the share lies between 0 and 1.",
            ),
            (
                lambda a, labels: round(share_right(a, labels)),
                "It rounds the share to a whole number, 0 or 1: the share lies between.",
            ),
            (
                lambda a, labels: round(share_right(a, labels), 2),
                "It rounds to two digits: return the number as it is.",
            ),
            (
                lambda a, labels: float(a[:, 0].argmax() == labels[0]) / len(labels),
                "Only the first sample is counted, as where `return` stands inside the loop.",
            ),
            (
                lambda a, labels: share_right(a[:, :-1], labels[:-1]) * (1 - 1 / len(labels)),
                "The last sample is not counted: the loop ends too early.",
            ),
            (
                lambda a, labels: share_right(a[:, 1:], labels[1:]) * (1 - 1 / len(labels)),
                "The first sample is not counted: samples count from 0.",
            ),
            (
                lambda a, labels: (
                    np.sum(a[:, : len(a)].argmax(axis=0) == labels[: len(a)]) / len(a)
                ),
                "The loop goes over as many samples as there are outputs, `len` of a matrix: the "
                "samples are its columns.",
            ),
            (
                lambda a, labels: (
                    np.sum(a[:, : len(a)].argmax(axis=0) == labels[: len(a)]) / len(labels)
                ),
                "It divides by the number of samples, but goes over as many as there are outputs, "
                "`len` of a matrix.",
            ),
            (
                lambda a, labels: np.sum(a.argmax(axis=0) == labels) / a.size,
                "It divides by the number of all entries: divide by the number of samples.",
            ),
            (
                lambda a, labels: np.mean(a.argmax(axis=0) + 1 == labels),
                "The answer is the row of the largest output, and rows count from 0: nothing is "
                "to be added.",
            ),
            (
                lambda a, labels: np.mean(a.argmax(axis=0)[:, None] == labels),
                "Each answer is compared with the labels of all samples: its own one counts.",
            ),
            (
                lambda a, labels: np.mean(np.abs(a.argmax(axis=0) - labels)),
                "It takes the mean distance between answer and label: they are right or wrong.",
            ),
            (
                lambda a, labels: np.mean((a > 0.5) == one_hot(labels, len(a))),
                "It compares every entry with a target of 0 or 1: count samples, by the largest "
                "entry of a column.",
            ),
            (
                lambda a, labels: np.mean(((a > 0.5) == one_hot(labels, len(a))).all(axis=0)),
                "It asks that all outputs of a sample be right when they are rounded: only the "
                "place of the largest counts.",
            ),
            (
                lambda a, labels: np.mean((a > 0.5).argmax(axis=0) == labels),
                "It takes the first output that is above ½ for the answer: it is the largest one.",
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
            (columns(_RNG, n, m), columns(_RNG, k, m), _shuffled(m), size)
            for n, k, m, size in (
                (3, 2, 7, 3),
                (5, 4, 11, 4),
                (3, 4, 6, 2),
                (2, 3, 5, 8),
                (3, 6, 9, 4),
            )
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
                "Only the first batch comes back, as where `return` stands inside the loop.",
            ),
            (
                lambda x, y, order, size: mini_batches(x, y, order, size)[-1:],
                "Only the last batch comes back, as where the list is made anew in each turn: it "
                "belongs before the loop.",
            ),
            (
                lambda x, y, order, size: mini_batches(x, y, order, size)[0],
                "Only the first pair comes back, and not in a list: collect them, and return "
                "behind the loop.",
            ),
            (
                lambda x, y, order, size: mini_batches(x, y, order, size)[:-1],
                "The last batch gets lost, whether it is full or not.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, _cut(order, range(0, len(order) - 1, size), size)
                ),
                "A last batch of a single sample gets lost.",
            ),
            (
                lambda x, y, order, size: _pairs(x, y, _cut(order, range(0, len(x), size), size)),
                "The loop ends at the number of rows of x, `len(x)`: the samples are its columns.",
            ),
            (
                lambda x, y, order, size: _pairs(x, y, _cut(order, range(0, len(y), size), size)),
                "The loop ends at the number of rows of y, `len(y)`: the samples are its columns.",
            ),
            (
                lambda x, y, order, size: mini_batches(x, y, order, size)[::-1],
                "The batches stand in the reverse order.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, _cut(order, range(0, len(order) + 1, size), size)
                ),
                "Where the batches come out even, an empty pair stands at the end.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, _cut(order, range(0, len(order) + size, size), size)
                ),
                "An empty pair stands at the end: the last batch begins before the last sample.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, _cut(order, range(len(order) // size), size)
                ),
                "Batch number k begins at sample k: it should begin at k times `size`.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, [order[start:size] for start in range(0, len(order), size)]
                ),
                "Every slice ends at place `size`: it should end at `start + size`.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, [order[start:] for start in range(0, len(order), size)]
                ),
                "Every slice goes on to the end: it should end at `start + size`.",
            ),
            (
                lambda x, y, order, size: _pairs(
                    x, y, [order[: start + size] for start in range(0, len(order), size)]
                ),
                "Every slice begins at the first sample: it should begin at `start`.",
            ),
            (
                lambda x, y, order, size: [
                    (second, first) for first, second in mini_batches(x, y, order, size)
                ],
                "In each pair y comes first: it should be x.",
            ),
            (
                lambda x, y, order, size: [
                    [pair[k] for pair in mini_batches(x, y, order, size)] for k in (0, 1)
                ],
                "These are two lists, one of x and one of y: one list of pairs is asked for.",
            ),
            (
                lambda x, y, order, size: [
                    part for pair in mini_batches(x, y, order, size) for part in pair
                ],
                "The parts of x and y stand in the list one after the other: put each two into "
                "brackets, as a pair.",
            ),
            (
                lambda x, y, order, size: [first for first, _ in mini_batches(x, y, order, size)],
                "There is only x in the list: each entry should be a pair.",
            ),
            (
                lambda x, y, order, size: [
                    (first, y) for first, _ in mini_batches(x, y, order, size)
                ],
                "Every pair holds all of y: its columns are to be picked too.",
            ),
            (
                lambda x, y, order, size: mini_batches(x[:, order], y[:, order], order, size),
                "The samples are shuffled twice: the columns were put in this order, and are "
                "picked by it again.",
            ),
            (
                lambda x, y, order, size: mini_batches(x, y, np.argsort(order), size),
                "The order is used the wrong way round: its first number tells which sample comes "
                "first.",
            ),
            (
                lambda x, y, order, size: [(x[:, [k]], y[:, [k]]) for k in order],
                "Each sample makes a batch of its own: `size` of them belong together.",
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
        _epoch(),
        probes=[
            _network_and_samples(3, 4, 2, 7, 3),
            _network_and_samples(2, 6, 5, 11, 4),
            _network_and_samples(4, 3, 6, 6, 2),
        ],
        unmended=_epoch(_eta_over_size),
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
                _epoch(lambda eta, size, a0, y: eta / a0.size),
                "It divides by the number of all entries: the samples are the columns.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta * a0.shape[1]),
                "It multiplies by the number of samples: a mean is divided by it.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta / size / a0.shape[1]),
                "It divides by `size` still, and by the number of samples in the batch as well: "
                "the second alone is enough.",
            ),
            (
                _epoch(lambda eta, size, a0, y: -eta / a0.shape[1]),
                "It goes uphill: a step goes against the slope.",
            ),
            (
                _epoch(_eta_over_size, "sign"),
                "The slip is still in it, and it goes uphill now: the error is output minus "
                "target.",
            ),
            (
                _epoch(_mean, "whole batches only"),
                "It leaves out the samples at the end: an epoch uses each of them once.",
            ),
            (
                _epoch(_mean, "last batch lost"),
                "It leaves out the last batch, whether it is full or not: an epoch uses each "
                "sample once.",
            ),
            (
                _epoch(_mean, "first batch lost"),
                "It leaves out the first batch: an epoch uses each sample once.",
            ),
            (
                _epoch(_mean, "returns at once"),
                "Only the first batch is used, as where `return` stands inside the loop.",
            ),
            (
                _epoch(_eta_over_size, "mean for b1", "mean for b2"),
                "The step of the biases is divided twice now: by the mean, and by `size`.",
            ),
            (
                _epoch(_mean, "mean for b1", "mean for b2"),
                "The slip is mended, but the step of the biases is divided twice now.",
            ),
            (
                _epoch(_mean, "mean for b1"),
                "The slip is mended, but the step of `b1` is divided twice now.",
            ),
            (
                _epoch(_mean, "mean for b2"),
                "The slip is mended, but the step of `b2` is divided twice now.",
            ),
            (
                _epoch(lambda eta, size, a0, y: eta, "mean for b1", "mean for b2"),
                "The biases take the mean now, and the weights the sum: both should take the mean.",
            ),
            (
                _epoch(_mean, "mean in delta"),
                "It divides twice by the number of samples in the batch: once is enough.",
            ),
            (
                _epoch(_mean, "W2 first"),
                "The slip is mended, but `delta1` comes from weights that have changed already: "
                "those of the forward pass belong there.",
            ),
            (
                _epoch(_eta_over_size, "W2 first"),
                "The slip is still in it, and `delta1` comes from weights that have changed "
                "already: the order of the lines was right.",
            ),
            (
                _epoch(_mean, "no slope 2"),
                "The slip is mended, but `delta2` lacks the slope of the output.",
            ),
            (
                _epoch(_mean, "no slope 1"),
                "The slip is mended, but `delta1` lacks the slope of the hidden layer.",
            ),
            (
                _epoch(_eta_over_size, "no slope 2"),
                "The slip is still in it, and `delta2` lacks the slope of the output now.",
            ),
            (
                _epoch(_eta_over_size, "no slope 1"),
                "The slip is still in it, and `delta1` lacks the slope of the hidden layer now.",
            ),
        ],
    ),
)
