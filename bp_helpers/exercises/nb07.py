"""The exercises of notebook 07: two ways to measure a slope, an error, and reports to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, WholePass, columns
from bp_helpers.network import Network

_RNG = np.random.default_rng(7)
_FACTORS = columns(_RNG, 3, 4)


@dataclass(frozen=True)
class Named:
    """A function that is shown as its formula, where an input is told."""

    formula: str
    value: Callable[[Any], Any]

    def __call__(self, v: Any) -> Any:  # noqa: ANN401 (as its function takes and gives)
        """Its value at v."""
        return self.value(v)

    def __repr__(self) -> str:
        return self.formula


_CURVES = (
    (Named("w³ − w", lambda w: w**3 - w), 0.7, 0.1),
    (Named("exp(w)", np.exp), -0.4, 0.2),
    (Named("1 / w", lambda w: 1 / w), 2.5, 0.5),
)
_SURFACES = (
    (Named("the sum of sin(w)", lambda W: np.sum(np.sin(W))), columns(_RNG, 2, 3), 0.1),
    (
        Named("a cost of 12 weights", lambda W: np.sum(np.tanh(W) * _FACTORS) ** 2),
        columns(_RNG, 3, 4),
        1e-20,
    ),
    (Named("a product of two sums", lambda W: np.sum(W**3) * np.sum(W)), columns(_RNG, 4, 1), 0.2),
)


def central_difference(f: Callable[[float], float], w: float, h: float) -> float:
    """The slope of f at w, from a nudge both ways."""
    return (f(w + h) - f(w - h)) / (2 * h)


def complex_gradient(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    """The slope of f for each entry of W, by complex steps."""
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        nudged = W.astype(complex)
        nudged[place] += 1j * h
        slopes[place] = f(nudged).imag / h
    return slopes


def _piling_up(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes, nudged = np.zeros(W.shape), W.astype(complex)
    for place in np.ndindex(W.shape):
        nudged[place] += 1j * h
        slopes[place] = f(nudged).imag / h
    return slopes


def _real_part(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        nudged = W.astype(complex)
        nudged[place] += 1j * h
        slopes[place] = f(nudged).real / h
    return slopes


def _by_central_differences(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        up, down = W.copy(), W.copy()
        up[place] += h
        down[place] -= h
        slopes[place] = (f(up) - f(down)) / (2 * h)
    return slopes


def relative_error(given: Array, measured: Array) -> float:
    """The distance of two arrays, by the length of the longer one; 0 where both are 0."""
    longer = max(np.linalg.norm(given), np.linalg.norm(measured))
    return float(np.linalg.norm(given - measured) / longer) if longer else 0.0


def _over(length: Callable[[float, float], float]) -> Callable[[Array, Array], float]:
    """The distance of two arrays, by something else made of their lengths; 0 where that is 0."""

    def error(given: Array, measured: Array) -> float:
        by = length(float(np.linalg.norm(given)), float(np.linalg.norm(measured)))
        return float(np.linalg.norm(given - measured)) / by if by else 0.0

    return error


def _quotient(above: Any, below: Any) -> float:  # noqa: ANN401 (numbers of NumPy)
    return float(above / below) if below else 0.0


def _by_entries(given: Array, measured: Array) -> float:
    sizes = np.maximum(np.abs(given), np.abs(measured))
    return float(np.max(np.abs(given - measured) / np.where(sizes == 0, 1, sizes)))


def broken_rule(wrong_W: Sequence[int], wrong_b: Sequence[int], L: int) -> str:
    """The rule to look at first: by what is wrong in the wrong layer nearest to the output."""
    l = max([*wrong_W, *wrong_b])
    if l not in wrong_W:
        return "BP3"
    if l not in wrong_b:
        return "BP4"
    return "BP1" if l == L else "BP2"


def _from_the_top(wrong_W: Sequence[int], wrong_b: Sequence[int], L: int) -> str:
    l = min([*wrong_W, *wrong_b])
    if l not in wrong_W:
        return "BP3"
    if l not in wrong_b:
        return "BP4"
    return "BP1" if l == L else "BP2"


def _anywhere(wrong_W: Sequence[int], wrong_b: Sequence[int], L: int) -> str:
    if not wrong_W or not wrong_b:
        return "BP4" if wrong_W else "BP3"
    return "BP1" if max(wrong_W) == L else "BP2"


def _calling(**other: str) -> Callable[[Sequence[int], Sequence[int], int], str]:
    """The reading that is right, but for the names that it gives."""

    def named(wrong_W: Sequence[int], wrong_b: Sequence[int], L: int) -> str:
        rule = broken_rule(wrong_W, wrong_b, L)
        return other.get(rule, rule)

    return named


def _one_too_early(wrong_W: Sequence[int], wrong_b: Sequence[int], L: int) -> str:
    return broken_rule(wrong_W, wrong_b, L - 1)


def my_backprop(net: Network, x: Array, y: Array) -> tuple[list[Any], list[Any]]:
    """What is to be mended: BP4 multiplies two means."""
    trace, L = forward(net, x), net.L
    a, z = trace.a, trace.z
    delta: list[Any] = [None] * (L + 1)
    dW, db = delta.copy(), delta.copy()
    delta[L] = (a[L] - y) * net.sigma[L].slope(z[L])
    for l in range(L - 1, 0, -1):
        delta[l] = (net.W[l + 1].T @ delta[l + 1]) * net.sigma[l].slope(z[l])
    for l in range(1, L + 1):
        db[l] = delta[l].mean(axis=1, keepdims=True)
        dW[l] = db[l] @ a[l - 1].mean(axis=1, keepdims=True).T
    return dW, db


EXERCISES = (
    Exercise(
        "07.1",
        central_difference,
        probes=_CURVES,
        mistakes=[
            (
                lambda f, w, h: (f(w + h) - f(w)) / h,
                "This nudges upwards only: go down by h as well, so that the bends cancel.",
            ),
            (
                lambda f, w, h: (f(w) - f(w - h)) / h,
                "This nudges downwards only: go up by h as well, so that the bends cancel.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) / h,
                "It divides by h, but the two places are twice as far apart.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) / 2 * h,
                "Python divides by 2 and then multiplies by h: what it should divide by needs "
                "brackets.",
            ),
            (
                lambda f, w, h: f(w + h) - f(w - h) / (2 * h),
                "Only the second value is divided: the difference needs brackets.",
            ),
            (
                lambda f, w, h: f(w + h) - f(w - h),
                "This is how far f moves: divide by how far w has moved.",
            ),
            (
                lambda f, w, h: (f(w - h) - f(w + h)) / (2 * h),
                "The sign is turned: the value below is taken from the value above.",
            ),
            (
                lambda f, w, h: (f(w + h) + f(w - h)) / (2 * h),
                "The two values are added: their difference tells the slope.",
            ),
            (
                lambda f, w, h: (f(w + h / 2) - f(w - h / 2)) / h,
                "It goes only half of h each way. That measures a slope too, but with another h "
                "than the one given.",
            ),
        ],
    ),
    Exercise(
        "07.2",
        complex_gradient,
        probes=_SURFACES,
        mistakes=[
            (
                lambda f, W, h: np.zeros(W.shape),
                "It is 0 everywhere, since nothing imaginary has reached f: the nudge is 1j * h, "
                "and the array that holds it must be able to hold complex numbers.",
            ),
            (
                lambda f, W, h: np.full(W.shape, f(W + 1j * h).imag / h),
                "It nudges all entries at once, which adds their slopes up: nudge one at a time.",
            ),
            (
                _piling_up,
                "The nudges pile up: each entry needs a fresh copy of W, in which only that entry "
                "is nudged.",
            ),
            (_real_part, "It takes the real part: the slope is in the imaginary one."),
            (
                lambda f, W, h: complex_gradient(f, W, h) * h,
                "This is h times the slope: the division by h is missing.",
            ),
            (
                lambda f, W, h: complex_gradient(f, W, h) / 2,
                "It divides by 2h: here is only one nudge, by h.",
            ),
            (
                lambda f, W, h: -complex_gradient(f, W, h),
                "The sign is turned: the nudge is plus 1j * h.",
            ),
            (
                lambda f, W, h: complex_gradient(f, W, 1e-20),
                "It takes an h of its own: use the one that it is given.",
            ),
            (
                _by_central_differences,
                "These are central differences, which subtract: the complex step needs one value "
                "of f for each entry.",
            ),
        ],
    ),
    Exercise(
        "07.3",
        relative_error,
        probes=[
            (columns(_RNG, 3, 2), columns(_RNG, 3, 2)),
            (columns(_RNG, 4, 3), 5 * columns(_RNG, 4, 3)),
            (5 * columns(_RNG, 2, 5), columns(_RNG, 2, 5)),
            (1e-9 * columns(_RNG, 3, 1), 1e-9 * columns(_RNG, 3, 1)),
            (np.zeros((2, 2)), np.zeros((2, 2))),
        ],
        mistakes=[
            (
                lambda g, n: float(np.linalg.norm(g - n)),
                "This is the distance alone: divide it by the length of the longer array.",
            ),
            (
                _over(lambda g, n: n),
                "It divides by the length of the measured array, whichever is longer.",
            ),
            (
                _over(lambda g, n: g),
                "It divides by the length of the given array, whichever is longer.",
            ),
            (_over(min), "It divides by the length of the shorter array."),
            (
                _over(lambda g, n: g + n),
                "It divides by both lengths together: (07.8) takes the longer one.",
            ),
            (
                _over(lambda g, n: max(g, n) + 1e-8),
                "A small number is added below the line. It hides what is wrong with small "
                "gradients: treat 0 by itself.",
            ),
            (
                lambda g, n: _quotient(np.abs(g - n).max(), max(np.abs(g).max(), np.abs(n).max())),
                "It compares the largest entries: a length is the root of the sum of all squares.",
            ),
            (
                lambda g, n: _quotient(np.abs(g - n).sum(), max(np.abs(g).sum(), np.abs(n).sum())),
                "It adds up the sizes of the entries: a length is the root of the sum of squares.",
            ),
            (
                lambda g, n: relative_error(g, n) ** 2,
                "This is the square of the error: the roots are missing.",
            ),
            (
                lambda g, n: _quotient(
                    abs(np.linalg.norm(g) - np.linalg.norm(n)),
                    max(np.linalg.norm(g), np.linalg.norm(n)),
                ),
                "It subtracts the lengths, which may be equal for arrays that are far apart: "
                "subtract the arrays.",
            ),
            (
                lambda g, n: _quotient(
                    np.linalg.norm(g - n, 2), max(np.linalg.norm(g, 2), np.linalg.norm(n, 2))
                ),
                "With a second argument, `norm` of a matrix is something else: leave it out.",
            ),
            (
                _by_entries,
                "It compares entry by entry and takes the worst: (07.8) compares whole arrays.",
            ),
        ],
    ),
    Exercise(
        "07.4",
        broken_rule,
        probes=[
            ([1, 2, 3], [1, 2, 3], 3),
            ([1, 2], [1, 2], 3),
            ([1, 2], [1, 2], 5),
            ([1], [1], 2),
            ([1], [1], 1),
            ([1, 2, 3], [1, 2, 3], 4),
            ([], [1, 2, 3], 3),
            ([1, 2, 3], [], 3),
            ([2, 3], [], 3),
            ([1, 2, 3, 4], [1, 2], 4),
            ([1, 2], [1, 2, 3], 5),
            ([1], [1, 2], 2),
        ],
        mistakes=[
            (
                _from_the_top,
                "It starts at the first layer: a wrong δ is handed on backwards, so start from "
                "the wrong layer that is nearest to the output.",
            ),
            (
                _anywhere,
                "It asks whether there are wrong weights and wrong biases anywhere: what counts "
                "is one layer, the wrong one nearest to the output.",
            ),
            (
                _calling(BP3="BP4", BP4="BP3"),
                "BP3 and BP4 have changed places: look up which of them gives the biases.",
            ),
            (
                _calling(BP1="BP2", BP2="BP1"),
                "BP1 and BP2 have changed places: look up which of them starts at the output.",
            ),
            (
                _calling(BP2="BP1"),
                "It blames BP1 for every wrong δ: only that of layer L is made by BP1.",
            ),
            (
                _calling(BP1="BP2"),
                "It blames BP2 for every wrong δ: that of layer L is made by BP1.",
            ),
            (
                _one_too_early,
                "It takes layer L − 1 for the output: the layers are counted up to L.",
            ),
        ],
    ),
    WholePass("07.5", kinds=[{}, {"activation": "tanh"}], unmended=my_backprop),
)
