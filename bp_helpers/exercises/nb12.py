"""The exercises of notebook 12: vjps, a small backward pass over numbers, and its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.exercises.exercise import Exercise, columns
from bp_helpers.verdict import Finding, Function, Outcome

_RNG = np.random.default_rng(12)

Pair = tuple[Array, Array]
Links = list[list[tuple[int, float]]]  # for each node its parents, each with a slope


# 12.1


def gate_shares(A: Array, B: Array, g: Array) -> Pair:
    """The shares of A and of B in P = A ⊙ tanh(B)."""
    return g * np.tanh(B), g * A * (1 - np.tanh(B) ** 2)


# 12.2


def mean_share(A: Array, g: Array) -> Array:
    """The share of A (n, m) in the mean over its columns, whose gradient g is (n, 1)."""
    share: Array = np.repeat(g, A.shape[1], axis=1) / A.shape[1]
    return share


# 12.3


def _softmax(z: Array, axis: int | None = 0) -> Array:
    e = np.exp(z)
    found: Array = e / e.sum(axis=axis, keepdims=True)
    return found


def fused_share(z: Array, y: Array, g: float) -> Array:
    """The share of z (n, m) in −(1/m) Σ y ln softmax(z)."""
    share: Array = g * (_softmax(z) - y) / y.shape[1]
    return share


def _one_hot(n: int, m: int) -> Array:
    y: Array = np.eye(n)[:, _RNG.integers(0, n, m)]
    return y


# 12.4


def slopes_for(links: Links) -> list[float]:
    """How the last node answers a push on each; links[k] are (parent, slope) of node k."""
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] += grad[k] * slope
    return grad


def slopes_overwritten(links: Links) -> list[float]:
    """The same with the last share in the place of the sum."""
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] = grad[k] * slope
    return grad


def _last_alone(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for parent, slope in links[-1]:
        grad[parent] += slope
    return grad


def _one_share(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    parent, slope = links[-1][0]
    grad[parent] += slope
    return grad


def _nothing_handed_on(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] *= grad[k] * slope
    return grad


def _slopes_alone(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] += slope
    return grad


def _gradients_alone(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, _ in links[k]:
            grad[parent] += grad[k]
    return grad


def _added_to_slopes(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] += grad[k] + slope
    return grad


def _multiplied(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] = (grad[parent] or 1.0) * grad[k] * slope
    return grad


def _ones_at_first(links: Links) -> list[float]:
    grad = [1.0] * len(links)
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] += grad[k] * slope
    return grad


def _first_share_kept(links: Links) -> list[float]:
    grad = [0.0] * len(links)
    grad[-1] = 1.0
    for k in reversed(range(len(links))):
        for parent, slope in links[k]:
            grad[parent] = grad[parent] or grad[k] * slope
    return grad


def _without_start(links: Links) -> list[float]:
    return [0.0] * len(links)


_DIAMOND: Links = [[], [(0, 2.0)], [(0, -3.0)], [(1, 0.5), (2, 4.0)]]
_TWICE: Links = [[], [(0, 3.0), (0, 0.7)], [(1, 1.5), (0, 2.5)]]
_LADDER: Links = [
    [], [], [(0, 1.2), (1, -0.8)], [(2, 2.0), (0, 0.3)], [(2, -1.1), (3, 0.9)],
    [(4, 1.7), (3, 0.6), (1, -2.2)],
]  # fmt: skip


# 12.5


def parents_first(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    """The nodes that the output needs, each after all of its parents."""
    found: list[int] = []

    def visit(node: int) -> None:
        if node not in found:
            for parent in parents[node]:
                visit(parent)
            found.append(node)

    visit(output)
    return found


def _fits(order: object, parents: Sequence[Sequence[int]], output: int) -> bool:
    """Whether each node that is needed stands there once, after its parents."""
    needed = sorted(parents_first(parents, output))
    if not isinstance(order, (list, tuple)) or not all(_is_whole(node) for node in order):
        return False
    if sorted(order) != needed:
        return False
    place = {node: i for i, node in enumerate(order)}
    return all(place[parent] < place[node] for node in needed for parent in parents[node])


def _is_whole(node: object) -> bool:
    return isinstance(node, (int, np.integer)) and not isinstance(node, bool)


def _met_first(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    """Each node as soon as it is met, before its parents."""
    found: list[int] = []

    def visit(node: int) -> None:
        if node not in found:
            found.append(node)
            for parent in parents[node]:
                visit(parent)

    visit(output)
    return found


def _without_memory(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    found: list[int] = []
    for parent in parents[output]:
        found += _without_memory(parents, parent)
    return [*found, output]


def _level_by_level(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    found = [output]
    for node in found:
        found += [parent for parent in dict.fromkeys(parents[node]) if parent not in found]
    return found


def _first_parents(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    found = [output]
    while parents[found[-1]]:
        found.append(parents[found[-1]][0])
    return found[::-1]


def _until_output(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    """Every node whose parents are there, round after round, until the output is."""
    found: list[int] = []
    while output not in found:
        for node in range(len(parents)):
            if node not in found and all(parent in found for parent in parents[node]):
                found.append(node)
            if node == output and node in found:
                break
    return found


def _every_node(parents: Sequence[Sequence[int]], output: int) -> list[int]:
    found: list[int] = []
    for node in range(len(parents)):
        found += [k for k in parents_first(parents, node) if k not in found]
    return found


_KEPT = "It keeps its list from one call to the next: make a new one in each, inside the function."


def _is_kept(values: Sequence[object]) -> bool:
    """Whether every call has returned one and the same list, or all of the last and more."""
    lists = [list(v) for v in values if isinstance(v, (list, tuple)) and all(map(_is_whole, v))]
    if len(lists) < len(values):
        return False
    if isinstance(values[0], list) and all(value is values[0] for value in values):
        return True
    grows = all(later[: len(one)] == one for one, later in pairwise(lists))
    return grows and len(lists[-1]) > len(lists[0])


@dataclass(frozen=True)
class AnyOrder(Exercise):
    """An exercise of which every order that fits is a right answer."""

    def _found(self, answer: Function, outcomes: Sequence[Outcome]) -> Finding:
        if _is_kept([o.value for o in outcomes]):
            return Finding("slip", _KEPT)
        taken = [
            replace(o, value=right) if o.trouble is None and _fits(o.value, *probe) else o
            for o, probe, right in zip(outcomes, self.probes, self.wanted)
        ]
        return super()._found(answer, taken)

    def _values(self, wrong: Function) -> list[object]:
        return [
            right if _fits(value, *probe) else value
            for value, probe, right in zip(super()._values(wrong), self.probes, self.wanted)
        ]


_GRAPHS: Sequence[tuple[list[list[int]], int]] = (
    ([[], [0], [1, 0], [2, 1]], 3),
    ([[3, 1], [2], [], [2, 1], [0]], 0),  # node 4 is not needed
    ([[], [6, 2], [0], [4, 1], [2, 0], [3, 1, 6], [0, 2]], 5),
    ([[], [0, 0], [1, 1, 0]], 2),
    ([[2, 4], [], [1, 3], [4, 1], [1]], 0),
    ([[], [], [1], [4, 2], [1], [2]], 3),  # nodes 0 and 5 are not needed
)


EXERCISES = (
    Exercise(
        "12.1",
        gate_shares,
        probes=[tuple(columns(_RNG, n, m) for _ in range(3)) for n, m in ((3, 2), (2, 4), (1, 3))],
        mistakes=[
            (
                lambda A, B, g: (g * A * (1 - np.tanh(B) ** 2), g * np.tanh(B)),
                "The two shares have changed places: that of A comes first.",
            ),
            (
                lambda A, B, g: (g * A, g * np.tanh(B) * (1 - np.tanh(B) ** 2)),
                "Each is multiplied by its own value: in a product, each share has the value of "
                "the other factor.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A),
                "The slope of tanh is missing in the share of B.",
            ),
            (
                lambda A, B, g: (g * B, g * A * (1 - np.tanh(B) ** 2)),
                "The share of A has B in it: what A was multiplied with is tanh of B.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A * (1 - B**2)),
                "The slope of tanh is 1 − tanh²: here B itself is squared.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A * (1 - np.tanh(B))),
                "The slope of tanh is 1 − tanh²: here the square is missing.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A * np.tanh(B) * (1 - np.tanh(B))),
                "It takes a(1 − a) for the slope of tanh: that belongs to the sigmoid.",
            ),
            (
                lambda A, B, g: (np.tanh(B), A * (1 - np.tanh(B) ** 2)),
                "The gradient that arrives is left out: a vjp multiplies it by the slope.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * (1 - np.tanh(B) ** 2)),
                "The share of B lacks A: in a product, each share has the other factor in it.",
            ),
            (
                lambda A, B, g: (np.tanh(B), g * A * (1 - np.tanh(B) ** 2)),
                "The gradient that arrives is left out of the share of A.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), A * (1 - np.tanh(B) ** 2)),
                "The gradient that arrives is left out of the share of B.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A * (np.tanh(B) ** 2 - 1)),
                "The sign of the share of B is turned: the slope of tanh is 1 − tanh², never below "
                "0.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A * (1 + np.tanh(B) ** 2)),
                "The slope of tanh is 1 − tanh²: here a plus stands for the minus.",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A * 1 - np.tanh(B) ** 2),
                "In the share of B only 1 is multiplied by what stands before it: brackets around "
                "1 − tanh².",
            ),
            (
                lambda A, B, g: (g * np.tanh(B), g * A * (1 - np.tanh(B)) ** 2),
                "The slope of tanh is 1 − tanh²: here all of the bracket is squared.",
            ),
            (
                lambda A, B, g: (g + np.tanh(B), g + A * (1 - np.tanh(B) ** 2)),
                "The gradient that arrives is added: it should be multiplied, entry by entry.",
            ),
        ],
    ),
    Exercise(
        "12.2",
        mean_share,
        probes=[(columns(_RNG, n, m), columns(_RNG, n, 1)) for n, m in ((3, 4), (2, 5), (4, 2))],
        mistakes=[
            (
                lambda A, g: np.repeat(g, A.shape[1], axis=1),
                "This is right for a sum: a mean divides by the number of columns as well.",
            ),
            (
                lambda A, g: np.repeat(g, A.shape[1], axis=1) / A.shape[0],
                "It divides by the number of rows: the mean was over the columns.",
            ),
            (
                lambda A, g: np.repeat(g, A.shape[1], axis=1) * A.shape[1],
                "It multiplies by the number of columns: each entry moves the mean by a part only.",
            ),
            (
                lambda A, g: g * A / A.shape[1],
                "It multiplies by A: how a mean answers a push does not depend on the numbers.",
            ),
            (
                lambda A, g: np.repeat(g, A.shape[1], axis=1) / A.size,
                "It divides by the number of all entries: each mean is over one row.",
            ),
            (
                lambda A, g: np.full(A.shape, g.sum() / A.shape[1]),
                "The gradients of all rows are added up: an entry moves the mean of its own row.",
            ),
            (
                lambda A, g: np.full(A.shape, 1 / A.shape[1]),
                "The gradient that arrives is left out: this is the slope alone.",
            ),
            (
                lambda A, g: g / A.shape[1],
                "It keeps the shape of the mean: a share has the shape of what it belongs to, so "
                "the gradient of each row is repeated along the row.",
            ),
            (
                lambda A, g: np.repeat(g.mean() / A.shape[1], A.size).reshape(A.shape),
                "It takes the mean of the gradients of all rows: each row has its own.",
            ),
        ],
    ),
    Exercise(
        "12.3",
        fused_share,
        probes=[
            (2 * columns(_RNG, n, m), _one_hot(n, m), g)
            for n, m, g in ((3, 4, 1.0), (4, 2, -0.7), (2, 5, 2.5))
        ],
        mistakes=[
            (
                lambda z, y, g: g * (_softmax(z) - y),
                "The 1/m of the mean is missing.",
            ),
            (
                lambda z, y, g: (_softmax(z) - y) / y.shape[1],
                "The gradient g that arrives is left out.",
            ),
            (
                lambda z, y, g: _softmax(z) - y,
                "The 1/m and g are missing.",
            ),
            (
                lambda z, y, g: g * (_softmax(z) - y / y.shape[1]),
                "Only y is divided by m: brackets around the difference.",
            ),
            (
                lambda z, y, g: g * _softmax(z) - y / y.shape[1],
                "Only y is divided by m, and only softmax multiplied by g: brackets around the "
                "difference.",
            ),
            (
                lambda z, y, g: (g * _softmax(z) - y) / y.shape[1],
                "Only softmax is multiplied by g: brackets around the difference.",
            ),
            (
                lambda z, y, g: g * y * (_softmax(z) - 1) / y.shape[1],
                "It is right where y is 1, and 0 elsewhere: the other outputs are in the sum below "
                "the fraction line, so they get a share as well.",
            ),
            (
                lambda z, y, g: g * (np.exp(z) - y) / y.shape[1],
                "It takes e to the power of z for the output: softmax divides that by the sum over "
                "the column.",
            ),
            (
                lambda z, y, g: g * (y - _softmax(z)) / y.shape[1],
                "The sign is turned: it should be output minus target.",
            ),
            (
                lambda z, y, g: g * (_softmax(z) - y) / y.shape[0],
                "It divides by the number of outputs: the mean is over the samples, the columns.",
            ),
            (
                lambda z, y, g: g * (_softmax(z, 1) - y) / y.shape[1],
                "Softmax divides by the sum along a row here: a sample is a column, and its "
                "outputs sum to 1.",
            ),
            (
                lambda z, y, g: g * (_softmax(z, None) - y) / y.shape[1],
                "Softmax divides by the sum over all samples here: each column has its own sum.",
            ),
            (
                lambda z, y, g: -g * y / _softmax(z) / y.shape[1],
                "This is the share of a, the output of softmax: z comes before it.",
            ),
            (
                lambda z, y, g: (
                    g * (_softmax(z) - y) * _softmax(z) * (1 - _softmax(z)) / y.shape[1]
                ),
                "A slope a(1 − a) is multiplied in: taken together with its cost, softmax needs "
                "none.",
            ),
            (
                lambda z, y, g: g * (z - y) / y.shape[1],
                "It compares z with the target: the output is softmax of z.",
            ),
            (
                lambda z, y, g: g * (1 / (1 + np.exp(-z)) - y) / y.shape[1],
                "It takes the sigmoid for the output: softmax divides by the sum over the column.",
            ),
            (
                lambda z, y, g: g * (_softmax(z) - y).mean(axis=1, keepdims=True),
                "The samples are averaged: the share has a column for each of them.",
            ),
        ],
    ),
    Exercise(
        "12.4",
        slopes_for,
        probes=[(_DIAMOND,), (_TWICE,), (_LADDER,)],
        unmended=slopes_overwritten,
        mistakes=[
            (
                _last_alone,
                "Only the last node has handed on: the pass should start at the end, and `return` "
                "should stand after it.",
            ),
            (
                _one_share,
                "Only one share is handed on: `return` should stand after both loops.",
            ),
            (
                _nothing_handed_on,
                "Nothing has come to any node: for each node k, the last one too, "
                "grad[k] · slope is added to what the parent has.",
            ),
            (
                _slopes_alone,
                "It adds up slopes alone: each share is the slope times what node k has.",
            ),
            (
                _gradients_alone,
                "The slope is left out of the share.",
            ),
            (
                _added_to_slopes,
                "It adds grad[k] and the slope: a share is their product.",
            ),
            (
                _multiplied,
                "Shares are multiplied with what is there: along a path slopes multiply, and over "
                "several uses they add up.",
            ),
            (
                _ones_at_first,
                "Every node starts with 1: only the last one does, all others start with 0.",
            ),
            (
                _first_share_kept,
                "It keeps the first share, and drops those that come after it.",
            ),
            (
                _without_start,
                "It stays 0 everywhere: the last node should start with 1, and keep it.",
            ),
        ],
    ),
    AnyOrder(
        "12.5",
        parents_first,
        probes=_GRAPHS,
        mistakes=[
            (
                _met_first,
                "Each node stands there as soon as it is met, before its parents: it should be "
                "put there after them.",
            ),
            (
                lambda parents, output: parents_first(parents, output)[::-1],
                "This is the order for the way back: here parents come first, and the output last.",
            ),
            (
                lambda parents, output: _met_first(parents, output)[::-1],
                "It is the order of meeting, turned round: a node that is met early, and is needed "
                "again further back, then stands after a node that needs it.",
            ),
            (
                _without_memory,
                "A node stands there once for each way that leads to it: put it there only if it "
                "is not there yet.",
            ),
            (
                _level_by_level,
                "It goes level by level from the output, and puts a node there before its parents.",
            ),
            (
                lambda parents, output: _level_by_level(parents, output)[::-1],
                "It goes level by level, and turns that round: a node that is used on two levels "
                "has to stand as far back as the deeper one.",
            ),
            (
                lambda parents, output: parents_first(parents, output)[:-1],
                "The output itself is missing at the end.",
            ),
            (
                _first_parents,
                "It follows the first parent of each node only.",
            ),
            (
                _every_node,
                "It holds nodes that the output does not need: start at the output, and go to its "
                "parents.",
            ),
            (
                _until_output,
                "It takes every node whose parents are there, whether the output needs it or not: "
                "start at the output, and go to its parents.",
            ),
            (
                lambda parents, output: list(range(len(parents))),
                "These are the nodes by their numbers: the numbers say nothing about the order.",
            ),
        ],
    ),
)
