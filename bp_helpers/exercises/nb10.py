"""The exercises of notebook 10: from one notation to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import backpropagate, forward
from bp_helpers.exercises.exercise import Exercise, WholePass, columns
from bp_helpers.network import Network
from bp_helpers.slips import Arrays

_RNG = np.random.default_rng(10)
Lists = list[Array | None]


def _book(*sizes: int, m: int) -> tuple[Lists, Lists, Array, Array]:
    """Weights of shape (in, out), flat biases, and samples and targets as rows."""
    W: Lists = [None, *(columns(_RNG, *pair) for pair in pairwise(sizes))]
    b: Lists = [None, *(columns(_RNG, n) for n in sizes[1:])]
    return W, b, columns(_RNG, m, sizes[0]), _RNG.uniform(0, 1, (m, sizes[-1]))


_Each = Callable[[Array], Array]


def _turned(v: Array) -> Array:
    return v.T


def _as_it_is(v: Array) -> Array:
    return v


def _reshaped(v: Array) -> Array:
    """The shape of the transpose, with the numbers in their old order."""
    return v.reshape(v.shape[::-1])


def _translated(
    turn_W: _Each = _turned,
    turn_x: _Each = _turned,
    back_W: _Each = _turned,
    back_b: _Each = np.ravel,
    times: Callable[[int, int], float] = lambda m, n: 2 * m,
    count: Callable[[Array], int] = len,
    times_b: Callable[[int, int], float] | None = None,
) -> Callable[[Lists, Lists, Array, Array], tuple[Lists, Lists]]:
    """The gradient of the book by way of the series, each step of which may be another one.

    `times` is the factor for m samples, which are counted, and a last layer of n neurons; that of
    the biases may be another one.
    """

    def answer(W: Lists, b: Lists, X: Array, Y: Array) -> tuple[Lists, Lists]:
        pairs = [(w, v) for w, v in zip(W[1:], b[1:]) if w is not None and v is not None]
        net = Network([(turn_W(w), v.reshape(-1, 1)) for w, v in pairs])
        grads = backpropagate(net, turn_x(X), turn_x(Y))
        by, by_b = (f(count(X), Y.shape[1]) for f in (times, times_b or times))
        return (
            [None, *(back_W(dW) * by for dW in grads.W[1:])],
            [None, *(back_b(db) * by_b for db in grads.b[1:])],
        )

    return answer


gradient_of_the_book = _translated()


def _layer(m: int, here: int, after: int) -> tuple[Array, Array, Array]:
    """δ of the next layer, weights of shape (in, out), and the slopes here, samples as rows."""
    return columns(_RNG, m, after), columns(_RNG, here, after), columns(_RNG, m, here)


def _ends(n: int, before: int, m: int) -> tuple[Array, Array]:
    return columns(_RNG, n, m), columns(_RNG, before, m)


def _with_ones(a: Array) -> Array:
    return np.vstack([np.ones((1, a.shape[1])), a])


def _joined(delta: Array, a: Array, of_b: float, of_W: float) -> Array:
    """The sums for biases and weights side by side, each multiplied by a number."""
    return np.hstack([delta.sum(axis=1, keepdims=True) * of_b, delta @ a.T * of_W])


def after_bishop(net: Network, x: Array, y: Array) -> Arrays:
    """A backward pass that takes the slope at `a`, as a book has it whose a is our z."""
    a, L, m = forward(net, x).a, net.L, x.shape[1]
    dW: list[Array] = []
    db: list[Array] = []
    delta = (a[L] - y) * net.sigma[L].slope(a[L])
    for l in range(L, 0, -1):
        db.insert(0, delta.mean(axis=1, keepdims=True))
        dW.insert(0, delta @ a[l - 1].T / m)
        if l > 1:
            delta = (net.W[l].T @ delta) * net.sigma[l - 1].slope(a[l - 1])
    return dW, db


Shape = tuple[int, int]
Answers = tuple[str, str, str]


def read_off(
    n_in: int, n_out: int, m: int, n_last: int, W_shape: Shape, x_shape: Shape, ratio: float
) -> Answers:
    """Which way round W is, what a sample is, and what the cost carries."""
    return _weights(W_shape, n_in, n_out), _samples(x_shape, n_in, m), _cost(ratio, m, n_last)


def _weights(W_shape: Shape, n_in: int, n_out: int) -> str:
    return "(out, in)" if W_shape == (n_out, n_in) else "(in, out)"


def _samples(x_shape: Shape, n_in: int, m: int) -> str:
    return "columns" if x_shape == (n_in, m) else "rows"


def _factors(m: int, n_last: int) -> dict[str, float]:
    return {"half, mean": 1, "square, mean": 2, "half, sum": m, "square, sum": 2 * m,
            "square, entries": 2 / n_last}  # fmt: skip


def _cost(ratio: float, m: int, n_last: int, entries: float | None = None) -> str:
    factors = _factors(m, n_last)
    if entries is not None:
        factors["square, entries"] = entries
    return min(factors, key=lambda cost: abs(factors[cost] - ratio))


def _counting(count: Callable[[int, int, Shape], int]) -> Callable[..., Answers]:
    """The right answers, but that something of n_in, n_out and the shape of x is taken for m."""

    def answer(
        n_in: int, n_out: int, m: int, n_last: int, W_shape: Shape, x_shape: Shape, ratio: float
    ) -> Answers:
        cost = _cost(ratio, count(n_in, n_out, x_shape), n_last)
        return _weights(W_shape, n_in, n_out), _samples(x_shape, n_in, m), cost

    return answer


def _costing(cost: Callable[[float, int, int], str | None]) -> Callable[..., object]:
    """The right answers, but for the cost, which is read off the ratio, m and n_last."""

    def answer(*seen: object) -> tuple[str | None, ...]:
        weights, samples, _ = read_off(*seen)  # type: ignore[arg-type]
        _, _, m, n_last, _, _, ratio = seen
        return weights, samples, cost(ratio, m, n_last)  # type: ignore[arg-type]

    return answer


def _renamed(names: Mapping[str, str | None]) -> Callable[..., object]:
    """The right answers, some of them under other names."""

    def answer(*seen: object) -> tuple[str | None, ...]:
        weights, samples, cost = read_off(*seen)  # type: ignore[arg-type]
        return names.get(weights, weights), names.get(samples, samples), names.get(cost, cost)

    return answer


_COSTS = tuple(_factors(1, 1))
_HALF_FOR_SQUARE = {
    "half, mean": "square, mean", "square, mean": "half, mean",
    "half, sum": "square, sum", "square, sum": "half, sum",
}  # fmt: skip
_SUM_FOR_MEAN = {
    "half, mean": "half, sum", "half, sum": "half, mean",
    "square, mean": "square, sum", "square, sum": "square, mean",
}  # fmt: skip


# n_in, n_out, m and n_last: so far apart that somewhere one in place of another shows.
_SIZES = ((8, 9, 7, 3), (20, 7, 3, 5), (3, 24, 10, 7))


def _seen(
    n_in: int, n_out: int, m: int, n_last: int, cost: str, flip: bool, rows: bool
) -> tuple[int, int, int, int, Shape, Shape, float]:
    ratio = round(_factors(m, n_last)[cost] * (1.0004 if flip else 0.9997), 4)
    W_shape = (n_in, n_out) if flip else (n_out, n_in)
    return n_in, n_out, m, n_last, W_shape, (m, n_in) if rows else (n_in, m), ratio


EXERCISES = (
    Exercise(
        "10.1",
        gradient_of_the_book,
        (_book(4, 3, 5, m=6), _book(3, 3, 3, m=3), _book(2, 6, 1, m=4)),
        [
            (
                _translated(times=lambda m, n: 1),
                "The gradient is still that of our cost: question 4 is left out.",
            ),
            (
                _translated(times_b=lambda m, n: 1),
                "The gradients of the biases are still those of our cost: the factor belongs to "
                "them too.",
            ),
            (
                _translated(times=lambda m, n: 1, times_b=lambda m, n: 2 * m),
                "The gradients of the weights are still those of our cost: the factor belongs to "
                "them too.",
            ),
            (
                _translated(times=lambda m, n: 2),
                "The squares have no ½ now, but their sum is still a mean: a sum is m times as "
                "large.",
            ),
            (
                _translated(times=lambda m, n: m),
                "The mean has become a sum, but the squares still have their ½.",
            ),
            (
                _translated(times=lambda m, n: 8),
                "The factor 8 is 2m for our four samples: in general it is 2m.",
            ),
            (
                _translated(times=lambda m, n: 4),
                "The factor 4 is m for our four samples, and here the squares have no ½: in "
                "general it is 2m.",
            ),
            (
                _translated(times=lambda m, n: 1 / (2 * m)),
                "It divides by the factor: the gradient of the book is the larger one.",
            ),
            (
                _translated(times=lambda m, n: 2 * n),
                "It multiplies by the number of outputs, where m, the number of samples, belongs.",
            ),
            (
                _translated(count=lambda X: X.shape[1]),
                "It takes the number of inputs for m: where a sample is a row, m is the number of "
                "rows of X.",
            ),
            (
                _translated(times=lambda m, n: 2 / n),
                "This is the factor for a mean over all entries: here everything is added up.",
            ),
            (
                _translated(back_W=_as_it_is),
                "The gradients of the weights are still (out, in): they should be turned back.",
            ),
            (
                _translated(back_W=_reshaped),
                "The gradients of the weights are reshaped, which leaves the numbers in their old "
                "order: `.T` turns rows into columns.",
            ),
            (
                _translated(back_b=_as_it_is),
                "The gradients of the biases are still columns: here they should be flat.",
            ),
            (
                _translated(back_b=_turned),
                "The gradients of the biases have become rows, of shape (1, n): they should be "
                "flat, of shape (n,).",
            ),
            (
                _translated(turn_W=_reshaped),
                "The weights are reshaped on the way in, which leaves the numbers in their old "
                "order: `.T` turns rows into columns.",
            ),
            (
                _translated(turn_x=_reshaped),
                "The samples are reshaped, so that numbers of different samples come into one "
                "column: `.T` keeps each together.",
            ),
        ],
    ),
    Exercise(
        "10.2",
        lambda delta_next, W_next, slope_here: (delta_next @ W_next.T) * slope_here,
        (_layer(5, 3, 4), _layer(3, 3, 3), _layer(7, 4, 2)),
        [
            (
                lambda delta_next, W_next, slope_here: (W_next @ delta_next) * slope_here,
                "W stands in front of δ, as with columns: transposing a product also turns its "
                "order round.",
            ),
            (
                lambda delta_next, W_next, slope_here: (W_next.T @ delta_next) * slope_here,
                "This is the line of the series as it stands, which is for columns and (out, in).",
            ),
            (
                lambda delta_next, W_next, slope_here: (delta_next @ W_next) * slope_here,
                "W is not turned: of shape (in, out), its first side is the layer to which δ goes.",
            ),
            (
                lambda delta_next, W_next, slope_here: delta_next @ W_next.T,
                "The slope of this layer is missing: what has come back is multiplied by it.",
            ),
            (
                lambda delta_next, W_next, slope_here: (delta_next * slope_here) @ W_next.T,
                "The slope of this layer is multiplied in too early: it belongs to what has come "
                "back along the weights.",
            ),
            (
                lambda delta_next, W_next, slope_here: (delta_next @ W_next.T) @ slope_here.T,
                "The slope is multiplied as a matrix: it should be entry by entry.",
            ),
            (
                lambda delta_next, W_next, slope_here: ((delta_next @ W_next.T) * slope_here).T,
                "It is turned back into columns: here δ has a row for each sample.",
            ),
            (
                lambda delta_next, W_next, slope_here: (
                    (delta_next @ W_next.T) * slope_here / len(delta_next)
                ),
                "It divides by m: nothing is averaged when δ goes back a layer.",
            ),
            (
                lambda delta_next, W_next, slope_here: delta_next @ W_next.T + slope_here,
                "The slope is added: it should multiply what has come back along the weights.",
            ),
        ],
    ),
    Exercise(
        "10.3",
        lambda delta, a_before: delta @ _with_ones(a_before).T / delta.shape[1],
        (_ends(3, 4, 5), _ends(4, 2, 3), _ends(2, 3, 1)),
        [
            (
                lambda delta, a_before: (
                    delta @ np.vstack([a_before, np.ones((1, a_before.shape[1]))]).T
                    / delta.shape[1]
                ),
                "The biases have come last: they should be column 0, so the row of ones belongs on "
                "top.",
            ),
            (
                lambda delta, a_before: delta @ _with_ones(a_before).T,
                "It takes the sum over the samples: divide by m.",
            ),
            (
                lambda delta, a_before: _joined(delta, a_before, 1, 1 / delta.shape[1]),
                "The weights are means, and column 0 is still a sum: divide both by m.",
            ),
            (
                lambda delta, a_before: _joined(delta, a_before, 1 / delta.shape[1], 1),
                "Column 0 is a mean, and the weights are still sums: divide both by m.",
            ),
            (
                lambda delta, a_before: _joined(
                    delta, a_before, 1 / delta.shape[1] ** 2, 1 / delta.shape[1]
                ),
                "Column 0 is divided by m twice: a mean of δ needs no further division.",
            ),
            (
                lambda delta, a_before: _joined(delta, a_before, 0, 1 / delta.shape[1]),
                "Column 0 is 0: what the biases meet in the forward pass is a 1, not a 0.",
            ),
            (
                lambda delta, a_before: delta @ a_before.T / delta.shape[1],
                "The column of the biases is missing: put a row of ones on top of the activations.",
            ),
            (
                lambda delta, a_before: (delta @ _with_ones(a_before).T / delta.shape[1]).T,
                "It is turned: a gradient has the shape of what it belongs to.",
            ),
            (
                lambda delta, a_before: (
                    delta @ _with_ones(a_before).T / (1 + a_before.shape[0])
                ),
                "It divides by the number of columns of W: divide by the number of samples, m.",
            ),
            (
                lambda delta, a_before: delta @ _with_ones(a_before).T / len(delta),
                "It divides by the number of neurons, the length of δ: here the samples are its "
                "columns.",
            ),
        ],
    ),
    WholePass(
        "10.4",
        kinds=[{}, {"activation": "tanh"}, {"activation": ["tanh", "sigmoid", "leaky_relu"]}],
        unmended=after_bishop,
    ),
    Exercise(
        "10.5",
        read_off,
        tuple(
            _seen(*sizes, cost, flip, rows)
            for sizes in _SIZES
            for cost in _COSTS
            for flip, rows in ((False, False), (False, True), (True, False), (True, True))
        ),
        [
            (
                _renamed({"(out, in)": "(in, out)", "(in, out)": "(out, in)"}),
                "The two shapes of W are exchanged: (out, in) has n_out rows.",
            ),
            (
                _renamed({"rows": "columns", "columns": "rows"}),
                "Rows and columns are exchanged: where a sample is a row, m comes first in the "
                "shape of x.",
            ),
            (
                _renamed({"half, mean": "square, mean", "square, mean": "half, mean"}),
                "Half and square are exchanged where the mean is taken: without its ½ a slope is "
                "twice as large.",
            ),
            (
                _renamed({"half, sum": "square, sum", "square, sum": "half, sum"}),
                "Half and square are exchanged where everything is added up: m is the factor with "
                "the ½, and 2m the one without.",
            ),
            (
                _renamed(_HALF_FOR_SQUARE),
                "Half and square are exchanged: the factor has a 2 in it where the ½ is missing.",
            ),
            (
                _renamed({"half, sum": "half, mean", "half, mean": "half, sum"}),
                "Sum and mean are exchanged where there is a ½: a sum is m times as large.",
            ),
            (
                _renamed({"square, sum": "square, mean", "square, mean": "square, sum"}),
                "Sum and mean are exchanged where there is no ½: a sum is m times as large.",
            ),
            (
                _renamed(_SUM_FOR_MEAN),
                "Sum and mean are exchanged: the factor has an m in it where costs are added up.",
            ),
            (
                _costing(lambda ratio, m, n_last: _cost(ratio, 4, n_last)),
                "The factors 4 and 8 are those of our four samples: in general they are m and 2m.",
            ),
            (
                _counting(lambda n_in, n_out, x_shape: n_in),
                "It takes n_in, the number of inputs, for m: m is the number of samples.",
            ),
            (
                _counting(lambda n_in, n_out, x_shape: n_out),
                "It takes n_out, the number of neurons of the first layer, for m: m is the number "
                "of samples.",
            ),
            (
                _counting(lambda n_in, n_out, x_shape: x_shape[0]),
                "It takes the first entry of x_shape for m: where samples are columns, that is "
                "n_in.",
            ),
            (
                _counting(lambda n_in, n_out, x_shape: x_shape[1]),
                "It takes the second entry of x_shape for m: where samples are rows, that is n_in.",
            ),
            (
                _costing(lambda ratio, m, n_last: None),
                "No cost is found, since the ratio is rounded: take the nearest factor instead of "
                "an equal one.",
            ),
            (
                _costing(lambda ratio, m, n_last: "square, entries"),
                "The cost is \"square, entries\" each time. The ratio is rounded, so it equals no "
                "factor: take the nearest, and measure distances with `abs`.",
            ),
            (
                _costing(lambda ratio, m, n_last: "square, sum"),
                "Is `abs` missing in the distance? The cost is \"square, sum\" each time.",
            ),
            (
                _renamed({"square, entries": None}),
                "It finds no cost where the mean is over all entries: 2 / n_last is no whole "
                "number, so rounding does not lead to it. Take the nearest factor.",
            ),
            (
                _renamed({cost: cost.replace(",", "") for cost in _COSTS}),
                'A comma is missing in the name of the cost: return "half, mean", and the others '
                "like it.",
            ),
            (
                _renamed({"(out, in)": "out, in", "(in, out)": "in, out"}),
                'The brackets are missing: return "(out, in)" or "(in, out)".',
            ),
            (
                _renamed({"rows": "row", "columns": "column"}),
                'The word is in the singular: return "rows" or "columns".',
            ),
            (
                _renamed({"(out, in)": "(out,in)", "(in, out)": "(in,out)"}),
                'A space is missing after the comma: return "(out, in)" or "(in, out)".',
            ),
            (
                _renamed({cost: cost.replace(" ", "") for cost in _COSTS}),
                'A space is missing in the name of the cost: return "half, mean", and the others '
                "like it.",
            ),
            (
                _costing(lambda ratio, m, n_last: _cost(ratio, m, n_last, entries=n_last / 2)),
                'It never finds "square, entries". Its factor should be 2 / n_last, and the '
                "nearest factor should be taken, without rounding.",
            ),
            (
                _costing(lambda ratio, m, n_last: _cost(ratio, m, n_last, entries=1 / n_last)),
                'Is the 2 of the square missing in the factor of "square, entries"? That should '
                "be 2 / n_last.",
            ),
            (
                _costing(lambda ratio, m, n_last: _cost(ratio, m, n_last, entries=2 / m)),
                'The factor of "square, entries" should be 2 / n_last, where n_last is the number '
                "of neurons of the last layer.",
            ),
            (
                _costing(lambda ratio, m, n_last: _cost(1 / ratio, m, n_last)),
                "The ratio is taken the wrong way round: it is the slope there, divided by ours.",
            ),
        ],
    ),
)  # fmt: skip
